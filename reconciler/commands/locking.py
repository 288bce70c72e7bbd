"""What `apply` and `unlock` share: the option that names the lock, and how to reach it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Options

if TYPE_CHECKING:
    from reconciler.applying.locks.base import Lock
    from reconciler.applying.locks.record import LockObject
    from reconciler.model.object_store import S3Place

lock_option = click.option(
    "--lock",
    metavar="FILE|s3://BUCKET/KEY",
    envvar="RECONCILER_LOCK",
    default=None,
    help="The lock that keeps two applies apart (default .reconciler/lock beside the spec; env RECONCILER_LOCK).",
)


def lock_place(options: Options, lock: str | None) -> Path | S3Place:
    """What the option names."""
    from reconciler.applying.locks.base import place

    return place(lock) if lock else options.folder / "lock"


def lock_object(options: Options, place: S3Place) -> LockObject:
    """The lock's object, reached with the profile, role and endpoint of the command line."""
    from reconciler.applying.locks.record import ACTIONS, LockObject
    from reconciler.aws.boto import BotoApi
    from reconciler.aws.s3_object import S3Object
    from reconciler.aws.sessions import AwsOptions

    api = BotoApi(AwsOptions(options.profile, options.region, options.role_arn, options.endpoint_url))
    return LockObject(S3Object(api, place, "lock", "--lock", ACTIONS))


@contextmanager
def locked(options: Options, lock: str | None) -> Iterator[Lock]:
    """Holds the lock, or raises `Locked`. SIGTERM is as Ctrl-C, so that a lock in S3 is released then too."""
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with _held(options, lock_place(options, lock)) as held:
            yield held
    finally:
        signal.signal(signal.SIGTERM, previous)


def _held(options: Options, place: Path | S3Place) -> AbstractContextManager[Lock]:
    from reconciler.applying.locks.local import local_lock

    if isinstance(place, Path):
        return local_lock(place)
    from reconciler.applying.locks.s3 import S3Lock, s3_lock

    return s3_lock(S3Lock(lock_object(options, place), notice=options.say))


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
