"""The lock that keeps two applies apart: held, or found to be lost, and once lost never held again.

A local lock is a file that the operating system locks for as long as the process lives; one in S3 works between
machines.
"""

from __future__ import annotations

import getpass
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from reconciler.errors import Locked, UsageError
from reconciler.model.object_store import S3Place, is_location, s3_place


class Lock(Protocol):
    """A lock that was taken."""

    @property
    def name(self) -> str: ...

    def lost(self) -> str | None:
        """Why the lock is no longer held, `None` while it is. Renews it where it has an expiry; may be called from
        several threads, and as often as needed."""


@dataclass(frozen=True)
class Holder:
    """Who holds a lock (`user@host pid`). A local lock has no expiry and no token."""

    holder: str
    since: datetime
    expires: datetime | None = None
    token: str | None = None
    fence: int | None = None

    def __str__(self) -> str:
        until = f", until {timestamp(self.expires)}" if self.expires else ""
        return f"{self.holder} since {timestamp(self.since)}{until}"


def place(text: str) -> Path | S3Place:
    """What `--lock` names: a file, or `s3://bucket/key`. Raises `UsageError`."""
    if not is_location(text):
        return Path(text)
    found = s3_place(text)
    if found is None or not found.key or found.key.endswith("/"):
        raise UsageError(f"--lock {text}: expected a file or s3://bucket/key")
    return found


def locked(name: str, holder: Holder) -> Locked:
    """The error for a lock that another process holds."""
    return Locked(
        f"another apply holds the lock {name}: {holder}",
        help=f"wait until it is done, and run it again; `reconciler unlock --lock {name}` shows who holds it",
    )


def process_name() -> str:
    """This process, as it is named to other machines: `user@host pid`."""
    try:
        user = getpass.getuser()
    except (ImportError, KeyError, OSError):  # a container may run as a user without a name
        user = str(os.getuid()) if hasattr(os, "getuid") else "unknown"
    return f"{user}@{socket.gethostname()} {os.getpid()}"


def timestamp(time: datetime) -> str:
    """A time as it is written in a lock and rendered, in UTC."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
