"""The object in S3 that is a lock: who holds it, as JSON, read and written under conditions on its ETag.

An object that is not a lock is never changed, and a bucket without conditional writes is refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from reconciler.applying.locks.base import Holder, timestamp
from reconciler.errors import ReconcilerError
from reconciler.model.object_store import ObjectStore, S3Place

ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
"""The permissions that a lock needs on its object."""

_MOST_BYTES = 65536


class Found(NamedTuple):
    """The content of the object, and its ETag."""

    holder: Holder
    etag: str


class NotALock(ReconcilerError):
    """The object is something else than a lock."""


@dataclass(frozen=True)
class LockObject:
    """The lock in one object of a store."""

    object: ObjectStore

    @property
    def place(self) -> S3Place:
        return self.object.place

    def read(self) -> Found | None:
        """Who holds the lock, `None` where the object does not exist."""
        found = self.object.read(_MOST_BYTES)
        return None if found is None else Found(self._holder(found.content), found.etag)

    def create(self, holder: Holder) -> str | None:
        """Creates the object; its ETag, or `None` where there is one already."""
        return self.object.create(_content(holder))

    def replace(self, holder: Holder, etag: str) -> str | None:
        """Overwrites the object that has the ETag; its new one, or `None` where it has another or is gone."""
        return self.object.replace(_content(holder), etag)

    def delete(self, etag: str) -> bool:
        """Deletes the object that has the ETag; false where it has another or is gone."""
        return self.object.delete(etag)

    def _holder(self, text: bytes) -> Holder:
        try:
            found = json.loads(text)
            since, expires = (datetime.fromisoformat(found[name]) for name in ("since", "expires"))
            if since.tzinfo is None or expires.tzinfo is None:
                raise ValueError("a time without its zone")
            return Holder(str(found["holder"]), since, expires, str(found["token"]), int(found["fence"]))
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise NotALock(
                f"{self.place} is not a lock of this program, and was not changed",
                help="choose another key, one that is used for nothing else",
            ) from error


def _content(holder: Holder) -> bytes:
    assert holder.expires is not None
    text = {
        "holder": holder.holder,
        "since": timestamp(holder.since),
        "expires": timestamp(holder.expires),
        "token": holder.token,
        "fence": holder.fence,
    }
    return json.dumps(text, indent=2).encode() + b"\n"
