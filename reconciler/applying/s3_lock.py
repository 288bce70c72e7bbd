"""A lock between machines: an object in S3 that is made, renewed, taken over and removed by conditional writes.

What is guaranteed, as long as the clocks of the machines agree within `SKEW`:

- Of several that want the lock one gets it. An expired one can be taken over, and of several that try one succeeds.
- Whoever holds it is told before the next write that it was lost: taken over, removed, or not renewed in time. A write
  starts only with `MARGIN` left, more than a call may take, so none is under way when somebody else may begin.
- It is removed only by whoever holds it, or by somebody who names its token.

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
from reconciler.applying.lock import Holder, locked, myself, stamp
from reconciler.applying.lock_object import NOBODY, TRIES, Denied, LockObject, NoLock
from reconciler.errors import Locked, ReconcilerError

LEASE = timedelta(minutes=15)
SKEW = timedelta(minutes=1)
"""How long after its expiry a lock is left alone: the clocks of two machines may differ by that."""

MARGIN = timedelta(seconds=75)
"""What a single call takes at most: `aws.boto` waits 10 seconds to connect and 60 for the answer."""

CHECK_EVERY = timedelta(seconds=5)
"""How old what is known of the lock may be when a write starts."""

_NEVER = datetime.fromtimestamp(0, UTC)


@dataclass
class S3Lock:
    """A lock in S3: `take` it, ask `lost` before each write, and `release` it."""

    store: LockObject
    now: Callable[[], datetime] = utc_now
    notice: Callable[[str], None] = lambda text: None
    holder: Holder | None = None
    """What is written in the lock, from the moment when it may have been."""
    _etag: str = ""
    _asked: datetime = _NEVER
    _trouble: str = ""
    _lost: str | None = None
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        return str(self.store.place)

    def take(self) -> None:
        """Takes the lock. Raises `Locked` naming who holds it, and `ReconcilerError` where the bucket cannot be one."""
        token = secrets.token_hex(8)
        try:
            self._win(token)
        except ReconcilerError:
            self.holder = None
            raise
        self._prove(token)

    def lost(self) -> str | None:
        with self._guard:
            if self._lost is None:
                self._lost = self._check()
            return self._lost

    def release(self) -> None:
        """Removes the lock if it is still ours. It never raises: what is left behind expires."""
        mine = self.holder
        if mine is None or self._lost is not None:
            return
        try:
            found = self.store.read()
            if found is not None and found.holder.token == mine.token and self.store.delete(found.etag):
                return
            self.notice(f"the lock {self.name} was not ours any more when it was to be released")
        except ReconcilerError as error:
            self.notice(f"the lock {self.name} was not released, until it expires: {error.message}")

    def _win(self, token: str) -> None:
        hidden: Denied | None = None
        for _ in range(TRIES):
            mine = self._record(token, fence=1)
            if etag := self.store.create(mine):
                self._etag = etag
                return
            try:
                found = self.store.read()
            except Denied as error:  # perhaps it was released this moment, and may only be read while it exists
                hidden = error
                continue
            if found is None:
                continue
            if found.holder.token == token:  # it was our own write whose answer was lost
                self.holder, self._etag = found
                return
            if not expired(found.holder, self.now()):
                raise locked(self.name, found.holder)
            self.notice(f"the lock {self.name} of {found.holder} has expired and is taken over")
            mine = self._record(token, fence=(found.holder.fence or 0) + 1)
            if etag := self.store.replace(mine, found.etag):
                self._etag = etag
                return
        raise hidden or Locked(f"others want the lock {self.name} at the same time", help="run it again")

    def _record(self, token: str, *, fence: int) -> Holder:
        now = self.now()
        self.holder = Holder(myself(), now, now + LEASE, token, fence)
        return self.holder

    def _prove(self, token: str) -> None:
        """Refuses an endpoint which takes conditions and does not heed them, by two writes that must not happen; and
        a caller who could not see later that the lock was lost."""
        found = self.store.read()
        if found is None or found.holder.token != token:
            raise Locked(f"the lock {self.name} was taken away at once", help="run it again")
        if self.store.create(found.holder) or self.store.replace(found.holder, NOBODY):
            raise self.store.unconditional("it wrote over an object against the condition")
        self._asked = self.now()

    def _check(self) -> str | None:
        mine, now = self._held(), self.now()
        if abs(now - self._asked) >= CHECK_EVERY:
            self._asked = now
            try:
                due = now >= expiry(mine) - LEASE * 2 / 3
                if why := self._renew(mine, now) if due else self._verify(mine):
                    return why
            except ReconcilerError as error:
                self._trouble = f": {error.message}"
        until = expiry(self._held())
        if until - self.now() < MARGIN:
            return f"it expires at {stamp(until)} and could not be renewed{self._trouble}"
        return None

    def _held(self) -> Holder:
        assert self.holder is not None, "the lock was not taken"
        return self.holder

    def _renew(self, mine: Holder, now: datetime) -> str | None:
        """Also after the expiry: where the object is still the one that we wrote, nobody else has held the lock."""
        longer = replace(mine, expires=now + LEASE)
        etag = self.store.replace(longer, self._etag)
        if etag is None:
            return self._verify(mine)
        self.holder, self._etag = longer, etag
        return None

    def _verify(self, mine: Holder) -> str | None:
        try:
            found = self.store.read()
        except NoLock:
            return "something else was written over it"
        except Denied:
            return "it was removed, or may not be read any more"
        if found is None:
            return "it was removed"
        if found.holder.token != mine.token:
            return f"it was taken over by {found.holder}"
        self.holder, self._etag = found
        return None


@contextmanager
def s3_lock(lock: S3Lock) -> Iterator[S3Lock]:
    """Holds the lock, or raises `Locked` naming who does."""
    try:
        lock.take()
        yield lock
    finally:
        lock.release()


def expiry(holder: Holder) -> datetime:
    """When a lock in S3 is nobody's."""
    assert holder.expires is not None, "a lock in S3 has an expiry"
    return holder.expires


def expired(holder: Holder, now: datetime) -> bool:
    """True where the lock may be taken over."""
    return now >= expiry(holder) + SKEW


def remove(store: LockObject, token: str) -> None:
    """Removes the lock that has the token, whoever holds it. Raises `Locked` where it has another."""
    found = store.read()
    if found is None:
        return
    if found.holder.token != token:
        raise Locked(f"the lock {store.place} is not the one with the token {token}: {found.holder}")
    if not store.delete(found.etag):
        raise Locked(f"the lock {store.place} was renewed or taken over at this moment", help="look at it again")
