"""What an apply tells of itself while it runs."""

from __future__ import annotations

from typing import Literal, Protocol

from reconciler.model.plan import Change

Outcome = Literal["done", "failed", "skipped", "in progress"]


class Progress(Protocol):
    """Is told what happens to each change; `waiting` is called at least every few seconds while nothing does."""

    def started(self, change: Change) -> None: ...

    def ended(self, change: Change, outcome: Outcome, why: str = "") -> None:
        """`why` is the error of one that failed. One that is skipped was not started."""
        ...

    def waiting(self) -> None: ...


class Untold:
    """Tells nobody."""

    def started(self, change: Change) -> None:
        pass

    def ended(self, change: Change, outcome: Outcome, why: str = "") -> None:
        pass

    def waiting(self) -> None:
        pass
