"""What a policy forbids, as a set that can be compared: one atom for each action of each Deny statement.

An account keeps a Deny while one of the policies in force holds an atom that covers it: the same one, or a broader one.
Statements are taken apart by action, so a Deny that moves from one policy or statement to another, or that a broader
one takes over, is recognised as the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import reduce
from operator import and_, or_
from typing import NamedTuple, TypeVar

from reconciler.model.base import Json
from reconciler.model.document import canonical, deny_statements, listed, minified_sorted

K = TypeVar("K")

_Resources = tuple[tuple[str, ...], tuple[str, ...]]
"""The resources of a statement, and those that it leaves out."""


class Atom(NamedTuple):
    """One action (or all but some, `action` empty) that a statement denies, on which resources, and when."""

    type: str
    action: str
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    condition: str


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


class DenyIndex:
    """Every atom that a plan deals with, as a bit, and what each covers.

    An atom covers another one of its policy type if its condition does, its actions do and its resources do. May be
    false where all that the other one denies is denied too; never true where it is not. Each of the three is a mask,
    found for each different condition, action and list of resources once, so that no atom is compared with each other.
    """

    def __init__(self, documents: Iterable[tuple[str, Json]]) -> None:
        """`documents` are all that may be in force at any step: (policy type, content)."""
        atoms = sorted({atom for type, content in documents for atom in deny_atoms(type, content)})
        by_type: dict[str, list[tuple[int, Atom]]] = {}
        for number, atom in enumerate(atoms):
            by_type.setdefault(atom.type, []).append((1 << number, atom))
        self._indexes = {type: _Index(of_type) for type, of_type in by_type.items()}
        self._masks: dict[tuple[str, str], int] = {}

    def mask(self, type: str, content: Json) -> int:
        """Everything that a document denies, as a mask."""
        key = (type, minified_sorted(content))
        if key not in self._masks:
            mask = 0
            if index := self._indexes.get(type):
                for atom in deny_atoms(type, content):
                    mask |= index.covered_by(atom)
            self._masks[key] = mask
        return self._masks[key]


class _Index:
    """The atoms of one policy type, by what they consist of."""

    def __init__(self, atoms: Sequence[tuple[int, Atom]]) -> None:
        self._all = 0
        self._conditions: defaultdict[str, int] = defaultdict(int)
        self._actions: defaultdict[str, int] = defaultdict(int)
        self._not_actions: defaultdict[str, int] = defaultdict(int)
        """By each single action that a statement leaves out."""
        self._resources: defaultdict[_Resources, int] = defaultdict(int)
        for bit, atom in atoms:
            self._all |= bit
            self._conditions[atom.condition] |= bit
            self._resources[atom.resources, atom.not_resources] |= bit
            if atom.action:
                self._actions[atom.action] |= bit
            for each in set(atom.not_actions):
                self._not_actions[each] |= bit
        self._some_actions = reduce(or_, self._actions.values(), 0)
        self._action_names = _Sorted(self._actions)
        self._heads: defaultdict[str, int] = defaultdict(int)
        for action, mask in self._actions.items():
            self._heads[_head(action)] |= mask
        self._head_names = _Sorted(self._heads)
        self._by_first: defaultdict[str, list[_Resources]] = defaultdict(list)
        """Lists of resources by the first of them; those that have none, by an empty text."""
        for resources, not_resources in self._resources:
            if not not_resources:
                self._by_first[resources[0] if resources else ""].append((resources, ()))
        self._first_names = _Sorted(self._by_first)
        self._known_actions: dict[tuple[str, tuple[str, ...]], int] = {}
        self._known_resources: dict[_Resources, int] = {}

    def covered_by(self, atom: Atom) -> int:
        actions, resources = (atom.action, atom.not_actions), (atom.resources, atom.not_resources)
        if actions not in self._known_actions:
            self._known_actions[actions] = self._covered_actions(*actions)
        if resources not in self._known_resources:
            self._known_resources[resources] = self._covered_resources(*resources)
        condition = self._conditions.get(atom.condition, 0) if atom.condition else self._all
        return condition & self._known_actions[actions] & self._known_resources[resources]

    def _covered_actions(self, action: str, not_actions: tuple[str, ...]) -> int:
        if action == "*":
            return self._all
        if action:
            return self._union(self._actions, self._action_names.contained_in(action))
        left_out = 0
        for head in map(_head, not_actions):
            left_out |= self._union(self._heads, self._head_names.starting_with(head))
            left_out |= self._union(self._heads, (head[:length] for length in range(len(head))))
        fewer = reduce(and_, (self._not_actions.get(each, 0) for each in not_actions), self._all)
        return self._some_actions & ~left_out | fewer

    def _covered_resources(self, resources: tuple[str, ...], not_resources: tuple[str, ...]) -> int:
        if "*" in resources:
            return self._all
        if not_resources:
            return self._resources.get((resources, not_resources), 0)
        firsts = {first for each in resources for first in self._first_names.contained_in(each)}
        candidates = [each for first in firsts | {""} for each in self._by_first.get(first, ())]
        covered = [
            each for each in candidates if all(any(_contains(one, wanted) for one in resources) for wanted in each[0])
        ]
        return self._union(self._resources, covered)

    @staticmethod
    def _union(masks: Mapping[K, int], keys: Iterable[K]) -> int:
        return reduce(or_, (masks.get(each, 0) for each in keys), 0)


class _Sorted:
    """Texts in order, so that those with a common beginning are beside each other."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = sorted(texts)

    def starting_with(self, head: str) -> Iterator[str]:
        for index in range(bisect_left(self._texts, head), len(self._texts)):
            if not self._texts[index].startswith(head):
                return
            yield self._texts[index]

    def contained_in(self, pattern: str) -> Iterator[str]:
        return (each for each in self.starting_with(_head(pattern)) if _contains(pattern, each))


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


def _head(pattern: str) -> str:
    """What all that matches the pattern begins with. Two patterns match nothing in common where neither head begins
    with the other; where one does, they may."""
    return pattern.partition("*")[0].partition("?")[0]
