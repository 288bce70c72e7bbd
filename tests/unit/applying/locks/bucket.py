"""A bucket of S3 in a few lines, with its conditional requests and all that goes wrong with them; and a clock."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.applying.locks.record import ACTIONS
from reconciler.applying.locks.s3 import S3Lock
from reconciler.aws.s3_object import S3Object
from reconciler.errors import ServiceError
from reconciler.model.api import Params, Response
from reconciler.model.object_store import S3Place

PLACE = S3Place("locks", "org/lock.json")


def refusal(operation: str, code: str, status: int) -> ServiceError:
    return ServiceError(operation, code, "as the test wants it", status=status)


@dataclass
class Time:
    """What the clock says, moved by hand."""

    at: datetime = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Bucket:
    """One bucket. `faults` are taken off one a call, and what is not `None` is raised: before the call takes effect, or
    after it where `drops` says so. `heeds` false ignores every condition; `before` is run ahead of each call."""

    objects: dict[str, bytes] = field(default_factory=dict)
    faults: deque[BaseException | None] = field(default_factory=deque)
    drops: bool = False
    heeds: bool = True
    before: Callable[[str, Params], None] = lambda operation, params: None
    calls: Counter[str] = field(default_factory=Counter)
    guard: threading.RLock = field(default_factory=threading.RLock)

    def call(self, operation: str, params: Params) -> Response:
        self.before(operation, params)
        with self.guard:
            self.calls[operation] += 1
            fault = self.faults.popleft() if self.faults else None
            if fault is not None and not self.drops:
                raise fault
            answer = self._answer(operation, params)
            if fault is not None:
                raise fault
            return answer

    def _answer(self, operation: str, params: Params) -> Response:
        key, there = params["Key"], self.objects.get(params["Key"])
        if self.heeds and params.get("IfNoneMatch") == "*" and there is not None:
            raise refusal(operation, "PreconditionFailed", 412)
        if self.heeds and (wanted := params.get("IfMatch")):
            if there is None:
                raise refusal(operation, "NoSuchKey", 404)
            if etag(there) != wanted:
                raise refusal(operation, "PreconditionFailed", 412)
        if operation == "s3:GetObject":
            if there is None:
                raise refusal(operation, "NoSuchKey", 404)
            return {"Body": io.BytesIO(there), "ETag": etag(there)}
        if operation == "s3:DeleteObject":
            self.objects.pop(key, None)
            return {}
        assert operation == "s3:PutObject"
        self.objects[key] = params["Body"]
        return {"ETag": etag(params["Body"])}

    def record(self) -> dict[str, Any]:
        """What the lock says."""
        found: dict[str, Any] = json.loads(self.objects[PLACE.key])
        return found


def etag(body: bytes) -> str:
    return f'"{hashlib.md5(body).hexdigest()}"'


def lock_object(api: Any, sleep: Callable[[float], None] = lambda seconds: None) -> S3Object:
    return S3Object(api, PLACE, "lock", "--lock", ACTIONS, sleep)


def lock_in(api: Any, time: Time, notices: list[str] | None = None) -> S3Lock:
    """A lock that waits for nothing."""
    return S3Lock(lock_object(api), time, notices.append if notices is not None else lambda text: None)
