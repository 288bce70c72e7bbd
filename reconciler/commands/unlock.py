"""`reconciler unlock`: who holds the lock; removes it only for whoever can name its token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.commands.locking import lock_option
from reconciler.commands.options import Options
from reconciler.commands.running import command
from reconciler.model.results import TakenLock
from reconciler.render import json
from reconciler.render.safe import safe

if TYPE_CHECKING:
    from reconciler.use_cases.locking import LockStatus


@lock_option
@click.option("--force", metavar="TOKEN", default=None, help="Remove the lock that has this token.")
@command("Show who holds the lock; --force TOKEN removes it.")
def unlock(options: Options, lock: str | None, force: str | None) -> int:
    from reconciler.use_cases import locking

    status = locking.unlock(locking.lock_place(lock, options.folder), options.connection, force)
    if status.removed is not None:
        options.info(f"removed the lock of {safe(status.removed)}")
    options.write(json.result(status.state, status.exit) if options.output == "json" else _text(status))
    if help := _help(status, options):
        options.info(f"  = help: {help}")
    return status.exit.code


def _text(status: LockStatus) -> str:
    fields = status.state.model_dump(exclude={"lock", "held"}, exclude_none=True)
    first = f"{status.state.lock} is {'held' if status.state.held else 'not held'}"
    return "\n".join([first, *(safe(f"  {key:<8} {value}") for key, value in fields.items())]) + "\n"


def _help(status: LockStatus, options: Options) -> str | None:
    if not isinstance(status.state, TakenLock):
        return None
    if status.local:
        return "the operating system frees it when that process ends, however it ends"
    if not status.state.held:
        return "it has expired, and the next apply takes it over"
    command = f"reconciler unlock --lock {status.state.lock} --force {status.state.token}{options.location}"
    return f"if that run is dead, remove it with `{command}`"
