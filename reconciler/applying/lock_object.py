"""The object in S3 that is a lock: who holds it, as JSON, read and written under conditions on its ETag.

An object that is no lock is left alone, and a bucket without conditional writes never passes for a lock.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from reconciler.applying.lock import Holder, stamp
from reconciler.aws.s3_object import TRIES as TRIES
from reconciler.aws.s3_object import Denied as Denied
from reconciler.aws.s3_object import S3Object, S3Place
from reconciler.errors import ReconcilerError
from reconciler.model.api import Api

NOBODY = '"00000000000000000000000000000000"'
"""An ETag that no object has."""


_ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
_MOST_BYTES = 65536


class Found(NamedTuple):
    """What the object says, and the ETag that it has as long as it says so."""

    holder: Holder
    etag: str


class NoLock(ReconcilerError):
    """The object is something else than a lock."""


@dataclass(frozen=True)
class LockObject:
    """The object at `place`, by way of an `Api` that speaks to S3."""

    api: Api
    place: S3Place
    sleep: Callable[[float], None] = time.sleep

    def read(self) -> Found | None:
        """Who holds the lock, `None` where the object does not exist."""
        found = self._object.read(_MOST_BYTES)
        return None if found is None else Found(self._holder(found[0]), found[1])

    def create(self, holder: Holder) -> str | None:
        """Makes the object where there is none; its ETag, or `None` where there is one."""
        return self._object.create(_content(holder))

    def replace(self, holder: Holder, etag: str) -> str | None:
        """Writes over the object that has the ETag; its new one, or `None` where it has another or is gone."""
        return self._object.replace(_content(holder), etag)

    def delete(self, etag: str) -> bool:
        """Deletes the object that has the ETag; false where it has another or is gone."""
        return self._object.delete(etag)

    def unconditional(self, text: str) -> ReconcilerError:
        """The error of a bucket that cannot be a lock."""
        return self._object.unconditional(text)

    @property
    def _object(self) -> S3Object:
        return S3Object(self.api, self.place, "lock", "--lock", _ACTIONS, self.sleep)

    def _holder(self, text: bytes) -> Holder:
        try:
            found = json.loads(text)
            since, expires = (datetime.fromisoformat(found[name]) for name in ("since", "expires"))
            if since.tzinfo is None or expires.tzinfo is None:
                raise ValueError("a time without its zone")
            return Holder(str(found["holder"]), since, expires, str(found["token"]), int(found["fence"]))
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise NoLock(
                f"{self.place} is not a lock of this program, and was not changed",
                help="choose another key, one that is used for nothing else",
            ) from error


def _content(holder: Holder) -> bytes:
    assert holder.expires is not None
    text = {
        "holder": holder.holder,
        "since": stamp(holder.since),
        "expires": stamp(holder.expires),
        "token": holder.token,
        "fence": holder.fence,
    }
    return json.dumps(text, indent=2).encode() + b"\n"
