"""`reconciler apply`: carries out a saved plan, or plans, asks and applies."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.confirming import confirm
from reconciler.commands.locking import lock_option, locked
from reconciler.commands.options import Options
from reconciler.commands.planning import allowances, allowed, planned, show_plan
from reconciler.commands.resuming import (
    check_spec_leads_there,
    kept,
    opened_store,
    plan_store_option,
    resumed_plan,
    spec_at_hand,
)
from reconciler.commands.running import Stop, command, connected, spec_of, tell, timeout_option
from reconciler.errors import LockLost, PlanRefused, ReconcilerError, UsageError

if TYPE_CHECKING:
    from reconciler.model.plan import Change, Plan
    from reconciler.model.report import Report
    from reconciler.planning.guards import GuardOverrides
    from reconciler.spec import Desired
    from reconciler.use_cases.app import Connection, Run


@allowances
@timeout_option(3600.0)
@lock_option
@plan_store_option
@click.option("--target", "targets", multiple=True, metavar="ADDRESS", help="Only this address (a glob; repeatable).")
@click.option("--expect-digest", metavar="SHA", default=None, help="Refuse unless the plan has this digest.")
@click.option(
    "--journal",
    metavar="FILE",
    default=None,
    help="Where the journal goes (default .reconciler/journal/ beside the spec).",
)
@click.option("--dry-run", is_flag=True, help="Show each call that would be made, and make none.")
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.argument("plan_file", metavar="[PLAN]", required=False)
@command("Carry out a saved plan, or plan, ask and apply; continues where an earlier run ended.")
def apply(
    options: Options,
    plan_file: str | None,
    auto_approve: bool,
    dry_run: bool,
    journal: str | None,
    lock: str | None,
    plan_store: str | None,
    timeout: float,
    expect_digest: str | None,
    targets: tuple[str, ...],
    allow: tuple[str, ...],
    allow_close: bool,
    no_delete: bool,
) -> int:
    from reconciler.use_cases import app, files

    if plan_file is not None and (targets or no_delete):
        raise UsageError("a saved plan is applied as it is: --target and --no-delete belong to `plan`")
    plan = files.load_plan(Path(plan_file)) if plan_file is not None else None
    if plan is not None:
        _check_digest(plan, expect_digest, plan_file)
    desired = spec_of(options) if plan is None else spec_at_hand(options)
    if options.where.live is not None and not dry_run:
        raise UsageError("a snapshot cannot be changed", help="apply without --snapshot, or add --dry-run")
    permitted = allowed(allow, allow_close, no_delete)
    with (
        nullcontext() if dry_run else locked(options, lock) as held,
        connected(options, desired if plan is None else None, timeout=timeout, lock=held) as connection,
    ):
        store = opened_store(options, plan_store, lock)
        if plan is None and expect_digest is not None:
            plan = kept(store, expect_digest)
        if plan is None:
            assert desired is not None
            plan = left = _planned_now(options, desired, connection, targets, permitted)
            _check_digest(plan, expect_digest)
            run = app.Run()
        else:
            resumed = resumed_plan(plan, options, desired, connection, permitted)
            if plan_file is None and desired is not None:
                check_spec_leads_there(resumed, desired, connection, targets, permitted)
            plan, left = resumed.plan, resumed.remaining
            run = app.Run(digest=plan.digest, done_before=resumed.done)
        if dry_run:
            return _dry_run(left, run, options)
        if left.changes:
            app.refuse_if_blocked(plan)
            if plan_file is None and not auto_approve:
                confirm(left, options)
            store.keep(plan)
        run = replace(run, journal=Path(journal) if journal else None, folder=options.folder)
        report = _carry_out(left, connection, run, options)
    return _told(report, options)


def _told(report: Report, options: Options) -> int:
    """Shows what was done, on stderr where the place for it cannot be written: it must not be lost. Returns how the
    program ends."""
    try:
        _show(report, options)
    except BrokenPipeError:
        return report.exit.code
    except ReconcilerError as error:
        tell(error, options)
        _show(report, replace(options, output="text"), options.warn)
        return report.exit.code or error.exit_code
    return report.exit.code


def _planned_now(
    options: Options, desired: Desired, connection: Connection, targets: tuple[str, ...], permitted: GuardOverrides
) -> Plan:
    """The plan of the spec, shown."""
    result = planned(options, desired, connection, "apply", targets, permitted)
    show_plan(
        replace(options, output="text") if options.output == "json" else options,
        result,
        None,
        options.write if options.output == "text" else options.say,
    )
    return result.plan


def _check_digest(plan: Plan, expected: str | None, file: str | None = None) -> None:
    if expected is None or plan.digest.removeprefix("sha256:") == expected.removeprefix("sha256:"):
        return
    if file is not None:
        raise PlanRefused(
            f"{file} has the digest {plan.digest}, {expected} was reviewed", help="pass the plan that was reviewed"
        )
    raise PlanRefused(
        f"the plan now has the digest {plan.digest}, {expected} was reviewed",
        help="if an earlier run began to apply the reviewed plan, pass the saved plan of the reviewed run: "
        f"`reconciler apply PLAN --expect-digest {expected}`; otherwise the spec or the organization changed after "
        "the review: make the plan again and have it reviewed",
    )


def _dry_run(plan: Plan, run: Run, options: Options) -> int:
    from reconciler.model.report import Report
    from reconciler.use_cases import app

    digest = run.digest or plan.digest
    _show(Report(digest=digest, done_before=run.done_before, dry_run=True, would_call=app.would_call(plan)), options)
    return 0


def _carry_out(plan: Plan, connection: Connection, run: Run, options: Options) -> Report:
    from reconciler.render.safe import safe
    from reconciler.use_cases import app

    total, ended = len(plan.changes), 0

    def progress(change: Change, outcome: str) -> None:
        nonlocal ended
        ended += 1
        options.say(safe(f"[{ended}/{total}] {change.action} {change.address}: {outcome}"))

    with Stop(options.say).watching() as stop:
        report = app.carry_out(plan, connection, replace(run, stopped=stop, progress=progress))
    if connection.lock is not None and report.exit.reason == LockLost.reason:
        options.warn(f"error: the lock {connection.lock.name} was lost: {connection.lock.lost()}")
    return report


def _show(report: Report, options: Options, write: Callable[[str], None] | None = None) -> None:
    write = write or options.write
    if options.output == "json":
        from reconciler.render import json

        write(json.dumps(report))
    elif options.output == "markdown":
        from reconciler.render import markdown

        write(markdown.report(report))
    else:
        from reconciler.render import text

        unfinished = bool(report.failed or report.skipped or report.in_progress)
        write(
            text.report(
                report,
                width=options.width(),
                color=options.colored(),
                unicode=options.unicode(),
                verbose=options.verbose,
                next_command=f"reconciler plan{options.location}" if unfinished or report.done else None,
            )
        )
