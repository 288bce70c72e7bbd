"""What is undeclared in a replaced OU: it comes along, unless it is deleted anyway; one apply does all of it."""

from __future__ import annotations

from reconciler.kinds.base import UnmanagedRules
from reconciler.planning.planner import PlannerSettings
from tests.building import deny, org
from tests.harness import Organization, steps

DELETING = PlannerSettings(policies=UnmanagedRules({"attachments": "delete", "organizational_units": "delete"}))
MOVED = {"New/X": ["X"]}


def live_units(organization: Organization) -> list[str]:
    return sorted(each.address for each in organization.live().resources if each.kind == "organizational_unit")


def test_undeclared_ous_that_are_deleted_do_not_come_along() -> None:
    organization = Organization()
    organization.apply(org(["New", "X", "X/Y", "X/Y/Z"], {"a": "X/Y"}, {"p": deny("s3:*")}, {"p": ["X/Y"]}))
    desired = org(["New", "New/X"], {"a": "New/X"}, {"p": deny("s3:*")}, {"p": ["New/X"]}, previously=MOVED)
    plan = organization.apply(desired, DELETING)
    assert steps(plan) == [
        "replace ou:New/X",
        "attach attachment:p@New/X",
        "move account:a",
        "delete ou:X/Y/Z",
        "delete ou:X/Y",
        "delete ou:X",
    ]
    assert [each.reason for each in plan.changes][-3:] == ["not_declared", "not_declared", "replaced"]
    assert live_units(organization) == ["ou:New", "ou:New/X"]
    assert organization.plan(desired, DELETING).plan.changes == ()


def test_an_undeclared_ou_that_holds_an_undeclared_account_comes_along() -> None:
    organization = Organization()
    organization.apply(org(["New", "X", "X/Y", "X/Y/Z", "X/Empty"], {"a": "X/Y/Z"}))
    desired = org(["New", "New/X"], previously=MOVED)
    organization.apply(desired, DELETING)
    assert live_units(organization) == ["ou:New", "ou:New/X", "ou:New/X/Y", "ou:New/X/Y/Z"]
    again = organization.plan(desired, DELETING).plan
    assert again.changes == ()
    assert {each.code for each in again.warnings} == {"W501"}
