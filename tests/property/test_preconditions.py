"""A saved plan holds as long as nothing changes: whatever the organization, whatever the plan."""

from __future__ import annotations

import pytest
from hypothesis import given, note

from reconciler.applying.naming import plan_addresses
from reconciler.kinds.comparing import readdressed
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan
from reconciler.planning import planner
from reconciler.planning.preconditions import preconditions, violated
from reconciler.planning.simulation import Simulation
from tests.harness import steps
from tests.property.test_convergence import LONG, SHORT, Case, cases


def lines(plan: Plan, live: Inventory) -> list[str]:
    """What does not hold, for a process that has the plan and the organization, and nothing else."""
    live = readdressed(live, plan_addresses(plan, live))
    before = Simulation(live.resources, {})
    after = before.copy()
    for change in plan.changes:
        after.step(change)
    return violated(plan.preconditions, preconditions(plan.changes, before, after, plan.scope.ignored_tags))


def check(case: Case) -> None:
    world, _ = case.world()
    plan = planner.plan(case.wanted, world.live(), case.rules, planner.PlanRequest()).plan
    note("\n".join(steps(plan)))
    assert lines(plan, world.live()) == []


@SHORT
@given(cases())
def test_a_plan_holds_right_after_it_was_made(case: Case) -> None:
    check(case)


@pytest.mark.nightly
@LONG
@given(cases())
def test_a_plan_holds_right_after_it_was_made_at_night(case: Case) -> None:
    check(case)
