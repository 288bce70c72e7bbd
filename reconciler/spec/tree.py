"""Plain values with the place of every key and value in the files, for diagnostics about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.model.base import Json, Source

Path = tuple[str | int, ...]
"""The steps from the top of a document to one of its values: `("policies", "deny-leaving", "type")`."""


class Span(NamedTuple):
    """A stretch of one line of a file. Positions count from 1; `end_column` is exclusive."""

    file: str
    line: int = 1
    column: int = 1
    end_line: int | None = None
    end_column: int | None = None

    def source(self) -> Source:
        return Source(file=self.file, line=self.line, column=self.column)


@dataclass(slots=True)
class Tree:
    """Plain values, and where each is written. `texts` has the scalars that are not strings, as written;
    `reported` are the paths of values with a diagnostic of their own."""

    value: Json
    top: Span
    keys: dict[Path, Span] = field(default_factory=dict)
    values: dict[Path, Span] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)
    reported: set[Path] = field(default_factory=set)

    def key(self, path: Path) -> Span:
        """The key at `path`; for what has none (an item of a list, an absent key), the nearest place around it."""
        while path:
            span = self.keys.get(path) or self.values.get(path)
            if span is not None:
                return span
            path = path[:-1]
        return self.top

    def at(self, path: Path) -> Span:
        """The value at `path` where it is on one line, else its key, else the nearest place around."""
        span = self.values.get(path)
        return span if span is not None and span.end_column is not None else self.key(path)

    def source(self, path: Path) -> Source:
        """The place of the key at `path`, for a resource."""
        return self.key(path).source()

    def contains(self, path: Path) -> bool:
        """True where something is written at `path`."""
        return path in self.values
