"""Temporary changes are undone before what they were made on is gone, and applying a plan makes the calls of its dry
run, in their order."""

from __future__ import annotations

import pytest

from reconciler.applying.executor import dry_run
from reconciler.aws.operations import OPERATIONS
from reconciler.kinds.base import UnmanagedRules
from reconciler.model.inventory import Inventory
from reconciler.planning.planner import PlannerSettings
from tests.building import deny, org
from tests.harness import BY_KIND, Organization, Watching, steps

DELETING = UnmanagedRules({"attachments": "delete", "policies": "delete", "organizational_units": "delete"})
EIGHT = {f"p{number}": deny(f"ec2:Get{number}") for number in range(8)}


def full(last: str, *more: str) -> Inventory:
    """W and what is in it, with nine SCPs on W of which the last denies S3."""
    policies = EIGHT | {last: deny("s3:*")}
    return org(["W", *more], {"a": more[0] if more else "W"}, policies, {key: ["W"] for key in policies})


def apply_as_shown(before: Inventory, after: Inventory, rules: PlannerSettings) -> list[str]:
    organization = Organization()
    organization.apply(before)
    plan = organization.plan(after, rules).plan
    shown = [each for each in dry_run(plan, BY_KIND) if OPERATIONS[each.operation].writes]
    made: list[str] = []
    organization.counting._api = Watching(organization.mock, lambda operation, params: made.append(operation))
    report = organization.execute(plan)
    assert (report.failed, report.skipped) == ((), ())
    assert made == [each.operation for each in shown]
    assert organization.plan(after, rules).plan.changes == ()
    return steps(plan)


def test_a_policy_is_deleted_after_its_temporary_attachments_are_gone() -> None:
    assert apply_as_shown(full("old"), full("new"), PlannerSettings(policies=DELETING)) == [
        "create policy:new",
        "attach attachment:old@account:a",
        "detach attachment:old@W",
        "attach attachment:new@W",
        "detach attachment:old@account:a",
        "delete policy:old",
    ]


def test_a_policy_is_deleted_only_if_its_temporary_attachments_are_gone() -> None:
    organization = Organization()
    organization.apply(full("old"))
    plan = organization.plan(full("new"), PlannerSettings(policies=DELETING)).plan
    deleting = next(each for each in plan.changes if each.action == "delete")
    assert set(deleting.depends_on) == {"attachment:old@W", "attachment:old@account:a"}


@pytest.mark.parametrize("order", [("P",), ("P", "Q")])
def test_temporary_attachments_below_a_full_node(order: tuple[str, ...]) -> None:
    inside = [f"W/{each}" for each in order]
    found = apply_as_shown(full("old", *inside), full("new", *inside), PlannerSettings(policies=DELETING))
    assert found[-1] == "delete policy:old"
    assert "attach attachment:old@W/P" in found
    assert "attach attachment:old@W/Q" not in found, "no account there needs it"
