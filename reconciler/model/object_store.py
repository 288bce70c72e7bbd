"""Objects in S3 that are written under conditions: where they are, and what keeps them."""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from reconciler.errors import NotAllowed, ReconcilerError


class S3Place(NamedTuple):
    """An object in S3."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def is_location(text: str) -> bool:
    """True for a location in S3 or elsewhere (`s3:/bucket` too), false for the path of a file."""
    return "://" in text or text.lower().startswith("s3:")


def s3_place(text: str) -> S3Place | None:
    """`s3://bucket/key`, of which the key may be empty; `None` for another text."""
    scheme, _, rest = text.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket):
        return None
    return S3Place(bucket, key)


class StoredObject(NamedTuple):
    """The content of an object, and its ETag."""

    content: bytes
    etag: str


class ObjectDenied(NotAllowed):
    """The bucket refuses the call, or hides that there is no such object."""


class ObjectStore(Protocol):
    """One object that is read whole, and created, replaced and deleted only under a condition on its ETag. A condition
    that does not hold is an answer (`None` or `False`), never an error."""

    @property
    def place(self) -> S3Place: ...

    def read(self, most: int | None = None) -> StoredObject | None:
        """The object, at `most` so many bytes of it; `None` where there is none."""
        ...

    def create(self, content: bytes) -> str | None:
        """Creates the object; its ETag, or `None` where there is one already."""
        ...

    def replace(self, content: bytes, etag: str) -> str | None:
        """Overwrites the object that has the ETag; its new one, or `None` where it has another or is gone."""
        ...

    def delete(self, etag: str) -> bool:
        """Deletes the object that has the ETag; false where it has another or is gone."""
        ...

    def unconditional(self, text: str) -> ReconcilerError:
        """The error of a bucket without conditional writes."""
        ...
