"""Every list has pages of at most 20 items, whose tokens are valid for the same call only."""

import base64
from typing import Any

import pytest

from tests.unit.mock.world import FULL, MANAGEMENT, MEMBER, SCP, TAG, World, tag_list

pytestmark = pytest.mark.slow


class Large(World):
    parent: str


@pytest.fixture
def large(world: World) -> Large:
    """45 OUs in one OU, 45 accounts in another, 45 policies on it."""
    parent = world.unit("Parent")
    for n in range(45):
        world.unit(f"U{n:02}", parent)
        account = world.account(f"a{n:02}")
        world.call("MoveAccount", AccountId=account, SourceParentId=world.root, DestinationParentId=parent)
        world.policy(f"p{n:02}", TAG)
    made = Large(world.mock)
    made.parent = parent
    return made


LISTS = [
    ("ListAccounts", "Accounts", {}, 47),
    ("ListAccountsForParent", "Accounts", {"ParentId": "parent"}, 45),
    ("ListOrganizationalUnitsForParent", "OrganizationalUnits", {"ParentId": "parent"}, 45),
    ("ListChildren", "Children", {"ParentId": "parent", "ChildType": "ACCOUNT"}, 45),
    ("ListChildren", "Children", {"ParentId": "parent", "ChildType": "ORGANIZATIONAL_UNIT"}, 45),
    ("ListPolicies", "Policies", {"Filter": TAG}, 45),
    ("ListTargetsForPolicy", "Targets", {"PolicyId": FULL}, 94),
    ("ListCreateAccountStatus", "CreateAccountStatuses", {}, 45),
]


@pytest.mark.parametrize(("operation", "member", "params", "number"), LISTS, ids=lambda each: str(each)[:40])
def test_long_lists(large: Large, operation: str, member: str, params: dict[str, Any], number: int) -> None:
    params = {key: large.parent if value == "parent" else value for key, value in params.items()}
    for size in (20, 7, 1):
        sized = params if size == 20 else {**params, "MaxResults": size}
        first = large.call(operation, **sized)
        assert len(first[member]) == size
        keys = [str(sorted(each.items())) for each in large.all(operation, member, **sized)]
        assert len(keys) == number
        assert len(set(keys)) == number
    large.refused(operation, "InvalidInputException", "MAX_VALUE_EXCEEDED", **params, MaxResults=21)
    large.refused(operation, "InvalidInputException", "MIN_VALUE_EXCEEDED", **params, MaxResults=0)


def test_a_list_that_ends_with_its_page_has_no_token(world: World) -> None:
    for n in range(20):
        world.policy(f"p{n}", TAG)
    page = world.call("ListPolicies", Filter=TAG)
    assert len(page["Policies"]) == 20
    assert "NextToken" not in page


def test_short_lists_come_in_pages_too(world: World) -> None:
    world.call("TagResource", ResourceId=MEMBER, Tags=tag_list(**{f"k{n}": "v" for n in range(45)}))
    assert len(world.call("ListTagsForResource", ResourceId=MEMBER)["Tags"]) == 20
    assert len(world.tags(MEMBER)) == 45
    for service in ("config", "guardduty", "ram"):
        world.call("EnableAWSServiceAccess", ServicePrincipal=f"{service}.amazonaws.com")
    one = world.call("ListAWSServiceAccessForOrganization", MaxResults=1)
    assert len(one["EnabledServicePrincipals"]) == 1
    assert len(world.all("ListAWSServiceAccessForOrganization", "EnabledServicePrincipals", MaxResults=1)) == 3


def test_accounts_keep_their_order_though_they_joined_at_one_moment(large: Large) -> None:
    listed = [each["Id"] for each in large.all("ListAccounts", "Accounts")]
    assert listed[:2] == [MANAGEMENT, MEMBER]
    assert listed == [each["Id"] for each in large.all("ListAccounts", "Accounts", MaxResults=3)]


@pytest.mark.parametrize("token", ["x", "%%%", base64.b64encode(b"other:20").decode(), "é"])
def test_a_made_up_token(world: World, token: str) -> None:
    world.refused("ListAccounts", "InvalidInputException", "INVALID_NEXT_TOKEN", NextToken=token)


def test_a_token_of_another_call(large: Large) -> None:
    token = large.call("ListPolicies", Filter=TAG)["NextToken"]
    large.refused("ListPolicies", "InvalidInputException", "INVALID_NEXT_TOKEN", Filter=SCP, NextToken=token)
    large.refused("ListAccounts", "InvalidInputException", "INVALID_NEXT_TOKEN", NextToken=token)
    large.call("ListPolicies", Filter=TAG, NextToken=token, MaxResults=3)


def test_a_list_that_shrinks_while_it_is_read(large: Large) -> None:
    first = large.call("ListOrganizationalUnitsForParent", ParentId=large.parent)
    for each in first["OrganizationalUnits"][:3]:
        large.call("DeleteOrganizationalUnit", OrganizationalUnitId=each["Id"])
    second = large.call("ListOrganizationalUnitsForParent", ParentId=large.parent, NextToken=first["NextToken"])
    assert len(second["OrganizationalUnits"]) == 20
