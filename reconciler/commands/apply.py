"""`reconciler apply`: applies a saved plan, or plans, confirms and applies; continues where an earlier run ended."""

from __future__ import annotations

from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.confirming import confirm
from reconciler.commands.locking import lock_option, locked
from reconciler.commands.options import Options
from reconciler.commands.planning import allowances, overrides, planned, show_plan
from reconciler.commands.progress import progress_of
from reconciler.commands.results import root_here, written
from reconciler.commands.running import (
    Stop,
    command,
    connected,
    reading,
    show_error,
    sigterm_as_ctrl_c,
    spec_at_hand,
    spec_to_plan,
    timeout_option,
)
from reconciler.commands.strictness import check_strict
from reconciler.errors import ReconcilerError, UsageError
from reconciler.render import json

if TYPE_CHECKING:
    from reconciler.model.inventory import Inventory
    from reconciler.model.plan import Plan
    from reconciler.model.report import Report
    from reconciler.render.results import Result
    from reconciler.use_cases.apply import ApplyOptions
    from reconciler.use_cases.connection import Connection
    from reconciler.use_cases.continue_plan import Resumed
    from reconciler.use_cases.load_spec import Desired
    from reconciler.use_cases.plan import GuardOverrides, PlanResult
    from reconciler.use_cases.plan_store import PlanStore


@allowances
@timeout_option(3600.0)
@lock_option
@click.option(
    "--plan-store",
    metavar="DIR|s3://BUCKET/PREFIX",
    envvar="RECONCILER_PLAN_STORE",
    default=None,
    help="Where plans are kept from before their first write, to continue from (default .reconciler/plans beside the "
    "spec, or beside a lock in S3; env RECONCILER_PLAN_STORE).",
)
@click.option("--target", "targets", multiple=True, metavar="ADDRESS", help="Only this address (a glob; repeatable).")
@click.option("--expect-digest", metavar="SHA", default=None, help="Refuse unless the plan has this digest.")
@click.option(
    "--journal",
    metavar="FILE",
    default=None,
    help="Where the journal goes (default .reconciler/journal/ beside the spec).",
)
@click.option(
    "--verify-spec",
    is_flag=True,
    help="Refuse a saved plan that leads to something else than the spec at hand, or allows more than is given.",
)
@click.option("--dry-run", is_flag=True, help="Show each call that would be made, and make none.")
@click.option(
    "--create-organization",
    is_flag=True,
    help="Create an organization first, where the account of the credentials is in none.",
)
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.argument("plan_file", metavar="[PLAN]", required=False)
@command("Carry out a saved plan, or plan, ask and apply; continues where an earlier run ended.")
def apply(
    options: Options,
    plan_file: str | None,
    auto_approve: bool,
    dry_run: bool,
    verify_spec: bool,
    create_organization: bool,
    journal: str | None,
    lock: str | None,
    plan_store: str | None,
    timeout: float,
    expect_digest: str | None,
    targets: tuple[str, ...],
    allow: tuple[str, ...],
    allow_close: bool,
    written: str | None,
    no_delete: bool,
) -> int:
    from reconciler.use_cases import apply, continue_plan, files
    from reconciler.use_cases.plan import check_guards
    from reconciler.use_cases.plan_store import kept_plan

    if plan_file is not None and (targets or no_delete):
        raise UsageError("a saved plan is applied as it is: --target and --no-delete belong to `plan`")
    if create_organization and (plan_file is not None or dry_run or expect_digest is not None):
        raise UsageError("--create-organization is for an apply that plans and writes: no saved plan, no --dry-run")
    plan = files.load_plan(Path(plan_file)) if plan_file is not None else None
    if plan is not None:
        apply.check_digest(plan, expect_digest, plan_file)
    desired = spec_to_plan(options) if plan is None else spec_at_hand(options)
    if options.connection.snapshot is not None and not dry_run:
        raise UsageError("a snapshot cannot be changed", help="apply without --snapshot, or add --dry-run")
    permitted = overrides(allow, allow_close=allow_close, no_delete=no_delete, written=written)
    with sigterm_as_ctrl_c(), ExitStack() as signals:
        with (
            nullcontext() if dry_run else locked(options, lock) as held,
            connected(options, desired if plan is None else None, timeout=timeout, lock=held) as connection,
        ):
            store = _store(options, plan_store, lock)
            if plan is None and expect_digest is not None:
                plan = kept_plan(store, expect_digest)
            if plan is not None:
                if verify_spec:
                    apply.check_allowances(plan, permitted)
                permitted = apply.overrides_for(plan, permitted, approved=expect_digest is not None)
            run = apply.ApplyOptions(journal=Path(journal) if journal else None, folder=options.folder)
            if plan is None:
                assert desired is not None
                if create_organization:
                    _create_organization(desired, connection, options)
                result = _planned_now(options, desired, connection, targets, permitted)
                plan, left, tree = result.plan, result.plan, result.after
                apply.check_digest(plan, expect_digest)
            else:
                resumed = _resumed(plan, options, desired, connection, permitted)
                if verify_spec:
                    continue_plan.check_leads_to_the_same(resumed, _required(desired), connection, targets, permitted)
                elif plan_file is None and desired is not None:
                    continue_plan.check_spec_agrees(resumed, desired, connection, targets, permitted)
                plan, left, tree = resumed.plan, resumed.remaining, resumed.after
                run = replace(run, digest=plan.digest, done_before=resumed.done)
            if dry_run:
                _show(apply.dry_run(left, run), left, tree, options)
                return 0
            check_strict(options, plan.warnings)
            if left.changes or not plan.changes:
                check_guards(plan)
            if left.changes:
                if plan_file is None and not auto_approve:
                    confirm(left, options, permitted.numbers)
                store.keep(plan)
            stop = signals.enter_context(Stop(options.info).watching())
            report = _applied(left, tree, connection, replace(run, stopped=stop), options)
        return _finish(report, left, tree, options)


def _required(desired: Desired | None) -> Desired:
    if desired is None:
        raise UsageError("--verify-spec needs the spec", help="name it with --spec PATH")
    return desired


def _store(options: Options, plan_store: str | None, lock: str | None) -> PlanStore:
    """The store that the command line names."""
    from reconciler.use_cases.locking import lock_place
    from reconciler.use_cases.plan_store import open_store, store_place

    place = store_place(plan_store, lock_place(lock, options.folder), options.folder)
    return open_store(place, options.connection)


def _create_organization(desired: Desired, connection: Connection, options: Options) -> None:
    """Makes the organization that the spec is applied to, where there is none."""
    from reconciler.use_cases.create_organization import create_organization

    if connection.writes is None:
        raise UsageError("a snapshot cannot be changed", help="apply without --snapshot")
    made = create_organization(connection.writes, desired.inventory.organization)
    options.info(f"created the organization {made}" if made else "the account is in an organization already")


def _planned_now(
    options: Options, desired: Desired, connection: Connection, targets: tuple[str, ...], permitted: GuardOverrides
) -> PlanResult:
    """The plan of the spec, shown."""
    result = planned(options, desired, connection, "apply", targets, permitted)
    shown = options if options.output == "markdown" else replace(options, output="text")
    show_plan(shown, result, None, options.write if options.output == "text" else options.info)
    return result


def _resumed(
    plan: Plan, options: Options, desired: Desired | None, connection: Connection, permitted: GuardOverrides
) -> Resumed:
    """The reviewed plan with what is left of it, which is shown, and the verdict of the guards on all of it."""
    from reconciler.render.safe import safe
    from reconciler.use_cases.continue_plan import resume, with_guards

    with reading(options) as progress:
        found = resume(plan, connection, progress)
    found = with_guards(found, connection, desired, permitted)
    if found.done and (left := len(found.remaining.changes)):
        options.info(f"{len(found.done)} of {len(plan.changes)} changes of the plan are done, {left} to do:")
        for each in found.remaining.changes:
            options.info(safe(f"  {each.action} {each.address}"))
    return found


def _applied(plan: Plan, tree: Inventory, connection: Connection, run: ApplyOptions, options: Options) -> Report:
    from reconciler.use_cases.apply import apply_plan, lost_lock

    with progress_of(plan, tree, options) as progress:
        report = apply_plan(plan, connection, replace(run, progress=progress))
    if lost := lost_lock(report, connection):
        options.warn(f"error: {lost}")
    return report


def _finish(report: Report, plan: Plan, tree: Inventory, options: Options) -> int:
    """Shows what was done, on stderr where the place for it cannot be written: it must not be lost. Returns how the
    program ends."""
    try:
        _show(report, plan, tree, options)
    except BrokenPipeError:
        return report.exit.code
    except ReconcilerError as error:
        show_error(error, options)
        options.warn(_rendered(report, plan, tree, replace(options, output="text")))
        return report.exit.code or error.exit_code
    return report.exit.code


def _show(report: Report, plan: Plan, tree: Inventory, options: Options) -> None:
    options.write_all(lambda each: _rendered(report, plan, tree, each))


def _rendered(report: Report, plan: Plan, tree: Inventory, options: Options) -> str:
    """What was done in the format of `--output`."""
    if options.output == "json":
        return json.dumps(report)
    if options.output == "markdown":
        from reconciler.render import markdown

        return markdown.report(report)
    if options.output == "junit":
        from reconciler.render import junit

        return junit.report(report)
    if options.output == "github":
        return written("github", _results(report, options))
    from reconciler.render import text

    unfinished = bool(report.failed or report.skipped or report.in_progress)
    return text.report(
        report,
        plan=plan,
        desired_tree=tree,
        **options.layout(),
        verbose=options.verbose,
        next_command=f"reconciler plan{options.location}" if unfinished or report.done else None,
    )


def _results(report: Report, options: Options) -> list[Result]:
    from reconciler.render.results import of_report

    return of_report(report, root_here(), str(options.spec))
