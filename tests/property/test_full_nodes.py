"""Organizations whose nodes are full: one to three policies a node, Denies that change places between policies and
nodes, accounts and OUs that move at the same time. Every pair gets a plan, in few rounds, and with a gap or a refusal
only where the plan says so."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from reconciler.applying.executor import dry_run
from reconciler.aws.operations import OPERATIONS
from reconciler.planning.planner import PlannerSettings, PlanRequest, plan
from reconciler.planning.search import MOST_STATES
from tests.faults.injecting import Refusing
from tests.harness import BY_KIND, RULES, steps
from tests.property import edits
from tests.property.drafts import Draft, Guardrail
from tests.property.invariants import Observer
from tests.property.test_convergence import LONG, SHORT, TIDY, Case, check_killed, exposed

TRADES = (
    edits.swap, edits.swap, edits.trade, edits.trade, edits.trade, edits.hoist, edits.rewrite, edits.change_policy,
    edits.move_member, edits.move_unit, edits.rename_policy, edits.forget_policy, edits.attach, edits.detach,
    edits.change_allow_list, edits.forget_unit, edits.exchange_names,
)  # fmt: skip
ROUNDS = 12
"""Rounds of the planner for each wanted or temporary change: nothing is offered again and again."""


class FullCase(Case):
    """A pair, on nodes with the quotas of the draft."""

    def observer(self, world: Any) -> Observer:
        quotas = {"SERVICE_CONTROL_POLICY": self.before.full["scp"], "RESOURCE_CONTROL_POLICY": self.before.full["rcp"]}
        return Observer(world.backend, quotas)


@st.composite
def full_cases(draw: st.DrawFn) -> FullCase:
    before = Draft(full={"scp": draw(st.integers(1, 3)), "rcp": draw(st.integers(1, 3))})
    for _ in range(draw(st.integers(1, 4))):
        edits.add_unit(draw, before)
    for _ in range(draw(st.integers(1, 4))):
        edits.add_member(draw, before)
    before.policies[before.number()] = Guardrail("allow", ())
    for _ in range(draw(st.integers(1, 4))):
        edits.add_policy(draw, before)
    for _ in range(draw(st.integers(2, 12))):
        edits.attach(draw, before)
    after = before.copy()
    for edit in draw(st.lists(st.sampled_from(TRADES), min_size=2, max_size=12)):
        edit(draw, after)
    policies = draw(st.sampled_from([RULES, TIDY])).policies
    return FullCase(before, after, PlannerSettings(policies=policies, quotas=dict(before.full)))


def check(case: FullCase, data: st.DataObject) -> None:
    world, _ = case.world()
    live, rounds = world.live(), 0

    def count() -> None:
        nonlocal rounds
        rounds += 1

    found = plan(case.wanted, live, case.rules, PlanRequest(), count).plan
    note(json.dumps(steps(found), indent=1))
    assert rounds <= ROUNDS * (len(found.changes) + 1) + MOST_STATES
    if found.proof.refused:
        (refused,) = (each for each in found.guards.violations if each.guard == "refused")
        assert refused.allow is None
        return
    observer = case.observer(world)
    case.exempt |= {exposed(each.account) for each in found.proof.gaps}
    case.converges(world, observer)
    writes = [each.operation for each in dry_run(found, BY_KIND) if OPERATIONS[each.operation].writes]
    assert [operation for operation, _ in observer.history[1:]] == writes
    assert observer.broken == []
    assert observer.lost(case.exempt) == []
    check_refused(case, data.draw(st.integers(0, 25), "write"), observer)
    check_killed(case, data)


def check_refused(case: FullCase, at: int, whole: Observer) -> None:
    """One write is refused: what goes on takes no Deny away that the whole plan keeps."""
    world, _ = case.world()
    observer = case.observer(world)
    found = case.disturbed(world, observer, lambda api, clock: Refusing(api, at))
    report = world.execute(found)
    assert len(report.failed) <= 1, "the rest is done, or skipped because of it"
    assert {each.because for each in report.skipped} <= {each.address for each in report.failed}
    assert observer.broken == []
    assert observer.lost(case.exempt, whole.history[-1][1]) == []


@settings(SHORT, max_examples=60)
@given(full_cases(), st.data())
def test_full_nodes_get_a_plan_in_few_rounds_and_every_step_of_it_is_safe(case: FullCase, data: st.DataObject) -> None:
    check(case, data)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@LONG
@given(full_cases(), st.data())
def test_any_organization_with_full_nodes(case: FullCase, data: st.DataObject) -> None:
    check(case, data)
