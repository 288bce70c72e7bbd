"""Kill -9 at every call of an apply, and run it again: it ends in the same organization, made once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property

import pytest

from reconciler.mock.statefile import StateFile
from reconciler.model.api import Api
from reconciler.model.clock import Clock
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan
from reconciler.planning.planner import PlannerSettings
from tests.building import deny, org
from tests.faults.injecting import Killed, Killing, When
from tests.faults.scenario import RULES, after, start
from tests.faults.world import World
from tests.harness import RULES as DEFAULT_RULES

SHORT = 13
"""The normal run takes every thirteenth crash; the nightly one takes all."""


@dataclass
class Apply:
    """One apply, and what it is when nothing disturbs it."""

    state: StateFile
    desired: Inventory
    rules: PlannerSettings = RULES
    lag: float = 0.0
    calls: list[str] = field(default_factory=list)

    @cached_property
    def undisturbed(self) -> World:
        world, plan, layer = self._begin(-1, "before")
        report = world.execute(plan)
        assert (report.failed, report.skipped) == ((), ())
        self.calls = layer.made
        return world

    @cached_property
    def picture(self) -> str:
        return self.undisturbed.picture()

    def killed(self, at: int, when: When) -> World:
        """The organization after this apply was killed at one of its calls."""
        world, plan, _ = self._begin(at, when)
        with pytest.raises(Killed):
            world.execute(plan)
        world.reach()
        return world

    def _begin(self, at: int, when: When) -> tuple[World, Plan, Killing]:
        layers: list[Killing] = []

        def layer(api: Api, clock: Clock) -> Api:
            layers.append(Killing(api, at, when))
            return layers[0]

        world = World(layer, state=self.state, lag=self.lag)
        plan = world.plan(self.desired, self.rules).plan
        layers[0].armed = True
        return world, plan, layers[0]

    def crashes(self, step: int) -> Iterator[tuple[int, When]]:
        """Every crash there is, or each `step`th of them."""
        assert self.picture, "the undisturbed apply says which calls there are"
        for at in range(len(self.calls)):
            if 2 * at % step == 0:
                yield at, "before"
            if (2 * at + 1) % step == 0:
                yield at, "after"

    def differences(self, world: World) -> list[str]:
        """What is not as it was to be once the apply has been run again."""
        report = world.execute(world.plan(self.desired, self.rules).plan)
        found = [f"failed: {each.address}: {each.error}" for each in report.failed]
        found += [f"skipped: {each.address}" for each in report.skipped]
        world.clock.sleep(self.lag)
        left = world.plan(self.desired, self.rules).plan
        found += [f"left: {each.action} {each.address}" for each in left.changes]
        asked, wanted = world.requests(), self.undisturbed.requests()
        found += [f"asked for again: {email}" for email in asked - wanted if not self.lag]
        if len(world.backend.members()) != len(self.undisturbed.backend.members()):
            found.append(f"{len(world.backend.members())} accounts")
        if world.picture() != self.picture:
            found.append("another organization")
        return found


@cache
def large() -> Apply:
    return Apply(start(), after())


def check(apply: Apply, step: int) -> None:
    wrong = {
        f"killed {when} call {at}, {apply.calls[at]}": found
        for at, when in apply.crashes(step)
        if (found := apply.differences(apply.killed(at, when)))
    }
    assert not wrong


def test_the_plan_that_is_killed_has_every_kind_of_call() -> None:
    assert large().picture
    assert len(large().calls) >= 60
    assert set(large().calls) == {
        "AttachPolicy", "CloseAccount", "CreateAccount", "CreateOrganizationalUnit", "CreatePolicy",
        "DeleteOrganizationalUnit", "DeletePolicy", "DescribeCreateAccountStatus", "DetachPolicy", "EnablePolicyType",
        "ListCreateAccountStatus", "MoveAccount", "TagResource", "UntagResource", "UpdateOrganizationalUnit",
        "UpdatePolicy",
    }  # fmt: skip


def test_killed_at_a_call_and_run_again_it_ends_in_the_same_organization() -> None:
    check(large(), SHORT)


@pytest.mark.nightly
def test_killed_at_any_call_and_run_again_it_ends_in_the_same_organization() -> None:
    check(large(), 1)


def replacement() -> Apply:
    """An OU with another parent, in which there are an OU and accounts that the spec does not know."""
    world = World()
    world.apply(
        org(
            ["Old", "Old/Prod", "Old/Prod/EU", "New"],
            {"a": "Old/Prod", "b": "Old/Prod/EU", "c": "Old/Prod"},
            {"deny": deny("s3:*"), "own": deny("iam:*")},
            {"deny": ["Old/Prod"], "own": ["Old/Prod/EU", "@c"]},
            tags={"Old/Prod/EU": {"by": "hand"}},
        )
    )
    desired = org(
        ["Old", "New", "New/Prod"],
        {"a": "New/Prod"},
        {"deny": deny("s3:*")},
        {"deny": ["New/Prod"]},
        previously={"New/Prod": ["Old/Prod"]},
    )
    return Apply(world.state, desired, DEFAULT_RULES)


def test_a_killed_replacement_of_an_ou_takes_along_what_is_undeclared() -> None:
    check(replacement(), 1)


def two_of_a_name() -> Apply:
    """Two accounts of the same name, which the service tells apart only by their e-mails."""
    desired = org(["A", "B"], {"one": "A", "two": "B", "three": "A"})
    named = [
        each.model_copy(update={"create_name": "Sandbox"}) if each.kind == "account" else each
        for each in desired.resources
    ]
    return Apply(World().state, desired.with_resources(named))


def test_accounts_of_the_same_name_are_not_mistaken_for_each_other_after_a_crash() -> None:
    check(two_of_a_name(), 3)


def test_lists_that_lag_after_a_crash_lead_neither_to_a_second_thing_nor_to_a_wrong_delete() -> None:
    """The second run sees the organization as it was before the first one, and plans all of it again."""
    check(Apply(start(), after(), lag=20.0), 61)
    check(dataclasses.replace(replacement(), lag=20.0), 7)
    check(dataclasses.replace(two_of_a_name(), lag=20.0), 13)


@pytest.mark.nightly
@pytest.mark.parametrize("lag", [1.0, 5.0, 20.0])
def test_lists_that_lag_by_seconds_after_any_crash(lag: float) -> None:
    check(Apply(start(), after(), lag=lag), 2)
    check(dataclasses.replace(replacement(), lag=lag), 1)
    check(dataclasses.replace(two_of_a_name(), lag=lag), 1)
