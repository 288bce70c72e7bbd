"""A virtual clock for a mocked organization: waiting takes no time."""

from __future__ import annotations


class VirtualClock:
    """A clock that `sleep` advances. Seconds since its construction."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds
