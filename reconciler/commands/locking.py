"""What `apply` and `unlock` share: the option that names the lock, and holding it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Options
from reconciler.commands.running import sigterm_as_ctrl_c

if TYPE_CHECKING:
    from reconciler.use_cases.locking import Lock

lock_option = click.option(
    "--lock",
    metavar="FILE|s3://BUCKET/KEY",
    envvar="RECONCILER_LOCK",
    default=None,
    help="The lock that keeps two applies apart (default .reconciler/lock beside the spec; env RECONCILER_LOCK).",
)


@contextmanager
def locked(options: Options, lock: str | None) -> Iterator[Lock]:
    """Holds the lock, or raises `Locked`. SIGTERM is as Ctrl-C, so that a lock in S3 is released then too."""
    from reconciler.use_cases import locking

    place = locking.lock_place(lock, options.folder)
    with sigterm_as_ctrl_c(), locking.locked(place, options.connection, options.info) as held:
        yield held
