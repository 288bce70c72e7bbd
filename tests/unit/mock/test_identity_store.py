"""Groups and users, and what a state file has of IAM Identity Center."""

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.kinds import RESOURCES
from reconciler.kinds.identity_center.resources import IdentityCenter, PermissionSet
from reconciler.mock import MockOrganization, Seed
from reconciler.mock.from_snapshot import Timing, from_snapshot
from reconciler.mock.statefile import StateFile
from reconciler.model.api import REGION
from tests.unit.mock.access import READ, Access
from tests.unit.mock.test_permission_sets import ABSENT, CONFLICT, POLICY, WRONG
from tests.unit.mock.world import MANAGEMENT, MEMBER, Clock, World, tag_list

SEED = Seed(accounts=((MEMBER, "member", "member@example.com"),), groups=("Platform",), users=("ann",))
UNIQUE = "UNIQUENESS_CONSTRAINT_VIOLATION"
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def access(world: World) -> Access:
    return Access(world.mock)


def by_name(path: str, name: str) -> dict[str, Any]:
    return {"AlternateIdentifier": {"UniqueAttribute": {"AttributePath": path, "AttributeValue": name}}}


class TestStore:
    def test_groups_are_found_by_name_and_by_id(self, access: Access) -> None:
        id = access.group("Plätform team")
        assert access.in_store("GetGroupId", **by_name("displayName", "Plätform team"))["GroupId"] == id
        assert access.in_store("DescribeGroup", GroupId=id)["DisplayName"] == "Plätform team"
        access.store_refused("GetGroupId", ABSENT, **by_name("displayName", "Other"))
        access.store_refused("DescribeGroup", ABSENT, GroupId=NOBODY)

    def test_users_are_found_by_name_and_by_id(self, access: Access) -> None:
        id = access.user("ann@example.com")
        assert access.in_store("GetUserId", **by_name("userName", "ann@example.com"))["UserId"] == id
        assert access.in_store("DescribeUser", UserId=id)["UserName"] == "ann@example.com"
        access.store_refused("GetUserId", ABSENT, **by_name("userName", "bob"))
        access.store_refused("DescribeUser", ABSENT, UserId=NOBODY)
        access.in_store("DeleteUser", UserId=id)
        access.store_refused("DeleteUser", ABSENT, UserId=id)

    def test_names_are_given_and_unique(self, access: Access) -> None:
        access.group("Platform")
        access.user("ann")
        access.store_refused("CreateGroup", CONFLICT, UNIQUE, DisplayName="Platform")
        access.store_refused("CreateUser", CONFLICT, UNIQUE, UserName="ann")
        access.store_refused("CreateGroup", WRONG)
        access.store_refused("CreateUser", WRONG)
        access.store_refused("CreateUser", WRONG, "INVALID_PATTERN", UserName="with blank")

    def test_lists_have_pages_and_filters(self, access: Access) -> None:
        made = [access.group(f"g{number}") for number in range(101)]
        assert len(access.in_store("ListGroups")["Groups"]) == 100
        listed = access.all("identitystore:ListGroups", "Groups", IdentityStoreId=access.store)
        assert [each["GroupId"] for each in listed] == made
        only = {"Filters": [{"AttributePath": "DisplayName", "AttributeValue": "g7"}]}
        assert [each["DisplayName"] for each in access.in_store("ListGroups", **only)["Groups"]] == ["g7"]
        access.user("ann")
        assert [each["UserName"] for each in access.in_store("ListUsers")["Users"]] == ["ann"]

    def test_another_store_is_unknown_and_so_is_it_elsewhere(self, access: Access) -> None:
        access.store_refused("ListGroups", ABSENT, IdentityStoreId="d-0000000000")
        access.store_refused("ListGroups", ABSENT, **{REGION: "eu-west-1"})


class TestStateFile:
    def test_a_seed_has_groups_users_and_a_region(self, clock: Clock) -> None:
        mock = MockOrganization.in_memory(Seed(region="eu-west-1", groups=("Platform",), users=("ann",)), clock=clock)
        assert mock.call("sso:ListInstances", {}) == {"Instances": []}
        (instance,) = mock.call("sso:ListInstances", {REGION: "eu-west-1"})["Instances"]
        store = {REGION: "eu-west-1", "IdentityStoreId": instance["IdentityStoreId"]}
        (group,) = mock.call("identitystore:ListGroups", store)["Groups"]
        (user,) = mock.call("identitystore:ListUsers", store)["Users"]
        assert (group["DisplayName"], user["UserName"]) == ("Platform", "ann")

    def test_everything_is_carried_over(self, tmp_path: Path, clock: Clock) -> None:
        path = tmp_path / "mock.json"
        access = Access(MockOrganization.open(path, seed=SEED, clock=clock))
        admin, deleted = access.set("Admin", SessionDuration="PT4H", Tags=tag_list(a="b")), access.group("Gone")
        (group,), (user,) = (access.in_store(each)[each[4:]][:1] for each in ("ListGroups", "ListUsers"))
        access.in_store("CreateGroupMembership", GroupId=group["GroupId"], MemberId={"UserId": user["UserId"]})
        of_set = {"PermissionSetArn": admin}
        access.sso("PutInlinePolicyToPermissionSet", InlinePolicy=POLICY, **of_set)
        limit = {"CustomerManagedPolicyReference": {"Name": "limit", "Path": "/a/"}}
        access.sso("PutPermissionsBoundaryToPermissionSet", PermissionsBoundary=limit, **of_set)
        access.assign(admin, MEMBER, deleted)
        access.assign(admin, MEMBER, user["UserId"], "USER")
        access.in_store("DeleteGroup", GroupId=deleted)
        access.sso("AttachManagedPolicyToPermissionSet", ManagedPolicyArn=READ, **of_set)
        running = access.begin(admin, MANAGEMENT, group["GroupId"])
        access.mock.save()

        again = Access(MockOrganization.open(path, seed=SEED, clock=clock))
        assert again.everything() == access.everything()
        assert again.accounts(admin, "NOT_PROVISIONED") == [MEMBER]
        assert again.holders(admin, MEMBER) == [deleted, user["UserId"]]
        assert again.sso("GetInlinePolicyForPermissionSet", **of_set) == {"InlinePolicy": POLICY}
        assert again.sso("GetPermissionsBoundaryForPermissionSet", **of_set)["PermissionsBoundary"] == limit
        again.store_refused("DescribeGroup", ABSENT, GroupId=deleted)
        assert again.finished("creation", running)["Status"] == "SUCCEEDED"
        rows = again.sso("ListAccountAssignmentsForPrincipal", PrincipalId=user["UserId"], PrincipalType="USER")
        assert {each["PrincipalId"] for each in rows["AccountAssignments"]} == {user["UserId"], group["GroupId"]}

    def test_a_request_that_took_its_time_is_saved_as_done(self, tmp_path: Path, clock: Clock) -> None:
        path = tmp_path / "mock.json"
        access = Access(MockOrganization.open(path, seed=SEED, clock=clock))
        admin, group = access.set(), access.in_store("ListGroups")["Groups"][0]["GroupId"]
        access.begin(admin, MEMBER, group)
        access.mock.save()
        clock.now += 60
        later = Access(MockOrganization.open(path, seed=SEED, clock=clock))
        later.call("ListRoots")
        later.mock.save()
        assert "role_requests" not in json.loads(path.read_text())["mock"]

    def test_groups_and_users_are_added_by_hand(self, tmp_path: Path, clock: Clock) -> None:
        path = tmp_path / "mock.json"
        MockOrganization.open(path, seed=SEED, clock=clock).save()
        file = json.loads(path.read_text())
        file["resources"] += [
            {"address": "group:Security", "name": "Security"},
            {"address": "user:bob", "name": "bob"},
            {"address": "permission_set:Mine", "name": "Mine", "managed": ["ReadOnlyAccess"]},
            {
                "address": f"assignment:Mine@group:Security@{MEMBER}",
                "permission_set": "permission_set:Mine",
                "principal": "group:Security",
                "account": f"account:{MEMBER}",
            },
        ]
        path.write_text(json.dumps(file))
        access = Access(MockOrganization.open(path, seed=SEED, clock=clock))
        assert {each["DisplayName"] for each in access.in_store("ListGroups")["Groups"]} == {"Platform", "Security"}
        (mine,) = access.sso("ListPermissionSets")["PermissionSets"]
        group = access.in_store("GetGroupId", **by_name("displayName", "Security"))["GroupId"]
        assert access.holders(mine, MEMBER) == [group]

    def load(self, clock: Clock, **more: object) -> MockOrganization:
        file = StateFile.load(
            {
                "organization": {"id": "o-abcdefghij", "management_account_id": MANAGEMENT},
                "resources": [
                    {
                        "address": "account:m",
                        "id": MANAGEMENT,
                        "name": "m",
                        "email": "m@example.com",
                        "parent": "root:/",
                    }
                ],
                **more,
            },
            RESOURCES,
        )
        return MockOrganization(from_snapshot(file, Timing(clock, 0, 0.0)))

    def test_a_file_from_before_gets_an_instance(self, clock: Clock) -> None:
        access = Access(self.load(clock, scope={"parts": ["trusted_access"]}))
        assert access.in_store("ListGroups") == {"Groups": []}

    def test_an_organization_that_was_read_without_one_has_none(self, clock: Clock) -> None:
        mock = self.load(clock, scope={"parts": ["identity_center"]})
        assert mock.call("sso:ListInstances", {}) == {"Instances": []}
        assert not any(isinstance(each, IdentityCenter | PermissionSet) for each in mock.snapshot().resources)
