"""Time, so that tests have their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """A monotonic clock, in seconds."""

    def now(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


def sleep_unless(stopped: Callable[[], bool], clock: Clock, seconds: float) -> bool:
    """Sleeps, a second at a time; false as soon as `stopped` is true."""
    end = clock.now() + seconds
    while not stopped() and (left := end - clock.now()) > 0:
        clock.sleep(min(left, 1.0))
    return not stopped()
