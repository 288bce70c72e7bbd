"""What the site, and the tests of the documentation, read of Markdown: fenced blocks and the text around them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

_FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,}|~{3,})(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)(?P=fence)`*$", re.S | re.M
)


class Block(NamedTuple):
    """A fenced block: its language, the other words of its info string, its text, and the line of its fence."""

    language: str
    marks: tuple[str, ...]
    text: str
    line: int


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, in their order."""
    for found in _FENCE.finditer(page):
        language, *marks = found["info"].split() or [""]
        yield Block(language, tuple(marks), found["text"], page.count("\n", 0, found.start()) + 1)


def outside_fences(page: str, change: Callable[[str], str]) -> str:
    """The page with everything between its fenced blocks changed."""
    parts, end = [], 0
    for found in _FENCE.finditer(page):
        parts += [change(page[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*parts, change(page[end:])])


def without_fences(page: str) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page)


def fenced(text: str, language: str) -> str:
    """A fenced block that its text cannot close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
