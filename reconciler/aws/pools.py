"""Concurrent calls: a few worker threads for each token bucket of the service.

Each bucket has its own rate, so work of a slow one (`DescribePolicy`, 2 a second) must not occupy the workers of
another. Workers are started when there is work and end when there is none. The first failure ends everything: no
further call begins, and every wait for an answer raises the error.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, TypeVar

from reconciler.aws.operations import OPERATIONS
from reconciler.model.api import Api, Params, Response

A = TypeVar("A")

_WORKERS = 8
"""For each bucket; enough for the highest rate that is used (15 a second) with answers that take half a second."""

_PATIENCE = 1.0
"""Seconds to wait after a failure for calls that have begun. Longer ones, such as retries, are abandoned."""


class _Ended(Exception):
    """A task began a call after the end. Nothing waits for its answer."""


class Task(Generic[A]):
    """A function that calls the service, and its answer once it is `done`."""

    def __init__(self, number: int, ask: Callable[[], A]) -> None:
        self.number = number
        self.ask = ask
        self.done = False
        self.answer: A


class Pools:
    """An `Api` for concurrent tasks, each in the pool of its operation's bucket. Must be closed in the end."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._changed = self._condition()
        self._waiting: defaultdict[str, deque[Task[Any]]] = defaultdict(deque)
        self._workers: Counter[str] = Counter()
        self._errors: list[tuple[int, BaseException]] = []
        self._ended = False
        self._submitted = 0

    def call(self, operation: str, params: Params) -> Response:
        if self._ended:
            raise _Ended
        return self._api.call(operation, params)

    def submit(self, operation: str, ask: Callable[..., A], *args: Any) -> Task[A]:
        """Runs `ask(*args)`, which calls the operation, as soon as a worker of its bucket is free. Tasks may submit
        others, and wait for those of other buckets with `answer`."""
        bucket = OPERATIONS[operation].bucket
        with self._changed:
            self._submitted += 1
            task = Task(self._submitted, partial(ask, *args))
            if not self._ended:
                self._waiting[bucket].append(task)
                if self._workers[bucket] < _WORKERS:
                    self._workers[bucket] += 1
                    self._start(partial(self._work, bucket))
        return task

    def result(self, task: Task[A]) -> A:
        """Waits for the answer. Raises the error of whichever task failed; of several, that of the one which was
        submitted first."""
        with self._changed:
            self._changed.wait_for(lambda: task.done or self._ended)
            if self._ended:
                self._wait_for_workers()
                raise min(self._errors, key=lambda each: each[0])[1]
        return task.answer

    def answer(self, task: Task[A]) -> A:
        """Waits for the answer to a task, inside another one of another bucket, which ends where the task fails."""
        with self._changed:
            self._changed.wait_for(lambda: task.done or self._ended)
            if not task.done:
                raise _Ended
        return task.answer

    def close(self) -> None:
        """Lets no further call begin."""
        with self._changed:
            self._ended = True
            self._wait_for_workers()

    def _wait_for_workers(self) -> None:
        self._changed.wait_for(lambda: not self._workers.total(), _PATIENCE)

    def _work(self, bucket: str) -> None:
        while (task := self._next(bucket)) is not None:
            error: BaseException | None = None
            try:
                task.answer = task.ask()
            except _Ended:
                continue
            except BaseException as raised:
                error = raised
            with self._changed:
                if error is not None:
                    self._errors.append((task.number, error))
                    self._ended = True
                task.done = error is None
                self._changed.notify_all()

    def _next(self, bucket: str) -> Task[Any] | None:
        with self._changed:
            if self._waiting[bucket] and not self._ended:
                return self._waiting[bucket].popleft()
            self._workers[bucket] -= 1
            self._changed.notify_all()
            return None

    def _condition(self) -> threading.Condition:
        return threading.Condition()

    def _start(self, work: Callable[[], None]) -> None:
        """Daemon threads, so that a call which takes long does not keep the process from ending."""
        threading.Thread(target=work, name="read", daemon=True).start()
