"""Writing results and reading JSON files: one place for both, so that every file is treated alike.

A regular file is replaced as a whole, by a rename: whoever reads it sees the old one or the new one. What is no regular
file (a pipe, a device, a descriptor of this process such as `/dev/stdout`) is written to as it is, and of a symbolic
link the target is written.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from reconciler.errors import ReconcilerError

_DESCRIPTOR = re.compile(r"(?:/dev/fd|/proc/self/fd)/(\d+)")
_STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_MOST_LINKS = 40
_NO_RENAME = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV})
"""What a directory says that cannot be written, and a file that is a mount point."""


def write_text(path: Path, text: str, *, help: str = "name a file in a directory that can be written") -> None:
    """Writes a file, and the directories above it where there are none. Raises `ReconcilerError` with the `help`."""
    data = text.encode("utf-8", "backslashreplace")
    try:
        target = _followed(path)
        descriptor = _descriptor(target)
        if descriptor is not None:
            with os.fdopen(os.dup(descriptor), "wb") as file:
                file.write(data)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = _mode(target)
        if mode is None or stat.S_ISREG(mode):
            _replace(target, data, mode)
        else:
            target.write_bytes(data)
    except OSError as error:
        raise ReconcilerError(f"{path} cannot be written: {error.strerror or error}", help=help) from error


def _followed(path: Path) -> Path:
    """The path with its last component followed through symbolic links, up to a descriptor of this process."""
    for _ in range(_MOST_LINKS):
        if _descriptor(path) is not None or not path.is_symlink():
            break
        path = path.parent / os.readlink(path)
    return path


def _descriptor(path: Path) -> int | None:
    """The open descriptor that the path stands for: opening it again would truncate a file that it is redirected to."""
    text = os.path.normpath(path)
    if match := _DESCRIPTOR.fullmatch(text):
        return int(match[1])
    return _STANDARD.get(text)


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _replace(path: Path, data: bytes, mode: int | None) -> None:
    """Writes beside the file and renames; in place where the directory does not allow that, but the file does."""
    beside = path.with_name(f".reconciler-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        with beside.open("xb") as file:
            file.write(data)
        if mode is not None:
            beside.chmod(stat.S_IMODE(mode))
        beside.replace(path)
    except OSError as error:
        if mode is None or error.errno not in _NO_RENAME:
            raise
        path.write_bytes(data)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
