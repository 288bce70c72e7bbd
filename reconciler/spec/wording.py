"""The wording of diagnostics: names of values, lists, counts, and the nearest right name."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Collection, Iterable

from reconciler.model.base import Json

_LONGEST_QUOTE = 60
_MOST_CANDIDATES = 400


def quoted(text: str) -> str:
    """A name in backticks, shortened, with what cannot be printed escaped."""
    printable = (each if each.isprintable() else each.encode("unicode_escape").decode() for each in shortened(text))
    return f"`{''.join(printable)}`"


def described(value: Json, text: str | None = None) -> str:
    """What was found; `text` is how a scalar is written where YAML reads it as something else."""
    match value:
        case None:
            return "nothing"
        case bool():
            as_read = "true" if value else "false"
            return (
                f"{quoted(text)}, which YAML reads as {as_read}" if text and text.lower() != as_read else f"`{as_read}`"
            )
        case int() | float():
            return f"the number {shortened(text or str(value))}"
        case str():
            return f'"{quoted(value)[1:-1]}"'
        case list():
            return "a list"
        case _:
            return "a mapping"


def shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"


def all_of(names: Iterable[str], conjunction: str = "and") -> str:
    """`a`, `b` and `c`."""
    *others, last = map(quoted, names)
    return f"{', '.join(others)} {conjunction} {last}" if others else last


def one_of(names: Iterable[str]) -> str:
    """`a`, `b` or `c`."""
    return all_of(names, "or")


def counted(number: int, singular: str, plural: str | None = None) -> str:
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def plural(label: str) -> str:
    return f"{label[:-1]}ies" if label.endswith("y") else f"{label}s"


def nearest(name: str, names: Collection[str]) -> str | None:
    """The name that was probably intended. Bounded work, also among tens of thousands of names."""
    return _nearest(name, tuple(names))


@functools.lru_cache(maxsize=4_096)
def _nearest(name: str, names: tuple[str, ...]) -> str | None:
    folded = name.casefold()
    close: list[str] = []
    for each in names:
        if each.casefold() == folded:
            return each
        if len(close) < _MOST_CANDIDATES and abs(len(each) - len(name)) <= 4:
            close.append(each)
    found = difflib.get_close_matches(name, close, n=1, cutoff=0.65)
    return found[0] if found else None


def did_you_mean(name: str, names: Collection[str], otherwise: str | None = None) -> str | None:
    """The help for an unknown name."""
    found = nearest(name, names)
    return f"did you mean {quoted(found)}?" if found else otherwise
