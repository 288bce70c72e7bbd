"""Retries and pacing: transient errors are retried with full jitter inside a time budget, and no bucket of the service
is called faster than its rate.

The errors of the service fall into groups: *retry* (`model.service_errors`), *already so* (each call names its own),
*settling*, *perhaps done* and *full* (for the executor, which waits or looks), and *stop* (all others). A creation
whose answer was lost is not retried here: the executor looks for its result.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.aws.operations import OPERATIONS
from reconciler.aws.services import service_of
from reconciler.errors import ServiceError
from reconciler.model.api import Api, Params, Response
from reconciler.model.clock import Clock, sleep_unless
from reconciler.model.service_errors import RETRY, THROTTLES, ambiguous, failed

FEW = 5
"""How often a fault is retried that the service does not name, and an unreadable answer."""


class SystemClock:
    """The real time, monotonic."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass
class Retrying:
    """An `Api` that retries. `budget` is the seconds that one call may take with all its tries; `notice` gets a line
    for each decision; once `stopped` is true nothing is retried."""

    api: Api
    clock: Clock = field(default_factory=SystemClock)
    budget: float = 300.0
    first_wait: float = 0.2
    longest_wait: float = 20.0
    jitter: Callable[[float, float], float] = random.uniform
    notice: Callable[[str], None] = lambda text: None
    stopped: Callable[[], bool] = lambda: False

    def call(self, operation: str, params: Params) -> Response:
        started = self.clock.now()
        attempt = 0
        while True:
            try:
                return self.api.call(operation, params)
            except ServiceError as error:
                left = self.budget - (self.clock.now() - started)
                if refusal := _why_not(operation, error, attempt, left):
                    self.notice(f"{operation}: {error.code}, {refusal}")
                    raise
                ceiling = min(self.longest_wait, self.first_wait * 2 ** min(attempt, 16))
                wait = min(self.jitter(0.0, ceiling), left)
                attempt += 1
                self.notice(f"{operation}: {error.code}, try {attempt + 1} in {wait:.1f} s")
                if not sleep_unless(self.stopped, self.clock, wait):
                    raise


def _why_not(operation: str, error: ServiceError, attempts: int, left: float) -> str | None:
    """Why the call is not made again; `None` where it is, with `left` seconds of its budget."""
    if not worth_retrying(error, attempts):
        return "which a retry does not fix"
    row = OPERATIONS[operation]
    if (ambiguous(error) and not row.repeatable) or row.meaning_of(error) == "look":
        return "looking for what it made instead of asking twice"
    return None if left > 0 else f"given up after {attempts + 1} tries"


def worth_retrying(error: ServiceError, attempts: int = 0) -> bool:
    """True for errors that pass by themselves. A fault that the service does not name, and an answer that is not one
    of the service, are retried a few times; an optional operation, or one of an optional service, twice."""
    if _is_throttled(error) or error.status == 429:
        return True
    if service_of(error.operation).optional or OPERATIONS[error.operation].optional:
        return failed(error) and attempts < 2
    unnamed = failed(error) or error.code == "Unreachable" or error.status in (408, 501)
    return error.code in RETRY or (unnamed and attempts < FEW)


def _is_throttled(error: ServiceError) -> bool:
    return error.code in THROTTLES or OPERATIONS[error.operation].meaning_of(error) == "throttled"


class Paced:
    """An `Api` that keeps to the published rates. With `from_start` false it begins without a limit, and paces a bucket
    from the first time that the service throttles it: a custom endpoint may have no rates at all."""

    def __init__(self, api: Api, *, clock: Clock | None = None, from_start: bool = True) -> None:
        self._api = api
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._from_start = from_start
        self._buckets: dict[str, _Bucket] = {}

    def call(self, operation: str, params: Params) -> Response:
        row = OPERATIONS[operation]
        self._wait(row.bucket)
        try:
            return self._api.call(operation, params)
        except ServiceError as error:
            if _is_throttled(error):
                with self._lock:
                    bucket = self._buckets.setdefault(row.bucket, _Bucket(row.rate, row.burst, self._clock.now()))
                    bucket.slow_down(self._clock.now())
            raise

    def _wait(self, name: str) -> None:
        while True:
            with self._lock:
                row = OPERATIONS[name]
                if self._from_start:
                    self._buckets.setdefault(name, _Bucket(row.rate, row.burst, self._clock.now()))
                bucket = self._buckets.get(name)
                wait = bucket.take(self._clock.now()) if bucket else 0.0
            if wait <= 0:
                return
            self._clock.sleep(wait)


_ROUNDING = 1e-6


@dataclass
class _Bucket:
    """A token bucket. Throttling empties it and slows it by a tenth, down to half of the published rate; each token
    that is taken without it gives a hundredth back.

    It holds a second's worth of tokens less than the service's, one at most: calls take unequal times to get there, so
    some arrive closer together than they were sent, and would find the service's bucket empty."""

    rate: float
    burst: float
    at: float
    tokens: float = field(init=False)
    published: float = field(init=False)

    def __post_init__(self) -> None:
        self.burst = max(1.0, self.burst - min(1.0, self.rate))
        self.tokens = self.burst
        self.published = self.rate

    def take(self, now: float) -> float:
        """Takes a token; 0, or the seconds to wait for one."""
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens > 1 - _ROUNDING:
            self.tokens -= 1
            self.rate = min(self.published, self.rate + self.published / 100)
            return 0.0
        return (1 - self.tokens) / self.rate

    def slow_down(self, now: float) -> None:
        self.tokens = 0.0
        self.at = now
        self.rate = max(self.published / 2, self.rate * 0.9)
