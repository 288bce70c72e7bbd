"""Any organization, any spec: one apply makes the one of the other, safely at every call, and touches nothing else;
killed or refused at any call it leaves no account without a Deny that it is to keep, and the next apply goes on."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from reconciler.kinds.base import UnmanagedRules
from reconciler.model.address import Address, local
from reconciler.model.api import Api
from reconciler.model.clock import Clock
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan
from reconciler.planning.planner import PlannerSettings
from tests.faults.injecting import Killed, Killing, Refusing, When
from tests.faults.world import Layer, Watched, World
from tests.harness import RULES, steps
from tests.property.drafts import Draft, desired, id_of, live
from tests.property.edits import drafts, edited
from tests.property.invariants import Observer

SHORT = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
LONG = settings(SHORT, max_examples=3000)


class Case:
    """One pair of organizations: what is live, what is wanted, and what becomes of what is not declared."""

    def __init__(self, before: Draft, after: Draft, rules: PlannerSettings) -> None:
        self.before = before
        self.rules = rules
        self.after = after
        self.wanted: Inventory = desired(after, before)
        self.exempt: set[str] = set()

    def world(self) -> tuple[World, Observer]:
        world = World(state=live(self.before))
        ids = {each.address: str(each.id) for each in world.state.resources}
        self.ids = {unit: ids[self.before.address(unit)] for unit in self.before.units}
        return world, Observer(world.backend)

    def plan(self, world: World) -> Plan:
        plan = world.plan(self.wanted, self.rules).plan
        note("\n".join(steps(plan)))
        self.exempt |= {exposed(each.account) for each in plan.proof.gaps}
        return plan

    def converges(self, world: World, observer: Observer) -> None:
        """One apply, and there is nothing left to do."""
        plan = self.plan(world)
        world.reach(lambda api, clock: Watched(api, world.backend, observer))
        report = world.execute(plan)
        assert (report.failed, report.skipped) == ((), ())
        world.reach()
        assert steps(world.plan(self.wanted, self.rules).plan) == []

    def disturbed(self, world: World, observer: Observer, layer: Layer) -> Plan:
        plan = self.plan(world)
        world.reach(lambda api, clock: layer(Watched(api, world.backend, observer), clock))
        return plan


def exposed(account: Address) -> str:
    """The id of an account with a gap, which is named by its key, or by its id where it is not declared."""
    name = local(account)
    return id_of(int(name[1:])) if name.startswith("a") else name


TIDY = PlannerSettings(
    policies=UnmanagedRules({"attachments": "delete", "organizational_units": "delete", "policies": "delete"})
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    before = draw(drafts())
    return Case(before, draw(edited(before)), draw(st.sampled_from([RULES, RULES, TIDY])))


def unmanaged(world: World, case: Case) -> dict[str, object]:
    """Everything that the spec does not declare and that no replaced OU takes along, as it is. Accounts are never
    touched, OUs and policies only where the spec says so."""
    before, after, nodes = case.before, case.after, world.backend.nodes
    moved = {each for each in before.units if each in after.units and _moved(before, after, each)}
    carried = {unit for unit in before.units if moved.intersection(before.chain(unit))}
    adopted = {before.path(each) for each in before.units} & {after.path(each) for each in after.units}
    left = [
        id_of(number)
        for number, member in before.members.items()
        if number not in after.members and member.parent not in carried
    ]
    if case.rules is RULES:
        left += [
            case.ids[number]
            for number in before.units.keys() - after.units.keys() - carried
            if before.path(number) not in adopted
        ]
    found: dict[str, object] = {
        id: (
            node.name,
            node.parent_id,
            dict(node.tags),
            sorted(each.id for each in node.attached_policies if not each.aws_managed),
        )
        for id in left
        if (node := nodes.get(id))
    }
    assert len(found) == len(left)
    taken = {each.name for each in after.policies.values()}
    for number in before.policies.keys() - after.policies.keys() if case.rules is RULES else ():
        name = before.policies[number].name
        if name in taken:
            continue
        found[name] = [(each.id, each.content) for each in world.backend.policies if each.name == name]
    return found


def _moved(before: Draft, after: Draft, unit: int) -> bool:
    return before.units[unit].parent != after.units[unit].parent


def check(case: Case) -> None:
    world, observer = case.world()
    untouched = unmanaged(world, case)
    case.converges(world, observer)
    assert observer.broken == []
    assert observer.lost(case.exempt) == []
    assert unmanaged(world, case) == untouched


def check_killed(case: Case, data: st.DataObject) -> None:
    """The Denies are followed through both runs, as one."""
    at = data.draw(st.integers(0, 25), "call")
    when: When = data.draw(st.sampled_from(["before", "after"]))
    world, observer = case.world()
    untouched = unmanaged(world, case)
    layer: list[Killing] = []

    def killing(api: Api, clock: Clock) -> Api:
        layer.append(Killing(api, at, when))
        return layer[0]

    plan = case.disturbed(world, observer, killing)
    layer[0].armed = True
    try:
        world.execute(plan)
    except Killed:
        note(f"killed {when} {layer[0].made[-1]}")
    world.reach()
    case.converges(world, observer)
    assert observer.broken == []
    assert observer.lost(case.exempt) == []
    assert unmanaged(world, case) == untouched
    assert max(world.requests().values(), default=0) <= 1


def check_refused(case: Case, data: st.DataObject) -> None:
    """What goes on after a change has failed weakens nothing: the Denies are those that the whole plan would keep."""
    at = data.draw(st.integers(0, 25), "write")
    world, whole = case.world()
    case.converges(world, whole)
    world, observer = case.world()
    plan = case.disturbed(world, observer, lambda api, clock: Refusing(api, at))
    report = world.execute(plan)
    assert len(report.failed) <= 1, "the rest is done, or skipped because of it"
    assert {each.because for each in report.skipped} <= {each.address for each in report.failed}
    assert observer.broken == []
    assert observer.lost(case.exempt, whole.history[-1][1]) == []
    world.reach()
    case.converges(world, observer)


@SHORT
@given(cases())
def test_one_apply_converges_and_every_step_is_safe(case: Case) -> None:
    check(case)


@settings(SHORT, max_examples=15)
@given(cases(), st.data())
def test_killed_at_any_call_the_next_apply_converges_and_no_deny_is_lost_between(
    case: Case, data: st.DataObject
) -> None:
    check_killed(case, data)


@settings(SHORT, max_examples=12)
@given(cases(), st.data())
def test_a_refused_call_stops_what_depends_on_it_and_no_deny_is_lost(case: Case, data: st.DataObject) -> None:
    check_refused(case, data)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@LONG
@given(cases(), st.data())
def test_any_apply_undisturbed_killed_and_refused(case: Case, data: st.DataObject) -> None:
    check(case)
    check_killed(case, data)
    check_refused(case, data)
