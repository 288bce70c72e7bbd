"""Applying: once, twice, with another value, killed at any write, and from a saved plan."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from reconciler.kinds.base import Kind
from tests.faults.injecting import When
from tests.kinds.examples import EXAMPLES, HOSTILE, REMOVABLE, Example
from tests.kinds.world import World, in_process

pytestmark = pytest.mark.slow


def test_applied_once_there_is_nothing_left_to_do(world: World, example: Example) -> None:
    world.declare(example.declared)
    assert example.address in world.changed()
    world.apply()
    world.assert_applied()


def test_another_value_is_applied(world: World, example: Example) -> None:
    world.declare(example.declared)
    world.apply()
    world.declare(example.another)
    assert world.run("plan", "--detailed-exitcode").code == 2
    world.apply()
    world.assert_applied()


@pytest.mark.parametrize("name", [name for name, each in EXAMPLES.items() if each.name])
def test_a_hostile_name_is_a_name(world: World, example: Example) -> None:
    assert example.name is not None
    world.declare(example.declared)
    world.rename(example.name, HOSTILE)
    assert HOSTILE in json.dumps(world.plan()["changes"])
    world.apply()
    world.assert_applied()


STEPS = [
    (name, step)
    for name in EXAMPLES
    for step in ("declare", "change", "remove")
    if step != "remove" or name in REMOVABLE
]


@in_process
@pytest.mark.parametrize(("name", "step"), STEPS)
def test_killed_at_any_write_and_run_again_it_ends_as_if_undisturbed(
    world: World, example: Example, kind: Kind, step: str
) -> None:
    if step != "declare":
        world.declare(example.declared)
        world.apply()
    options = world.declare_removal(example, kind) if step == "remove" else ()
    if step != "remove":
        world.declare(example.declared if step == "declare" else example.another)
    before = world.backend.state()
    world.apply(*options)
    writes, undisturbed = world.calls.writes, world.picture()
    assert writes
    for at in range(len(writes)):
        for when in get_args(When):
            world.backend.restore(before)
            with world.calls.killed(at, when):
                world.run("apply", "--auto-approve", *options)
            world.apply(*options)
            assert world.picture() == undisturbed, f"killed {when} {writes[at]}"
    world.assert_applied(*options)


@in_process
def test_a_saved_plan_is_applied(world: World, example: Example, kind: Kind) -> None:
    for spec in (example.declared, example.another):
        world.declare(spec)
        assert world.run("plan", "--save", "plan.json").code == 0
        world.apply("plan.json")
        world.assert_applied()


@in_process
@pytest.mark.parametrize("name", REMOVABLE)
def test_the_saved_plan_of_a_removal_is_applied(world: World, example: Example, kind: Kind) -> None:
    world.declare(example.declared)
    world.apply()
    options = world.declare_removal(example, kind)
    assert world.run("plan", "--save", "plan.json", *options).code == 0
    world.apply("plan.json", *options)
    world.assert_applied(*options)


@in_process
@pytest.mark.parametrize("name", [name for name, each in EXAMPLES.items() if each.stale])
def test_a_stale_plan_makes_no_write(world: World, example: Example) -> None:
    assert example.stale is not None
    world.declare(example.declared)
    world.apply()
    world.declare(example.another)
    assert world.run("plan", "--save", "plan.json").code == 0
    world.by_hand(*example.stale)
    ran = world.run("apply", "--auto-approve", "plan.json")
    assert ran.code == 5, ran
    assert world.calls.writes == []


def test_drift_is_found_and_corrected(world: World, example: Example) -> None:
    world.declare(example.declared)
    world.apply()
    assert world.run("drift").code == 0
    applied = world.picture()
    world.by_hand(*example.by_hand)
    ran = world.run("drift", "--output", "json")
    assert ran.code == 2, ran
    assert ran.json["changes"]
    world.apply()
    assert world.picture() == applied
    assert world.run("drift").code == 0
