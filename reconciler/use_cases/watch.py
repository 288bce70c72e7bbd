"""Checking again and again, until stopped: `drift --watch`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from reconciler.aws.retrying import SystemClock
from reconciler.errors import Blocked, ReconcilerError, SpecInvalid, UsageError
from reconciler.model.clock import Clock, sleep_unless

T = TypeVar("T")

_INTERVAL = re.compile(r"([1-9]\d{0,5})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
LONGEST = 86_400.0
"""Seconds between two checks at most."""
_LONGEST_BACKOFF = 3600.0


def interval_of(written: str, option: str = "--watch") -> float:
    """The seconds of an interval (`30s`, `15m`, `1h`). Raises `UsageError` for another text, or more than a day."""
    found = _INTERVAL.fullmatch(written)
    if found is None:
        raise UsageError(f"{option} {written}: expected seconds, minutes or hours", help="for example 15m or 1h")
    seconds = float(found[1]) * _SECONDS[found[2]]
    if seconds > LONGEST:
        raise UsageError(f"{option} {written}: more than a day", help="run it on a schedule instead")
    return seconds


@dataclass(frozen=True)
class Round(Generic[T]):
    """One check: its result, or the error that is why there is none, and whether that is new compared with the check
    before."""

    result: T | None
    error: ReconcilerError | None
    is_new: bool


def watch(
    check: Callable[[], T],
    digest: Callable[[T], str],
    interval: float,
    stopped: Callable[[], bool],
    clock: Clock | None = None,
) -> Iterator[Round[T]]:
    """The checks, `interval` seconds of the `clock` (the real one) after one another, until `stopped`. `digest` is
    equal for equal results. After a failed check the wait doubles with each further one, up to an hour or the interval,
    whichever is longer. Raises `UsageError`, and what is wrong with the spec, or the organization another one, at the
    first check."""
    clock = clock or SystemClock()
    last: str | None = None
    failures, first = 0, True
    while not stopped():
        try:
            result = check()
        except ReconcilerError as error:
            if isinstance(error, UsageError) or (first and isinstance(error, SpecInvalid | Blocked)):
                raise
            failures += 1
            yield Round(None, error, is_new=failures == 1)
        else:
            found = digest(result)
            yield Round(result, None, is_new=found != last or failures > 0)
            last, failures = found, 0
        first = False
        wait = interval * 2 ** min(failures, 16) if failures else interval
        sleep_unless(stopped, clock, min(wait, max(interval, _LONGEST_BACKOFF)))
