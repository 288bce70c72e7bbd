"""Statements with the paths of their parts in the document, so that findings have the right line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.model.base import Json
from reconciler.model.document import listed
from reconciler.policy.language.conditions import Predicate, predicate_of, predicates_of
from reconciler.policy.language.statements import Condition, Statement, parse
from reconciler.policy.lint.findings import Path


@dataclass(frozen=True, slots=True)
class LocatedStatement:
    """A statement and its path in the document."""

    statement: Statement
    written: dict[str, Json]
    path: Path

    def patterns(self, element: str) -> Iterator[tuple[Path, str]]:
        """Each text in an element such as `Action`, with its place."""
        written = self.written.get(element, [])
        for index, each in enumerate(listed(written)):
            if isinstance(each, str):
                place: Path = (element, index) if isinstance(written, list) else (element,)
                yield (*self.path, *place), each

    def conditions(self) -> Iterator[tuple[Path, Condition, Predicate]]:
        """Each condition with its place and as a predicate."""
        for condition in self.statement.conditions:
            place = (*self.path, "Condition", condition.written, condition.key)
            yield place, condition, predicate_of(condition, self.statement.variables)

    def predicates(self) -> tuple[Predicate, ...] | None:
        """Everything that must hold for the statement to apply; `None` where it never does."""
        return predicates_of(self.statement)


def located_statements(type_short: str, document: Json) -> list[LocatedStatement]:
    """The statements of an SCP or RCP with their places."""
    if not isinstance(document, dict):
        return []
    written = document.get("Statement", [])
    statements = {each.index: each for each in parse(type_short, document).statements}
    return [
        LocatedStatement(statements[index], each, ("Statement", index) if isinstance(written, list) else ("Statement",))
        for index, each in enumerate(listed(written))
        if index in statements and isinstance(each, dict)
    ]
