"""Kill -9 at every call of a large apply, and run it again: it ends in the same organization, made once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Literal

import pytest

from reconciler.mock.statefile import StateFile
from reconciler.model.inventory import Inventory
from tests.faults.injecting import Killed, Killing
from tests.faults.scenario import RULES, after, start
from tests.faults.world import Layer, Stale, World

When = Literal["before", "after"]
SHORT = 9
"""The normal run takes every ninth call; the nightly one takes all."""


class Uninterrupted:
    """The apply that nothing disturbs: what it made, call by call, and how it ended."""

    def __init__(self) -> None:
        world = World(lambda api, clock: self._killing(api), state=start())
        plan = world.plan(after(), RULES).plan
        self._layer.armed = True
        report = world.execute(plan)
        assert (report.failed, report.skipped) == ((), ())
        self.calls = list(self._layer.made)
        self.picture = world.picture()
        self.accounts = len(world.backend.members())
        self.created = world.requests()

    def _killing(self, api):
        self._layer = Killing(api, -1, "before")
        return self._layer


@cache
def uninterrupted() -> Uninterrupted:
    return Uninterrupted()


def killed(at: int, when: When, state: StateFile, desired: Inventory) -> World:
    """The organization after an apply that was killed at one of its calls."""
    layers: list[Killing] = []

    def layer(api, clock):
        layers.append(Killing(api, at, when))
        return layers[-1]

    world = World(layer, state=state)
    plan = world.plan(desired, RULES).plan
    layers[0].armed = True
    with pytest.raises(Killed):
        world.execute(plan)
    world.reach()
    return world


def cases(step: int) -> Iterator[tuple[int, When]]:
    calls = uninterrupted().calls
    for at in range(len(calls)):
        for when in ("before", "after"):
            if (2 * at + (when == "after")) % step == 0:
                yield at, when  # type: ignore[misc]


def test_the_plan_has_every_kind_of_call() -> None:
    calls = uninterrupted().calls
    assert len(calls) >= 60
    assert set(calls) == {
        "AttachPolicy", "CloseAccount", "CreateAccount", "CreateOrganizationalUnit", "CreatePolicy",
        "DeleteOrganizationalUnit", "DeletePolicy", "DescribeCreateAccountStatus", "DetachPolicy", "EnablePolicyType",
        "ListCreateAccountStatus", "MoveAccount", "TagResource", "UntagResource", "UpdateOrganizationalUnit",
        "UpdatePolicy",
    }  # fmt: skip


def check_matrix(step: int) -> None:
    expected = uninterrupted()
    wrong = []
    for at, when in cases(step):
        world = killed(at, when, start(), after())
        plan = world.plan(after(), RULES).plan
        report = world.execute(plan)
        again = world.plan(after(), RULES).plan
        outcome = (
            report.failed,
            report.skipped,
            again.changes,
            world.requests() == expected.created,
            len(world.backend.members()) == expected.accounts,
            world.picture() == expected.picture,
        )
        if outcome != ((), (), (), True, True, True):
            wrong.append(f"killed {when} call {at} ({expected.calls[at]}): {outcome}")
    assert not wrong, f"{len(wrong)} of {len(list(cases(step)))} crashes:\n" + "\n".join(wrong[:5])


def test_killed_at_a_call_and_run_again_it_ends_in_the_same_organization() -> None:
    check_matrix(SHORT)


@pytest.mark.nightly
def test_killed_at_any_call_and_run_again_it_ends_in_the_same_organization() -> None:
    check_matrix(1)
