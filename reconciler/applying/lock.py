"""The lock that keeps two applies apart, and the check before each write that it is still held.

A local lock is a file that the operating system locks for as long as the process lives; the one in `applying.s3_lock`
works between machines. Both are a `Lock`: held, or found to be lost, and once lost never ours again.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from filelock import lock_descriptor, unlock_descriptor

from reconciler.applying.journal import utc_now
from reconciler.aws.operations import OPERATIONS
from reconciler.aws.s3_object import S3Place
from reconciler.errors import Locked, ReconcilerError, UsageError
from reconciler.model.api import Api, Params, Response


class Lock(Protocol):
    """A lock that was taken."""

    @property
    def name(self) -> str: ...

    def lost(self) -> str | None:
        """Why the lock is no longer ours, `None` while it is. Keeps it alive where it has an expiry; safe to ask from
        several threads, and as often as one likes."""


class LockLost(Locked):
    """The lock was lost while it was needed: the call was not made."""

    reason = "lock.lost"


@dataclass(frozen=True)
class Holder:
    """Who holds a lock (`user@host pid`). A local lock has no expiry and no token."""

    holder: str
    since: datetime
    expires: datetime | None = None
    token: str | None = None
    fence: int | None = None

    def __str__(self) -> str:
        until = f", until {stamp(self.expires)}" if self.expires else ""
        return f"{self.holder} since {stamp(self.since)}{until}"


class Fenced:
    """An `Api` that makes no write once the lock is lost; every call keeps the lock alive."""

    def __init__(self, api: Api, lock: Lock) -> None:
        self._api = api
        self._lock = lock

    def call(self, operation: str, params: Params) -> Response:
        why = self._lock.lost()
        if why is not None and OPERATIONS[operation].writes:
            raise LockLost(
                f"{operation} was not called, for the lock {self._lock.name} was lost: {why}",
                help="see what the other run did, then run apply again",
            )
        return self._api.call(operation, params)


@dataclass(frozen=True)
class LocalLock:
    """A lock file that this process has locked."""

    path: Path
    handle: int

    @property
    def name(self) -> str:
        return str(self.path)

    def lost(self) -> str | None:
        return None if _same_file(self.path, self.handle) else "the file was removed or replaced"


@contextmanager
def local_lock(path: Path) -> Iterator[LocalLock]:
    """Holds the lock, or raises `Locked` naming who does. The operating system frees it when the process ends, however
    it ends, so a killed run leaves nothing behind."""
    handle = _opened(path)
    try:
        if not _taken(path, handle):
            raise locked(str(path), _written_in(handle))
        try:
            _write(handle, json.dumps({"holder": myself(), "since": stamp(utc_now())}))
            yield LocalLock(path, handle)
        finally:
            _write(handle, "")
            unlock_descriptor(handle)
    finally:
        os.close(handle)


def local_holder(path: Path) -> Holder | None:
    """Who holds the lock file, `None` where nobody does."""
    if not path.exists():
        return None
    handle = _opened(path)
    try:
        if not _taken(path, handle):
            return _written_in(handle)
        unlock_descriptor(handle)
    finally:
        os.close(handle)
    return None


def place(text: str) -> Path | S3Place:
    """What `--lock` names: a file, or `s3://bucket/key`. Raises `UsageError`."""
    if not is_location(text):
        return Path(text)
    found = s3_place(text)
    if found is None or not found.key or found.key.endswith("/"):
        raise UsageError(f"--lock {text}: expected a file or s3://bucket/key")
    return found


def is_location(text: str) -> bool:
    """True for what is meant as a location in S3 or elsewhere (`s3:/bucket` too), not as the path of a file."""
    return "://" in text or text.lower().startswith("s3:")


def s3_place(text: str) -> S3Place | None:
    """`s3://bucket/key`, of which the key may be empty; `None` for another text."""
    scheme, _, rest = text.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket):
        return None
    return S3Place(bucket, key)


def locked(name: str, holder: Holder) -> Locked:
    """The error of whoever comes second."""
    return Locked(
        f"another apply holds the lock {name}: {holder}",
        help=f"wait until it is done, and run it again; `reconciler unlock --lock {name}` shows who holds it",
    )


def myself() -> str:
    """This process, as another machine should read it: `user@host pid`."""
    try:
        user = getpass.getuser()
    except (ImportError, KeyError, OSError):  # a container may run as a user without a name
        user = str(os.getuid()) if hasattr(os, "getuid") else "unknown"
    return f"{user}@{socket.gethostname()} {os.getpid()}"


def stamp(time: datetime) -> str:
    """A moment as it is written in a lock and shown to people."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _opened(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    except OSError as error:
        raise ReconcilerError(
            f"the lock {path} cannot be opened: {error.strerror}", help="choose another place with --lock"
        ) from error


def _taken(path: Path, handle: int) -> bool:
    """Locks the file, as long as it is open; false where another process has it."""
    try:
        return lock_descriptor(handle, blocking=False)
    except OSError as error:
        raise ReconcilerError(
            f"{path} cannot be locked: {error.strerror}", help="choose a place on a local disk with --lock"
        ) from error


def _same_file(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except FileNotFoundError:
        return False


def _write(handle: int, text: str) -> None:
    """Says who holds the lock. The first byte is a blank: Windows lets nobody read the byte that is locked."""
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, f" {text}".encode() if text else b"")


def _written_in(handle: int) -> Holder:
    try:
        os.lseek(handle, 1, os.SEEK_SET)
        found = json.loads(os.read(handle, 4096))
        return Holder(str(found["holder"]), datetime.fromisoformat(found["since"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):  # its holder has not written it yet
        return Holder("a process that just started", utc_now())
