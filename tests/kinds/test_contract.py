"""What holds for every kind with every backend, through the command line."""

from __future__ import annotations

from pathlib import Path

from tests.kinds.examples import Example
from tests.kinds.world import World

ROOT = Path(__file__).parents[2]


def addresses(plan: dict[str, list[dict[str, str]]], part: str = "changes") -> list[str]:
    return [each["address"] for each in plan[part]]


def test_applied_once_there_is_nothing_left_to_do(world: World, example: Example) -> None:
    world.declare(example.declared)
    assert example.address in addresses(world.plan())
    world.apply()
    world.assert_applied()


def test_another_value_is_applied(world: World, example: Example) -> None:
    world.declare(example.declared)
    world.apply()
    world.declare(example.another)
    assert world.run("plan", "--detailed-exitcode").code == 2
    world.apply()
    world.assert_applied()
