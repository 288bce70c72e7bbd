"""Layers around an `Api`, each with one duty."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from reconciler.aws.operations import OPERATIONS
from reconciler.errors import LockLost, ReadFailed, ReconcilerError, ServiceError
from reconciler.model.api import Api, Params, Response
from reconciler.model.clock import Clock
from reconciler.model.service_errors import UNREADABLE


class ReadOnly:
    """An `Api` on which no write exists: what plans, shows and compares gets this one."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def call(self, operation: str, params: Params) -> Response:
        row = OPERATIONS.get(operation)
        if row is None or row.writes:
            raise ReconcilerError(f"{operation} is a write, and this run only reads")
        return self._api.call(operation, params)


class Counting:
    """Counts the calls that were made, by operation; failed ones too."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lock = threading.Lock()
        self.calls: Counter[str] = Counter()

    def call(self, operation: str, params: Params) -> Response:
        with self._lock:
            self.calls[operation] += 1
        return self._api.call(operation, params)


@dataclass(frozen=True)
class Checked:
    """An `Api` whose answers are complete. Raises `ServiceError` with the code `UNREADABLE` for one that is not."""

    api: Api

    def call(self, operation: str, params: Params) -> Response:
        answer = self.api.call(operation, params)
        row = OPERATIONS.get(operation)
        if row is not None and row.answer is not None and (missing := row.answer.missing_in(answer)):
            raise ServiceError(operation, UNREADABLE, f"the answer has no {missing}, which the service always sends")
        return answer


@dataclass(frozen=True)
class Deadline:
    """An `Api` that begins no call once the clock shows `end`. It is for reads; writes end between two changes."""

    api: Api
    clock: Clock
    end: float

    def call(self, operation: str, params: Params) -> Response:
        if self.clock.now() >= self.end:
            raise ReadFailed(
                f"the time was over before {operation} could be called, so nothing is known for certain",
                help="give it more with --timeout SECONDS",
            )
        return self.api.call(operation, params)


@dataclass(frozen=True)
class Fenced:
    """An `Api` that makes no write once the lock of this name is lost. `lost` is why it is, and renews it."""

    api: Api
    name: str
    lost: Callable[[], str | None]

    def call(self, operation: str, params: Params) -> Response:
        why = self.lost()
        if why is not None and OPERATIONS[operation].writes:
            raise LockLost(
                f"{operation} was not called, for the lock {self.name} was lost: {why}",
                help="see what the other run did, then run apply again",
            )
        return self.api.call(operation, params)
