"""Assignments and provisioning: roles in accounts change later, and one at a time."""

from typing import Any

import pytest

from reconciler.errors import ServiceError
from reconciler.mock.identity_center import SECONDS
from tests.unit.mock.access import ALL, READ, REQUESTS, Access, assigned
from tests.unit.mock.test_permission_sets import ABSENT, CONFLICT, DENIED, NOBODY, WRONG
from tests.unit.mock.world import MANAGEMENT, MEMBER, Clock, World, tag_list

STRANGER = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def access(world: World) -> Access:
    return Access(world.mock)


@pytest.fixture
def admin(access: Access) -> str:
    return access.set()


@pytest.fixture
def group(access: Access) -> str:
    return access.group()


class TestAssignments:
    def test_one_is_made_later_and_provisions_the_set(self, access: Access, admin: str, group: str) -> None:
        status = access.begin(admin, MEMBER, group)
        assert (status["Status"], status["TargetId"], status["PrincipalId"]) == ("IN_PROGRESS", MEMBER, group)
        assert access.holders(admin, MEMBER) == []
        assert access.accounts(admin) == []
        assert access.finished("creation", status)["Status"] == "SUCCEEDED"
        assert access.holders(admin, MEMBER) == [group]
        assert access.accounts(admin) == access.accounts(admin, "PROVISIONED") == [MEMBER]
        there = access.sso("ListPermissionSetsProvisionedToAccount", AccountId=MEMBER)
        assert there["PermissionSets"] == [admin]

    def test_time_finishes_it_too(self, access: Access, clock: Clock, admin: str, group: str) -> None:
        access.begin(admin, MEMBER, group)
        clock.now += SECONDS
        assert access.holders(admin, MEMBER) == [group]

    def test_a_second_one_is_not_stored_twice(self, access: Access, admin: str, group: str) -> None:
        for _ in range(2):
            assert access.assign(admin, MEMBER, group)["Status"] == "SUCCEEDED"
        assert access.holders(admin, MEMBER) == [group]

    def test_the_last_one_takes_the_set_out_of_the_account(self, access: Access, admin: str, group: str) -> None:
        user = access.user()
        access.assign(admin, MEMBER, group)
        access.assign(admin, MEMBER, user, "USER")
        access.unassign(admin, MEMBER, group)
        assert (access.holders(admin, MEMBER), access.accounts(admin)) == ([user], [MEMBER])
        access.unassign(admin, MEMBER, user, "USER")
        assert (access.holders(admin, MEMBER), access.accounts(admin)) == ([], [])
        access.sso_refused("DeleteAccountAssignment", ABSENT, **assigned(admin, MEMBER, group))

    @pytest.mark.parametrize(("account", "type"), [("999999999999", "GROUP"), (MEMBER, "USER")])
    def test_what_is_unknown_fails_with_a_reason(
        self, access: Access, admin: str, group: str, account: str, type: str
    ) -> None:
        status = access.assign(admin, account, group, type)
        assert status["Status"] == "FAILED"
        assert status["FailureReason"].startswith("Received a 404 status error: the ")
        assert access.holders(admin, account) == []

    def test_a_suspended_account_gets_none(self, access: Access, clock: Clock, admin: str, group: str) -> None:
        access.call("CloseAccount", AccountId=MEMBER)
        clock.now += 60
        status = access.assign(admin, MEMBER, group)
        assert (status["Status"], "suspended" in status["FailureReason"]) == ("FAILED", True)

    def test_an_unknown_set_and_a_wrong_principal_are_refused(self, access: Access, admin: str, group: str) -> None:
        access.sso_refused("CreateAccountAssignment", ABSENT, **assigned(NOBODY, MEMBER, group))
        wrong = assigned(admin, MEMBER, "Platform")
        access.sso_refused("CreateAccountAssignment", WRONG, "INVALID_PATTERN", **wrong)

    def test_roles_of_an_account_change_one_at_a_time(self, access: Access, admin: str, group: str) -> None:
        other, user = access.set("Other"), access.user()
        status = access.begin(admin, MEMBER, group)
        access.sso_refused("CreateAccountAssignment", CONFLICT, **assigned(other, MEMBER, user, "USER"))
        access.sso_refused("DeleteAccountAssignment", CONFLICT, **assigned(admin, MEMBER, group))
        access.begin(admin, MANAGEMENT, group)
        access.finished("creation", status)
        access.begin(other, MEMBER, user, "USER")

    def test_at_most_ten_are_made_at_a_time(self, access: Access, admin: str, group: str) -> None:
        first = access.begin(admin, "000000000000", group)
        for number in range(1, 10):
            access.begin(admin, f"{number:012}", group)
        access.sso_refused("CreateAccountAssignment", CONFLICT, **assigned(admin, MEMBER, group))
        access.finished("creation", first)
        access.begin(admin, MEMBER, group)

    def test_requests_are_listed_and_described_by_their_kind(self, access: Access, admin: str, group: str) -> None:
        done = access.assign(admin, MEMBER, group)
        running = access.begin(admin, MANAGEMENT, group)
        listed = access.sso("ListAccountAssignmentCreationStatus", Filter={"Status": "IN_PROGRESS"})
        assert [each["RequestId"] for each in listed["AccountAssignmentsCreationStatus"]] == [running["RequestId"]]
        listed = access.sso("ListAccountAssignmentCreationStatus")
        assert len(listed["AccountAssignmentsCreationStatus"]) == 2
        assert access.sso("ListAccountAssignmentDeletionStatus") == {"AccountAssignmentsDeletionStatus": []}
        operation, name = REQUESTS["deletion"]
        access.sso_refused(operation, ABSENT, **{name: done["RequestId"]})
        access.sso_refused(REQUESTS["creation"][0], ABSENT, **{REQUESTS["creation"][1]: STRANGER})

    def test_an_account_that_leaves_loses_them(self, access: Access, clock: Clock, admin: str, group: str) -> None:
        access.assign(admin, MEMBER, group)
        clock.now += 5 * 86_400
        access.call("RemoveAccountFromOrganization", AccountId=MEMBER)
        assert access.accounts(admin) == []
        access.sso("DeletePermissionSet", PermissionSetArn=admin)


class TestByPrincipal:
    def of(self, access: Access, principal: str, type: str, **more: Any) -> list[tuple[str, str]]:
        params = {"PrincipalId": principal, "PrincipalType": type, **more}
        answer = access.sso("ListAccountAssignmentsForPrincipal", **params)
        return [(each["AccountId"], each["PrincipalId"]) for each in answer["AccountAssignments"]]

    def test_a_user_has_those_of_its_groups_too(self, access: Access, admin: str, group: str) -> None:
        user = access.user()
        member = {"GroupId": group, "MemberId": {"UserId": user}}
        membership = access.in_store("CreateGroupMembership", **member)["MembershipId"]
        access.store_refused("CreateGroupMembership", CONFLICT, "UNIQUENESS_CONSTRAINT_VIOLATION", **member)
        access.assign(admin, MEMBER, group)
        access.assign(admin, MANAGEMENT, user, "USER")
        assert self.of(access, user, "USER") == [(MANAGEMENT, user), (MEMBER, group)]
        assert self.of(access, user, "USER", Filter={"AccountId": MEMBER}) == [(MEMBER, group)]
        assert self.of(access, group, "GROUP") == [(MEMBER, group)]
        access.in_store("DeleteGroupMembership", MembershipId=membership)
        assert self.of(access, user, "USER") == [(MANAGEMENT, user)]
        access.store_refused("DeleteGroupMembership", ABSENT, MembershipId=membership)

    def test_only_the_management_account_asks_so(self, access: Access, group: str) -> None:
        delegate(access)
        with pytest.raises(ServiceError, match=DENIED):
            access.sso("ListAccountAssignmentsForPrincipal", PrincipalId=group, PrincipalType="GROUP", caller=MEMBER)

    def test_an_unknown_principal_is_not_found_a_deleted_one_is(self, access: Access, admin: str, group: str) -> None:
        stranger = {"PrincipalId": STRANGER, "PrincipalType": "GROUP"}
        access.sso_refused("ListAccountAssignmentsForPrincipal", ABSENT, **stranger)
        access.assign(admin, MEMBER, group)
        access.in_store("DeleteGroup", GroupId=group)
        assert self.of(access, group, "GROUP") == [(MEMBER, group)]
        access.unassign(admin, MEMBER, group)


def delegate(access: Access) -> None:
    access.call("EnableAWSServiceAccess", ServicePrincipal="sso.amazonaws.com")
    access.call("RegisterDelegatedAdministrator", AccountId=MEMBER, ServicePrincipal="sso.amazonaws.com")


def test_a_delegate_leaves_what_is_in_the_management_account_alone(access: Access, admin: str, group: str) -> None:
    delegate(access)
    with pytest.raises(ServiceError, match=DENIED):
        access.sso("CreateAccountAssignment", caller=MEMBER, **assigned(admin, MANAGEMENT, group))
    access.sso("UpdatePermissionSet", caller=MEMBER, PermissionSetArn=admin)
    access.assign(admin, MANAGEMENT, group)
    with pytest.raises(ServiceError, match=DENIED):
        access.sso("UpdatePermissionSet", caller=MEMBER, PermissionSetArn=admin)


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("UpdatePermissionSet", {"Description": "new"}),
    ("AttachManagedPolicyToPermissionSet", {"ManagedPolicyArn": READ}),
    ("AttachCustomerManagedPolicyReferenceToPermissionSet", {"CustomerManagedPolicyReference": {"Name": "base"}}),
    ("PutPermissionsBoundaryToPermissionSet", {"PermissionsBoundary": {"ManagedPolicyArn": READ}}),
]


class TestProvisioning:
    @pytest.mark.parametrize(("operation", "params"), CHANGES, ids=lambda each: str(each)[:30])
    def test_a_changed_set_is_outdated_until_it_is_provisioned(
        self, access: Access, admin: str, group: str, operation: str, params: dict[str, Any]
    ) -> None:
        access.assign(admin, MEMBER, group)
        access.sso(operation, PermissionSetArn=admin, **params)
        assert (access.accounts(admin, "PROVISIONED"), access.accounts(admin, "NOT_PROVISIONED")) == ([], [MEMBER])
        assert access.provision(admin)["Status"] == "SUCCEEDED"
        assert (access.accounts(admin, "PROVISIONED"), access.accounts(admin, "NOT_PROVISIONED")) == ([MEMBER], [])

    def test_tags_change_nothing_in_accounts(self, access: Access, admin: str, group: str) -> None:
        access.assign(admin, MEMBER, group)
        access.sso("TagResource", ResourceArn=admin, Tags=tag_list(a="b"))
        assert access.accounts(admin, "NOT_PROVISIONED") == []

    def test_one_account_is_provisioned_alone(self, access: Access, admin: str, group: str) -> None:
        access.assign(admin, MEMBER, group)
        access.assign(admin, MANAGEMENT, group)
        access.sso("UpdatePermissionSet", PermissionSetArn=admin)
        status = access.provision(admin, MEMBER)
        assert (status["Status"], status["AccountId"]) == ("SUCCEEDED", MEMBER)
        assert access.accounts(admin, "NOT_PROVISIONED") == [MANAGEMENT]
        outdated = access.sso(
            "ListPermissionSetsProvisionedToAccount",
            AccountId=MANAGEMENT,
            ProvisioningStatus="LATEST_PERMISSION_SET_NOT_PROVISIONED",
        )
        assert outdated["PermissionSets"] == [admin]

    def test_a_set_that_nobody_has_is_provisioned_nowhere(self, access: Access, admin: str) -> None:
        assert access.provision(admin)["Status"] == "SUCCEEDED"
        there = {"PermissionSetArn": admin, "TargetId": MEMBER, "TargetType": "AWS_ACCOUNT"}
        access.sso_refused("ProvisionPermissionSet", ABSENT, **there)

    def test_the_target_fits_its_type(self, access: Access, admin: str) -> None:
        access.sso_refused("ProvisionPermissionSet", WRONG, PermissionSetArn=admin, TargetType="AWS_ACCOUNT")
        access.sso_refused("ProvisionPermissionSet", WRONG, PermissionSetArn=admin, TargetId=MEMBER, **ALL)

    def test_a_change_meanwhile_is_not_provisioned(self, access: Access, admin: str, group: str) -> None:
        access.assign(admin, MEMBER, group)
        access.sso("UpdatePermissionSet", PermissionSetArn=admin, Description="one")
        (status,) = access.sso("ProvisionPermissionSet", PermissionSetArn=admin, **ALL).values()
        access.sso_refused("ProvisionPermissionSet", CONFLICT, PermissionSetArn=admin, **ALL)
        access.sso("UpdatePermissionSet", PermissionSetArn=admin, Description="two")
        access.finished("provisioning", status)
        assert access.accounts(admin, "NOT_PROVISIONED") == [MEMBER]
        listed = access.sso("ListPermissionSetProvisioningStatus")["PermissionSetsProvisioningStatus"]
        assert [each["Status"] for each in listed] == ["SUCCEEDED"]
