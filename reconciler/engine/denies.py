"""What a policy forbids, as a set that can be compared: one atom for each action of each Deny statement.

An account keeps a Deny while one of the policies in force holds an atom that covers it: the same one, or a broader one.
Statements are taken apart by action, so a Deny that moves from one policy or statement to another, or that a broader
one takes over, is recognised as the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

from reconciler.model.base import Json
from reconciler.model.document import canonical, listed, minified_sorted


class Atom(NamedTuple):
    """One action (or all but some, `action` empty) that a statement denies, on which resources, and when."""

    type: str
    action: str
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    condition: str

    def covers(self, other: Atom) -> bool:
        """True where whatever the other one denies, this one denies too. May be false where it does; never true where
        it does not."""
        return (
            self.type == other.type
            and self.condition in ("", other.condition)
            and self._covers_action(other)
            and self._covers_resource(other)
        )

    def _covers_action(self, other: Atom) -> bool:
        if self.action:
            return self.action == "*" or (bool(other.action) and _contains(self.action, other.action))
        if other.action:
            return not any(_may_overlap(each, other.action) for each in self.not_actions)
        return set(self.not_actions) <= set(other.not_actions)

    def _covers_resource(self, other: Atom) -> bool:
        if "*" in self.resources:
            return True
        if self.not_resources or other.not_resources:
            return self[3:5] == other[3:5]
        return all(any(_contains(each, wanted) for each in self.resources) for wanted in other.resources)


def deny_atoms(type: str, content: Json) -> frozenset[Atom]:
    """The atoms of an SCP's or RCP's Deny statements; none for documents of another shape."""
    atoms = set()
    for statement in deny_statements(canonical(content, "scp")):
        resources, not_resources = _texts(statement.get("Resource")), _texts(statement.get("NotResource"))
        condition = statement.get("Condition")
        rest = (resources, not_resources, minified_sorted(condition) if condition else "")
        atoms |= {Atom(type, action, (), *rest) for action in _texts(statement.get("Action"))}
        if not_actions := _texts(statement.get("NotAction")):
            atoms.add(Atom(type, "", not_actions, *rest))
    return frozenset(atoms)


def deny_statements(content: Json) -> list[dict[str, Json]]:
    """The Deny statements of a document, as they are written."""
    statements = listed(content.get("Statement")) if isinstance(content, dict) else []
    return [each for each in statements if isinstance(each, dict) and each.get("Effect") == "Deny"]


class Denials:
    """Every atom that a plan deals with, as a bit, and what each covers."""

    def __init__(self, documents: Iterable[tuple[str, Json]]) -> None:
        """`documents` are all that may be in force at any step: (policy type, content)."""
        atoms = sorted({atom for type, content in documents for atom in deny_atoms(type, content)})
        self._bit = {atom: 1 << number for number, atom in enumerate(atoms)}
        self._by_type: dict[str, list[Atom]] = {}
        for atom in atoms:
            self._by_type.setdefault(atom.type, []).append(atom)
        self._covered: dict[Atom, int] = {}
        self._masks: dict[tuple[str, str], int] = {}

    def mask(self, type: str, content: Json) -> int:
        """Everything that a document denies, as a mask."""
        key = (type, minified_sorted(content))
        if key not in self._masks:
            mask = 0
            for atom in deny_atoms(type, content):
                mask |= self._covered_by(atom)
            self._masks[key] = mask
        return self._masks[key]

    def _covered_by(self, atom: Atom) -> int:
        if atom not in self._covered:
            found = sum(self._bit[each] for each in self._by_type.get(atom.type, ()) if atom.covers(each))
            self._covered[atom] = found
        return self._covered[atom]


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(each for each in listed(value) if isinstance(each, str)) if value is not None else ()


def _contains(pattern: str, other: str) -> bool:
    """True where everything that matches `other` matches `pattern`: its own wildcards are read as characters, which
    only a `*` stands for, so a `?` in the pattern contains nothing but a plain character."""
    if pattern == other:
        return True
    if "?" in pattern and ("*" in other or "?" in other):
        return False
    return fnmatchcase(other, pattern.replace("[", "[[]"))


def _may_overlap(one: str, other: str) -> bool:
    """False only where no action can match both patterns."""
    head, tail = one.partition("*")[0].partition("?")[0], other.partition("*")[0].partition("?")[0]
    return head.startswith(tail) or tail.startswith(head)
