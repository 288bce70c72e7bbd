"""Small results of commands, as pipelines read them; the others are `Plan`, `Report`, `Explanation`."""

from __future__ import annotations

from pydantic import Field

from reconciler.model.base import Frozen
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.impact import AccessEntry, Impact
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
