"""Time for a mocked organization: it passes only when somebody sleeps, so waiting costs nothing."""

from __future__ import annotations


class VirtualClock:
    """A clock that is moved by `sleep`. Seconds since it was made."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds
