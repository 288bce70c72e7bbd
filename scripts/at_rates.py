"""Time at the service's published rates, measured in virtual time: the program's own threads, pacing and retries run as
they are, and time passes only while every thread waits.

It calls a service that has the published token buckets and throttles a call which finds its bucket empty.
"""

from __future__ import annotations

import heapq
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple
from unittest.mock import patch

from reconciler.aws import pools, reader
from reconciler.aws.operations import OPERATIONS
from reconciler.aws.retrying import Paced, Retrying
from reconciler.errors import ServiceError
from reconciler.model.api import Api, Params, Response

SLOWEST_ANSWER = 0.2
"""Seconds; the quickest takes a quarter of it."""


class VirtualTime:
    """A `Clock` for several threads. It counts how many of them run; where none does, it jumps to the end of the
    shortest sleep. Whoever starts or wakes a thread counts it, so that it runs from that moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = 0.0
        self._running = 1
        self._sleeping: list[tuple[float, int, threading.Event]] = []
        self._slept = 0

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        woken = threading.Event()
        with self._lock:
            self._slept += 1
            heapq.heappush(self._sleeping, (self._now + seconds, self._slept, woken))
            self._one_less()
        woken.wait()

    def runs(self, threads: int = 1) -> None:
        with self._lock:
            self._running += threads

    def ends(self) -> None:
        with self._lock:
            self._one_less()

    def _one_less(self) -> None:
        self._running -= 1
        if self._running == 0 and self._sleeping:
            self._now, _, woken = heapq.heappop(self._sleeping)
            self._running = 1
            woken.set()


class _Condition(threading.Condition):
    """A condition whose waiting threads do not run in virtual time."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self._time = time
        self._waiting_threads = 0

    def wait(self, timeout: float | None = None) -> bool:
        self._waiting_threads += 1
        self._time.ends()
        notified = super().wait(timeout)
        if not notified:
            self._waiting_threads -= 1
            self._time.runs()
        return notified

    def notify_all(self) -> None:
        self._time.runs(self._waiting_threads)
        self._waiting_threads = 0
        super().notify_all()


class _Pools(pools.Pools):
    """Pools whose threads are counted."""

    def __init__(self, api: Api, time: VirtualTime) -> None:
        self._time = time
        super().__init__(api)

    def _condition(self) -> threading.Condition:
        return _Condition(self._time)

    def _start(self, work: Callable[[], None]) -> None:
        def counted() -> None:
            work()
            self._time.ends()

        self._time.runs()
        super()._start(counted)


class Service:
    """An `Api` with the service's token buckets, on which every call takes its time. Throttles are counted."""

    def __init__(self, api: Api, time: VirtualTime, slowest_answer: float = SLOWEST_ANSWER) -> None:
        self._api = api
        self._time = time
        self._slowest = slowest_answer
        self._dice = random.Random(0)
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}
        self.throttled: Counter[str] = Counter()

    def call(self, operation: str, params: Params) -> Response:
        with self._lock:
            there, back = (self._dice.uniform(self._slowest / 8, self._slowest / 2) for _ in range(2))
        self._time.sleep(there)
        with self._lock:
            refused = not self._took(operation)
        self._time.sleep(back)
        if refused:
            self.throttled[operation] += 1
            raise ServiceError(operation, "TooManyRequestsException", "too many requests", status=400)
        return self._api.call(operation, params)

    def _took(self, operation: str) -> bool:
        row, now = OPERATIONS[operation], self._time.now()
        tokens, at = self._buckets.get(row.bucket, (row.burst, 0.0))
        tokens = min(row.burst, tokens + (now - at) * row.rate)
        enough = tokens >= 1 - 1e-6
        self._buckets[row.bucket] = (tokens - 1 if enough else tokens, now)
        return enough


class AtRates(NamedTuple):
    """A connection's `Api` in virtual time, with what is behind it."""

    api: Retrying
    time: VirtualTime
    service: Service


@contextmanager
def at_rates(api: Api, slowest_answer: float = SLOWEST_ANSWER) -> Iterator[AtRates]:
    """The layers that every call to AWS passes, before a service which answers as `api` does. What reads meanwhile does
    so in virtual time."""
    time = VirtualTime()
    service = Service(api, time, slowest_answer)
    jitter = random.Random(0).uniform
    with patch.object(reader, "Pools", partial(_Pools, time=time)):
        yield AtRates(Retrying(Paced(service, clock=time), clock=time, jitter=jitter), time, service)


def bound(calls: Mapping[str, int]) -> float:
    """The seconds that the slowest bucket needs for these calls by itself: no reader can be faster."""
    by_bucket: Counter[str] = Counter()
    for operation, count in calls.items():
        by_bucket[OPERATIONS[operation].bucket] += count
    return max(max(0.0, (count - OPERATIONS[each].burst) / OPERATIONS[each].rate) for each, count in by_bucket.items())
