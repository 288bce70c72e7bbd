"""Why an apply ends before its plan does: interrupted, its lock lost, its journal not writable, or out of time. The
first reason is reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.errors import Locked, ReconcilerError
from reconciler.model.plan import Exit
from reconciler.model.report import Report

INTERRUPTED = "interrupted"
LOCK_LOST = "lock lost"
JOURNAL = "journal"
TIMEOUT = "timeout"


@dataclass
class Stopping:
    """Whether to stop, checked before each call. `reasons` has for each whether it holds; the first that held stays."""

    reasons: Mapping[str, Callable[[], bool]]
    why: str | None = None

    def __call__(self) -> bool:
        if self.why is None:
            self.why = next((name for name, holds in self.reasons.items() if holds()), None)
        return self.why is not None

    def with_reason(self, report: Report, *, wrote: bool) -> Report:
        """The report of the run with the reason in it. Where no write was made a lost lock is exit 6, as one that was
        never taken; everything else that was left undone is a partial apply (exit 7)."""
        if self.why in (None, INTERRUPTED) or not (report.skipped or report.failed or report.in_progress):
            return report
        skipped = tuple(
            each.model_copy(update={"because": self.why}) if each.because == INTERRUPTED else each
            for each in report.skipped
        )
        if self.why == LOCK_LOST:
            exit = Exit(code=7 if wrote else Locked.exit_code, reason="lock.lost")
        elif self.why == JOURNAL:
            exit = Exit(code=7 if wrote else ReconcilerError.exit_code, reason=JOURNAL)
        else:
            exit = Exit(code=7, reason=TIMEOUT if skipped or report.in_progress else "partial")
        return report.model_copy(update={"skipped": skipped, "exit": exit})
