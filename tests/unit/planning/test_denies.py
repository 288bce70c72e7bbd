"""The index of Denies finds what comparing each atom with each other one finds."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.base import Json
from reconciler.planning.denies import Atom, DenyIndex, deny_atoms
from tests.building import deny


def covers(one: Atom, other: Atom) -> bool:
    """What it means that one atom covers another one, written down plainly."""
    return (
        one.type == other.type
        and one.condition in ("", other.condition)
        and _covers_action(one, other)
        and _covers_resource(one, other)
    )


def _covers_action(one: Atom, other: Atom) -> bool:
    if one.action:
        return one.action == "*" or (bool(other.action) and _contains(one.action, other.action))
    if other.action:
        return not any(_may_overlap(each, other.action) for each in one.not_actions)
    return set(one.not_actions) <= set(other.not_actions)


def _covers_resource(one: Atom, other: Atom) -> bool:
    if "*" in one.resources:
        return True
    if one.not_resources or other.not_resources:
        return one[3:5] == other[3:5]
    return all(any(_contains(each, wanted) for each in one.resources) for wanted in other.resources)


def _contains(pattern: str, other: str) -> bool:
    if pattern == other:
        return True
    if "?" in pattern and ("*" in other or "?" in other):
        return False
    return fnmatchcase(other, pattern.replace("[", "[[]"))


def _may_overlap(one: str, other: str) -> bool:
    head, tail = (each.partition("*")[0].partition("?")[0] for each in (one, other))
    return head.startswith(tail) or tail.startswith(head)


def _one_or_more(texts: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(texts), min_size=1, max_size=3)


ACTIONS = _one_or_more(
    ["*", "s3:*", "s3:Get*", "s3:Get?bject", "s3:GetObject", "s3:GetBucket", "s?:*", "ec2:*", "ec2:Run*", "iam:*"]
)
RESOURCES = _one_or_more(
    ["*", "arn:*", "arn:a*", "arn:a", "arn:a/*", "arn:a/?", "arn:b", "arn:[b", "arn:[*", "arn:?/*", "*/b"]
)


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": "Deny"}
    found[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(ACTIONS)
    place = draw(st.sampled_from(["Resource", "Resource", "NotResource", None]))
    if place:
        found[place] = draw(RESOURCES)
    if draw(st.booleans()):
        found["Condition"] = {"Bool": {"aws:x": draw(st.sampled_from(["true", "false"]))}}
    return found


def documents(least: int) -> st.SearchStrategy[list[tuple[str, Json]]]:
    document = st.lists(statements(), min_size=1, max_size=3).map(
        lambda found: {"Version": "2012-10-17", "Statement": found}
    )
    return st.lists(st.tuples(st.sampled_from(["scp", "scp", "rcp"]), document), min_size=least, max_size=6)


@given(documents(1), documents(0))
def test_a_mask_is_what_comparing_each_with_each_finds(
    known: list[tuple[str, Json]], new: list[tuple[str, Json]]
) -> None:
    """Also of documents that were not known when the index was made, as temporary ones."""
    atoms = sorted({atom for type, content in known for atom in deny_atoms(type, content)})
    deny_index = DenyIndex(known)
    for type, content in (*known, *new):
        mine = deny_atoms(type, content)
        expected = [any(covers(one, other) for one in mine) for other in atoms]
        assert [bool(deny_index.mask(type, content) >> bit & 1) for bit in range(len(atoms))] == expected
        assert deny_index.mask(type, content) >> len(atoms) == 0


def test_a_broader_deny_keeps_what_a_narrower_one_denied() -> None:
    narrow, broad, other = deny("s3:GetObject"), deny("s3:*"), deny("ec2:RunInstances")
    deny_index = DenyIndex([("scp", each) for each in (narrow, broad, other)])
    assert deny_index.mask("scp", broad) & deny_index.mask("scp", narrow) == deny_index.mask("scp", narrow) > 0
    assert deny_index.mask("scp", broad) & deny_index.mask("scp", other) == 0
