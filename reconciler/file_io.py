"""Writing results and reading JSON files: one place for both, so that every file is treated alike.

A regular file is replaced as a whole, by a rename: whoever reads it sees the old one or the new one. What is no regular
file (a pipe, a device, a descriptor of this process such as `/dev/stdout`) is written to as it is, and of a symbolic
link the target is written.
"""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import stat
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from reconciler.errors import ReconcilerError

LARGEST = 256 * 1024 * 1024
"""Bytes of a file that are read at most."""

DEEPEST = 100
"""How deeply JSON in a file may be nested."""

_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
"""The escape of a surrogate: half of a character."""

_DESCRIPTOR = re.compile(r"(?:/dev/fd|/proc/self/fd)/(\d+)")
_STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_MOST_LINKS = 40
_NO_RENAME = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV})
"""What a directory says that cannot be written, and a file that is a mount point."""


def read_json(path: Path) -> Any:
    """The JSON in a file. Raises `OSError` where it cannot be read, and `ValueError` where it is none, has a key twice
    or half a character, or is larger or nested more deeply than any file of this program."""
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST // 1024 // 1024} MB")
    try:
        found = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_no_number)
    except UnicodeDecodeError:
        raise ValueError("it is no text in UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if _depth(found) > DEEPEST:
        raise ValueError("it is nested too deeply")
    if _HALF.search(data):
        try:
            json.dumps(found, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"it has half a character: {error.object[error.start : error.end]!r}") from None
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"the key {twice!r} is there twice")
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is not a number")


def _depth(value: Any) -> int:
    """How deeply the value is nested, found level by level."""
    depth, level = 0, [value]
    while level:
        depth += 1
        inner = [each for each in level if isinstance(each, dict | list)]
        level = [item for each in inner for item in (each.values() if isinstance(each, dict) else each)]
    return depth


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
        path = path.parent / path.readlink()
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
