"""One object in S3 that is a lock: read, made, replaced and deleted only under a condition on its ETag.

A condition that does not hold is an answer (`None` or `False`), never an error; what the bucket refuses, or does not
know how to do, always is one, so a bucket without conditional writes never passes for a lock. What passes by itself is
asked again, a few times.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from botocore.exceptions import BotoCoreError

from reconciler.aws.answers import UNREADABLE
from reconciler.aws.api import Api, Response
from reconciler.aws.lock import Holder, S3Place, stamp
from reconciler.errors import NotAllowed, ReconcilerError, ServiceError

TRIES = 5

NOBODY = '"00000000000000000000000000000000"'
"""An ETag that no object has."""

_ABSENT = frozenset({"NoSuchKey", "NotFound", "404"})
_BUSY = frozenset(
    {
        *("ConditionalRequestConflict", "OperationAborted", "SlowDown", "Throttling", "RequestTimeout"),
        *("ConnectionError", "Unreachable", UNREADABLE),
    }
)
"""Two requests for one object at a time, or a service that is slow: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""


class Found(NamedTuple):
    """What the object says, and the ETag that it has as long as it says so."""

    holder: Holder
    etag: str


class NoLock(ReconcilerError):
    """The object is something else than a lock."""


class Denied(NotAllowed):
    """The bucket refuses the call, or hides that there is no such object."""


@dataclass(frozen=True)
class LockObject:
    """The object at `place`, by way of an `Api` that speaks to S3."""

    api: Api
    place: S3Place
    sleep: Callable[[float], None] = time.sleep

    def read(self) -> Found | None:
        """Who holds the lock, `None` where the object does not exist."""
        answer = self._call("GetObject")
        if answer is None:
            return None
        try:
            text = answer["Body"].read(65536)
        except (BotoCoreError, OSError) as error:
            raise ReconcilerError(f"the lock {self.place} cannot be read: {error}") from error
        return Found(self._holder(text), str(self._etag(answer)))

    def create(self, holder: Holder) -> str | None:
        """Makes the object where there is none; its ETag, or `None` where there is one."""
        return self._etag(self._call("PutObject", IfNoneMatch="*", **_content(holder)))

    def replace(self, holder: Holder, etag: str) -> str | None:
        """Writes over the object that has the ETag; its new one, or `None` where it has another or is gone."""
        return self._etag(self._call("PutObject", IfMatch=etag, **_content(holder)))

    def delete(self, etag: str) -> bool:
        """Deletes the object that has the ETag; false where it has another or is gone."""
        return self._call("DeleteObject", IfMatch=etag) is not None

    def _call(self, operation: str, **params: object) -> Response | None:
        for attempt in range(TRIES):
            try:
                return self.api.call(f"s3:{operation}", {"Bucket": self.place.bucket, "Key": self.place.key, **params})
            except NotAllowed as error:
                raise self._denied(error) from error
            except ServiceError as error:
                if error.code in _ABSENT or error.status == 412:
                    return None
                if attempt == TRIES - 1 or not _passes(error):
                    raise self._refused(error) from error
            self.sleep(0.2 * 2**attempt)
        raise AssertionError("the last try returns or raises")

    def _etag(self, answer: Response | None) -> str | None:
        """The object's ETag. Raises `ReconcilerError` for an answer without one: the lock could not be kept."""
        if answer is not None and not answer.get("ETag"):
            raise ReconcilerError(
                f"the lock {self.place}: the answer has no ETag, which Amazon S3 always sends",
                help="run it again; `reconciler unlock` shows whether the lock is held",
            )
        return None if answer is None else str(answer["ETag"])

    def _holder(self, text: bytes) -> Holder:
        try:
            found = json.loads(text)
            since, expires = (datetime.fromisoformat(found[name]) for name in ("since", "expires"))
            if since.tzinfo is None or expires.tzinfo is None:
                raise ValueError("a time without its zone")
            return Holder(str(found["holder"]), since, expires, str(found["token"]), int(found["fence"]))
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise NoLock(
                f"{self.place} is no lock of this program, and is left alone",
                help="choose another key, which holds nothing else",
            ) from error

    def _denied(self, error: NotAllowed) -> NotAllowed:
        if not error.message.startswith("not allowed"):
            return error
        resource = f"arn:aws:s3:::{self.place}".replace("s3://", "")
        return Denied(
            f"the lock {self.place}: {error.message}",
            help="a statement that allows it:\n"
            '  {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], '
            f'"Resource": "{resource}"}}\n'
            "and to tell a lock that nobody holds from one that is hidden:\n"
            f'  {{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::{self.place.bucket}"}}',
        )

    def _refused(self, error: ServiceError) -> ReconcilerError:
        if error.code == "NoSuchBucket":
            return ReconcilerError(
                f"the lock {self.place}: there is no such bucket", help="make it, or choose another with --lock"
            )
        if error.code == "NotImplemented" or error.status == 501:
            return unconditional(self.place, error.text)
        return ReconcilerError(f"the lock {self.place}: {error.message}")


def unconditional(place: S3Place, text: str) -> ReconcilerError:
    """The error of a bucket that cannot be a lock."""
    return ReconcilerError(
        f"{place} cannot be a lock, for its endpoint does no conditional writes: {text}",
        help="use a bucket of Amazon S3, or a local lock file",
    )


def _content(holder: Holder) -> dict[str, object]:
    assert holder.expires is not None
    text = {
        "holder": holder.holder,
        "since": stamp(holder.since),
        "expires": stamp(holder.expires),
        "token": holder.token,
        "fence": holder.fence,
    }
    return {"Body": json.dumps(text, indent=2).encode() + b"\n", "ContentType": "application/json"}


def _passes(error: ServiceError) -> bool:
    return error.code in _BUSY or (error.status is not None and error.status >= 500 and error.status != 501)
