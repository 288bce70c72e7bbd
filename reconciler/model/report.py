"""What an apply did: the result that people and pipelines read, also after a failure or an interruption."""

from __future__ import annotations

from pydantic import Field

from reconciler.model.address import Address
from reconciler.model.base import Frozen, Json
from reconciler.model.plan import FORMAT_VERSION, Exit, Warning_

STOPS = {
    "interrupted": "the run was interrupted",
    "lock lost": "the lock was lost",
    "journal": "the journal could no longer be written",
    "timeout": "the time was over",
    "credentials": "the service no longer accepts the credentials",
}
"""Why an apply ends before its plan does, and how to say so."""


class Done(Frozen):
    """A change that took effect; `id` is the service's id of what was created."""

    address: Address
    action: str
    id: str | None = None


class Failed(Frozen):
    """A change that the service refused, or whose outcome is unknown."""

    address: Address
    action: str
    error: str
    request_id: str | None = None
    help: str | None = None


class Skipped(Frozen):
    """A change that was not tried, because of the failed one at `because`, or of one of `STOPS`."""

    address: Address
    action: str
    because: str


class InProgress(Frozen):
    """A change that was begun and that the run did not see the end of. `request_id` is the service's id of a request
    that goes on without this run (`car-...`, a creation)."""

    address: Address
    action: str
    request_id: str | None = None
    detail: str


class MadeCall(Frozen):
    """A call as it is shown by a dry run."""

    operation: str
    params: dict[str, Json]
    address: Address


class Report(Frozen):
    """The outcome of one apply. `done_before` are the changes of the plan that were done when it began, `warnings` what
    was found when it had ended."""

    format_version: str = FORMAT_VERSION
    digest: str
    dry_run: bool = False
    done: tuple[Done, ...] = ()
    done_before: tuple[Done, ...] = ()
    failed: tuple[Failed, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    in_progress: tuple[InProgress, ...] = ()
    would_call: tuple[MadeCall, ...] = ()
    warnings: tuple[Warning_, ...] = Field(default=(), exclude_if=lambda found: not found)
    calls: dict[str, int] = Field(default_factory=dict)
    journal: str | None = None
    exit: Exit = Exit()
