"""Names of policies, and of OUs in one place, that change round in one apply; killed anywhere, the next one goes on."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.address import temporary_name
from reconciler.model.inventory import Inventory
from tests.building import deny, org
from tests.faults.test_crashes import Apply, check
from tests.faults.world import World
from tests.harness import RULES, Organization, steps

pytestmark = pytest.mark.slow

A, B, C = deny("s3:*"), deny("ec2:*"), deny("iam:*")


def exchange(names: list[str]) -> tuple[Inventory, Inventory]:
    """Policies and OUs of which each gets the next one's name, with all that is in them and attached to them."""
    documents, new = [A, B, C][: len(names)], [*names[1:], *names[:1]]
    before = org(
        names,
        {f"a{index}": name for index, name in enumerate(names)},
        dict(zip(names, documents, strict=True)),
        {name: [name] for name in names},
    )
    after = org(
        names,
        {f"a{index}": name for index, name in enumerate(new)},
        dict(zip(new, documents, strict=True)),
        {name: [name] for name in names},
        previously=dict(zip(new, ([name] for name in names), strict=True))
        | {f"policy:{name}": [old] for name, old in zip(new, names, strict=True)},
    )
    return before, after


def ids(organization: Organization) -> dict[str, str]:
    return {each.address: str(each.id) for each in organization.live().resources if each.kind != "account"}


@pytest.mark.parametrize("names", [["X", "Y"], ["X", "Y", "Z"]])
def test_names_that_change_round_are_exchanged_in_one_apply(names: list[str]) -> None:
    before, after = exchange(names)
    organization = Organization()
    organization.apply(before)
    old = ids(organization)
    plan = organization.apply(after)
    assert {each.action for each in plan.changes} == {"rename"}
    assert [each.address for each in plan.changes if each.temporary] == ["policy:X", "ou:X"]
    assert len(plan.changes) == 2 * len(names) + 2
    new = ids(organization)
    for name, following in zip(names, [*names[1:], *names[:1]], strict=True):
        assert new[f"ou:{following}"] == old[f"ou:{name}"]
        assert new[f"policy:{following}"] == old[f"policy:{name}"]
    assert organization.plan(after).plan.changes == (), "the spec still says what was called how"


@pytest.mark.parametrize("names", [["X", "Y"], ["X", "Y", "Z"]])
def test_killed_at_any_call_the_next_apply_ends_the_exchange(names: list[str]) -> None:
    before, after = exchange(names)
    world = World()
    world.apply(before)
    check(Apply(world.state, after, RULES), 1)


def test_an_exchange_depends_on_each_of_its_steps() -> None:
    before, after = exchange(["X", "Y"])
    organization = Organization()
    organization.apply(before)
    policies = [each for each in organization.plan(after).plan.changes if each.kind == "policy"]
    assert [(each.address, each.depends_on, getattr(each.after, "name", "")) for each in policies] == [
        ("policy:X", (), temporary_name("X")),
        ("policy:Y", ("policy:X",), "Y"),
        ("policy:X", ("policy:Y",), "X"),
    ]


def test_an_exchange_with_new_documents_ends_with_these() -> None:
    """Enough of the documents is left to see which is which."""
    both: dict[str, Any] = {"X": deny("s3:*", "sqs:*"), "Y": deny("ec2:*", "sns:*")}
    organization = Organization()
    organization.apply(org([], {}, both))
    old = ids(organization)
    after = org(
        [],
        {},
        {"X": deny("ec2:*", "sns:*", "kms:*"), "Y": deny("s3:*", "sqs:*", "kms:*")},
        previously={"policy:X": ["Y"], "policy:Y": ["X"]},
    )
    organization.apply(after)
    assert ids(organization)["policy:X"] == old["policy:Y"]
    assert organization.plan(after).plan.changes == ()


def test_things_that_have_their_names_already_are_not_exchanged() -> None:
    """Two that are alike, and two of which only one was exchanged by hand, stay what they are called."""
    organization = Organization()
    desired = org(["X", "Y"], {}, {"X": A, "Y": A}, previously={"X": ["Y"], "Y": ["X"], "policy:X": ["Y"]})
    organization.apply(desired)
    assert steps(organization.plan(desired).plan) == []


@pytest.mark.parametrize("name", ["X", "x" * 128, "é" * 128])
def test_a_temporary_name_is_a_name_of_its_own(name: str) -> None:
    assert len(temporary_name(name)) <= 128
    assert temporary_name(name) != name
    assert temporary_name(name[:-1] + "z") != temporary_name(name)
