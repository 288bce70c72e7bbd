"""IAM Identity Center of a mocked organization, with short ways to call it."""

from __future__ import annotations

from typing import Any

from reconciler.mock import MockOrganization
from reconciler.model.api import REGION
from tests.unit.mock.world import World

READ = "arn:aws:iam::aws:policy/ReadOnlyAccess"


class Access(World):
    """Calls have the instance's ARN, or the id of its identity store, where they need one."""

    def __init__(self, mock: MockOrganization) -> None:
        super().__init__(mock)
        (instance,) = self.call("sso:ListInstances")["Instances"]
        self.instance, self.store = instance["InstanceArn"], instance["IdentityStoreId"]

    def sso(self, operation: str, *, caller: str | None = None, region: str | None = None, **params: Any) -> Any:
        return self.mock.call(f"sso:{operation}", {**self._of(region), **params}, caller=caller)

    def sso_refused(self, operation: str, code: str, detail: str | None = None, **params: Any) -> None:
        self.refused(f"sso:{operation}", code, detail, **{"InstanceArn": self.instance, **params})

    def in_store(self, operation: str, **params: Any) -> Any:
        return self.call(f"identitystore:{operation}", IdentityStoreId=self.store, **params)

    def store_refused(self, operation: str, code: str, detail: str | None = None, **params: Any) -> None:
        self.refused(f"identitystore:{operation}", code, detail, **{"IdentityStoreId": self.store, **params})

    def _of(self, region: str | None) -> dict[str, str]:
        return {"InstanceArn": self.instance, **({REGION: region} if region else {})}

    def set(self, name: str = "Admin", **params: Any) -> str:
        """A new permission set."""
        return str(self.sso("CreatePermissionSet", Name=name, **params)["PermissionSet"]["PermissionSetArn"])

    def described(self, arn: str) -> Any:
        return self.sso("DescribePermissionSet", PermissionSetArn=arn)["PermissionSet"]

    def group(self, name: str = "Platform") -> str:
        return str(self.in_store("CreateGroup", DisplayName=name)["GroupId"])

    def user(self, name: str = "ann") -> str:
        return str(self.in_store("CreateUser", UserName=name)["UserId"])

    def begin(self, permission_set: str, account: str, principal: str, type: str = "GROUP") -> Any:
        """The answer to a request for an assignment."""
        params = assigned(permission_set, account, principal, type)
        return self.sso("CreateAccountAssignment", **params)["AccountAssignmentCreationStatus"]

    def finished(self, kind: str, status: Any) -> Any:
        """The status of a request once it is not in progress any more."""
        operation, name = REQUESTS[kind]
        while status["Status"] == "IN_PROGRESS":
            (status,) = self.sso(operation, **{name: status["RequestId"]}).values()
        return status

    def assign(self, permission_set: str, account: str, principal: str, type: str = "GROUP") -> Any:
        return self.finished("creation", self.begin(permission_set, account, principal, type))

    def unassign(self, permission_set: str, account: str, principal: str, type: str = "GROUP") -> Any:
        (status,) = self.sso("DeleteAccountAssignment", **assigned(permission_set, account, principal, type)).values()
        return self.finished("deletion", status)

    def provision(self, permission_set: str, account: str | None = None) -> Any:
        target = {"TargetId": account, "TargetType": "AWS_ACCOUNT"} if account else ALL
        (status,) = self.sso("ProvisionPermissionSet", PermissionSetArn=permission_set, **target).values()
        return self.finished("provisioning", status)

    def accounts(self, permission_set: str, status: str | None = None) -> list[str]:
        """Where the permission set is provisioned."""
        wanted = {"ProvisioningStatus": f"LATEST_PERMISSION_SET_{status}"} if status else {}
        answer = self.sso("ListAccountsForProvisionedPermissionSet", PermissionSetArn=permission_set, **wanted)
        found: list[str] = answer["AccountIds"]
        return found

    def holders(self, permission_set: str, account: str) -> list[str]:
        """Who has the permission set in the account."""
        answer = self.sso("ListAccountAssignments", PermissionSetArn=permission_set, AccountId=account)
        return [each["PrincipalId"] for each in answer["AccountAssignments"]]


REQUESTS = {
    "creation": ("DescribeAccountAssignmentCreationStatus", "AccountAssignmentCreationRequestId"),
    "deletion": ("DescribeAccountAssignmentDeletionStatus", "AccountAssignmentDeletionRequestId"),
    "provisioning": ("DescribePermissionSetProvisioningStatus", "ProvisionPermissionSetRequestId"),
}
"""The operation that describes a request, and its parameter."""
ALL = {"TargetType": "ALL_PROVISIONED_ACCOUNTS"}


def assigned(permission_set: str, account: str, principal: str, type: str = "GROUP") -> dict[str, str]:
    """The parameters of a call about one assignment."""
    return {
        "PermissionSetArn": permission_set,
        "TargetId": account,
        "TargetType": "AWS_ACCOUNT",
        "PrincipalType": type,
        "PrincipalId": principal,
    }
