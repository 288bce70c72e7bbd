"""The object in S3 that is a lock: who holds it, as JSON, read and written under conditions on its ETag.

An object that is not a lock is never changed, and a bucket without conditional writes is refused.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import NamedTuple

from reconciler.applying.locks.base import Holder, timestamp
from reconciler.errors import ReconcilerError
from reconciler.model.object_store import ObjectStore

ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
"""The permissions that a lock needs on its object."""

_MOST_BYTES = 65536


class Found(NamedTuple):
    """The content of the object, and its ETag."""

    holder: Holder
    etag: str


class NotALock(ReconcilerError):
    """The object is something else than a lock."""


def read_lock(store: ObjectStore) -> Found | None:
    """Who holds the lock, `None` where the object does not exist. Raises `NotALock`."""
    found = store.read(_MOST_BYTES)
    if found is None:
        return None
    try:
        record = json.loads(found.content)
        since, expires = (datetime.fromisoformat(record[name]) for name in ("since", "expires"))
        if since.tzinfo is None or expires.tzinfo is None:
            raise ValueError("a time without its zone")
        holder = Holder(str(record["holder"]), since, expires, str(record["token"]), int(record["fence"]))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise NotALock(
            f"{store.place} is not a lock of this program, and was not changed",
            help="choose another key, one that is used for nothing else",
        ) from error
    return Found(holder, found.etag)


def lock_content(holder: Holder) -> bytes:
    """The content of the object that is the lock of the holder."""
    assert holder.expires is not None
    text = {
        "holder": holder.holder,
        "since": timestamp(holder.since),
        "expires": timestamp(holder.expires),
        "token": holder.token,
        "fence": holder.fence,
    }
    return json.dumps(text, indent=2).encode() + b"\n"
