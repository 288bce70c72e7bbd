"""Small results of commands, as pipelines read them; the others are `Plan`, `Report`, `Explanation`."""

from __future__ import annotations

from pydantic import Field

from reconciler.errors import Blocked, ReconcilerError, SpecInvalid
from reconciler.model.base import Frozen
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.impact import AccessEntry, Impact
from reconciler.model.plan import Exit, Plan
from reconciler.model.scope import Coverage


class Findings(Frozen):
    """What is wrong with a spec, or looks wrong."""

    diagnostics: tuple[Diagnostic, ...] = ()


class PlanImpact(Frozen):
    """What the plan with this digest does to permissions; `access` and `coverage` as in the plan."""

    digest: str
    impact: tuple[Impact, ...] = ()
    access: tuple[AccessEntry, ...] = Field(default=(), exclude_if=lambda found: not found)
    coverage: Coverage | None = Field(default=None, exclude_if=lambda found: found is None)


class Failure(Frozen):
    """Why a command failed and what to do next; `diagnostics` of the spec, `moved`: what changed since the plan."""

    error: str
    help: str | None = None
    diagnostics: tuple[Diagnostic, ...] = Field(default=(), exclude_if=lambda value: not value)
    moved: tuple[str, ...] = Field(default=(), exclude_if=lambda value: not value)


class SavedFailure(Failure):
    """A failure as a command saved it, with how the command ended."""

    exit: Exit = Exit(code=ReconcilerError.exit_code, reason=ReconcilerError.reason)


class PipelineResults(Frozen):
    """What the steps of a pipeline saved about one commit: the `plan` that was made, what was found about the spec, and
    why there is no plan (`failure`; `None` also where the run ended before it could save anything)."""

    plan: Plan | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    failure: SavedFailure | None = None

    @property
    def exit(self) -> Exit:
        """How a check of the results ends: that of what failed, else of a blocked plan, else of the plan."""
        if any(each.severity == "error" for each in self.diagnostics):
            return Exit(code=SpecInvalid.exit_code, reason=SpecInvalid.reason)
        if self.failure is not None:
            return self.failure.exit
        if self.plan is None:
            return Exit(code=ReconcilerError.exit_code, reason="no plan")
        if self.plan.exit.code not in (0, 2):
            return self.plan.exit
        if self.plan.guards.blocked:
            return Exit(code=Blocked.exit_code, reason=Blocked.reason)
        return Exit()


class FreeLock(Frozen):
    """A lock without a holder."""

    lock: str
    held: bool = False


class TakenLock(FreeLock):
    """Who has a lock (`user@host pid`), since when and until when (RFC 3339); one that expired is no longer `held`. A
    local lock has no expiry and no token."""

    holder: str
    since: str
    expires: str | None = None
    token: str | None = None
    fence: int | None = None
