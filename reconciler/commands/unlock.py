"""`reconciler unlock`: who holds the lock; removes it only for whoever can name its token."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.locking import lock_object, lock_option, lock_place
from reconciler.commands.options import Options
from reconciler.commands.running import command
from reconciler.errors import Locked
from reconciler.model.plan import FORMAT_VERSION, Exit
from reconciler.model.printable import dumps
from reconciler.render.safe import safe

if TYPE_CHECKING:
    from reconciler.applying.locks.base import Holder
    from reconciler.model.object_store import S3Place


@lock_option
@click.option("--force", metavar="TOKEN", default=None, help="Remove the lock that has this token.")
@command("Show who holds the lock; --force TOKEN removes it.", formats=("text", "json"))
def unlock(options: Options, lock: str | None, force: str | None) -> int:
    place = lock_place(options, lock)
    if isinstance(place, Path):
        return _local(options, place)
    return _s3(options, place, force)


def _local(options: Options, path: Path) -> int:
    from reconciler.applying.locks.local import local_holder

    holder = local_holder(path)
    code = _show(options, str(path), holder, held=holder is not None)
    if holder is not None:
        options.say("  = help: the operating system frees it when that process ends, however it ends")
    return code


def _s3(options: Options, place: S3Place, token: str | None) -> int:
    from reconciler.applying.journal import utc_now
    from reconciler.applying.locks.s3 import expired, remove

    store = lock_object(options, place)
    found = store.read()
    if found is not None and token is not None:
        remove(store, token)
        options.say(f"removed the lock of {safe(found.holder.holder)}")
        found = None
    holder = found.holder if found else None
    held = holder is not None and not expired(holder, utc_now())
    code = _show(options, str(place), holder, held=held)
    if holder is not None and held:
        options.say(
            f"  = help: if that run is dead, remove it with "
            f"`reconciler unlock --lock {place} --force {holder.token}{options.location}`"
        )
    elif holder is not None:
        options.say("  = help: it has expired, and the next apply takes it over")
    return code


def _show(options: Options, name: str, holder: Holder | None, *, held: bool) -> int:
    exit = Exit(code=Locked.exit_code, reason=Locked.reason) if held else Exit()
    if options.output == "json":
        facts = {**_facts(holder), "held": held, "exit": exit.model_dump()}
        options.write(dumps({"format_version": FORMAT_VERSION, "lock": name, **facts}))
        return exit.code
    lines = [f"{name} is {'held' if held else 'not held'}"]
    lines += [safe(f"  {key:<8} {value}") for key, value in _facts(holder).items() if value is not None]
    options.write("\n".join(lines) + "\n")
    return exit.code


def _facts(holder: Holder | None) -> dict[str, str | int | None]:
    from reconciler.applying.locks.base import timestamp

    def told(time: datetime | None) -> str | None:
        return timestamp(time) if time else None

    if holder is None:
        return {}
    return {
        "holder": holder.holder,
        "since": told(holder.since),
        "expires": told(holder.expires),
        "token": holder.token,
        "fence": holder.fence,
    }
