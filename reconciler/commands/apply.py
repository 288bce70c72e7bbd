"""`reconciler apply`: carries out a saved plan, or plans, asks and applies."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.confirming import confirm
from reconciler.commands.locking import lock_option, locked
from reconciler.commands.options import Options
from reconciler.commands.planning import allowances, allowed, planned, show_plan
from reconciler.commands.running import Stop, command, connected, reading, spec_of, timeout_option
from reconciler.errors import PlanRefused, UsageError

if TYPE_CHECKING:
    from reconciler.app import Connection
    from reconciler.model.plan import Change, Plan
    from reconciler.model.report import Report


@allowances
@timeout_option(3600.0)
@lock_option
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
@command("Carry out a saved plan, or plan, ask and apply.")
def apply(
    options: Options,
    plan_file: str | None,
    auto_approve: bool,
    dry_run: bool,
    journal: str | None,
    lock: str | None,
    timeout: float,
    expect_digest: str | None,
    targets: tuple[str, ...],
    allow: tuple[str, ...],
    allow_close: bool,
    no_delete: bool,
) -> int:
    from reconciler import app, files

    if plan_file is not None and (targets or no_delete):
        raise UsageError("a saved plan is applied as it is: --target and --no-delete belong to `plan`")
    plan = files.load_plan(Path(plan_file)) if plan_file is not None else None
    desired = spec_of(options) if plan is None else None
    if options.where.live is not None and not dry_run:
        raise UsageError("a snapshot cannot be changed", help="apply without --snapshot, or add --dry-run")
    with (
        nullcontext() if dry_run else locked(options, lock) as held,
        connected(options, desired, timeout=timeout, lock=held) as connection,
    ):
        if plan is not None:
            with reading(options) as progress:
                app.still_holds(plan, connection, progress)
            plan = app.lifted(plan, allowed(allow, allow_close, no_delete))
        else:
            assert desired is not None
            result = planned(options, desired, connection, "apply", targets, allow, allow_close, no_delete)
            plan = result.plan
            show_plan(
                replace(options, output="text") if options.output == "json" else options,
                result,
                None,
                options.write if options.output == "text" else options.say,
            )
        _check_digest(plan, expect_digest)
        app.refuse_if_blocked(plan)
        if dry_run:
            return _dry_run(plan, options)
        if plan.changes and plan_file is None and not auto_approve:
            confirm(plan, options)
        report = _carry_out(plan, connection, journal, options)
    _show(report, options)
    return report.exit.code


def _check_digest(plan: Plan, expected: str | None) -> None:
    if expected is not None and plan.digest.removeprefix("sha256:") != expected.removeprefix("sha256:"):
        raise PlanRefused(
            f"the plan now has the digest {plan.digest}, {expected} was reviewed",
            help="the spec or the organization changed after the review: make the plan again and have it reviewed",
        )


def _dry_run(plan: Plan, options: Options) -> int:
    from reconciler import app
    from reconciler.model.report import Report

    _show(Report(digest=plan.digest, dry_run=True, would_call=app.would_call(plan)), options)
    return 0


def _carry_out(plan: Plan, connection: Connection, journal: str | None, options: Options) -> Report:
    from reconciler import app
    from reconciler.aws.lock import LockLost
    from reconciler.render.safe import safe

    total, ended = len(plan.changes), 0

    def progress(change: Change, outcome: str) -> None:
        nonlocal ended
        ended += 1
        options.say(safe(f"[{ended}/{total}] {change.action} {change.address}: {outcome}"))

    with Stop(options.say).watching() as stop:
        run = app.Run(
            journal=Path(journal) if journal else None, folder=options.folder, stopped=stop, progress=progress
        )
        report = app.carry_out(plan, connection, run)
    if connection.lock is not None and report.exit.reason == LockLost.reason:
        options.warn(f"error: the lock {connection.lock.name} was lost: {connection.lock.lost()}")
    return report


def _show(report: Report, options: Options) -> None:
    if options.output == "json":
        from reconciler.render import json

        options.write(json.dumps(report))
    elif options.output == "markdown":
        from reconciler.render import markdown

        options.write(markdown.report(report))
    else:
        from reconciler.render import text

        unfinished = bool(report.failed or report.skipped or report.in_progress)
        options.write(
            text.report(
                report,
                width=options.width(),
                color=options.colored(),
                unicode=options.unicode(),
                verbose=options.verbose,
                next_command=f"reconciler plan{options.location}" if unfinished or report.done else None,
            )
        )
