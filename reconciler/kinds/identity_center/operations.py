"""The operations of IAM Identity Center and of its identity store.

All operations of IAM Identity Center together have 20 calls a second
(https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html); the identity store publishes no rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reconciler.model.operation import Answer, ErrorMeaning, Operation

_PACE = 20
_STORE = 10
_BUCKET, _STORE_BUCKET = "sso:DescribePermissionSet", "identitystore:ListGroups"
"""The operations that the buckets of all are named after."""


def _fields(**fields: type) -> Mapping[str, type]:
    return MappingProxyType(fields)


_WRITE: Mapping[str, ErrorMeaning] = MappingProxyType(
    {"ConflictException": "busy", "ResourceNotFoundException": "settling"}
)
"""Another change of the same role or permission set is under way; what was just made is not seen yet."""
_CREATES: Mapping[str, ErrorMeaning] = MappingProxyType({**_WRITE, "ConflictException": "look"})
"""The wanted thing is there already, or another change is under way."""


def _read(name: str, answer: Answer, *, pages: bool = False) -> Operation:
    return Operation(f"sso:{name}", _PACE, _PACE, answer, shared_bucket=_BUCKET, page_size=100 if pages else None)


def _write(name: str, answer: Answer | None = None, *, creates: bool = False) -> Operation:
    return Operation(
        f"sso:{name}", _PACE, _PACE, answer, writes=True, repeatable=not creates, shared_bucket=_BUCKET,
        errors=_CREATES if creates else _WRITE,
    )  # fmt: skip


def _attach(name: str) -> Operation:
    return Operation(f"sso:{name}", _PACE, _PACE, writes=True, shared_bucket=_BUCKET, errors=_CREATES)


_STATUS = _fields(Status=str, RequestId=str)
CREATION, DELETION = "AccountAssignmentCreationStatus", "AccountAssignmentDeletionStatus"
PROVISIONING = "PermissionSetProvisioningStatus"

OF_INSTANCE = (
    Operation(
        "sso:ListInstances", _PACE, _PACE, Answer("Instances", list, _fields(InstanceArn=str, IdentityStoreId=str)),
        page_size=None,
    ),
    Operation(
        "identitystore:ListGroups", _STORE, _STORE, Answer("Groups", list, _fields(GroupId=str)), page_size=100,
        shared_bucket=_STORE_BUCKET,
    ),
    Operation(
        "identitystore:ListUsers", _STORE, _STORE, Answer("Users", list, _fields(UserId=str)), page_size=100,
        shared_bucket=_STORE_BUCKET,
    ),
    Operation("identitystore:GetUserId", _STORE, _STORE, Answer("UserId", str), shared_bucket=_STORE_BUCKET),
    Operation("identitystore:DescribeUser", _STORE, _STORE, Answer("UserId", str), shared_bucket=_STORE_BUCKET),
    _read("ListPermissionSets", Answer("PermissionSets", list), pages=True),
    _read("DescribePermissionSet", Answer("PermissionSet", dict, _fields(Name=str, PermissionSetArn=str))),
    _read(
        "ListManagedPoliciesInPermissionSet", Answer("AttachedManagedPolicies", list, _fields(Arn=str)), pages=True
    ),
    _read(
        "ListCustomerManagedPolicyReferencesInPermissionSet",
        Answer("CustomerManagedPolicyReferences", list, _fields(Name=str)), pages=True,
    ),
    _read("GetInlinePolicyForPermissionSet", Answer("InlinePolicy", str)),
    _read("GetPermissionsBoundaryForPermissionSet", Answer("PermissionsBoundary", dict)),
    _read("ListAccountsForProvisionedPermissionSet", Answer("AccountIds", list), pages=True),
    _read(
        "ListAccountAssignmentsForPrincipal",
        Answer("AccountAssignments", list, _fields(AccountId=str, PermissionSetArn=str, PrincipalId=str)), pages=True,
    ),
    _read(
        "ListAccountAssignments",
        Answer("AccountAssignments", list, _fields(PrincipalType=str, PrincipalId=str)), pages=True,
    ),
    Operation(
        "sso:ListTagsForResource", _PACE, _PACE, Answer("Tags", list, _fields(Key=str, Value=str)),
        shared_bucket=_BUCKET, page_size=None,
    ),
)  # fmt: skip

OF_PERMISSION_SETS = (
    _write("CreatePermissionSet", Answer("PermissionSet", dict, _fields(PermissionSetArn=str)), creates=True),
    _write("UpdatePermissionSet"),
    _write("DeletePermissionSet"),
    _attach("AttachManagedPolicyToPermissionSet"),
    _write("DetachManagedPolicyFromPermissionSet"),
    _attach("AttachCustomerManagedPolicyReferenceToPermissionSet"),
    _write("DetachCustomerManagedPolicyReferenceFromPermissionSet"),
    _write("PutInlinePolicyToPermissionSet"),
    _write("DeleteInlinePolicyFromPermissionSet"),
    _write("PutPermissionsBoundaryToPermissionSet"),
    _write("DeletePermissionsBoundaryFromPermissionSet"),
    _write("TagResource"),
    _write("UntagResource"),
    _write("ProvisionPermissionSet", Answer(PROVISIONING, dict, _STATUS)),
    _read("DescribePermissionSetProvisioningStatus", Answer(PROVISIONING, dict, _STATUS)),
)

OF_ASSIGNMENTS = (
    _write("CreateAccountAssignment", Answer(CREATION, dict, _STATUS), creates=True),
    _read("DescribeAccountAssignmentCreationStatus", Answer(CREATION, dict, _STATUS)),
    _write("DeleteAccountAssignment", Answer(DELETION, dict, _STATUS)),
    _read("DescribeAccountAssignmentDeletionStatus", Answer(DELETION, dict, _STATUS)),
)
