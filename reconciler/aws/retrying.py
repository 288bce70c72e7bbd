"""Retries and pacing: what is worth retrying is retried with full jitter inside a time budget, and each bucket of the
service is asked no faster than it allows.

The errors of the service fall into groups: *retry* (the table below), *already so* (each call names its own),
*settling*, *perhaps done* and *full* (for the executor, which waits or looks), and *stop* (all others). A creation
whose answer was lost is not asked for again here: whoever asked looks for what it made.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.aws.answers import UNREADABLE
from reconciler.aws.operations import OPERATIONS
from reconciler.errors import ServiceError
from reconciler.model.api import Api, Params, Response

RETRY: dict[str, str] = {
    "TooManyRequestsException": "the bucket of the operation is empty, or another write is in progress",
    "ThrottlingException": "the account's calls are throttled",
    "ThrottledException": "the account's calls are throttled",
    "Throttling": "the account's calls are throttled",
    "RequestLimitExceeded": "the account's calls are throttled",
    "ConcurrentModificationException": "another change of the same object is in progress",
    "PolicyChangesInProgressException": "an earlier policy change is still in progress",
    "FinalizingOrganizationException": "the organization was made moments ago, up to an hour",
    "ServiceException": "the service failed",
    "InternalFailure": "the service failed",
    "InternalServerError": "the service failed",
    "InternalServerException": "the service failed",
    "InternalServiceException": "the service failed",
    "ServiceUnavailable": "the service failed",
    "RequestTimeout": "the connection was too slow",
    "RequestTimeoutException": "the connection was too slow",
    "ConnectionError": "the connection was lost",
}
"""Error code -> what it means. Unreadable answers, and everything else that is an HTTP 5xx, are tried `FEW` times."""

FEW = 5

THROTTLES = frozenset(
    {"TooManyRequestsException", "ThrottlingException", "ThrottledException", "Throttling", "RequestLimitExceeded"}
)

AMBIGUOUS = frozenset(
    [UNREADABLE, *(code for code, why in RETRY.items() if why.startswith(("the service failed", "the connection")))]
)
"""Errors that leave open whether the call took effect; so does every other HTTP 5xx."""

SETTLING: dict[str, frozenset[str]] = {
    "AttachPolicy": frozenset({"PolicyTypeNotEnabledException", "TargetNotFoundException", "PolicyNotFoundException"}),
    "CreateAccount": frozenset({"ConcurrentModificationException"}),
    "DetachPolicy": frozenset({"TargetNotFoundException"}),
    "DescribeAccount": frozenset({"AccountNotFoundException"}),
    "DescribePolicy": frozenset({"PolicyNotFoundException"}),
    "DescribeCreateAccountStatus": frozenset({"CreateAccountStatusNotFoundException"}),
    "MoveAccount": frozenset(
        {"AccountNotFoundException", "SourceParentNotFoundException", "DestinationParentNotFoundException"}
    ),
    "CreateOrganizationalUnit": frozenset({"ParentNotFoundException"}),
    "DeleteOrganizationalUnit": frozenset({"OrganizationalUnitNotEmptyException"}),
    "DeletePolicy": frozenset({"PolicyInUseException"}),
    "TagResource": frozenset({"TargetNotFoundException"}),
    "UntagResource": frozenset({"TargetNotFoundException"}),
}
"""Errors that pass within seconds after an earlier write, because the service is eventually consistent."""

MISSING = frozenset(
    {
        "DestinationParentNotFoundException",
        "ParentNotFoundException",
        "PolicyNotFoundException",
        "TargetNotFoundException",
    }
)
"""Settling errors about something that does not exist: soon final where this run did not make it."""

PERHAPS_DONE: dict[str, frozenset[str]] = {
    "CloseAccount": frozenset({"ConflictException"}),
    "CreateOrganizationalUnit": frozenset({"DuplicateOrganizationalUnitException"}),
    "CreatePolicy": frozenset({"DuplicatePolicyException"}),
    "DescribeCreateAccountStatus": frozenset({"EMAIL_ALREADY_EXISTS"}),
    "UpdateOrganizationalUnit": frozenset({"DuplicateOrganizationalUnitException"}),
    "UpdatePolicy": frozenset({"DuplicatePolicyException"}),
}
"""Errors that may mean that the wanted state is there, by an earlier try: it is looked for until lists have settled."""

LOOKED_INTO: dict[str, frozenset[str]] = {
    "CreateAccount": frozenset({"ConcurrentModificationException"}),
    "DeleteOrganizationalUnit": frozenset({"OrganizationalUnitNotEmptyException"}),
    "DeletePolicy": frozenset({"PolicyInUseException"}),
    "MoveAccount": frozenset({"AccountNotFoundException", "SourceParentNotFoundException"}),
}
"""Settling errors whose cause shows: one look says whether the wanted state is there, or can no longer come."""

FULL = frozenset({"ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED", "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED"})
"""Reasons of a refusal that pass once what is under way is done."""


class Clock(Protocol):
    """Time, so that tests have their own."""

    def now(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The real time, monotonic."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass
class Retrying:
    """An `Api` that tries again. `budget` is the seconds that one call may take with all its tries; `notice` is told of
    every decision; once `stopped` says so, nothing is tried again."""

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
                if not self._waited(wait):
                    raise

    def _waited(self, seconds: float) -> bool:
        """Waits, a second at a time; false where a stop is asked for meanwhile."""
        end = self.clock.now() + seconds
        while not self.stopped() and (left := end - self.clock.now()) > 0:
            self.clock.sleep(min(left, 1.0))
        return not self.stopped()


def _why_not(operation: str, error: ServiceError, attempts: int, left: float) -> str | None:
    """Why the call is not made again; `None` where it is, with `left` seconds of its budget."""
    if not worth_retrying(error, attempts):
        return "which a retry does not fix"
    if (ambiguous(error) and not repeatable(operation)) or error.code in LOOKED_INTO.get(operation, ()):
        return "looking for what it made instead of asking twice"
    return None if left > 0 else f"given up after {attempts + 1} tries"


def worth_retrying(error: ServiceError, attempts: int = 0) -> bool:
    """True for errors that pass by themselves. A fault that the service does not name, and an answer that is not one
    of the service, are given a few tries; an operation that has a substitute is given less."""
    if error.code in THROTTLES or error.status == 429:
        return True
    failed = error.code == UNREADABLE or (error.status is not None and error.status >= 500 and error.status != 501)
    if OPERATIONS[error.operation].optional:
        return failed and attempts < 2
    unnamed = failed or error.code == "Unreachable" or error.status in (408, 501)
    return error.code in RETRY or (unnamed and attempts < FEW)


def ambiguous(error: ServiceError) -> bool:
    """True where the call may have taken effect although it failed."""
    fault = error.status is not None and (error.status >= 500 or error.status == 408) and error.code not in THROTTLES
    return fault or error.code in AMBIGUOUS


def repeatable(operation: str) -> bool:
    """True where making the call twice does what making it once does."""
    return not operation.rpartition(":")[2].startswith(("Create", "Invite"))


class Paced:
    """An `Api` that keeps to the published rates. With `from_start` false it begins without a limit, and paces a bucket
    from the first time that the service throttles it: an endpoint of one's own may have no rates at all."""

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
            if error.code in THROTTLES:
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
        """Takes a token, or says how many seconds to wait for one."""
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
