"""Permission sets and what they consist of. A change of one leaves its accounts with an earlier version, until it is
provisioned; tags are no such change."""

from __future__ import annotations

from typing import Any

from reconciler.mock.backend import Backend
from reconciler.mock.identity_center import DEFAULT_SESSION, PermissionSet
from reconciler.mock.other_services.identity_center.rules import absent, center_of, reference_of, set_of
from reconciler.model.api import Params, Response


def create(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html"""
    center = center_of(organization)
    made = PermissionSet(
        arn=organization.ids.permission_set(center.arn),
        name=params["Name"],
        created=round(organization.clock(), 3),
        tags={each["Key"]: each["Value"] for each in params.get("Tags", ())},
    )
    center.sets[made.arn] = made
    _set_texts(made, params)
    return {"PermissionSet": made.describe()}


def update(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_UpdatePermissionSet.html

    What is not sent is cleared (https://github.com/hashicorp/terraform-provider-aws/issues/17411).
    """
    _set_texts(set_of(organization, params), params)
    return _changed(organization, params)


def delete(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DeletePermissionSet.html"""
    del center_of(organization).sets[params["PermissionSetArn"]]
    return {}


def described(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DescribePermissionSet.html"""
    return {"PermissionSet": set_of(organization, params).describe()}


def listed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListPermissionSets.html"""
    return {"PermissionSets": list(center_of(organization).sets)}


def _set_texts(permission_set: PermissionSet, params: Params) -> None:
    permission_set.description = params.get("Description")
    permission_set.session = params.get("SessionDuration", DEFAULT_SESSION)
    permission_set.relay_state = params.get("RelayState")


def _changed(organization: Backend, params: Params) -> Response:
    center_of(organization).changed(set_of(organization, params))
    return {}


# ---- policies --------------------------------------------------------------------------------------------------


def attach_managed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_AttachManagedPolicyToPermissionSet.html"""
    set_of(organization, params).managed.append(params["ManagedPolicyArn"])
    return _changed(organization, params)


def detach_managed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DetachManagedPolicyFromPermissionSet.html"""
    set_of(organization, params).managed.remove(params["ManagedPolicyArn"])
    return _changed(organization, params)


def managed_listed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListManagedPoliciesInPermissionSet.html"""
    found = set_of(organization, params).managed
    return {"AttachedManagedPolicies": [{"Name": each.rpartition("/")[2], "Arn": each} for each in found]}


def attach_customer_managed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_AttachCustomerManagedPolicyReferenceToPermissionSet.html"""
    set_of(organization, params).customer_managed.append(reference_of(params))
    return _changed(organization, params)


def detach_customer_managed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DetachCustomerManagedPolicyReferenceFromPermissionSet.html"""
    set_of(organization, params).customer_managed.remove(reference_of(params))
    return _changed(organization, params)


def customer_managed_listed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListCustomerManagedPolicyReferencesInPermissionSet.html"""
    found = set_of(organization, params).customer_managed
    return {"CustomerManagedPolicyReferences": [{"Name": name, "Path": path} for name, path in found]}


def put_inline(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PutInlinePolicyToPermissionSet.html"""
    set_of(organization, params).inline = params["InlinePolicy"]
    return _changed(organization, params)


def get_inline(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_GetInlinePolicyForPermissionSet.html

    The text is empty where there is none."""
    return {"InlinePolicy": set_of(organization, params).inline}


def delete_inline(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DeleteInlinePolicyFromPermissionSet.html

    The page names no error where there is none; the mock changes nothing then."""
    found = set_of(organization, params)
    if found.inline:
        found.inline = ""
        _changed(organization, params)
    return {}


def put_boundary(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PutPermissionsBoundaryToPermissionSet.html"""
    boundary: dict[str, Any] = dict(params["PermissionsBoundary"])
    if reference := boundary.get("CustomerManagedPolicyReference"):
        boundary = {"CustomerManagedPolicyReference": {"Path": "/", **reference}}
    set_of(organization, params).boundary = boundary
    return _changed(organization, params)


def get_boundary(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_GetPermissionsBoundaryForPermissionSet.html"""
    found = set_of(organization, params).boundary
    if found is None:
        raise absent("The permission set has no permissions boundary.")
    return {"PermissionsBoundary": found}


def delete_boundary(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DeletePermissionsBoundaryFromPermissionSet.html"""
    set_of(organization, params).boundary = None
    return _changed(organization, params)


# ---- tags ------------------------------------------------------------------------------------------------------


def tag(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_TagResource.html"""
    tags = center_of(organization).sets[params["ResourceArn"]].tags
    tags |= {each["Key"]: each["Value"] for each in params["Tags"]}
    return {}


def untag(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_UntagResource.html"""
    tags = center_of(organization).sets[params["ResourceArn"]].tags
    for key in params["TagKeys"]:
        tags.pop(key, None)
    return {}


def tags_listed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListTagsForResource.html"""
    tags = center_of(organization).sets[params["ResourceArn"]].tags
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
