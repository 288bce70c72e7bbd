"""What is left of a reviewed plan is still reviewed: killed or refused at any call, the saved plan is continued by a
process that has the plan and the organization and nothing else, and ends in the organization of an undisturbed run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from reconciler.aws.layers import ReadOnly
from reconciler.errors import PlanRefused
from reconciler.kinds.base import UnmanagedRules
from reconciler.mock.statefile import StateFile
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan
from reconciler.model.report import Report
from reconciler.model.resources import PolicyType
from reconciler.planning.planner import PlannerSettings
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.continue_plan import Resumed, resume
from reconciler.use_cases.files import parse_plan, plan_text
from tests.building import deny, managing, org
from tests.faults.injecting import Killed, Killing, Refusing, When
from tests.faults.scenario import RULES, after, start
from tests.faults.test_crashes import replacement, two_of_a_name
from tests.faults.world import World
from tests.harness import RULES as DEFAULT_RULES

SHORT = 11
"""The normal run takes every eleventh crash; the nightly one takes all."""


def reviewed_plan(world: World, desired: Inventory, rules: PlannerSettings, more: tuple[str, ...] = ()) -> Plan:
    """The plan as another process gets it, which reads the types of the spec and `more`."""
    types = sorted({*(each.type for each in desired.of(PolicyType)), *more})
    plan = world.plan(managing(desired, types), rules).plan
    return parse_plan(plan_text(plan).encode(), "plan.json")


def resumed(world: World, plan: Plan) -> Resumed:
    return resume(plan, Connection(ReadOnly(world.api), world.api, world.counting, world.clock))


@dataclass
class Reviewed:
    """A plan that was reviewed, and the organization that it was made for."""

    state: StateFile
    desired: Inventory
    rules: PlannerSettings = RULES
    types: tuple[str, ...] = ()
    calls: list[str] = field(default_factory=list)
    picture: str = ""

    def begin(self, layer: Callable[..., Any] = lambda api, clock: api) -> tuple[World, Plan]:
        world = World(state=self.state)
        plan = reviewed_plan(world, self.desired, self.rules, self.types)
        world.reach(layer)
        return world, plan

    def crashes(self, step: int) -> Iterator[tuple[int, When]]:
        layers: list[Killing] = []

        def layer(api: Any, clock: Any) -> Killing:
            layers.append(Killing(api, -1, "before"))
            return layers[0]

        world, plan = self.begin(layer)
        layers[0].armed = True
        report = world.execute(plan)
        assert (report.failed, report.skipped) == ((), ())
        self.calls = layers[0].made
        self.asked = world.requests()
        self.picture = world.picture()
        for at in range(len(self.calls)):
            if 2 * at % step == 0:
                yield at, "before"
            if (2 * at + 1) % step == 0:
                yield at, "after"

    def killed(self, at: int, when: When) -> tuple[World, Plan]:
        def layer(api: Any, clock: Any) -> Killing:
            killing = Killing(api, at, when)
            killing.armed = True
            return killing

        world, plan = self.begin(layer)
        with pytest.raises(Killed):
            world.execute(plan)
        world.reach()
        return world, plan

    def differences(self, world: World, plan: Plan) -> list[str]:
        """What is not as it was to be once the plan has been continued, and then applied once more."""
        try:
            report = world.execute(resumed(world, plan).remaining)
        except PlanRefused as refused:
            return [f"refused: {each}" for each in refused.moved]
        found = [f"failed: {each.address}: {each.error}" for each in report.failed]
        found += [f"skipped: {each.address}" for each in report.skipped]
        try:
            again = resumed(world, plan)
        except PlanRefused as refused:
            return [*found, *(f"refused when it was applied: {each}" for each in refused.moved)]
        found += [f"left: {each.action} {each.address}" for each in again.remaining.changes]
        found += [f"asked for again: {email}" for email in world.requests() - self.asked]
        if world.picture() != self.picture:
            found.append("another organization")
        return found


def check(case: Reviewed, step: int) -> None:
    wrong = {
        f"killed {when} call {at}, {case.calls[at]}": found
        for at, when in case.crashes(step)
        if (found := case.differences(*case.killed(at, when)))
    }
    assert not wrong, "\n".join(f"{where}: {found}" for where, found in wrong.items())


@cache
def large() -> Reviewed:
    return Reviewed(start(), after())


def swap_at_a_full_node() -> Reviewed:
    """A full OU whose Deny goes over to another policy: with temporary changes, which a killed run leaves behind."""
    full = {f"f{number}": deny(f"a{number}:*") for number in range(8)}
    on = {name: ["A"] for name in full}
    world = World()
    world.apply(
        org(
            ["A", "A/B"],
            {"one": "A", "two": "A/B"},
            {**full, "old": deny("s3:*"), "free": deny("x:*")},
            {**on, "old": ["A"]},
        )
    )
    desired = org(
        ["A", "A/B"],
        {"one": "A", "two": "A/B"},
        {**full, "old": deny("s3:*"), "new": deny("s3:*", "ec2:*"), "free": deny("x:*")},
        {**on, "new": ["A"]},
    )
    return Reviewed(world.state, desired, DEFAULT_RULES)


def merge() -> Reviewed:
    """Two policies at different OUs that change places: one is given both Denies for a while."""
    world = World()
    world.apply(
        org(["A"], {"one": "A"}, {"p": deny("s3:x"), "q": deny("s3:y")}, {"p": ["A"], "q": ["A"]}),
    )
    desired = org(["A"], {"one": "A"}, {"p": deny("s3:y"), "q": deny("s3:x")}, {"p": ["A"], "q": ["A"]})
    return Reviewed(world.state, desired, DEFAULT_RULES)


def moves_names_and_tags() -> Reviewed:
    """Every field of one thing at a time, and names that change hands."""
    world = World()
    world.apply(
        org(
            ["A", "B", "B/C"],
            {"one": "A", "two": "B/C"},
            {"p": deny("s3:x"), "q": deny("s3:y")},
            {"p": ["A", "@one"], "q": ["B"]},
            tags={"@one": {"t": "1", "gone": "x"}, "A": {"t": "1"}, "policy:p": {"t": "1"}},
        )
    )
    desired = org(
        ["A", "B", "A/D"],
        {"one": "A/D", "two": "A"},
        {"r": deny("s3:z"), "p": deny("s3:y")},
        {"r": ["A", "@one"], "p": ["B"]},
        tags={"@one": {"t": "2", "new": "y"}, "A": {"t": "2"}, "policy:r": {"t": "2", "u": "3"}, "A/D": {"x": "1"}},
        previously={"A/D": ["B/C"], "policy:r": ["p"], "policy:p": ["q"]},
    )
    return Reviewed(world.state, desired, DEFAULT_RULES)


def partly_managed_tags() -> Reviewed:
    """An OU that is replaced and an account that moves with it, each with tags of which the spec manages only some."""
    world = World()
    tags = {"A": {"k": "1", "left": "z", "gone": "g"}, "@one": {"k": "1", "left": "z", "gone": "g"}}
    world.apply(org(["A", "B"], {"one": "A"}, {"p": deny("s3:x")}, {"p": ["A"]}, tags=tags))
    desired = org(
        ["B", "B/A"],
        {"one": "B/A"},
        {"p": deny("s3:x")},
        {"p": ["B/A"]},
        tags={"B/A": {"k": "2", "new": "n"}, "@one": {"k": "2", "new": "n"}},
        previously={"B/A": ["A"]},
    )
    keys = {"tag_keys": ("gone", "k", "new")}
    found = (each.model_copy(update=keys) if getattr(each, "tags", None) else each for each in desired.resources)
    return Reviewed(world.state, desired.with_resources(found), DEFAULT_RULES)


CASES = {
    "replacement": (lambda: Reviewed(replacement().state, replacement().desired, DEFAULT_RULES)),
    "two-of-a-name": (lambda: Reviewed(two_of_a_name().state, two_of_a_name().desired)),
    "swap": swap_at_a_full_node,
    "merge": merge,
    "moves-names-tags": moves_names_and_tags,
    "partly-managed-tags": partly_managed_tags,
}


@pytest.mark.parametrize("name", ["swap", "merge"])
def test_plans_with_temporary_changes_are_among_those_that_are_killed(name: str) -> None:
    _, plan = CASES[name]().begin()
    assert any(each.temporary for each in plan.changes)


@pytest.mark.parametrize("name", CASES)
def test_a_plan_that_was_killed_at_any_call_is_continued(name: str) -> None:
    check(CASES[name](), 1)


def test_a_large_plan_that_was_killed_is_continued() -> None:
    check(large(), SHORT)


@pytest.mark.nightly
def test_a_large_plan_that_was_killed_at_any_call_is_continued() -> None:
    check(large(), 1)


@pytest.mark.parametrize("at", range(0, 90, 9))
def test_a_plan_of_which_a_call_was_denied_is_continued(at: int) -> None:
    case = large()
    undisturbed, plan = case.begin()
    undisturbed.execute(plan)
    world, plan = case.begin(lambda api, clock: Refusing(api, at))
    report: Report = world.execute(plan)
    world.reach()
    left = resumed(world, plan)
    assert len(left.done) >= len(report.done)
    ended = world.execute(left.remaining)
    assert (ended.failed, ended.skipped) == ((), ())
    assert resumed(world, plan).remaining.changes == ()
    assert world.picture() == undisturbed.picture()


def disabled_type() -> Reviewed:
    """A policy type that is disabled: its policies cannot be read any more, and something follows that is killed."""
    world = World()
    world.apply(
        org(
            ["A", "B"],
            {"one": "A"},
            {"p": deny("s3:x"), "t": {"tags": {}}, "u": {"tags": {}}},
            {"p": ["A"], "t": ["A", "/", "@one"], "u": ["B"]},
            types=("scp", "tag"),
            policy_types={"t": "tag", "u": "tag"},
        )
    )
    desired = org(["A", "B"], {"one": "B"}, {"p": deny("s3:x", "s3:y")}, {"p": ["A", "B"]})
    rules = PlannerSettings(policies=UnmanagedRules({"attachments": "delete"}, disabled_policy_types={"tag": None}))
    return Reviewed(world.state, desired, rules, types=("scp", "tag"))


def test_a_plan_that_disables_a_policy_type_is_continued() -> None:
    check(disabled_type(), 1)


def test_a_plan_that_disables_a_policy_type_and_deletes_its_policies_is_continued() -> None:
    case = disabled_type()
    policies = UnmanagedRules({"attachments": "delete", "policies": "delete"}, disabled_policy_types={"tag": None})
    case.rules = PlannerSettings(policies=policies)
    _, plan = case.begin()
    assert [each.action for each in plan.changes][-3:] == ["disable", "delete", "delete"]
    check(case, 1)


def test_a_policy_that_was_attached_before_its_type_is_disabled_is_named() -> None:
    case = disabled_type()
    world, plan = case.begin()
    assert plan.changes[-1].action == "disable"
    world.call("AttachPolicy", PolicyId=world.id_of("policy:u"), TargetId=world.id_of("root:/"))
    with pytest.raises(PlanRefused) as refused:
        resumed(world, plan)
    assert any(line.startswith("policy:u: targets changed") for line in refused.value.moved)
