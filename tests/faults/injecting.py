"""What goes wrong between a program and a service, as layers around an `Api`: each with one way to fail, none random
unless a seed says how, and none that sleeps."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from typing import Literal

from reconciler.aws.boto_errors import denied
from reconciler.aws.operations import OPERATIONS
from reconciler.aws.services import service_of
from reconciler.errors import ServiceError
from reconciler.model.api import Api, Params, Response
from reconciler.model.clock import Clock

When = Literal["before", "after"]
Fault = Literal[
    "throttle", "conflict", "policy_changes", "fault", "http_500", "drop_before", "drop_after", "slow", "denied"
]

CODES: dict[Fault, str] = {
    "throttle": "TooManyRequestsException",
    "conflict": "ConcurrentModificationException",
    "policy_changes": "PolicyChangesInProgressException",
    "fault": "ServiceException",
}
SLOW = 25.0
"""Seconds that a slow call takes."""


class Killed(BaseException):
    """The process is gone: nothing catches this, as nothing catches `kill -9`."""


def fail(fault: Fault, api: Api, clock: Clock, operation: str, params: Params) -> Response:
    """The call, with the fault."""
    match fault:
        case "slow":
            clock.sleep(SLOW)
            return api.call(operation, params)
        case "denied":
            raise denied(operation, "AccessDeniedException", "a policy says no")
        case "http_500":
            raise ServiceError(operation, "500", "an HTML page", status=500)
        case "drop_after":
            api.call(operation, params)
            raise ServiceError(operation, "ConnectionError", "the connection was closed before the answer came")
        case "drop_before":
            raise ServiceError(operation, "ConnectionError", "the connection could not be made")
        case _:
            raise ServiceError(operation, CODES[fault], "not now", request_id="r-1")


class Scripted:
    """Gives chosen calls a fault: the nth of an operation, counted from 1 (`("CreatePolicy", 1): "drop_after"`);
    with 0, every one of them."""

    def __init__(self, api: Api, clock: Clock, script: Mapping[tuple[str, int], Fault]) -> None:
        self._api = api
        self._clock = clock
        self._script = script
        self.calls: Counter[str] = Counter()

    def call(self, operation: str, params: Params) -> Response:
        self.calls[operation] += 1
        fault = self._script.get((operation, self.calls[operation])) or self._script.get((operation, 0))
        if fault is None:
            return self._api.call(operation, params)
        return fail(fault, self._api, self._clock, operation, params)


class Injecting:
    """Gives calls a fault by chance: `rates` is the probability of each, `seed` decides. No operation with the same
    parameters fails more than `in_a_row` times one after another, as a service that recovers; the answer to
    `CreateAccount` is never lost where `lost_creations` is false."""

    def __init__(
        self,
        api: Api,
        clock: Clock,
        seed: int,
        rates: Mapping[Fault, float],
        *,
        in_a_row: int = 3,
        lost_creations: bool = True,
    ) -> None:
        self._api = api
        self._clock = clock
        self._random = random.Random(seed)
        self._rates = rates
        self._in_a_row = in_a_row
        self._lost_creations = lost_creations
        self._failed: Counter[str] = Counter()
        self.injected: Counter[Fault] = Counter()

    def call(self, operation: str, params: Params) -> Response:
        fault = self._drawn(operation)
        key = f"{operation} {sorted(params.items())}"
        if fault is None or self._failed[key] >= self._in_a_row:
            self._failed[key] = 0
            return self._api.call(operation, params)
        self._failed[key] += 1
        self.injected[fault] += 1
        return fail(fault, self._api, self._clock, operation, params)

    def _drawn(self, operation: str) -> Fault | None:
        drawn = self._random.random()
        for fault, rate in self._rates.items():
            if drawn < rate:
                return fault if self._may(fault, operation) else None
            drawn -= rate
        return None

    def _may(self, fault: Fault, operation: str) -> bool:
        if service_of(operation).optional or (fault == "policy_changes" and "Policy" not in operation):
            return False
        lossy = fault in ("drop_before", "drop_after", "fault", "http_500")
        return self._lost_creations or not (lossy and operation == "CreateAccount")


class Killing:
    """Kills the process at one call, counted from 0 since `armed`: before it is sent, or after it was answered."""

    def __init__(self, api: Api, at: int, when: When) -> None:
        self._api = api
        self._at = at
        self._when = when
        self.armed = False
        self.made: list[str] = []

    def call(self, operation: str, params: Params) -> Response:
        if not self.armed:
            return self._api.call(operation, params)
        mine = len(self.made) == self._at
        self.made.append(operation)
        if mine and self._when == "before":
            raise Killed
        try:
            return self._api.call(operation, params)
        finally:
            if mine:
                raise Killed


class Refusing:
    """Denies one write, counted from 0."""

    def __init__(self, api: Api, at: int) -> None:
        self._api = api
        self._at = at
        self._made = 0

    def call(self, operation: str, params: Params) -> Response:
        if OPERATIONS[operation].writes:
            self._made += 1
            if self._made == self._at + 1:
                raise denied(operation, "AccessDeniedException", "a policy says no")
        return self._api.call(operation, params)
