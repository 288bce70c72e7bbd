"""Every pair of organizations gets a plan: in few rounds, with a gap where no order exists, and within its time."""

from __future__ import annotations

import pytest

from reconciler.errors import PlanningTimeout
from reconciler.kinds.base import UnmanagedRules
from reconciler.mock.clock import VirtualClock
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan
from reconciler.planning import planner
from reconciler.planning.planner import PlannerSettings, PlanRequest
from reconciler.use_cases.connection import Connection
from tests.building import deny, org
from tests.harness import Organization, steps

ONE, OTHER = deny("s3:X0"), deny("s3:X1")


def planned(before: Inventory, after: Inventory, quota: int) -> Plan:
    """The plan from one to the other, made in few rounds; applying it leaves nothing to do."""
    organization, rounds = Organization(), 0
    organization.apply(before)
    rules = PlannerSettings(policies=UnmanagedRules({"attachments": "delete"}), quotas={"scp": quota})

    def count() -> None:
        nonlocal rounds
        rounds += 1
        assert rounds < 500

    plan = planner.plan(after, organization.live(), rules, PlanRequest(), count).plan
    report = organization.execute(plan)
    assert (report.failed, report.skipped) == ((), ())
    assert organization.plan(after, rules).plan.changes == ()
    return plan


def swapped(accounts: dict[str, str], **attached: list[str]) -> tuple[Inventory, Inventory]:
    """Two policies exchange what they deny, and A gets the one in the place of the other."""
    return (
        org(["A"], accounts, {"p": ONE, "q": OTHER, **more(attached)}, {"p": ["A"], **attached}),
        org(["A"], accounts, {"p": OTHER, "q": ONE, **more(attached)}, {"q": ["A"], **attached}),
    )


def more(attached: dict[str, list[str]]) -> dict[str, object]:
    return {key: deny(f"ec2:{key}") for key in attached}


def test_a_full_node_whose_policies_exchange_their_denies_gets_a_plan() -> None:
    plan = planned(*swapped({"a": "A"}), quota=2)
    assert plan.proof.gaps == ()
    assert steps(plan) == [
        "update policy:q",
        "attach attachment:p@account:a",
        "detach attachment:p@A",
        "attach attachment:q@A",
        "update policy:p",
        "detach attachment:p@account:a",
    ]


def test_where_no_order_exists_the_plan_has_a_gap_and_no_useless_temporary_change() -> None:
    """The account is full as well, so nothing can keep the Deny."""
    plan = planned(*swapped({"a": "A"}, r=["@a"]), quota=2)
    assert [gap.account for gap in plan.proof.gaps] == ["account:a"]
    assert not any(each.temporary for each in plan.changes)
    assert [each.allow for each in plan.guards.violations] == ["--allow GAP=1"]


def test_an_order_that_only_a_search_finds_is_found() -> None:
    """The last one to be attached makes room for itself only while another policy still denies the same."""
    before = org(
        [], {"a": "/"}, {"up": deny("s3:a"), "old": deny("s3:a"), "x": deny("ec2:a")}, {"up": ["/"], "old": ["@a"]}
    )
    after = org(
        [], {"a": "/"}, {"up": deny("kms:a"), "new": deny("s3:a"), "x": deny("ec2:a")}, {"up": ["/"], "new": ["@a"]}
    )
    plan = planned(before, after, quota=2)
    assert plan.proof.gaps == ()
    assert not any(each.temporary for each in plan.changes)
    assert steps(plan) == [
        "create policy:new",
        "detach attachment:old@account:a",
        "attach attachment:new@account:a",
        "update policy:up",
    ]


def test_what_a_policy_carries_for_a_while_does_not_undo_its_own_change() -> None:
    """The policy that carries the Deny gets another document in the same plan: in the end it has that one."""
    before = org([], {"a": "/"}, {"old": ONE, "keep": deny("ec2:a")}, {"old": ["@a"], "keep": ["@a"]})
    after = org([], {"a": "/"}, {"new": ONE, "keep": deny("ec2:a", "ec2:b")}, {"new": ["@a"], "keep": ["@a"]})
    plan = planned(before, after, quota=3)
    assert plan.proof.gaps == ()


def test_nothing_undeclared_is_changed_temporarily() -> None:
    """An undeclared account is below the full node: an interrupted run would leave the attachment behind."""
    before, after = swapped({"a": "A"})
    undeclared = after.with_resources(
        each for each in after.resources if "account:a" not in (each.address, getattr(each, "target", ""))
    )
    organization = Organization()
    organization.apply(before)
    rules = PlannerSettings(policies=UnmanagedRules({"attachments": "delete"}), quotas={"scp": 2})
    plan = organization.plan(undeclared, rules).plan
    assert not any(each.temporary for each in plan.changes)
    assert len(plan.proof.gaps) == 1


def test_planning_ends_with_the_time_of_the_run() -> None:
    def over() -> None:
        raise PlanningTimeout("over")

    live = Organization().live()
    with pytest.raises(PlanningTimeout):
        planner.plan(org(["A"]), live, PlannerSettings(), PlanRequest(), over)


def test_a_connection_knows_when_its_time_is_over() -> None:
    clock = VirtualClock()
    connection = Connection(None, None, None, clock, deadline=10.0)
    connection.check_time()
    clock.sleep(10.0)
    with pytest.raises(PlanningTimeout, match="before the plan was made") as found:
        connection.check_time()
    assert (found.value.exit_code, found.value.reason) == (1, "timeout")
    assert "--timeout SECONDS" in str(found.value.help)
    with pytest.raises(PlanningTimeout):
        Connection(None, None, None, VirtualClock(), ends=0.0).check_time()
