"""What is not declared: left alone where its kind is unset, and removed within the limits of the guards."""

from __future__ import annotations

import shlex

import pytest

from reconciler.kinds import BY_KIND
from reconciler.kinds.base import Kind
from tests.kinds.examples import EXAMPLES, REMOVABLE, Example
from tests.kinds.world import World, in_process

pytestmark = pytest.mark.slow

DELETABLE = [name for name, kind in BY_KIND.items() if kind.undeclared and "delete" in kind.undeclared.choices]
LIMITED = [name for name, kind in BY_KIND.items() if name in EXAMPLES and (kind.delete_limit or EXAMPLES[name].limit)]


@in_process
def test_unset_is_unmanaged(world: World, example: Example) -> None:
    world.declare(example.declared)
    world.apply()
    applied = world.picture()
    world.declare("")
    ran = world.run("plan", "--detailed-exitcode")
    assert ran.code == 0, ran
    world.apply()
    assert world.calls.writes == []
    assert world.picture() == applied


@in_process
@pytest.mark.parametrize("name", DELETABLE)
def test_undeclared_it_follows_unmanaged(world: World, example: Example, kind: Kind) -> None:
    world.declare(example.declared)
    world.apply()
    plural = kind.resource.plural
    found = {}
    for treatment in ("ignore", "report", "delete"):
        assert example.removed is not None
        world.declare(example.removed, f"unmanaged: {{{plural}: {treatment}}}")
        found[treatment] = world.plan()
    address = example.address
    listed = {
        treatment: (
            address in [each["address"] for each in plan["changes"]],
            any(each["kind"] == kind.resource.kind for each in plan["unmanaged"]),
        )
        for treatment, plan in found.items()
    }
    assert listed == {"ignore": (False, False), "report": (False, True), "delete": (True, False)}
    if kind.section is not None:
        told = {treatment: "I502" in [each["code"] for each in plan["warnings"]] for treatment, plan in found.items()}
        assert told == {"ignore": True, "report": True, "delete": False}


@pytest.mark.parametrize("name", REMOVABLE)
def test_a_removal_is_blocked_until_it_is_allowed_by_the_text_of_the_plan(
    world: World, example: Example, kind: Kind
) -> None:
    world.declare(example.declared)
    world.apply()
    applied = world.picture()
    world.declare_removal(example, kind, limit="0")
    plan = world.plan()
    assert plan["guards"]["blocked"]
    ran = world.run("apply", "--auto-approve")
    assert ran.code == 4, ran
    assert world.picture() == applied
    allowed = [word for each in plan["guards"]["violations"] for word in shlex.split(each["allow"])]
    assert all(each in ran.err for each in allowed)
    world.apply(*allowed)
    assert world.picture() != applied
    world.assert_applied(*allowed)


@in_process
@pytest.mark.parametrize("name", LIMITED)
@pytest.mark.parametrize(("limit", "minimum", "blocks"), [
    ("0", 10, True), ("1", 10, False), ('"0%"', 0, True), ('"100%"', 0, False), ('"100%"', 10, None),
])  # fmt: skip
def test_limits_are_numbers_or_percentages(
    world: World, example: Example, kind: Kind, limit: str, minimum: int, blocks: bool | None
) -> None:
    """Of fewer than `guards.minimum` objects a percentage says nothing: the default of the kind counts."""
    world.declare(example.declared)
    world.apply()
    world.declare_removal(example, kind, limit=limit, minimum=minimum)
    if blocks is None:
        default = 50 if example.limit == "tags" else kind.delete_limit and kind.delete_limit.default
        blocks = default == 0
    guard = f"deletes.{example.limit or kind.resource.plural}"
    assert (guard in [each["guard"] for each in world.plan()["guards"]["violations"]]) == blocks
