"""A lock between machines: an object in S3 that is made, renewed, taken over and removed by conditional writes.

What is guaranteed, as long as the clocks of the machines agree within `SKEW`:

- Of several processes that want the lock one gets it. An expired one can be taken over, by one process.
- Before each write its holder checks whether it was lost: taken over, removed, or not renewed in time. A write starts
  only with `MARGIN` left, more than a call may take, so none is under way when another process may begin.
- It is removed only by its holder, or with its token.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from reconciler.applying.journal import utc_now
from reconciler.applying.locks.base import Holder, locked, process_name, timestamp
from reconciler.applying.locks.record import NotALock, lock_content, read_lock
from reconciler.errors import Locked, ReconcilerError
from reconciler.model.object_store import ObjectDenied, ObjectStore

LEASE = timedelta(minutes=15)
SKEW = timedelta(minutes=1)
"""How long after its expiry a lock is left alone: the clocks of two machines may differ by that."""

MARGIN = timedelta(seconds=75)
"""What a single call takes at most: `aws.boto` waits 10 seconds to connect and 60 for the answer."""

CHECK_EVERY = timedelta(seconds=5)
"""Age of the last check of the lock at which a write checks it again."""

_ATTEMPTS = 5
_NO_ETAG = '"00000000000000000000000000000000"'
"""An ETag that no object has."""

_NEVER = datetime.fromtimestamp(0, UTC)


@dataclass
class S3Lock:
    """A lock in S3: `take` it, check `lost` before each write, and `release` it."""

    store: ObjectStore
    now: Callable[[], datetime] = utc_now
    notice: Callable[[str], None] = lambda text: None
    holder: Holder | None = None
    """What is written in the lock, from the moment when it may have been."""
    _etag: str = ""
    _checked: datetime = _NEVER
    _error: str = ""
    _lost: str | None = None
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        return str(self.store.place)

    def take(self) -> None:
        """Takes the lock. Raises `Locked` with its holder, and `ReconcilerError` where the bucket cannot be used."""
        token = secrets.token_hex(8)
        try:
            self._acquire(token)
        except ReconcilerError:
            self.holder = None
            raise
        self._check_conditions(token)

    def lost(self) -> str | None:
        with self._mutex:
            if self._lost is None:
                self._lost = self._check()
            return self._lost

    def release(self) -> None:
        """Removes the lock if it is still held. It never raises: a lock that is not removed expires."""
        mine = self.holder
        if mine is None or self._lost is not None:
            return
        try:
            found = read_lock(self.store)
            if found is not None and found.holder.token == mine.token and self.store.delete(found.etag):
                return
            self.notice(f"the lock {self.name} was no longer held when it was to be released")
        except ReconcilerError as error:
            self.notice(f"the lock {self.name} was not released, until it expires: {error.message}")

    def _acquire(self, token: str) -> None:
        hidden: ObjectDenied | None = None
        for _ in range(_ATTEMPTS):
            mine = self._record(token, fence=1)
            if etag := self.store.create(lock_content(mine)):
                self._etag = etag
                return
            try:
                found = read_lock(self.store)
            except ObjectDenied as error:  # perhaps it was released this moment, and may only be read while it exists
                hidden = error
                continue
            if found is None:
                continue
            if found.holder.token == token:  # its own write, whose answer was lost
                self.holder, self._etag = found
                return
            if not expired(found.holder, self.now()):
                raise locked(self.name, found.holder)
            self.notice(f"the lock {self.name} of {found.holder} has expired and is taken over")
            mine = self._record(token, fence=(found.holder.fence or 0) + 1)
            if etag := self.store.replace(lock_content(mine), found.etag):
                self._etag = etag
                return
        raise hidden or Locked(f"other processes request the lock {self.name} at the same time", help="run it again")

    def _record(self, token: str, *, fence: int) -> Holder:
        now = self.now()
        self.holder = Holder(process_name(), now, now + LEASE, token, fence)
        return self.holder

    def _check_conditions(self, token: str) -> None:
        """Refuses an endpoint that ignores conditions, by two writes that must not happen, and a caller who may not
        read the lock, and so would not notice its loss."""
        found = read_lock(self.store)
        if found is None or found.holder.token != token:
            raise Locked(f"the lock {self.name} was lost at once", help="run it again")
        content = lock_content(found.holder)
        if self.store.create(content) or self.store.replace(content, _NO_ETAG):
            raise self.store.unconditional("it overwrote an object against the condition")
        self._checked = self.now()

    def _check(self) -> str | None:
        mine, now = self._held(), self.now()
        if abs(now - self._checked) >= CHECK_EVERY:
            self._checked = now
            try:
                due = now >= expiry(mine) - LEASE * 2 / 3
                if why := self._renew(mine, now) if due else self._verify(mine):
                    return why
            except ReconcilerError as error:
                self._error = f": {error.message}"
        until = expiry(self._held())
        if until - self.now() < MARGIN:
            return f"it expires at {timestamp(until)} and could not be renewed{self._error}"
        return None

    def _held(self) -> Holder:
        assert self.holder is not None, "the lock was not taken"
        return self.holder

    def _renew(self, mine: Holder, now: datetime) -> str | None:
        """Also after the expiry: where the ETag is unchanged, no other process has held the lock."""
        longer = replace(mine, expires=now + LEASE)
        etag = self.store.replace(lock_content(longer), self._etag)
        if etag is None:
            return self._verify(mine)
        self.holder, self._etag = longer, etag
        return None

    def _verify(self, mine: Holder) -> str | None:
        try:
            found = read_lock(self.store)
        except NotALock:
            return "it was overwritten by something else"
        except ObjectDenied:
            return "it was removed, or may not be read any more"
        if found is None:
            return "it was removed"
        if found.holder.token != mine.token:
            return f"it was taken over by {found.holder}"
        self.holder, self._etag = found
        return None


@contextmanager
def s3_lock(lock: S3Lock) -> Iterator[S3Lock]:
    """Holds the lock, or raises `Locked` with its holder."""
    try:
        lock.take()
        yield lock
    finally:
        lock.release()


def expiry(holder: Holder) -> datetime:
    """When a lock in S3 ends unless it is renewed."""
    assert holder.expires is not None, "a lock in S3 has an expiry"
    return holder.expires


def expired(holder: Holder, now: datetime) -> bool:
    """True where the lock may be taken over."""
    return now >= expiry(holder) + SKEW


def remove(store: ObjectStore, token: str) -> None:
    """Removes the lock with the token, even of another process. Raises `Locked` where it has another token."""
    found = read_lock(store)
    if found is None:
        return
    if found.holder.token != token:
        raise Locked(f"the lock {store.place} is not the one with the token {token}: {found.holder}")
    if not store.delete(found.etag):
        raise Locked(f"the lock {store.place} was renewed or taken over at this moment", help="look at it again")
