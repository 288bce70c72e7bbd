"""Whatever the organization and the plan: killed or refused at any call, the plan is continued to the end that it would
have had, no account loses a Deny on the way that the plan keeps, and somebody who changes something is noticed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

from reconciler.errors import PlanRefused
from reconciler.mock.statefile import StateFile
from reconciler.model import address as addresses
from reconciler.model.document import minified
from reconciler.model.plan import Plan
from tests.building import deny
from tests.faults.injecting import Killed, Killing, Refusing, When
from tests.faults.test_resuming import resumed, reviewed_plan
from tests.faults.world import Layer, Watched, World
from tests.harness import steps
from tests.property.drafts import ROOT
from tests.property.invariants import Denies, Observer, denies
from tests.property.test_convergence import LONG, SHORT, Case, cases, exposed
from tests.property.test_full_nodes import full_cases


def begun(case: Case) -> tuple[StateFile, World, Plan]:
    world, _ = case.world()
    plan = reviewed_plan(world, case.wanted, case.rules)
    note("\n".join(steps(plan)))
    return world.state, world, plan


def killing(api: Any, at: int, when: When) -> Killing:
    found = Killing(api, at, when)
    found.armed = True
    return found


def ended(state: StateFile, plan: Plan) -> tuple[str, int, Denies]:
    """The organization after an undisturbed run, how many calls that made, and what each account is denied."""
    made: list[Killing] = []

    def layer(api: Any, clock: Any) -> Killing:
        made.append(killing(api, -1, "before"))
        return made[0]

    world = World(state=state)
    world.reach(layer)
    report = world.execute(plan)
    assert (report.failed, report.skipped) == ((), ())
    return world.picture(), len(made[0].made), denies(world.backend)


def watching(world: World, observer: Observer, layer: Layer = lambda api, clock: api) -> None:
    """Begins a run of which every write is watched, behind a layer of faults."""
    world.reach(lambda api, clock: layer(Watched(api, world.backend, observer), clock))


def is_continued(world: World, plan: Plan, picture: str, observer: Observer, last: Denies) -> None:
    """The rest is done, and both runs together take no Deny away that the whole plan keeps."""
    watching(world, observer)
    report = world.execute(resumed(world, plan).remaining)
    assert (report.failed, report.skipped) == ((), ())
    left = resumed(world, plan)
    assert left.remaining.changes == ()
    assert len(left.done) == len(plan.changes)
    exempt = {exposed(each.account) for each in plan.proof.gaps}
    assert (observer.broken, observer.lost(exempt, last)) == ([], [])
    assert world.picture() == picture


def observing(case: Case, world: World) -> Observer:
    full = case.before.full
    return Observer(world.backend, {"SERVICE_CONTROL_POLICY": full["scp"], "RESOURCE_CONTROL_POLICY": full["rcp"]})


def check_killed(case: Case, share: float, when: When) -> None:
    state, world, plan = begun(case)
    assume(plan.changes and not plan.proof.refused)
    picture, calls, last = ended(state, plan)
    observer = observing(case, world)
    watching(world, observer, lambda api, clock: killing(api, int(share * calls), when))
    with pytest.raises(Killed):
        world.execute(plan)
    is_continued(world, plan, picture, observer, last)


def check_refused(case: Case, at: int) -> None:
    state, world, plan = begun(case)
    assume(not plan.proof.refused)
    picture, _, last = ended(state, plan)
    observer = observing(case, world)
    watching(world, observer, lambda api, clock: Refusing(api, at))
    world.execute(plan)
    is_continued(world, plan, picture, observer, last)


FEW = settings(SHORT, max_examples=12)
any_cases = st.one_of(cases(), full_cases())
shares = st.floats(0, 0.999)
whens = st.sampled_from(["before", "after"])


@FEW
@given(any_cases, shares, whens)
def test_a_plan_that_was_killed_at_any_call_is_continued(case: Case, share: float, when: When) -> None:
    check_killed(case, share, when)


@FEW
@given(any_cases, st.integers(0, 12))
def test_a_plan_of_which_a_call_was_denied_is_continued(case: Case, at: int) -> None:
    check_refused(case, at)


@pytest.mark.nightly
@LONG
@given(any_cases, shares, whens)
def test_a_plan_that_was_killed_at_any_call_is_continued_at_night(case: Case, share: float, when: When) -> None:
    check_killed(case, share, when)


@pytest.mark.nightly
@LONG
@given(any_cases, st.integers(0, 12))
def test_a_plan_of_which_a_call_was_denied_is_continued_at_night(case: Case, at: int) -> None:
    check_refused(case, at)


@FEW
@given(cases(), shares, whens)
def test_what_somebody_else_attaches_on_the_way_is_named(case: Case, share: float, when: When) -> None:
    state, world, plan = begun(case)
    assume(any(each.address == addresses.ROOT for each in plan.preconditions))
    assume(case.before.room(ROOT) > 0 and case.after.room(ROOT) > 0)
    _, calls, _ = ended(state, plan)
    world.reach(lambda api, clock: killing(api, int(share * calls), when))
    with pytest.raises(Killed):
        world.execute(plan)
    world.reach()
    root = world.id_of(addresses.ROOT)
    made = world.call(
        "CreatePolicy", Name="late", Description="", Type="SERVICE_CONTROL_POLICY", Content=minified(deny("x:y"))
    )
    world.call("AttachPolicy", PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=root)
    with pytest.raises(PlanRefused) as refused:
        resumed(world, plan)
    assert any(line.startswith("root:/: attached changed") for line in refused.value.moved)
