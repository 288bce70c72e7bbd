"""Trusted access and delegated administrators: what is planned, in which order, and what is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import botocore.session
import pytest

from reconciler.kinds import BY_KIND
from reconciler.kinds.base import UnmanagedRules
from reconciler.kinds.delegated_administrator import DelegatedAdministrator, address, part
from reconciler.kinds.trusted_access import ENABLED_BY, TrustedAccess
from reconciler.model import address as addresses
from reconciler.model.inventory import Inventory
from reconciler.model.limits import Limit
from reconciler.model.plan import Plan
from reconciler.model.resources import Account, PolicyType
from reconciler.planning import planner
from reconciler.planning.guards import Limits, allow_option
from tests.building import org
from tests.harness import Organization, steps

CONFIG, GUARDDUTY, SSO = "config.amazonaws.com", "guardduty.amazonaws.com", "sso.amazonaws.com"
HEALTH = "health.amazonaws.com"
LIVE = ("trusted_access", "delegated_administrators")


def wanted(
    trusted: Sequence[str] | None = None,
    administrators: Mapping[str, Sequence[str]] | None = None,
    accounts: Iterable[str] = ("audit", "security"),
    *,
    types: Sequence[str] = (),
    changed: Mapping[str, Mapping[str, Any]] | None = None,
) -> Inventory:
    """A desired organization. `trusted` and `administrators` as in the spec; `changed` has fields of accounts."""
    base = org([], dict.fromkeys(accounts, "/"), types=types)
    resources = [
        each.model_copy(update=(changed or {}).get(addresses.local(each.address), {}))
        if isinstance(each, Account)
        else each
        for each in base.resources
    ]
    services = [TrustedAccess(address=addresses.trusted_access(each), principal=each) for each in trusted or ()]
    registered = [
        DelegatedAdministrator(
            address=address(principal, addresses.account(key)), principal=principal, account=addresses.account(key)
        )
        for principal, keys in (administrators or {}).items()
        for key in keys
    ]
    parts = (*(("trusted_access",) if trusted is not None else ()), *map(part, administrators or ()))
    scope = base.scope.model_copy(update={"parts": parts, "policy_types": tuple(types)})
    return base.model_copy(update={"scope": scope}).with_resources([*resources, *services, *registered])


def plan(
    organization: Organization,
    desired: Inventory,
    treatment: str = "report",
    known: tuple[str, ...] = LIVE,
    **settings: Any,
) -> Plan:
    unmanaged = dict.fromkeys((*LIVE, "attachments"), treatment)
    rules = planner.PlannerSettings(policies=UnmanagedRules(unmanaged), **settings)  # type: ignore[arg-type]
    return planner.plan(desired, organization.live(frozenset(), known), rules, planner.PlanRequest()).plan


def apply(organization: Organization, desired: Inventory, treatment: str = "report", **settings: Any) -> Plan:
    found = plan(organization, desired, treatment, **settings)
    report = organization.execute(found)
    assert (report.failed, report.skipped) == ((), ())
    assert plan(organization, desired, treatment, **settings).changes == ()
    return found


def guards(found: Plan) -> list[tuple[str, str | None]]:
    return [(each.guard, each.allow) for each in found.guards.violations]


@pytest.fixture
def organization() -> Organization:
    """Two accounts, of which one administers two services."""
    made = Organization()
    apply(made, wanted([CONFIG, GUARDDUTY], {CONFIG: ["audit"], GUARDDUTY: ["audit"]}))
    return made


def test_an_account_is_created_and_registered_in_one_plan() -> None:
    found = apply(Organization(), wanted([CONFIG], {CONFIG: ["audit"]}, ["audit"]))
    assert steps(found) == [
        f"enable trusted_access:{CONFIG}",
        "create account:audit",
        f"create delegated_administrator:{CONFIG}@audit",
    ]


def test_a_service_with_one_administrator_gets_another_by_one_replacement(organization: Organization) -> None:
    found = apply(organization, wanted([CONFIG, GUARDDUTY], {GUARDDUTY: ["security"]}))
    assert steps(found) == [f"replace delegated_administrator:{GUARDDUTY}@security"]
    assert found.changes[0].note == "replaces audit: the service has one delegated administrator only"
    assert guards(found) == [("deletes.delegated_administrators", "--allow deletes.delegated_administrators=1")]
    assert organization.counting.calls["DeregisterDelegatedAdministrator"] == 1


def test_a_service_that_designates_its_administrator_itself_is_named_with_the_command() -> None:
    made = Organization()
    found = apply(made, wanted([CONFIG, GUARDDUTY], {CONFIG: ["audit"], GUARDDUTY: ["audit"]}))
    text = "aws guardduty enable-organization-admin-account --admin-account-id"
    assert [(each.code, each.address) for each in found.warnings] == [
        ("W534", f"delegated_administrator:{GUARDDUTY}@audit")
    ]
    assert f"run `{text} ACCOUNT_ID` in each Region" in found.warnings[0].message
    id = made.id_of("email:security@example.com")
    (warning,) = plan(made, wanted([CONFIG, GUARDDUTY], {GUARDDUTY: ["security"]})).warnings
    assert f"run `{text} {id}` in each Region" in warning.message


def test_what_deregisters_is_counted_whatever_its_action_is_called(organization: Organization) -> None:
    (replaced,) = plan(organization, wanted([CONFIG, GUARDDUTY], {GUARDDUTY: ["security"]})).changes
    kind = BY_KIND[DelegatedAdministrator.kind]
    assert kind.removes(replaced.model_copy(update={"action": "create"}))
    assert not kind.removes(plan(organization, wanted([CONFIG], {CONFIG: ["security"]})).changes[0])


@pytest.mark.parametrize("pattern", [f"delegated_administrator:{GUARDDUTY}@audit", "delegated_administrator:*"])
def test_a_protected_administrator_is_not_replaced(organization: Organization, pattern: str) -> None:
    limits = Limits(protected=(pattern,), max_deletes={"delegated_administrators": Limit(number=1)})
    found = plan(organization, wanted([CONFIG, GUARDDUTY], {GUARDDUTY: ["security"]}), limits=limits)
    assert guards(found) == [("protected", allow_option(f"protected:{pattern}", 1))]


def test_other_services_keep_their_administrators_beside_a_new_one(organization: Organization) -> None:
    found = apply(organization, wanted([CONFIG, GUARDDUTY], {CONFIG: ["security"]}))
    assert steps(found) == [f"create delegated_administrator:{CONFIG}@security"]
    assert [each.address for each in found.unmanaged if each.kind == "delegated_administrator"] == [
        f"delegated_administrator:{CONFIG}@audit"
    ]


def test_a_service_that_is_not_declared_is_left_alone(organization: Organization) -> None:
    found = plan(organization, wanted([CONFIG, GUARDDUTY], {CONFIG: []}), "delete")
    assert steps(found) == [f"delete delegated_administrator:{CONFIG}@audit"]


def test_administrators_are_deregistered_before_the_service_is_disabled(organization: Organization) -> None:
    found = apply(organization, wanted([], {CONFIG: [], GUARDDUTY: []}), "delete")
    assert steps(found) == [
        f"delete delegated_administrator:{CONFIG}@audit",
        f"delete delegated_administrator:{GUARDDUTY}@audit",
        f"disable trusted_access:{CONFIG}",
        f"disable trusted_access:{GUARDDUTY}",
    ]


@pytest.mark.parametrize("state", ["closed", "removed"])
def test_an_account_is_deregistered_before_it_goes(organization: Organization, state: str) -> None:
    desired = wanted([CONFIG, GUARDDUTY], {CONFIG: [], GUARDDUTY: ["security"]}, changed={"audit": {"state": state}})
    found = steps(plan(organization, desired, "delete"))
    last = "close" if state == "closed" else "remove"
    assert found[-1] == f"{last} account:audit"
    assert set(found[:-1]) == {
        f"delete delegated_administrator:{CONFIG}@audit",
        f"replace delegated_administrator:{GUARDDUTY}@security",
    }


def test_trusted_access_comes_before_the_policy_type_of_the_service_and_goes_after_it() -> None:
    organization = Organization()
    desired = wanted([GUARDDUTY], types=["guardduty"])
    assert steps(apply(organization, desired)) == [
        f"enable trusted_access:{GUARDDUTY}",
        "enable policy_type:guardduty",
        "create account:audit",
        "create account:security",
    ]
    live = organization.live(frozenset(), LIVE)
    without = live.with_resources(each for each in live.resources if not isinstance(each, TrustedAccess | PolicyType))
    rules = planner.PlannerSettings(
        policies=UnmanagedRules({"trusted_access": "delete"}, disabled_policy_types={"guardduty": None})
    )
    found = planner.plan(without, live, rules, planner.PlanRequest()).plan
    assert steps(found) == ["disable policy_type:guardduty", f"disable trusted_access:{GUARDDUTY}"]
    assert organization.execute(found).failed == ()


def test_what_the_service_has_to_be_called_for_is_noted() -> None:
    found = plan(Organization(), wanted([HEALTH, "ram.amazonaws.com", SSO], {SSO: ["audit"]}, ["audit"]))
    notes = {addresses.local(each.address): each.note for each in found.changes if each.kind != "account"}
    assert notes == {
        HEALTH: "the service has to be enabled by health:EnableHealthServiceAccessForOrganization too, which is not "
        "called here",
        "ram.amazonaws.com": None,
        SSO: None,
        f"{SSO}@audit": None,
    }


@pytest.mark.parametrize("operation", sorted({*ENABLED_BY.values()}))
def test_the_operations_of_the_services_exist(operation: str) -> None:
    service, _, name = operation.partition(":")
    model = botocore.session.get_session().get_service_model(service)
    assert name in model.operation_names


def refusal(found: Plan) -> str:
    (violation,) = [each for each in found.guards.violations if each.guard == "refused"]
    assert violation.allow is None
    return violation.message


def test_registering_without_trusted_access_is_refused_with_what_to_add(organization: Organization) -> None:
    text = refusal(plan(organization, wanted([CONFIG, GUARDDUTY], {SSO: ["audit"]})))
    assert f"needs trusted access of {SSO}, which is not enabled: add it to `organization.trusted_access`" in text


def test_where_trusted_access_is_not_known_the_service_decides(organization: Organization) -> None:
    found = plan(organization, wanted(None, {SSO: ["audit"]}), known=(part(SSO),))
    assert steps(found) == [f"create delegated_administrator:{SSO}@audit"]
    assert guards(found) == []


def test_the_management_account_is_refused(organization: Organization) -> None:
    desired = wanted([CONFIG, GUARDDUTY], {CONFIG: ["management"]}, ["management"])
    assert "the management account cannot be a delegated administrator" in refusal(plan(organization, desired))


def test_a_closed_account_is_refused(organization: Organization) -> None:
    organization.call("CloseAccount", AccountId=organization.id_of("email:security@example.com"))
    text = refusal(plan(organization, wanted([CONFIG, GUARDDUTY], {CONFIG: ["audit", "security"]})))
    assert "account:security is pending closure" in text


def test_disabling_a_service_with_an_administrator_is_refused(organization: Organization) -> None:
    text = refusal(plan(organization, wanted([GUARDDUTY], {GUARDDUTY: ["audit"]}), "delete"))
    assert f"cannot be disabled while there is delegated_administrator:{CONFIG}@audit" in text


def test_removing_an_account_that_administers_a_service_is_refused(organization: Organization) -> None:
    text = refusal(plan(organization, wanted(changed={"audit": {"state": "removed"}})))
    assert f"account:audit cannot be removed while it administers {CONFIG}" in text


def test_an_unknown_account_has_its_own_guard(organization: Organization) -> None:
    desired = wanted([CONFIG, GUARDDUTY], {CONFIG: ["other"]}, ["other"], changed={"other": {"id": "999988887777"}})
    found = plan(organization, desired)
    assert steps(found) == []
    assert [each for each, _ in guards(found)] == ["unknown_account"]


def test_an_invited_account_is_registered_once_it_is_a_member(organization: Organization) -> None:
    invited = {"other": {"id": "999988887777", "invite": True}}
    found = plan(organization, wanted([CONFIG, GUARDDUTY], {CONFIG: ["other"]}, ["other"], changed=invited))
    assert steps(found) == []
    assert guards(found) == []
    assert [each.code for each in found.warnings] == ["I502"]


def test_the_target_of_a_registration_brings_along_trusted_access_and_the_account() -> None:
    desired = wanted([GUARDDUTY, SSO], {GUARDDUTY: ["audit"]}, types=["guardduty"])
    rules, request = planner.PlannerSettings(), planner.PlanRequest(targets=(f"*{GUARDDUTY}@audit",))
    live = Organization().live(frozenset(), LIVE)
    found = planner.plan(desired, live, rules, request).plan
    assert steps(found) == [
        f"enable trusted_access:{GUARDDUTY}",
        "create account:audit",
        f"create delegated_administrator:{GUARDDUTY}@audit",
    ]
    assert guards(found) == []
    found = planner.plan(desired, live, rules, planner.PlanRequest(targets=("policy_type:guardduty",))).plan
    assert steps(found) == [f"enable trusted_access:{GUARDDUTY}", "enable policy_type:guardduty"]


def test_the_target_of_a_removal_brings_along_the_administrators(organization: Organization) -> None:
    live = organization.live(frozenset(), LIVE)
    rules = planner.PlannerSettings(
        policies=UnmanagedRules({"trusted_access": "delete", "delegated_administrators": "delete"})
    )

    def targeted(desired: Inventory, target: str) -> list[str]:
        return steps(planner.plan(desired, live, rules, planner.PlanRequest(targets=(target,))).plan)

    assert targeted(wanted([], {CONFIG: [], GUARDDUTY: []}), f"trusted_access:{CONFIG}") == [
        f"delete delegated_administrator:{CONFIG}@audit",
        f"disable trusted_access:{CONFIG}",
    ]
    removed = wanted(
        [CONFIG, GUARDDUTY], {CONFIG: [], GUARDDUTY: ["security"]}, changed={"audit": {"state": "removed"}}
    )
    assert sorted(targeted(removed, "account:audit")) == [
        f"delete delegated_administrator:{CONFIG}@audit",
        "remove account:audit",
        f"replace delegated_administrator:{GUARDDUTY}@security",
    ]


def test_an_ignored_account_is_out_of_sight(organization: Organization) -> None:
    ignore = {"accounts": ("audit",)}
    desired = wanted([CONFIG, GUARDDUTY], {CONFIG: []}, ["security"])
    found = plan(organization, desired, "delete", ignore=ignore)
    assert steps(found) == []
    assert "delegated_administrator" not in [each.kind for each in found.unmanaged]


def test_an_ignored_administrator_is_not_replaced(organization: Organization) -> None:
    ignore = {"accounts": ("audit",)}
    found = plan(organization, wanted([CONFIG, GUARDDUTY], {GUARDDUTY: ["security"]}, ["security"]), ignore=ignore)
    assert "has another delegated administrator" in refusal(found)
