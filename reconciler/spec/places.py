"""Where every key and every value of a spec is written, so that whatever is said about it can point at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.model.base import Json, Source

Path = tuple[str | int, ...]
"""The steps from the top of a document to one of its values: `("policies", "deny-leaving", "type")`."""


class Place(NamedTuple):
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
    """Plain values, and where each is written. `texts` has the text of the scalars that are no strings, as written;
    `faulty` are the places of values about which something was said already."""

    value: Json
    top: Place
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)
    faulty: set[Path] = field(default_factory=set)

    def key(self, path: Path) -> Place:
        """The key at `path`; for what has none (an item of a list, an absent key), the nearest place around it."""
        while path:
            place = self.keys.get(path) or self.values.get(path)
            if place is not None:
                return place
            path = path[:-1]
        return self.top

    def at(self, path: Path) -> Place:
        """The value at `path` where it stands on one line, else its key, else the nearest place around."""
        place = self.values.get(path)
        return place if place is not None and place.end_column is not None else self.key(path)

    def holds(self, path: Path) -> bool:
        """True where something is written at `path`."""
        return path in self.values
