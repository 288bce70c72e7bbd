"""Trusted access and delegated administrators.

Each rule is a reason in the documentation of `ConstraintViolationException` or `InvalidInputException`, or an error of
the operation: https://docs.aws.amazon.com/organizations/latest/APIReference/API_RegisterDelegatedAdministrator.html
"""

from typing import Any

import pytest

from reconciler.kinds.delegated_administrator import ONE_ADMINISTRATOR
from reconciler.mock import MockOrganization
from reconciler.mock.from_snapshot import Timing, from_snapshot
from reconciler.mock.rules.trusted_access import POLICY_TYPES
from reconciler.mock.statefile import StateFile
from tests.unit.mock.world import MANAGEMENT, MEMBER, Clock, World

CONFIG, GUARDDUTY = "config.amazonaws.com", "guardduty.amazonaws.com"
VIOLATION, INVALID = "ConstraintViolationException", "InvalidInputException"
EXISTS = "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE"


def enable(world: World, *principals: str) -> None:
    for principal in principals:
        world.call("EnableAWSServiceAccess", ServicePrincipal=principal)


def register(world: World, principal: str, account: str = MEMBER) -> None:
    world.call("RegisterDelegatedAdministrator", AccountId=account, ServicePrincipal=principal)


def enabled(world: World) -> list[str]:
    listed = world.all("ListAWSServiceAccessForOrganization", "EnabledServicePrincipals")
    return [each["ServicePrincipal"] for each in listed]


def administrators(world: World, **params: Any) -> list[str]:
    return [each["Id"] for each in world.all("ListDelegatedAdministrators", "DelegatedAdministrators", **params)]


def services(world: World, account: str = MEMBER) -> list[str]:
    listed = world.all("ListDelegatedServicesForAccount", "DelegatedServices", AccountId=account)
    return [each["ServicePrincipal"] for each in listed]


class TestTrustedAccess:
    @pytest.mark.parametrize(
        "principal",
        [
            "iam.amazonaws.com",
            "member.org.stacksets.cloudformation.amazonaws.com",
            "config-multiaccountsetup.amazonaws.com",
            "a-service-of-next-year.amazonaws.com",
        ],
    )
    def test_every_service_principal_is_enabled_and_disabled(self, world: World, principal: str) -> None:
        enable(world, principal)
        assert enabled(world) == [principal]
        world.call("DisableAWSServiceAccess", ServicePrincipal=principal)
        assert enabled(world) == []

    @pytest.mark.parametrize("operation", ["EnableAWSServiceAccess", "DisableAWSServiceAccess"])
    @pytest.mark.parametrize("principal", ["guardduty", "guardduty.amazonaws.org", ".amazonaws.com", "Config@x.y"])
    def test_what_cannot_be_a_principal_is_refused(self, world: World, operation: str, principal: str) -> None:
        world.refused(operation, INVALID, "UNRECOGNIZED_SERVICE_PRINCIPAL", ServicePrincipal=principal)

    def test_enabling_again_keeps_the_date(self, world: World, clock: Clock) -> None:
        enable(world, CONFIG)
        (before,) = world.call("ListAWSServiceAccessForOrganization")["EnabledServicePrincipals"]
        clock.now += 60
        enable(world, CONFIG)
        (after,) = world.call("ListAWSServiceAccessForOrganization")["EnabledServicePrincipals"]
        assert before == after
        assert after["DateEnabled"].timestamp() == clock.now - 60

    def test_disabling_access_that_is_not_enabled_changes_nothing(self, world: World) -> None:
        world.call("DisableAWSServiceAccess", ServicePrincipal=CONFIG)
        assert enabled(world) == []

    def test_it_stays_while_the_service_has_an_administrator(self, world: World) -> None:
        enable(world, CONFIG)
        register(world, CONFIG)
        world.refused("DisableAWSServiceAccess", VIOLATION, EXISTS, ServicePrincipal=CONFIG)
        world.call("DeregisterDelegatedAdministrator", AccountId=MEMBER, ServicePrincipal=CONFIG)
        world.call("DisableAWSServiceAccess", ServicePrincipal=CONFIG)
        assert enabled(world) == []

    @pytest.mark.parametrize(("principal", "type"), POLICY_TYPES.items())
    def test_it_stays_while_the_policy_type_of_the_service_is_enabled(
        self, world: World, principal: str, type: str
    ) -> None:
        enable(world, principal)
        world.enable(type)
        world.refused(
            "DisableAWSServiceAccess", VIOLATION, "POLICY_TYPE_ENABLED_FOR_THIS_SERVICE", ServicePrincipal=principal
        )
        world.call("DisablePolicyType", RootId=world.root, PolicyType=type)
        world.call("DisableAWSServiceAccess", ServicePrincipal=principal)
        assert enabled(world) == []

    def test_the_list_has_pages_of_20(self, world: World) -> None:
        principals = [f"service-{number:02}.amazonaws.com" for number in range(41)]
        enable(world, *principals)
        assert len(world.call("ListAWSServiceAccessForOrganization")["EnabledServicePrincipals"]) == 20
        assert enabled(world) == principals
        world.refused("ListAWSServiceAccessForOrganization", INVALID, "MAX_VALUE_EXCEEDED", MaxResults=21)
        world.refused("ListAWSServiceAccessForOrganization", INVALID, "INVALID_NEXT_TOKEN", NextToken="x")


class TestDelegatedAdministrators:
    def test_an_account_administers_several_services(self, world: World, clock: Clock) -> None:
        enable(world, CONFIG, GUARDDUTY)
        register(world, CONFIG)
        since = clock.now
        clock.now += 60
        register(world, GUARDDUTY)
        (listed,) = world.call("ListDelegatedAdministrators")["DelegatedAdministrators"]
        assert (listed["Id"], listed["Name"], listed["State"]) == (MEMBER, "member", "ACTIVE")
        assert listed["DelegationEnabledDate"].timestamp() == since
        assert services(world) == [CONFIG, GUARDDUTY]

    def test_the_list_of_a_service(self, world: World) -> None:
        other = world.account("other")
        enable(world, CONFIG, GUARDDUTY)
        register(world, CONFIG, other)
        register(world, GUARDDUTY)
        assert administrators(world, ServicePrincipal=CONFIG) == [other]
        assert administrators(world, ServicePrincipal="ssm.amazonaws.com") == []
        assert administrators(world) == [other, MEMBER]

    def test_trusted_access_comes_first(self, world: World) -> None:
        world.refused(
            "RegisterDelegatedAdministrator",
            VIOLATION,
            "SERVICE_ACCESS_NOT_ENABLED",
            AccountId=MEMBER,
            ServicePrincipal=CONFIG,
        )

    @pytest.mark.parametrize(
        ("account", "principal", "code", "detail"),
        [
            ("999999999999", CONFIG, "AccountNotFoundException", None),
            (MEMBER, "config", INVALID, "UNRECOGNIZED_SERVICE_PRINCIPAL"),
            (MANAGEMENT, CONFIG, VIOLATION, "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR"),
        ],
    )
    def test_it_is_a_member_account_and_a_service(
        self, world: World, account: str, principal: str, code: str, detail: str | None
    ) -> None:
        enable(world, CONFIG)
        world.refused("RegisterDelegatedAdministrator", code, detail, AccountId=account, ServicePrincipal=principal)

    def test_a_suspended_account_is_refused(self, world: World, clock: Clock) -> None:
        enable(world, CONFIG)
        world.call("CloseAccount", AccountId=MEMBER)
        for _ in ("PENDING_CLOSURE", "CLOSED"):
            world.refused(
                "RegisterDelegatedAdministrator",
                VIOLATION,
                "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
                AccountId=MEMBER,
                ServicePrincipal=CONFIG,
            )
            clock.now += 61

    def test_an_account_is_registered_once(self, world: World) -> None:
        enable(world, GUARDDUTY)
        register(world, GUARDDUTY)
        world.refused(
            "RegisterDelegatedAdministrator",
            "AccountAlreadyRegisteredException",
            AccountId=MEMBER,
            ServicePrincipal=GUARDDUTY,
        )

    @pytest.mark.parametrize("principal", sorted(ONE_ADMINISTRATOR))
    def test_a_service_with_one_administrator_refuses_a_second(self, world: World, principal: str) -> None:
        other = world.account("other")
        enable(world, principal)
        register(world, principal)
        world.refused("RegisterDelegatedAdministrator", VIOLATION, EXISTS, AccountId=other, ServicePrincipal=principal)
        world.call("DeregisterDelegatedAdministrator", AccountId=MEMBER, ServicePrincipal=principal)
        register(world, principal, other)
        assert administrators(world, ServicePrincipal=principal) == [other]

    def test_other_services_have_several(self, world: World) -> None:
        other = world.account("other")
        enable(world, CONFIG)
        register(world, CONFIG)
        register(world, CONFIG, other)
        assert administrators(world) == [MEMBER, other]

    def test_an_account_that_is_not_registered(self, world: World) -> None:
        enable(world, CONFIG, GUARDDUTY)
        world.refused("ListDelegatedServicesForAccount", "AccountNotRegisteredException", AccountId=MEMBER)
        register(world, CONFIG)
        for operation, params in (
            ("DeregisterDelegatedAdministrator", {"AccountId": MEMBER, "ServicePrincipal": GUARDDUTY}),
            ("ListDelegatedServicesForAccount", {"AccountId": MANAGEMENT}),
        ):
            world.refused(operation, "AccountNotRegisteredException", **params)
        for operation, params in (
            ("DeregisterDelegatedAdministrator", {"AccountId": "999999999999", "ServicePrincipal": CONFIG}),
            ("ListDelegatedServicesForAccount", {"AccountId": "999999999999"}),
        ):
            world.refused(operation, "AccountNotFoundException", **params)

    def test_an_administrator_is_not_removed_from_the_organization(self, world: World) -> None:
        enable(world, CONFIG)
        register(world, CONFIG)
        world.refused(
            "RemoveAccountFromOrganization",
            VIOLATION,
            "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
            AccountId=MEMBER,
        )
        world.call("DeregisterDelegatedAdministrator", AccountId=MEMBER, ServicePrincipal=CONFIG)
        assert administrators(world) == []
        world.call("RemoveAccountFromOrganization", AccountId=MEMBER)

    def test_both_lists_have_pages_of_20(self, world: World) -> None:
        principals = [f"service-{number:02}.amazonaws.com" for number in range(21)]
        enable(world, *principals)
        for principal in principals:
            register(world, principal)
        assert len(world.call("ListDelegatedServicesForAccount", AccountId=MEMBER)["DelegatedServices"]) == 20
        assert services(world) == principals
        accounts = [MEMBER, *(world.account(f"account-{number}") for number in range(20))]
        for account in accounts[1:]:
            register(world, principals[0], account)
        assert len(world.call("ListDelegatedAdministrators")["DelegatedAdministrators"]) == 20
        assert administrators(world) == accounts


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("EnableAWSServiceAccess", {"ServicePrincipal": CONFIG}),
        ("DisableAWSServiceAccess", {"ServicePrincipal": CONFIG}),
        ("ListAWSServiceAccessForOrganization", {}),
        ("RegisterDelegatedAdministrator", {"AccountId": MEMBER, "ServicePrincipal": CONFIG}),
        ("DeregisterDelegatedAdministrator", {"AccountId": MEMBER, "ServicePrincipal": CONFIG}),
        ("ListDelegatedAdministrators", {}),
        ("ListDelegatedServicesForAccount", {"AccountId": MEMBER}),
    ],
)
def test_all_features_are_needed(world: World, clock: Clock, operation: str, params: dict[str, Any]) -> None:
    state = world.mock.snapshot()
    billing = state.organization.model_copy(update={"feature_set": "consolidated_billing"})
    state = state.model_copy(update={"organization": billing})
    world = World(MockOrganization(from_snapshot(state, Timing(clock, 0, 0.0))))
    world.refused(operation, VIOLATION, "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE", **params)


def test_a_state_file_with_an_administrator_that_is_no_account_is_refused(world: World, clock: Clock) -> None:
    state = world.mock.snapshot()
    wrong = state.mock.model_copy(update={"delegated_administrators": {"999999999999": {CONFIG: 0.0}}})
    with pytest.raises(ValueError, match="999999999999 is not an account"):
        from_snapshot(StateFile.model_copy(state, update={"mock": wrong}), Timing(clock, 0, 0.0))
