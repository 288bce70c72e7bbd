"""Any organization, any spec: one apply makes the one of the other, safely at every call, and touches nothing else."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from reconciler.model.plan import Plan
from tests.faults.world import Watched, World
from tests.harness import steps
from tests.property.drafts import Draft, desired, drafts, edited, id_of, live
from tests.property.invariants import Observer

SHORT = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
LONG = settings(SHORT, derandomize=False, max_examples=3000)


def check(before: Draft, after: Draft) -> None:
    wanted = desired(after, before)
    world = World(state=live(before))
    observer = Observer(world.backend)
    untouched = unmanaged(world, before, after)
    plan = world.plan(wanted).plan
    note("\n".join(steps(plan)))
    world.reach(lambda api, clock: Watched(api, world.backend, observer))
    report = world.execute(plan)
    assert (report.failed, report.skipped) == ((), ())
    assert observer.broken == []
    assert observer.lost(exempt(plan)) == []
    world.reach()
    again = world.plan(wanted).plan
    assert steps(again) == []
    assert unmanaged(world, before, after) == untouched


def exempt(plan: Plan) -> list[str]:
    """The ids of the accounts for which the plan itself says that it opens a gap."""
    return [plan.ids[each.account] for each in plan.proof.gaps]


def unmanaged(world: World, before: Draft, after: Draft) -> dict[str, object]:
    """Everything that the spec does not declare and that no replaced OU takes along, as it is."""
    carried = {
        unit
        for unit in before.units
        for above in before.chain(unit)
        if above in after.units and after.units[above].parent != before.units[above].parent
    }
    state = world.state.by_address()
    backend = world.backend
    found: dict[str, object] = {}
    for number, member in before.members.items():
        if number not in after.members and member.parent not in carried:
            node = backend.nodes[id_of(number)]
            found[node.id] = (node.parent_id, node.tags, sorted(each.id for each in node.attached_policies))
    for number in before.policies.keys() - after.policies.keys():
        name = before.policies[number].name
        policy = next((each for each in backend.policies if each.name == name), None)
        found[name] = policy and (policy.id, policy.content)
    del state
    return found


@SHORT
@given(st.data())
def test_one_apply_converges_and_every_step_is_safe(data: st.DataObject) -> None:
    before = data.draw(drafts(), "before")
    check(before, data.draw(edited(before), "after"))


@pytest.mark.nightly
@LONG
@given(st.data())
def test_one_apply_converges_and_every_step_is_safe_at_length(data: st.DataObject) -> None:
    before = data.draw(drafts(), "before")
    check(before, data.draw(edited(before), "after"))
