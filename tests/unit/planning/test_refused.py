"""What the service would refuse is found before the first write, and nothing lets it pass."""

from __future__ import annotations

import pytest

from reconciler.kinds.base import UnmanagedRules
from reconciler.model.plan import Plan
from reconciler.planning.guards import GuardOverrides
from reconciler.planning.planner import PlannerSettings
from tests.building import ALLOW_ALL, deny, org
from tests.harness import RULES, Organization, steps

DENY = deny("s3:*")
EVERYTHING = UnmanagedRules({"attachments": "delete", "organizational_units": "delete", "policies": "delete"})


def refusal(plan: Plan) -> str:
    (found,) = plan.guards.violations
    assert (found.guard, found.allow) == ("refused", None)
    assert found.addresses == plan.proof.refused
    assert plan.guards.blocked
    assert [each.code for each in plan.warnings if each.code != "W533"] == ["W510"] * len(plan.proof.refused)
    return found.message


def test_more_attachments_than_the_quota_block_the_plan() -> None:
    desired = org(["A"], {}, {"p": DENY, "q": deny("ec2:*")}, {"p": ["A"], "q": ["A"]})
    rules = PlannerSettings(policies=RULES.policies, quotas={"scp": 2})
    plan = Organization().plan(desired, rules, allowed=GuardOverrides({"refused": 9}, close=True)).plan
    assert refusal(plan) == ("the service would refuse 1 change: ou:A would have 3 SCPs attached, the quota is 2")
    assert len(plan.changes) == 5, "the plan is shown all the same"


def test_the_last_scp_of_a_full_node_cannot_be_exchanged() -> None:
    desired = org(["A"], {}, {"allow": ALLOW_ALL}, {"allow": ["A"]}, no_full_access=["A"])
    plan = Organization().plan(desired, PlannerSettings(policies=RULES.policies, quotas={"scp": 1})).plan
    assert "quota is 1" in refusal(plan)


def test_a_name_that_something_undeclared_keeps() -> None:
    organization = Organization()
    organization.apply(org(["A", "B"], {}, {"x": DENY, "y": DENY}))
    renamed = org(["C", "B"], {}, {"z": DENY}, previously={"C": ["A"], "policy:z": ["x"]})
    assert organization.plan(renamed).plan.guards.violations == ()
    organization.call("CreateOrganizationalUnit", ParentId=organization.id_of("root:/"), Name="C")
    assert organization.plan(org(["C"], previously={"C": ["A"]})).plan.guards.violations == ()


CHAIN = ["A", "A/B", "A/B/C", "A/B/C/D", "A/B/C/D/E"]


def test_an_ou_below_the_fifth_level() -> None:
    plan = Organization().plan(org([*CHAIN, "A/B/C/D/E/F"])).plan
    assert refusal(plan) == (
        "the service would refuse 1 change: ou:A/B/C/D/E/F would be on level 6 below the root, 5 are possible"
    )
    assert Organization().plan(org(CHAIN)).plan.guards.violations == ()


@pytest.mark.parametrize("declared", [True, False])
def test_what_is_in_an_ou_that_is_replaced_at_a_deeper_place(declared: bool) -> None:
    """The inner OU would be on level six, whether the spec declares it or it is carried over."""
    organization = Organization()
    organization.apply(org([*CHAIN[:4], "X", "X/Y"], {"a": "X/Y"}))
    inner = ["A/B/C/D/X/Y"] if declared else []
    accounts = {"a": inner[0]} if declared else {}
    desired = org([*CHAIN[:4], "A/B/C/D/X", *inner], accounts, previously={"A/B/C/D/X": ["X"]})
    assert "ou:A/B/C/D/X/Y would be on level 6" in refusal(organization.plan(desired).plan)


@pytest.mark.parametrize(("kind", "most", "fits"), [
    ("organizational_unit", 2, True), ("organizational_unit", 1, False), ("account", 2, True), ("account", 1, False),
])  # fmt: skip
def test_more_ous_or_accounts_than_the_quota(kind: str, most: int, fits: bool) -> None:
    desired = org(["A", "B"], {"a": "A"})
    plan = Organization().plan(desired, PlannerSettings(policies=RULES.policies, most={kind: most})).plan
    if fits:
        assert plan.guards.violations == ()
    else:
        assert "2, the quota is 1" in refusal(plan).replace("OUs", "2").replace("accounts", "2").replace("2 2", "2")


def test_an_ou_is_deleted_before_another_one_takes_its_room() -> None:
    organization = Organization()
    organization.apply(org(["A"]))
    plan = organization.plan(org(["B"]), PlannerSettings(policies=EVERYTHING, most={"organizational_unit": 1})).plan
    assert steps(plan) == ["delete ou:A", "create ou:B"]


def test_a_policy_is_deleted_after_its_type_was_disabled() -> None:
    """Disabling a type takes its policies off everything; before that they cannot be deleted."""
    organization = Organization()
    organization.apply(
        org(["A"], {}, {"t": {"tags": {}}}, {"t": ["A"]}, types=("scp", "tag"), policy_types={"t": "tag"})
    )
    rules = PlannerSettings(policies=UnmanagedRules(EVERYTHING.unmanaged, disabled_policy_types={"tag": None}))
    plan = organization.apply(org(["A"]), rules)
    assert steps(plan) == ["disable policy_type:tag", "delete policy:t"]
    assert plan.changes[-1].depends_on == ("policy_type:tag",)
