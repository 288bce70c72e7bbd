"""How access is read: with how many calls, and what the answer does not have."""

from __future__ import annotations

from math import ceil

import pytest

from reconciler.aws import reader
from reconciler.aws.layers import Checked, ReadOnly
from reconciler.aws.operations import OPERATIONS
from reconciler.errors import ReconcilerError
from reconciler.kinds.identity_center import reading
from reconciler.kinds.identity_center.resources import BY_PRINCIPAL, Assignment, PermissionSet, by_pair
from reconciler.model.inventory import Inventory
from reconciler.model.scope import Scope
from tests.access import MANAGEMENT, LargeOrganization


@pytest.fixture(autouse=True)
def many_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is small enough to be read by pair where reading by principal would do."""
    monkeypatch.setattr(reading, "_FEW_PAIRS", 0)


PARTS = ("identity_center/eu-west-1", "permission_sets", BY_PRINCIPAL)


def read(organization: LargeOrganization, *parts: str) -> Inventory:
    scope = Scope(policy_types=(), tags=False, parts=tuple(sorted(parts or PARTS)))
    return reader.read(Checked(ReadOnly(organization)), scope)


def calls(organization: LargeOrganization, *services: str) -> int:
    return sum(number for name, number in organization.calls.items() if name.partition(":")[0] in services)


def of_sets(sets: int, accounts: int) -> int:
    """Calls for the permission sets: their list, seven for each, and one for each hundred accounts that have it."""
    return ceil(sets / 100) + 7 * sets + sets * ceil(accounts / 100)


def test_by_principal_it_takes_the_calls_of_the_formula() -> None:
    organization = LargeOrganization(1_000, 20, 60)
    found = read(organization)
    of_groups = 60 * ceil(999 / 100)
    assert calls(organization, "sso") == 1 + of_sets(20, 999) + of_groups
    assert calls(organization, "identitystore") == 1
    assert sum(1 for _ in found.of(Assignment)) == 60 * 999
    assert not any(each.account_id == MANAGEMENT for each in found.of(Assignment))
    assert found.scope.has_part(BY_PRINCIPAL)
    assert not found.scope.has_part("assignments")


def test_by_pair_it_takes_a_call_for_each_pair_and_misses_nothing() -> None:
    organization = LargeOrganization(40, 5, 10, hidden=[(2, 7)])
    found = read(organization, "identity_center/eu-west-1", "permission_sets", "assignments")
    assert calls(organization, "sso") == 1 + of_sets(5, 39) + 5 * 39
    gone = [each for each in found.of(Assignment) if each.principal == "group:deleted-group"]
    assert [(each.permission_set, each.account_id) for each in gone] == [
        ("permission_set:Set02", organization.accounts[7])
    ]


def test_a_pair_that_no_principal_explains_is_read_by_pair() -> None:
    """With six groups for seven sets, nobody explains why accounts have the last one."""
    organization = LargeOrganization(12, 7, 6, hidden=[(6, 3)])
    found = read(organization)
    assert organization.calls["sso:ListAccountAssignments"] == 11
    assert {each.principal for each in found.of(Assignment) if each.permission_set == "permission_set:Set06"} == {
        "group:deleted-group"
    }


def test_who_may_not_ask_by_principal_reads_by_pair() -> None:
    organization = LargeOrganization(12, 3, 6, delegated=True)
    found = read(organization)
    assert organization.calls["sso:ListAccountAssignmentsForPrincipal"] == 1
    assert organization.calls["sso:ListAccountAssignments"] == 3 * 11
    assert sum(1 for _ in found.of(Assignment)) == 6 * 11


def test_a_single_pair_is_read_beside_what_is_known() -> None:
    organization = LargeOrganization(12, 3, 6, hidden=[(1, 4)])
    found = read(organization)
    organization.calls.clear()
    account = organization.accounts[4]
    more = reader.with_parts(Checked(ReadOnly(organization)), found, [f"assignments/{account}/Set01"])
    assert organization.calls == {"sso:ListAccountAssignments": 1}
    new = {each.address for each in more.resources} - {each.address for each in found.resources}
    assert new == {f"assignment:Set01@group:deleted-group@{account}", "group:deleted-group"}


@pytest.mark.parametrize("region", ["eu-west-1", "us-west-2", "ap-northeast-1"])
def test_the_region_is_looked_for_where_the_spec_does_not_name_it(region: str) -> None:
    organization = LargeOrganization(3, 1, 1, region=region)
    found = read(organization, "permission_sets")
    [instance] = [each for each in found.resources if each.kind == "identity_center"]
    assert instance.id == f"{region}/arn:aws:sso:::instance/ssoins-0123456789abcdef"
    assert any(found.of(PermissionSet))


def test_an_organization_without_an_instance_has_nothing() -> None:
    found = read(LargeOrganization(3, 1, 1, region="eu-central-2"), "identity_center/eu-west-1", "permission_sets")
    assert not any(found.of(PermissionSet))


def test_a_failed_call_is_never_an_empty_list() -> None:
    class Failing(LargeOrganization):
        def call(self, operation, params):  # type: ignore[no-untyped-def]
            if operation == "sso:GetInlinePolicyForPermissionSet":
                return {}
            return super().call(operation, params)

    with pytest.raises(ReconcilerError, match="InlinePolicy"):
        read(Failing(3, 1, 1))


def test_drift_is_read_by_pair() -> None:
    scope = by_pair(Scope(parts=("groups/Ops", BY_PRINCIPAL)))
    assert scope.parts == ("assignments", "groups/Ops")


def test_all_of_it_shares_one_rate() -> None:
    buckets = {
        row.bucket for name, row in OPERATIONS.items() if name.startswith("sso:") and name != "sso:ListInstances"
    }
    assert len(buckets) == 1
