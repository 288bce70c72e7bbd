"""Plain values as YAML text that every YAML parser, of version 1.1 or 1.2, reads as the same values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import yaml

from reconciler.model.base import Json
from reconciler.model.printable import LOG_COMMAND, is_plain
from reconciler.spec.spec_files import UNPRINTABLE
from reconciler.spec.tree import Path

WIDTH = 100
"""Columns of a line that a mapping or a list is written on; a longer one has a line for each item."""
INDENT = 2
Comments = Mapping[Path, Sequence[str]]
"""What is written above the key at a path, a line each."""

_PLAIN = re.compile(r"[^\W\d_][\w ./+@=-]*|[\d_./][\w./+@=-]*")
_NUMBER_LIKE = re.compile(r"[-+.0-9][-+.,:_0-9a-fA-FoOxX]*")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_RESOLVERS: Mapping[str, list[tuple[str, re.Pattern[str]]]] = yaml.SafeLoader.yaml_implicit_resolvers
_LONGEST_KEY = 1000
"""Characters. A parser reads a longer key only where it is marked as one (https://yaml.org/spec/1.2.2/, 7.4.2)."""
_SHORT_ESCAPES = {"\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def dump(value: Mapping[str, Json], comments: Comments | None = None) -> str:
    """A document with this mapping, and with comments."""
    lines = list(_mapping(value, (), 0, comments or {}))
    return "\n".join(lines) + "\n"


def block(key: str, value: Json, indent: int, path: Path = (), comments: Comments | None = None) -> list[str]:
    """The lines of an entry of a mapping that is indented by so many columns; `path` is where it will be."""
    return list(_entry(key, value, (*path, key), indent, comments or {}))


@lru_cache(maxsize=50_000)
def scalar(text: str) -> str:
    """A text, plain where that is safe everywhere, else in double quotes."""
    return text if _is_plain(text) else quoted(text)


def quoted(text: str) -> str:
    """A text in double quotes, with escapes for what is invisible. One that gets too long for a key has only the
    escapes that it needs."""
    written = "".join(_escaped(char, needed=is_plain(char)) for char in text)
    if len(written) > _LONGEST_KEY:
        written = "".join(_escaped(char, needed=not UNPRINTABLE.match(char)) for char in text)
    return '"' + LOG_COMMAND.sub(r"\\u0023", written) + '"'


def flow(value: Json) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else repr(value)


def _escaped(char: str, *, needed: bool) -> str:
    if char in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[char]
    if needed:
        return char
    return f"\\U{ord(char):08x}" if ord(char) > 0xFFFF else f"\\u{ord(char):04x}"


def _is_plain(text: str) -> bool:
    """Whether the text may be written without quotes in a block and in a flow collection, as a key and as a value."""
    if not _PLAIN.fullmatch(text) or text.endswith(" ") or text.lower() in _WORDS or _NUMBER_LIKE.fullmatch(text):
        return False
    if not text.isascii() and not all(map(is_plain, text)):
        return False
    resolvers = _RESOLVERS.get(text[0], [])
    return not any(pattern.match(text) for _, pattern in resolvers)


def _mapping(value: Mapping[str, Json], path: Path, indent: int, comments: Comments) -> Iterator[str]:
    for key, each in value.items():
        yield from _entry(key, each, (*path, key), indent, comments)


def _entry(key: str, value: Json, path: Path, indent: int, comments: Comments) -> Iterator[str]:
    margin = " " * indent
    for comment in comments.get(path, ()):
        yield f"{margin}# {''.join(char if is_plain(char) else '?' for char in comment)}"
    start = f"{margin}{scalar(key)}:"
    if not isinstance(value, Mapping | list | tuple) or not value or _fits(value, path, len(start), comments):
        yield f"{start} {flow(value)}"
    elif isinstance(value, Mapping):
        yield start
        yield from _mapping(value, path, indent + INDENT, comments)
    else:
        yield start
        yield from _items(value, path, indent + INDENT, comments)


def _items(value: Sequence[Json], path: Path, indent: int, comments: Comments) -> Iterator[str]:
    """The items of a list. A mapping among them begins on the line of its `-`."""
    for index, each in enumerate(value):
        if isinstance(each, Mapping) and each and len(flow(each)) + indent > WIDTH:
            first, *rest = _mapping(each, (*path, index), indent + INDENT, comments)
            yield f"{' ' * indent}- {first[indent + INDENT :]}"
            yield from rest
        else:
            yield f"{' ' * indent}- {flow(each)}"


def _fits(value: Json, path: Path, column: int, comments: Comments) -> bool:
    """Whether a value is written on the line of its key: a short one without comments, that is no section of the file,
    no policy and no OU."""
    if isinstance(value, Mapping):
        sections = len(path) < 2 or (path[0] == "policies" and len(path) == 2) or path == ("defaults", "accounts")
        if sections or path[-1] in ("accounts", "organizational_units") or path[-2] == "organizational_units":
            return False
        if any(isinstance(each, Mapping) and each for each in value.values()) and path[-2] != "accounts":
            return False
        if comments and any((*path, key) in comments for key in value):
            return False
    return column + 1 + len(flow(value)) <= WIDTH
