"""The input of the rules, and what several of them need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from reconciler.spec.declared import Declared
from reconciler.spec.diagnostics import DiagnosticCollector, Related
from reconciler.spec.documents import Document
from reconciler.spec.settings import Settings
from reconciler.spec.shape import ValidPart
from reconciler.spec.tree import Span, Tree


@dataclass(frozen=True)
class RuleContext:
    """A spec as far as it could be read. `incomplete`: a file is missing, so what seems absent may be written there."""

    declared: Declared
    valid: ValidPart
    tree: Tree
    settings: Settings
    documents: Mapping[str, Document]
    diagnostics: DiagnosticCollector
    incomplete: bool

    @property
    def certain(self) -> bool:
        """True where nothing was lost, so that what is absent is really not declared."""
        return not self.incomplete and not self.valid.damaged

    def report(
        self, code: str, span: Span, message: str, help: str | None, *,
        label: str | None = None, related: Sequence[Related] = (),
    ) -> None:  # fmt: skip
        """Adds a diagnostic."""
        self.diagnostics.add(code, span, message, help, label=label, related=related)


T = TypeVar("T")


def repeated(named: Iterable[tuple[str, T]]) -> Iterator[tuple[str, T, T]]:
    """The names that occur again: the name, what has it, and what has it first."""
    first: dict[str, T] = {}
    for name, each in named:
        if name in first:
            yield name, each, first[name]
        else:
            first[name] = each
