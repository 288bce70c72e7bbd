"""Applying a plan, or what is left of one that an earlier run began."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reconciler.applying import executor
from reconciler.applying.journal import JournalFile, default_path
from reconciler.applying.stopping import INTERRUPTED, JOURNAL, LOCK_LOST, TIMEOUT, Stopping
from reconciler.aws.operations import OPERATIONS
from reconciler.aws.pages import items
from reconciler.errors import LockLost, PlanRefused, ReconcilerError
from reconciler.kinds import BY_KIND
from reconciler.model.clock import Clock
from reconciler.model.plan import Allowances, Plan
from reconciler.model.progress import Progress, Untold
from reconciler.model.report import Done, Report
from reconciler.planning.guards import GuardOverrides
from reconciler.use_cases.connection import STATE_FOLDER, Connection
from reconciler.use_cases.effective_check import effective_policy_warnings


@dataclass(frozen=True)
class ApplyOptions:
    """How a plan is applied: where the journal goes (a file below `folder` where it is not named), when to stop, and
    what is told of its progress. Where the plan is what is left of a reviewed one, `digest` is that one's, and
    `done_before` what earlier runs did of it."""

    journal: Path | None = None
    folder: Path = Path(STATE_FOLDER)
    digest: str | None = None
    done_before: tuple[Done, ...] = ()
    stopped: Callable[[], bool] = field(default=lambda: False)
    progress: Progress = field(default_factory=Untold)


_LONGEST_SILENCE = 5.0
"""Seconds of a wait after which the progress is told again."""


@dataclass(frozen=True)
class _ToldClock:
    """A clock whose waits are told to the progress."""

    clock: Clock
    progress: Progress

    def now(self) -> float:
        return self.clock.now()

    def sleep(self, seconds: float) -> None:
        left = seconds
        while True:
            self.progress.waiting()
            self.clock.sleep(min(left, _LONGEST_SILENCE))
            left -= _LONGEST_SILENCE
            if left <= 0:
                return


def check_digest(plan: Plan, expected: str | None, file: str | None = None) -> None:
    """Raises `PlanRefused` where the plan, of a file or made now, is not the one that was reviewed."""
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


def check_allowances(plan: Plan, given: GuardOverrides) -> None:
    """Raises `PlanRefused` where a saved plan allows something else than what is given."""
    if plan.allowed != given.as_allowances():
        there = " ".join(plan.allowed.options) if plan.allowed else "nothing"
        raise PlanRefused(
            f"the plan allows {there}, which is not what is given", help="give the allowance that was approved"
        )


def overrides_for(plan: Plan, given: GuardOverrides, *, approved: bool) -> GuardOverrides:
    """What is allowed to a saved plan: what is given, and where its digest was `approved` exactly what it was made
    with, because that is a part of the digest. Raises `PlanRefused` where more is given, or for another plan."""
    if given.only_for is not None and given.only_for != plan.digest_without_allowances:
        raise PlanRefused(
            f"the allowance is for the plan {given.only_for}, not for this one", help="copy the line from this plan"
        )
    if not approved:
        return given
    reviewed = plan.allowed or Allowances()
    more = [guard for guard, number in given.numbers.items() if reviewed.numbers.get(guard, -1) < number]
    more += ["close"] if given.close and not reviewed.close else []
    if more:
        raise PlanRefused(
            f"the digest {plan.digest} was reviewed without the allowance for {', '.join(more)}",
            help="plan with the allowance, and have the digest of that plan reviewed",
        )
    return replace(given, numbers=reviewed.numbers, close=reviewed.close)


def dry_run(plan: Plan, options: ApplyOptions) -> Report:
    """Every call that applying the plan would make; none is made."""
    return Report(
        digest=options.digest or plan.digest,
        done_before=options.done_before,
        dry_run=True,
        would_call=executor.dry_run(plan, BY_KIND),
    )


def apply_plan(plan: Plan, connection: Connection, options: ApplyOptions) -> Report:
    """Applies the plan. Raises only for what happens before the first call; all else is in the report."""
    api = connection.writes
    if api is None:
        raise ReconcilerError("a snapshot cannot be changed", help="apply without --snapshot")
    before = dict(connection.calls)
    api.stopped = options.stopped
    digest = options.digest or plan.digest
    connection.agent.applying(digest)

    def listed(operation: str, params: dict[str, Any], member: str) -> Iterator[dict[str, Any]]:
        return items(api, operation, params, member)

    with JournalFile(options.journal or default_path(datetime.now(UTC), options.folder)) as journal:
        stopping = _stopping(options, connection, journal)
        journal.record("apply", digest=digest, organization=plan.organization.id, changes=len(plan.changes))
        report = executor.Executor(
            plan=plan,
            kinds=BY_KIND,
            operations=OPERATIONS,
            api=api,
            clock=_ToldClock(connection.clock, options.progress),
            journal=journal,
            read=listed,
            stopped=stopping,
            progress=options.progress,
        ).run()
        if report.done and stopping.why is None:
            warnings = tuple(effective_policy_warnings(plan, report.done, api))
            report = report.model_copy(update={"warnings": warnings})
        with suppress(ReconcilerError):
            journal.record("end", done=len(report.done), failed=len(report.failed), skipped=len(report.skipped))
    calls = {name: made for name, count in connection.calls.items() if (made := count - before.get(name, 0))}
    report = stopping.with_reason(report, wrote=any(OPERATIONS[name].writes for name in calls))
    update = {"digest": digest, "done_before": options.done_before, "calls": calls, "journal": str(journal.path)}
    return report.model_copy(update=update)


def lost_lock(report: Report, connection: Connection) -> str | None:
    """Which lock was lost and why, where that ended the run."""
    if connection.lock is None or report.exit.reason != LockLost.reason:
        return None
    return f"the lock {connection.lock.name} was lost: {connection.lock.lost()}"


def _stopping(options: ApplyOptions, connection: Connection, journal: JournalFile) -> Stopping:
    """What ends the run early; the first reason that holds is reported."""
    lock, deadline, clock = connection.lock, connection.deadline, connection.clock
    return Stopping(
        {
            INTERRUPTED: options.stopped,
            LOCK_LOST: lambda: lock is not None and lock.lost() is not None,
            JOURNAL: lambda: journal.failure is not None,
            TIMEOUT: lambda: deadline is not None and clock.now() >= deadline,
        }
    )
