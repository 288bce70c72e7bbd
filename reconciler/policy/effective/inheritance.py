"""The inheritance of declarative policies: the documents from the root down to an account, merged setting by setting.

A document is a tree of settings. At each node, for each setting, the documents that are attached there work together:

    for node in root, OUs, account:
        1. @@assign, where it is allowed: the document that was attached first gives the value, later ones are ignored
        2. @@append, where it is allowed: each document adds to the list what is not there yet
        3. @@remove, where it is allowed: each document takes from the list
        4. the same for each setting inside of this one
        5. @@operators_allowed_for_child_policies: what is allowed from here on is what each document allows

Step 5 is the last one, so a limit binds neither its own document nor others at the node, but everything below, and it
can only become narrower. It binds the operators of that very setting, not those of settings inside of it.

Only step 1 depends on the order in which documents of one node were attached, which no operation of the service
returns. Steps 2 and 3 work on sets, and step 5 is an intersection. So a setting is ambiguous exactly where documents of
unknown order assign it differently; then it has an outcome for each of them, which all go on down the tree: what is
below may overrule it (@@assign), or make the outcomes equal. A setting has as many outcomes as one node has documents
at most, since an @@assign that is not ambiguous replaces all of them.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_inheritance_mgmt.html
https://docs.aws.amazon.com/organizations/latest/userguide/policy-operators.html
The order of the steps, and that the first attached document wins: observed against the live service, September 2026.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.document import listed, minified_sorted
from reconciler.model.effective import Contribution, Operator, Outcome, Path

ASSIGN: Operator = "@@assign"
APPEND: Operator = "@@append"
REMOVE: Operator = "@@remove"
CHILD_CONTROL = "@@operators_allowed_for_child_policies"
_ALL: frozenset[str] = frozenset({ASSIGN, APPEND, REMOVE})


class AttachedDocument(NamedTuple):
    """A policy document at a node. Of two at one node, the one with the lower `position` was attached first; in which
    order those with the same position were is not known."""

    policy: Address
    document: Json
    position: int = 0


class Level(NamedTuple):
    """A node and the documents that are attached to it directly."""

    node: Address
    documents: tuple[AttachedDocument, ...]


Fold = Callable[[Path], str]
"""The name that a setting has where its type compares names without case, by its path as written."""
AsValue = Callable[[Json], Json]
"""A value in a list as the service reads it."""


@dataclass(frozen=True)
class Setting:
    """A setting after the merge: the outcomes (none: it was never set, one: it is known) and the settings in it."""

    outcomes: tuple[Outcome, ...] = ()
    allowed: frozenset[str] = _ALL
    children: Mapping[str, Setting] = field(default_factory=dict)


class _Fragment(NamedTuple):
    """What one document has at one setting: operators and settings by their names."""

    attached: AttachedDocument
    written: Mapping[str, Json]


def inherited(
    levels: Iterable[Level], fold: Fold = lambda path: path[-1], as_value: AsValue = lambda value: value
) -> Setting:
    """The settings of the account at the end of `levels`, the root first. Pure: the documents are not changed."""
    merge = _Merge(fold, as_value)
    found = Setting()
    for level in levels:
        fragments = [_Fragment(each, each.document) for each in level.documents if isinstance(each.document, dict)]
        found = merge.setting(found, level.node, fragments, ())
    return found


@dataclass(frozen=True)
class _Merge:
    fold: Fold
    as_value: AsValue

    def setting(self, above: Setting, node: Address, fragments: Sequence[_Fragment], path: Path) -> Setting:
        """The setting after the documents of one node. `above` is as the node inherits it."""
        outcomes = self._changed(above, node, fragments) if path else ()
        children = dict(above.children)
        for name, inner in self._children(fragments, path).items():
            children[name] = self.setting(children.get(name, Setting()), node, inner, (*path, name))
        allowed = above.allowed
        for each in fragments:
            if CHILD_CONTROL in each.written:
                allowed &= _operators_in(each.written[CHILD_CONTROL])
        return Setting(outcomes, allowed, children)

    def _changed(self, above: Setting, node: Address, fragments: Sequence[_Fragment]) -> tuple[Outcome, ...]:
        found = above.outcomes
        if ASSIGN in above.allowed and (assigned := self._assigned(node, fragments)):
            found = assigned
        for operator in (APPEND, REMOVE):
            for each in fragments if operator in above.allowed else ():
                if operator in each.written:
                    by = Contribution(policy=each.attached.policy, level=node, operator=operator)
                    found = self._combined(found, self._list(each.written[operator]), by)
        return _distinct(found)

    def _assigned(self, node: Address, fragments: Sequence[_Fragment]) -> tuple[Outcome, ...]:
        """An outcome for each document that may be the first with @@assign."""
        assigning = [each for each in fragments if ASSIGN in each.written]
        first = min((each.attached.position for each in assigning), default=0)
        return _distinct(
            tuple(
                Outcome(
                    value=self._value(each.written[ASSIGN]),
                    because=(Contribution(policy=each.attached.policy, level=node, operator=ASSIGN),),
                )
                for each in assigning
                if each.attached.position == first
            )
        )

    def _combined(self, before: tuple[Outcome, ...], values: list[Json], by: Contribution) -> tuple[Outcome, ...]:
        """The outcomes after one @@append or @@remove. What removes from a setting that has no value does nothing."""
        if not before and by.operator == APPEND:
            return (Outcome(value=_united([], values), because=(by,)),)
        found = []
        for each in before:
            old = listed(each.value)
            new = _united(old, values) if by.operator == APPEND else without(old, values)
            found.append(each if new == old else Outcome(value=new, because=(*each.because, by)))
        return tuple(found)

    def _value(self, written: Json) -> Json:
        return self._list(written) if isinstance(written, list) else written

    def _list(self, written: Json) -> list[Json]:
        return [self.as_value(each) for each in listed(written)]

    def _children(self, fragments: Sequence[_Fragment], path: Path) -> dict[str, list[_Fragment]]:
        """What the documents have at each setting inside of one, in the order of appearance."""
        found: dict[str, list[_Fragment]] = {}
        for each in fragments:
            for key, written in each.written.items():
                if not key.startswith("@@"):
                    inner = _Fragment(each.attached, _with_operators(written))
                    found.setdefault(self.fold((*path, key)), []).append(inner)
        return found


def _with_operators(written: Json) -> dict[str, Json]:
    """A setting with its operators in lower case: chat and S3 policies compare them so, the other types have no other
    form. A value without an operator is assigned."""
    if not isinstance(written, dict):
        return {ASSIGN: written}
    return {key.lower() if key.startswith("@@") else key: each for key, each in written.items()}


def _operators_in(written: Json) -> frozenset[str]:
    """What a limit lets through: @@all is everything, @@none nothing."""
    named = {str(each).lower() for each in listed(written)}
    return _ALL if "@@all" in named else _ALL & named


def _united(values: Sequence[Json], more: Iterable[Json]) -> list[Json]:
    """The list with what it does not have yet, in the order of appearance."""
    return list({minified_sorted(each): each for each in (*values, *more)}.values())


def without(values: Sequence[Json], gone: Iterable[Json]) -> list[Json]:
    """The values that are not among the others."""
    keys = {minified_sorted(each) for each in gone}
    return [each for each in values if minified_sorted(each) not in keys]


def value_key(value: Json) -> str:
    """The same text for values that mean the same: the order in lists is none."""
    return minified_sorted([*sorted(map(minified_sorted, value))] if isinstance(value, list) else value)


def _distinct(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    """The outcomes with different values; those with the same one are one, from all of their policies."""
    if len(outcomes) < 2:  # nearly always: the keys take longer than everything else
        return outcomes
    found: dict[str, Outcome] = {}
    for each in outcomes:
        key = value_key(each.value)
        if key in found:
            because = tuple(dict.fromkeys((*found[key].because, *each.because)))
            found[key] = found[key].model_copy(update={"because": because})
        else:
            found[key] = each
    return tuple(found.values())
