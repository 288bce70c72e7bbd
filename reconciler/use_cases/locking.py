"""The lock that keeps two applies apart: taking it, who has it, removing it by its token."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from reconciler.applying.journal import utc_now
from reconciler.applying.locks.base import Holder, place, timestamp
from reconciler.applying.locks.base import Lock as Lock
from reconciler.applying.locks.local import local_holder, local_lock
from reconciler.applying.locks.record import ACTIONS, read_lock
from reconciler.applying.locks.s3 import S3Lock, expired, remove, s3_lock
from reconciler.aws.s3_object import S3Object
from reconciler.errors import Locked
from reconciler.model.object_store import S3Place
from reconciler.model.plan import Exit
from reconciler.model.results import FreeLock, TakenLock
from reconciler.use_cases.connection import ConnectionOptions, Notice

LockPlace = Path | S3Place


@dataclass(frozen=True)
class LockStatus:
    """The state of a lock. `removed` is who had it until now; a `local` one is freed by the operating system when the
    process ends."""

    state: FreeLock | TakenLock
    local: bool
    removed: str | None = None

    @property
    def exit(self) -> Exit:
        return Exit(code=Locked.exit_code, reason=Locked.reason) if self.state.held else Exit()


def lock_place(option: str | None, folder: Path) -> LockPlace:
    """The lock that `--lock` names, else the file below `folder`. Raises `UsageError`."""
    return place(option) if option else folder / "lock"


def locked(where: LockPlace, options: ConnectionOptions, notice: Notice) -> AbstractContextManager[Lock]:
    """Holds the lock, or raises `Locked`."""
    if isinstance(where, Path):
        return local_lock(where)
    return s3_lock(S3Lock(_object(where, options), notice=notice))


def unlock(where: LockPlace, options: ConnectionOptions, token: str | None = None) -> LockStatus:
    """Who has the lock; one in S3 is removed where it has the `token`. Raises `Locked` where it has another."""
    if isinstance(where, Path):
        holder = local_holder(where)
        return LockStatus(_state(where, holder, held=holder is not None), local=True)
    lock = _object(where, options)
    found = read_lock(lock)
    if found is None:
        return LockStatus(_state(where, None, held=False), local=False)
    if token is not None:
        remove(lock, token)
        return LockStatus(_state(where, None, held=False), local=False, removed=found.holder.holder)
    return LockStatus(_state(where, found.holder, held=not expired(found.holder, utc_now())), local=False)


def _object(where: S3Place, options: ConnectionOptions) -> S3Object:
    return S3Object(options.aws(), where, "lock", "--lock", ACTIONS)


def _state(where: LockPlace, holder: Holder | None, *, held: bool) -> FreeLock | TakenLock:
    if holder is None:
        return FreeLock(lock=str(where), held=held)
    return TakenLock(
        lock=str(where),
        held=held,
        holder=holder.holder,
        since=timestamp(holder.since),
        expires=timestamp(holder.expires) if holder.expires else None,
        token=holder.token,
        fence=holder.fence,
    )
