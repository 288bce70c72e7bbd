"""The rules of IAM Identity Center and of its identity store."""

from __future__ import annotations

import json

from reconciler.kinds.identity_center import policies
from reconciler.kinds.identity_center.permission_set_shape import MOST_CHARACTERS, MOST_POLICIES, wrong_statements
from reconciler.mock.backend import Backend
from reconciler.mock.identity_center import Assignment, IdentityCenter, PermissionSet
from reconciler.mock.refusal import Refusal
from reconciler.model.api import Params
from reconciler.model.document import minified

PRINCIPAL = "sso.amazonaws.com"
CREATIONS = 10
"""https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html"""
TAGS = 50
"""https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html"""
REQUESTS = {
    "AccountAssignmentCreationRequestId": "creation",
    "AccountAssignmentDeletionRequestId": "deletion",
    "ProvisionPermissionSetRequestId": "provisioning",
}
"""The kinds of requests, by the parameters that name one."""


def absent(text: str) -> Refusal:
    return Refusal("ResourceNotFoundException", text)


def _conflict(text: str) -> Refusal:
    return Refusal("ConflictException", text)


def _wrong(text: str) -> Refusal:
    return Refusal("ValidationException", text)


def _not_unique() -> Refusal:
    text = "The operation failed because an attribute has to be unique."
    return Refusal("ConflictException", text, "UNIQUENESS_CONSTRAINT_VIOLATION")


def _denied() -> Refusal:
    return Refusal("AccessDeniedException", "You do not have sufficient access to perform this action.")


def center_of(organization: Backend) -> IdentityCenter:
    """The instance, after the rule that there is one."""
    assert organization.identity_center is not None
    return organization.identity_center


def set_of(organization: Backend, params: Params) -> PermissionSet:
    """The permission set that a call names, after the rule that there is one."""
    return center_of(organization).sets[params["PermissionSetArn"]]


def assignment_of(params: Params) -> Assignment:
    """The assignment that a call creates or deletes."""
    return Assignment(params["PermissionSetArn"], params["TargetId"], params["PrincipalType"], params["PrincipalId"])


def reference_of(params: Params) -> tuple[str, str]:
    """The customer managed policy that a call names, with its path."""
    reference = params["CustomerManagedPolicyReference"]
    return reference["Name"], reference.get("Path", "/")


# ---- the caller and the instance -------------------------------------------------------------------------------


def caller_administers(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/delegated-admin.html"""
    if organization.caller not in (organization.account_id, *organization.administrators(PRINCIPAL)):
        raise _denied()


def caller_is_the_management_account(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListAccountAssignmentsForPrincipal.html"""
    if organization.caller != organization.account_id:
        raise _denied()


def delegate_leaves_the_management_account_alone(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/delegated-admin.html"""
    management = organization.account_id
    accounts = (*center_of(organization).accounts_with(params["PermissionSetArn"]), params.get("TargetId"))
    if organization.caller != management and management in accounts:
        raise _denied()


def instance_is_visible(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DescribeInstance.html

    An instance that was deleted is answered so; the mock answers so for every one that is not in the Region."""
    center = organization.identity_center
    if center is None or (center.region, center.arn) != (organization.region, params["InstanceArn"]):
        raise _denied()


def instance_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListPermissionSets.html

    Permission sets and assignments are only in the Region of the instance."""
    center = organization.identity_center
    if center is None or center.region != organization.region or params.get("InstanceArn", center.arn) != center.arn:
        raise absent("The instance was not found.")


def store_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_ListGroups.html"""
    center = organization.identity_center
    store = params["IdentityStoreId"].rpartition("/")[2]
    if center is None or (center.region, center.store) != (organization.region, store):
        raise absent("The identity store was not found.")


# ---- permission sets -------------------------------------------------------------------------------------------


def permission_set_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DescribePermissionSet.html"""
    if params["PermissionSetArn"] not in center_of(organization).sets:
        raise absent("The permission set was not found.")


def permission_set_name_is_unique(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html"""
    if any(each.name == params["Name"] for each in center_of(organization).sets.values()):
        raise _conflict(f"PermissionSet with name {params['Name']} already exists.")


def session_lasts_one_to_twelve_hours(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html"""
    try:
        policies.duration(params.get("SessionDuration", "PT1H"))
    except ValueError:
        raise _wrong("SessionDuration has to be from one to twelve hours.") from None


def permission_set_is_not_assigned(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DeletePermissionSet.html"""
    if center_of(organization).accounts_with(params["PermissionSetArn"]):
        raise _conflict("Could not delete because PermissionSet has ApplicationProfile associated with it.")


def tagged_set_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_TagResource.html"""
    if params["ResourceArn"] not in center_of(organization).sets:
        raise absent("The resource was not found.")


def tags_of_set_below_maximum(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/tagging.html"""
    found = center_of(organization).sets.get(params.get("ResourceArn", ""))
    if len({*(each["Key"] for each in params.get("Tags", ())), *(found.tags if found else ())}) > TAGS:
        raise Refusal("ServiceQuotaExceededException", f"A resource can have {TAGS} tags.")


# ---- what a permission set consists of -------------------------------------------------------------------------


def policy_is_not_in_set(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_AttachManagedPolicyToPermissionSet.html"""
    if _is_attached(organization, params):
        raise _conflict("The policy is attached to the permission set already.")


def policies_of_set_below_maximum(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html"""
    found = set_of(organization, params)
    if len(found.managed) + len(found.customer_managed) >= MOST_POLICIES:
        text = f"A permission set can have {MOST_POLICIES} managed policies."
        raise Refusal("ServiceQuotaExceededException", text)


def policy_is_in_set(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DetachManagedPolicyFromPermissionSet.html"""
    if not _is_attached(organization, params):
        raise absent("The policy is not attached to the permission set.")


def _is_attached(organization: Backend, params: Params) -> bool:
    found = set_of(organization, params)
    if "ManagedPolicyArn" in params:
        return params["ManagedPolicyArn"] in found.managed
    return reference_of(params) in found.customer_managed


def inline_policy_is_valid(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PutInlinePolicyToPermissionSet.html"""
    try:
        document = json.loads(params["InlinePolicy"])
    except ValueError:
        raise _wrong("The inline policy is not JSON.") from None
    if not isinstance(document, dict):
        raise _wrong("The inline policy is not a JSON object.")
    for _, text in wrong_statements(document):
        raise _wrong(f"The inline policy is not valid: {text}.")


def inline_policy_fits(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html"""
    if len(minified(json.loads(params["InlinePolicy"]))) > MOST_CHARACTERS:
        raise Refusal("ServiceQuotaExceededException", f"An inline policy can have {MOST_CHARACTERS:,} characters.")


def boundary_is_one_policy(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PermissionsBoundary.html"""
    if len(params["PermissionsBoundary"]) != 1:
        raise _wrong("A permissions boundary is either an AWS managed or a customer managed policy.")


def boundary_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_GetPermissionsBoundaryForPermissionSet.html"""
    if set_of(organization, params).boundary is None:
        raise absent("The permission set has no permissions boundary.")


# ---- roles in accounts -----------------------------------------------------------------------------------------


def creations_below_maximum(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html"""
    if sum(each.kind == "creation" for each in center_of(organization).running()) >= CREATIONS:
        raise _conflict(f"{CREATIONS} assignments are being created at this time.")


def roles_of_account_are_not_being_changed(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateAccountAssignment.html"""
    center = center_of(organization)
    target = params.get("TargetId")
    accounts = {target} if target else {*center.accounts_with(params["PermissionSetArn"])}
    if any(not accounts.isdisjoint(center.accounts_of(each)) for each in center.running()):
        raise _conflict("Another change of roles in the account is in progress.")


def assignment_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DeleteAccountAssignment.html"""
    if assignment_of(params) not in center_of(organization).assignments:
        raise absent("The assignment was not found.")


def provisioning_has_its_target(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ProvisionPermissionSet.html

    The mock provisions a permission set where it is assigned."""
    target = params.get("TargetId")
    if (target is None) != (params["TargetType"] == "ALL_PROVISIONED_ACCOUNTS"):
        raise _wrong("TargetId names the account where TargetType is AWS_ACCOUNT.")
    if target and target not in center_of(organization).accounts_with(params["PermissionSetArn"]):
        raise absent("The permission set is not provisioned to the account.")


def role_request_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DescribeAccountAssignmentCreationStatus.html"""
    name = next(each for each in REQUESTS if each in params)
    found = center_of(organization).requests.get(params[name])
    if found is None or found.kind != REQUESTS[name]:
        raise absent("The request was not found.")


def assigned_principal_is_known(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListAccountAssignmentsForPrincipal.html

    One that was deleted is known as long as it has assignments."""
    center, id = center_of(organization), params["PrincipalId"]
    if not center.has(params["PrincipalType"], id) and not center.assignments.of_principal(id):
        raise absent("The principal was not found.")


# ---- the identity store ----------------------------------------------------------------------------------------


def group_has_a_name(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_CreateGroup.html"""
    if "DisplayName" not in params:
        raise _wrong("DisplayName is required.")


def group_name_is_new(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_CreateGroup.html"""
    if params["DisplayName"] in center_of(organization).groups.values():
        raise _not_unique()


def user_has_a_name(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_CreateUser.html"""
    if "UserName" not in params:
        raise _wrong("UserName is required.")


def user_name_is_new(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_CreateUser.html"""
    if params["UserName"] in center_of(organization).users.values():
        raise _not_unique()


def group_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_DescribeGroup.html"""
    if params["GroupId"] not in center_of(organization).groups:
        raise absent("GROUP not found.")


def user_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_DescribeUser.html"""
    user = params["MemberId"]["UserId"] if "MemberId" in params else params["UserId"]
    if user not in center_of(organization).users:
        raise absent("USER not found.")


def user_is_no_member(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_CreateGroupMembership.html"""
    member = (params["GroupId"], params["MemberId"]["UserId"])
    if member in center_of(organization).memberships.values():
        raise _not_unique()


def membership_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_DeleteGroupMembership.html"""
    if params["MembershipId"] not in center_of(organization).memberships:
        raise absent("GROUP_MEMBERSHIP not found.")
