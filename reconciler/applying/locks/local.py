"""A lock file: the operating system locks it for as long as the process lives."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import lock_descriptor, unlock_descriptor

from reconciler.applying.journal import utc_now
from reconciler.applying.locks.base import Holder, locked, process_name, timestamp
from reconciler.errors import ReconcilerError


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
    """Holds the lock, or raises `Locked` with its holder. The operating system releases it when the process ends,
    however it ends, so a killed run leaves nothing behind."""
    handle = _opened(path)
    try:
        if not _taken(path, handle):
            raise locked(str(path), _written_in(handle))
        try:
            _write(handle, json.dumps({"holder": process_name(), "since": timestamp(utc_now())}))
            yield LocalLock(path, handle)
        finally:
            _write(handle, "")
            unlock_descriptor(handle)
    finally:
        os.close(handle)


def local_holder(path: Path) -> Holder | None:
    """The holder of the lock file, `None` where it is free."""
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
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _write(handle: int, text: str) -> None:
    """Writes who holds the lock. The first byte is a blank: Windows lets no other process read the locked byte."""
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
