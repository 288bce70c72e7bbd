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
from datetime import datetime, timedelta

from reconciler.aws.journal import utc_now
from reconciler.aws.lock import Holder, locked, myself, stamp
from reconciler.aws.lock_object import NOBODY, TRIES, LockObject, NoLock, unconditional
from reconciler.errors import Locked, ReconcilerError

LEASE = timedelta(minutes=15)
SKEW = timedelta(minutes=1)
"""How long after its expiry a lock is left alone: the clocks of two machines may differ by that."""

MARGIN = timedelta(seconds=75)
"""What a single call takes at most: `aws.boto` waits 10 seconds to connect and 60 for the answer."""

CHECK_EVERY = timedelta(seconds=5)


@dataclass
class S3Lock:
    """A lock in S3: `take` it, ask `lost` before each write, and `release` it."""

    object: LockObject
    now: Callable[[], datetime] = utc_now
    notice: Callable[[str], None] = lambda text: None
    holder: Holder | None = None
    """What is written in the lock, from the moment when it may have been."""
    _etag: str = ""
    _asked: datetime = datetime.min
    _trouble: str = ""
    _lost: str | None = None
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        return str(self.object.place)

    def take(self) -> None:
        """Takes the lock. Raises `Locked` naming who holds it, and `ReconcilerError` where the bucket cannot be one."""
        self.holder = mine = self._record(fence=1)
        for _ in range(TRIES):
            if (etag := self.object.create(mine)) is not None:
                break
            found = self.object.read()
            if found is None:
                continue
            if found.holder.token == mine.token:  # the answer to our own write was lost
                etag = found.etag
                break
            if not expired(found.holder, self.now()):
                self.holder = None
                raise locked(self.name, found.holder)
            self.notice(f"the lock {self.name} of {found.holder} has expired and is taken over")
            self.holder = mine = replace(self._record(fence=(found.holder.fence or 0) + 1), token=mine.token)
            if (etag := self.object.replace(mine, found.etag)) is not None:
                break
        else:
            self.holder = None
            raise Locked(f"others want the lock {self.name} at the same time", help="run it again")
        self._etag, self._asked = etag, mine.since
        self._prove(mine)

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
            found = self.object.read()
            if found is not None and found.holder.token == mine.token and self.object.delete(found.etag):
                return
            self.notice(f"the lock {self.name} was not ours any more when it was to be released")
        except ReconcilerError as error:
            self.notice(f"the lock {self.name} was not released, until it expires: {error.message}")

    def _record(self, *, fence: int) -> Holder:
        now = self.now()
        return Holder(myself(), now, now + LEASE, secrets.token_hex(8), fence)

    def _prove(self, mine: Holder) -> None:
        """Refuses an endpoint which takes conditions and does not heed them: these two must not hold."""
        kept = self.object.create(mine) is None and self.object.replace(mine, NOBODY) is None
        if not kept:
            self.release()
            self.holder = None
            raise unconditional(self.object.place, "it wrote over an object against the condition")

    def _check(self) -> str | None:
        mine, now = self.holder, self.now()
        assert mine is not None
        assert mine.expires is not None
        if abs(now - self._asked) >= CHECK_EVERY:
            self._asked = now
            try:
                due = now >= mine.expires - LEASE * 2 / 3
                if why := self._renew(mine, now) if due else self._verify(mine):
                    return why
            except ReconcilerError as error:
                self._trouble = f": {error.message}"
        assert self.holder is not None
        assert self.holder.expires is not None
        if self.holder.expires - now < MARGIN:
            return f"it expires at {stamp(self.holder.expires)} and could not be renewed{self._trouble}"
        return None

    def _renew(self, mine: Holder, now: datetime) -> str | None:
        """Also after the expiry: where the object is still the one that we wrote, nobody else has held the lock."""
        longer = replace(mine, expires=now + LEASE)
        etag = self.object.replace(longer, self._etag)
        if etag is None:
            return self._verify(mine)
        self.holder, self._etag = longer, etag
        return None

    def _verify(self, mine: Holder) -> str | None:
        try:
            found = self.object.read()
        except NoLock:
            return "something else was written over it"
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


def expired(holder: Holder, now: datetime) -> bool:
    """True where the lock may be taken over."""
    return holder.expires is not None and now >= holder.expires + SKEW


def remove(object: LockObject, token: str) -> None:
    """Removes the lock that has the token, whoever holds it. Raises `Locked` where it has another."""
    found = object.read()
    if found is None:
        return
    if found.holder.token != token:
        raise Locked(f"the lock {object.place} is not the one with the token {token}: {found.holder}")
    if not object.delete(found.etag):
        raise Locked(f"the lock {object.place} was renewed or taken over at this moment", help="look at it again")
