"""What AWS Control Tower owns is left as it is."""

from __future__ import annotations

import pytest

from reconciler.kinds.base import UnmanagedRules
from reconciler.kinds.trusted_access import TrustedAccess
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.plan import Plan
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType, Resource, Root
from reconciler.model.scope import Scope
from reconciler.planning.guards import GuardOverrides
from reconciler.planning.planner import PlannerSettings, PlanRequest, plan

ROOT = Root(address="root:/", id="r-1")
MAIN = Account(address="account:main", id="999900001111", name="main", parent="root:/")
SHOP = Account(address="account:shop", id="111122223333", name="shop", parent="ou:Workloads")
UNIT = OrganizationalUnit(address="ou:Workloads", id="ou-1", name="Workloads", parent="root:/")
OTHER = OrganizationalUnit(address="ou:Other", id="ou-2", name="Other", parent="root:/")
SCP = PolicyType(address="policy_type:scp", type="scp")
GUARDRAIL = Policy(address="policy:aws-guardrails-a", id="p-1", name="aws-guardrails-a", type="scp", content={})
GOVERNED = Attachment(address="attachment:g", policy="policy:aws-guardrails-a", target="ou:Workloads")
LIVE: tuple[Resource, ...] = (ROOT, MAIN, SHOP, UNIT, OTHER, SCP, GUARDRAIL, GOVERNED)


def access(name: str) -> TrustedAccess:
    return TrustedAccess(address=f"trusted_access:{name}.amazonaws.com", principal=f"{name}.amazonaws.com")


def planned(desired: tuple[Resource, ...], live: tuple[Resource, ...] = LIVE, allowed: int | None = None) -> Plan:
    about = Organization(id="o-1", management_account_id="999900001111")
    scope = Scope(policy_types=("scp",), parts=("trusted_access",))
    settings = PlannerSettings(
        policies=UnmanagedRules({"organizational_units": "delete", "trusted_access": "delete"}, {"scp": None}),
        ignore={"policies": ("aws-guardrails-*",)},
    )
    numbers = {} if allowed is None else {"control_tower": allowed}
    return plan(
        Inventory(organization=about, scope=scope, resources=desired),
        Inventory(organization=about, scope=scope, resources=live),
        settings,
        PlanRequest(allowed=GuardOverrides(numbers)),
    ).plan


def blocked(found: Plan) -> list[str]:
    return [address for each in found.guards.violations if each.guard == "control_tower" for address in each.addresses]


RENAMED = UNIT.model_copy(update={"address": "ou:W", "name": "W", "id": None, "previously": ("ou:Workloads",)})
KEPT: tuple[Resource, ...] = (ROOT, MAIN, OTHER, SCP)


def test_a_governed_ou_keeps_its_name() -> None:
    shop = SHOP.model_copy(update={"parent": "ou:W"})
    assert blocked(planned((*KEPT, RENAMED, shop))) == ["ou:W"]
    assert blocked(planned((*KEPT, RENAMED, shop), allowed=1)) == []


def test_another_ou_may_be_renamed() -> None:
    renamed = OTHER.model_copy(update={"address": "ou:O", "name": "O", "id": None, "previously": ("ou:Other",)})
    assert blocked(planned((ROOT, MAIN, SCP, UNIT, SHOP, renamed))) == []


@pytest.mark.parametrize("service", ["controltower", "config", "sso", "cloudtrail"])
def test_its_services_stay_enabled(service: str) -> None:
    found = planned((*KEPT, UNIT, SHOP), (*LIVE, access(service)))
    assert blocked(found) == [f"trusted_access:{service}.amazonaws.com"]


def test_other_services_and_organizations_without_it_are_free() -> None:
    assert blocked(planned((*KEPT, UNIT, SHOP), (*LIVE, access("ram")))) == []
    assert blocked(planned((*KEPT, UNIT, SHOP), (*KEPT, UNIT, SHOP, access("config")))) == []


def test_it_is_recognised_by_its_trusted_access_alone() -> None:
    live = (*KEPT, UNIT, SHOP, access("controltower"), access("config"))
    assert blocked(planned((*KEPT, UNIT, SHOP, access("controltower")), live)) == [
        "trusted_access:config.amazonaws.com"
    ]


def test_the_type_of_its_policies_stays_enabled() -> None:
    assert blocked(planned((ROOT, MAIN, OTHER, UNIT, SHOP))) == ["policy_type:scp"]


def test_its_policies_are_never_touched() -> None:
    found = planned((*KEPT, UNIT, SHOP))
    assert [each for each in found.changes if "aws-guardrails" in each.address] == []


@pytest.mark.parametrize("target", ["ou:Other", "root:/"])
def test_an_account_that_leaves_a_governed_ou_is_drift_there(target: str) -> None:
    found = planned((*KEPT, UNIT, SHOP.model_copy(update={"parent": target})))
    (warning,) = (each for each in found.warnings if each.code == "W556")
    assert warning.address == "account:shop"
    assert blocked(found) == []


def test_an_account_that_moves_elsewhere_is_not() -> None:
    live = (*(each for each in LIVE if each is not SHOP), SHOP.model_copy(update={"parent": "ou:Other"}))
    found = planned((*KEPT, UNIT, SHOP.model_copy(update={"parent": "root:/"})), live)
    assert [each for each in found.warnings if each.code == "W556"] == []
