"""The `Api` itself: unknown operations, the form of parameters, other services, threads."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from reconciler.errors import ServiceError
from reconciler.mock import MockOrganization
from reconciler.mock.clock import VirtualClock
from reconciler.mock.rules import OPERATIONS, rules_of
from tests.unit.mock.world import MANAGEMENT, MEMBER, Clock, World


@pytest.mark.parametrize("operation", ["Nonsense", "LeaveOrganization", "s3:PutObject", ""])
def test_an_operation_that_is_not_modelled(world: World, operation: str) -> None:
    world.refused(operation, "NotImplemented", anything=1)


def test_every_rule_names_its_source() -> None:
    rules = {rule for operation in OPERATIONS for rule in rules_of(operation)}
    assert len(rules) > 35
    for rule in rules:
        assert "https://docs.aws.amazon.com/" in (rule.__doc__ or ""), rule.__name__


@pytest.mark.parametrize(
    ("operation", "params", "code", "detail"),
    [
        ("DescribeAccount", {}, "InvalidInputException", "INPUT_REQUIRED"),
        ("DescribeAccount", {"AccountId": "1234"}, "InvalidInputException", "INVALID_PATTERN"),
        ("DescribeAccount", {"AccountId": 123456789012}, "ParamValidationError", None),
        ("DescribeAccount", {"AccountId": MEMBER, "More": 1}, "ParamValidationError", None),
        ("DescribeOrganization", {"More": 1}, "ParamValidationError", None),
        ("ListChildren", {"ParentId": "r-abcd", "ChildType": "POLICY"}, "InvalidInputException", "INVALID_ENUM"),
        ("ListParents", {"ChildId": "r-abcd"}, "InvalidInputException", "INVALID_PATTERN"),
        ("account:PutAccountName", {"AccountName": "a<b"}, "ValidationException", "INVALID_PATTERN"),
        ("tagging:GetResources", {"ResourceTypeFilters": "organizations"}, "ParamValidationError", None),
    ],
)
def test_parameters_have_the_form_of_the_services_model(
    world: World, operation: str, params: dict[str, Any], code: str, detail: str | None
) -> None:
    world.refused(operation, code, detail, **params)


def test_an_error_has_the_texts_of_the_service(world: World) -> None:
    with pytest.raises(ServiceError) as caught:
        world.call("DescribeAccount", AccountId="999999999999")
    assert caught.value.status == 400
    assert str(caught.value) == (
        "DescribeAccount: AccountNotFoundException: You specified an account that doesn't exist."
    )


def test_the_caller_is_the_management_account(world: World) -> None:
    assert world.call("sts:GetCallerIdentity")["Account"] == MANAGEMENT


def test_an_account_is_renamed_and_the_management_account_without_its_id(world: World) -> None:
    world.call("account:PutAccountName", AccountId=MEMBER, AccountName="renamed")
    world.call("account:PutAccountName", AccountName="main")
    names = {each["Id"]: each["Name"] for each in world.call("ListAccounts")["Accounts"]}
    assert names == {MEMBER: "renamed", MANAGEMENT: "main"}
    for account in (MANAGEMENT, "999999999999"):
        world.refused("account:PutAccountName", "AccessDeniedException", AccountId=account, AccountName="x")


def test_two_organizations_do_not_see_each_other(world: World, clock: Clock) -> None:
    other = World(MockOrganization.in_memory(clock=clock))
    world.unit("Mine")
    assert other.call("ListOrganizationalUnitsForParent", ParentId=other.root)["OrganizationalUnits"] == []
    assert len(other.call("ListAccounts")["Accounts"]) == 1


def test_the_environment_of_the_user_is_not_read(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "000000000000")
    world = World(MockOrganization.in_memory(clock=clock))
    world.unit("A")
    assert world.call("DescribeOrganization")["Organization"]["MasterAccountId"] == MANAGEMENT


def test_calls_from_many_threads(world: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        units = list(pool.map(lambda n: world.unit(f"U{n}"), range(60)))
    assert len(set(units)) == 60
    listed = world.all("ListOrganizationalUnitsForParent", "OrganizationalUnits", ParentId=world.root)
    assert {each["Id"] for each in listed} == set(units)


def test_time_passes_when_the_clock_sleeps() -> None:
    clock = VirtualClock()
    world = World(MockOrganization.in_memory(clock=lambda: 1_800_000_000 + clock.now(), creation_polls=0))
    account = world.account("a")
    world.call("CloseAccount", AccountId=account)
    assert world.describe(account)["State"] == "PENDING_CLOSURE"
    clock.sleep(2)
    assert world.describe(account)["State"] == "CLOSED"
