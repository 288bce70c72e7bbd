"""An `ObjectStore` in S3. A transient error is retried a few times.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError

from reconciler.errors import NotAllowed, ReconcilerError, ServiceError
from reconciler.model.api import Api, Response
from reconciler.model.object_store import ObjectDenied, S3Place, StoredObject
from reconciler.model.service_errors import failed

TRIES = 5

_ABSENT = frozenset({"NoSuchKey", "NotFound", "404"})
_BUSY = frozenset(
    {
        *("ConditionalRequestConflict", "OperationAborted", "SlowDown", "Throttling", "RequestTimeout"),
        *("ConnectionError", "Unreachable"),
    }
)
"""Two requests for one object at a time, or a service that is slow: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""


@dataclass(frozen=True)
class S3Object:
    """The object at `place`. Messages call it `what` and name the `option` that sets its place; `actions` are those
    that the role needs."""

    api: Api
    place: S3Place
    what: str
    option: str
    actions: tuple[str, ...]
    sleep: Callable[[float], None] = time.sleep

    def read(self, most: int | None = None) -> StoredObject | None:
        answer = self._call("GetObject")
        if answer is None:
            return None
        try:
            return StoredObject(answer["Body"].read(most), self._etag(answer))
        except (BotoCoreError, OSError) as error:
            raise ReconcilerError(f"{self} cannot be read: {error}") from error

    def create(self, content: bytes) -> str | None:
        return self._put(content, IfNoneMatch="*")

    def replace(self, content: bytes, etag: str) -> str | None:
        return self._put(content, IfMatch=etag)

    def delete(self, etag: str) -> bool:
        return self._call("DeleteObject", IfMatch=etag) is not None

    def unconditional(self, text: str) -> ReconcilerError:
        return ReconcilerError(
            f"{self.place} cannot be a {self.what}, for its endpoint does no conditional writes: {text}",
            help=f"use a bucket of Amazon S3, or a local {self.what} file",
        )

    def _put(self, content: bytes, **condition: str) -> str | None:
        answer = self._call("PutObject", Body=content, ContentType="application/json", **condition)
        return self._etag(answer) if answer is not None else None

    def _etag(self, answer: Response) -> str:
        """The object's ETag. Raises `ReconcilerError` for an answer without one: the object could not be kept."""
        if not answer.get("ETag"):
            raise ReconcilerError(
                f"{self}: the answer has no ETag, which Amazon S3 always sends",
                help="run it again; `reconciler unlock` shows whether the lock is held",
            )
        return str(answer["ETag"])

    def __str__(self) -> str:
        return f"the {self.what} {self.place}"

    def _call(self, operation: str, **params: object) -> Response | None:
        for attempt in range(TRIES):
            try:
                return self.api.call(f"s3:{operation}", {"Bucket": self.place.bucket, "Key": self.place.key, **params})
            except NotAllowed as error:
                raise self._denied(error) from error
            except ServiceError as error:
                if error.code in _ABSENT or error.status == 412:
                    return None
                if attempt == TRIES - 1 or not (error.code in _BUSY or failed(error)):
                    raise self._refused(error) from error
            self.sleep(0.2 * 2**attempt)
        raise AssertionError("the last try returns or raises")

    def _denied(self, error: NotAllowed) -> NotAllowed:
        if not error.message.startswith("not allowed"):
            return error
        resource = f"arn:aws:s3:::{self.place}".replace("s3://", "")
        actions = ", ".join(f'"{each}"' for each in self.actions)
        return ObjectDenied(
            f"{self}: {error.message}",
            help="a statement that allows it:\n"
            f'  {{"Effect": "Allow", "Action": [{actions}], "Resource": "{resource}"}}\n'
            f"and to distinguish a {self.what} that does not exist from one that is hidden:\n"
            f'  {{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::{self.place.bucket}"}}',
        )

    def _refused(self, error: ServiceError) -> ReconcilerError:
        if error.code == "NoSuchBucket":
            return ReconcilerError(
                f"{self}: there is no such bucket", help=f"make it, or choose another with {self.option}"
            )
        if error.code == "NotImplemented" or error.status == 501:
            return self.unconditional(error.text)
        return ReconcilerError(f"{self}: {error.message}")
