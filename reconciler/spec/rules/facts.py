"""What the rules look at, and the few questions that several of them ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.spec.declared import Declared
from reconciler.spec.documents import Document
from reconciler.spec.notes import DiagnosticCollector
from reconciler.spec.places import Path, Tree
from reconciler.spec.settings import Settings
from reconciler.spec.shape import Shaped


@dataclass(frozen=True)
class RuleContext:
    """A spec as far as it could be read. `incomplete`: a file is missing, so what seems absent may stand there."""

    found: Declared
    shaped: Shaped
    tree: Tree
    settings: Settings
    documents: Mapping[str, Document]
    notes: DiagnosticCollector
    incomplete: bool

    @property
    def certain(self) -> bool:
        """True where nothing was lost, so that absence means something."""
        return not self.incomplete and not self.shaped.damaged


def first_uses(named: Iterable[tuple[str, Path]]) -> Iterable[tuple[str, Path, Path]]:
    """The names that come a second time: (name, where, where first)."""
    first: dict[str, Path] = {}
    for name, path in named:
        if name in first:
            yield name, path, first[name]
        else:
            first[name] = path
