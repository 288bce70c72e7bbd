"""A large organization with people in it, as an `Api` that only reads: accounts, permission sets and groups by number.

Every group has one permission set, by its number, in every account. Pages are those of the service.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from reconciler.errors import AccessDenied, ServiceError
from reconciler.model.api import REGION, Params, Response

MANAGEMENT = "100000000000"
INSTANCE = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
_SETS, _GROUPS = "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-", "90670a5e-"


class LargeOrganization:
    """`calls` counts them. With `delegated`, the caller is not in the management account, as IAM Identity Center sees
    it; `hidden` assignments are those of a group that was deleted: (set, account) by number."""

    def __init__(
        self,
        accounts: int,
        sets: int,
        groups: int,
        *,
        units: int = 20,
        delegated: bool = False,
        hidden: Sequence[tuple[int, int]] = (),
        region: str = "eu-west-1",
    ) -> None:
        self.calls: Counter[str] = Counter()
        self.accounts = [MANAGEMENT, *(str(200_000_000_000 + each) for each in range(accounts - 1))]
        self.sets, self.groups, self.units = sets, groups, units
        self.caller = f"arn:aws:iam::{MANAGEMENT}:user/admin"
        self._delegated, self._hidden, self._region = delegated, set(hidden), region
        self._empty: set[tuple[int, int]] = set()

    def hide(self, number: int, account: int) -> None:
        """Gives the deleted group a permission set in an account, both by number."""
        self._hidden.add((number, account))

    def call(self, operation: str, params: Params) -> Response:
        self.calls[operation] += 1
        service, _, name = operation.rpartition(":")
        if service == "sso" and name == "ListInstances":
            return {"Instances": [self._instance()] if params.get(REGION) == self._region else []}
        method = getattr(self, f"_{name}", None)
        if method is None:
            raise ServiceError(operation, "NotImplemented", "this organization has no such operation")
        answer: Response | tuple[str, list[Any]] = method(params)
        return answer if isinstance(answer, dict) else _page(answer[0], answer[1], params)

    def without(self, number: int, account: int) -> None:
        """Takes a permission set from everybody in an account, both by number."""
        self._empty.add((number, account))

    def spec(self) -> Iterator[str]:
        """The lines of the spec that declares the same."""
        yield "version: 1\nroot:\n  accounts:\n    management: {id: '" + MANAGEMENT + "'}\n  organizational_units:"
        for unit in range(self.units):
            yield f"    U{unit:02}:\n      accounts:"
            for index in range(1 + unit, len(self.accounts), self.units):
                yield f"        a{index:04}: {{id: '{self.accounts[index]}'}}"
        yield "identity_center:\n  permission_sets:"
        for number in range(self.sets):
            yield f"    Set{number:02}: {{managed: [ReadOnlyAccess], session: 1h}}"
        yield "  assignments:"
        for number in range(self.sets):
            groups = ", ".join(f"Group{each:02}" for each in self._groups_of(number))
            yield f"    - {{permission_set: Set{number:02}, groups: [{groups}], to: ['ou:/**']}}"

    def _groups_of(self, number: int) -> list[int]:
        return [each for each in range(self.groups) if each % self.sets == number]

    def _instance(self) -> dict[str, str]:
        return {"InstanceArn": INSTANCE, "IdentityStoreId": "d-1234567890", "OwnerAccountId": MANAGEMENT}

    # ---- AWS Organizations ------------------------------------------------------------------------------------------

    def _DescribeOrganization(self, params: Params) -> Response:  # noqa: N802  # operations, as the service names them
        arn = f"arn:aws:organizations::{MANAGEMENT}:organization/o-exampleorgid"
        about = {"Id": "o-exampleorgid", "Arn": arn, "MasterAccountId": MANAGEMENT, "FeatureSet": "ALL"}
        return {"Organization": about}

    def _GetCallerIdentity(self, params: Params) -> Response:  # noqa: N802
        return {"Arn": self.caller}

    def _GetResources(self, params: Params) -> Response:  # noqa: N802
        return {"ResourceTagMappingList": []}

    def _ListRoots(self, params: Params) -> Response:  # noqa: N802
        return {"Roots": [{"Id": "r-exam", "PolicyTypes": []}]}

    def _ListOrganizationalUnitsForParent(self, params: Params) -> tuple[str, list[Any]]:  # noqa: N802
        units = [{"Id": f"ou-exam-{each:08}", "Name": f"U{each:02}"} for each in range(self.units)]
        return "OrganizationalUnits", units if params["ParentId"] == "r-exam" else []

    def _ListAccounts(self, params: Params) -> tuple[str, list[Any]]:  # noqa: N802
        return "Accounts", [
            {
                "Id": id, "Name": f"a{index:04}", "Email": f"a{index}@example.com", "State": "ACTIVE",
                "Paths": [f"o-exampleorgid/r-exam/{self._unit(index)}{id}/"],
            }
            for index, id in enumerate(self.accounts)
        ]  # fmt: skip

    def _unit(self, index: int) -> str:
        return f"ou-exam-{(index - 1) % self.units:08}/" if index else ""

    # ---- IAM Identity Center ----------------------------------------------------------------------------------------

    def _ListGroups(self, params: Params) -> tuple[str, list[Any]]:  # noqa: N802
        return "Groups", [
            {"GroupId": f"{_GROUPS}{each}", "DisplayName": f"Group{each:02}"} for each in range(self.groups)
        ]

    def _ListUsers(self, params: Params) -> tuple[str, list[Any]]:  # noqa: N802
        return "Users", []

    def _ListPermissionSets(self, params: Params) -> tuple[str, list[Any]]:  # noqa: N802
        return "PermissionSets", [f"{_SETS}{each}" for each in range(self.sets)]

    def _DescribePermissionSet(self, params: Params) -> Response:  # noqa: N802
        arn = params["PermissionSetArn"]
        name = f"Set{int(arn.removeprefix(_SETS)):02}"
        return {"PermissionSet": {"Name": name, "PermissionSetArn": arn, "SessionDuration": "PT1H"}}

    def _ListManagedPoliciesInPermissionSet(self, params: Params) -> tuple[str, list[Any]]:  # noqa: N802
        arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
        return "AttachedManagedPolicies", [{"Name": "ReadOnlyAccess", "Arn": arn}]

    def _ListCustomerManagedPolicyReferencesInPermissionSet(self, params: Params) -> tuple[str, list[Any]]:  # noqa: N802
        return "CustomerManagedPolicyReferences", []

    def _GetInlinePolicyForPermissionSet(self, params: Params) -> Response:  # noqa: N802
        return {"InlinePolicy": ""}

    def _GetPermissionsBoundaryForPermissionSet(self, params: Params) -> Response:  # noqa: N802
        raise ServiceError("sso:GetPermissionsBoundaryForPermissionSet", "ResourceNotFoundException", "there is none")

    def _ListTagsForResource(self, params: Params) -> tuple[str, list[Any]]:  # noqa: N802
        return "Tags", []

    def _ListAccountsForProvisionedPermissionSet(self, params: Params) -> tuple[str, list[Any]]:  # noqa: N802
        number = int(params["PermissionSetArn"].removeprefix(_SETS))
        return "AccountIds", [] if "ProvisioningStatus" in params else self._having(number)

    def _having(self, number: int) -> list[str]:
        return [id for place, id in enumerate(self.accounts) if place and (number, place) not in self._empty]

    def _ListAccountAssignmentsForPrincipal(self, params: Params) -> tuple[str, list[Any]]:  # noqa: N802
        if self._delegated:
            raise AccessDenied("only the management account may ask")
        group = params["PrincipalId"]
        number = int(group.removeprefix(_GROUPS))
        return "AccountAssignments", [
            {"AccountId": id, "PermissionSetArn": f"{_SETS}{each}", "PrincipalId": group, "PrincipalType": "GROUP"}
            for each in (number % self.sets,)
            for id in self._having(each)
        ]

    def _ListAccountAssignments(self, params: Params) -> tuple[str, list[Any]]:  # noqa: N802
        number = int(params["PermissionSetArn"].removeprefix(_SETS))
        hidden = (number, self.accounts.index(params["AccountId"])) in self._hidden
        groups = [*(f"{_GROUPS}{each}" for each in self._groups_of(number)), *(["deleted-group"] if hidden else [])]
        return "AccountAssignments", [{"PrincipalType": "GROUP", "PrincipalId": each} for each in groups]


def _page(member: str, items: list[Any], params: Params) -> Response:
    size, start = params.get("MaxResults", len(items)), int(params.get("NextToken", 0))
    end = start + size
    return {member: items[start:end], **({"NextToken": str(end)} if end < len(items) else {})}
