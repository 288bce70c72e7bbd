"""A recorded call, as the event history of CloudTrail has it."""

from __future__ import annotations

from pydantic import Field

from reconciler.mock.account_requests import Seconds
from reconciler.model.base import Frozen, Json

MOST = 500
"""How many events a state file keeps, the newest ones."""


class RecordedEvent(Frozen):
    """A write that was made or refused: its record (`CloudTrailEvent`), when it was made, and in which Region."""

    id: str
    at: Seconds
    region: str
    record: dict[str, Json]


class History(Frozen):
    """The newest events, the oldest of them first, of all `recorded` ones."""

    recorded: int = Field(default=0, ge=0)
    events: tuple[RecordedEvent, ...] = ()

    def with_event(self, event: RecordedEvent) -> History:
        return History(recorded=self.recorded + 1, events=(*self.events, event)[-MOST:])
