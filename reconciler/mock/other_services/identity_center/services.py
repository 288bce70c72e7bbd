"""The operations of IAM Identity Center and of its identity store, with their rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from reconciler.mock.backend import Backend
from reconciler.mock.other_services.identity_center import permission_sets, roles, rules, store
from reconciler.mock.other_services.service import Answer, Rule, Service
from reconciler.model.api import Params, Response


def instances_listed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_ListInstances.html"""
    center = organization.identity_center
    if center is None or (center.region != organization.region and params.get("RegionScope") != "ALL_REGIONS"):
        return {"Instances": []}
    return {"Instances": [_instance(organization)]}


def instance_described(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DescribeInstance.html"""
    return _instance(organization)


def _instance(organization: Backend) -> Response:
    center = rules.center_of(organization)
    return {
        "InstanceArn": center.arn,
        "IdentityStoreId": center.store,
        "OwnerAccountId": organization.account_id,
        "Status": "ACTIVE",
        "PrimaryRegion": center.region,
    }


_OF_INSTANCE = (rules.caller_administers, rules.instance_exists)
_OF_SET = (*_OF_INSTANCE, rules.permission_set_exists)
_CHANGE = (*_OF_SET, rules.delegate_leaves_the_management_account_alone)
_ATTACH = (*_CHANGE, rules.policy_is_not_in_set, rules.policies_of_set_below_maximum)
_DETACH = (*_CHANGE, rules.policy_is_in_set)
_TAGGED = (*_OF_INSTANCE, rules.tagged_set_exists)
_STATUS = (*_OF_INSTANCE, rules.role_request_exists)
_IN_STORE = (rules.caller_administers, rules.store_exists)

_SSO: Mapping[str, tuple[Answer, Sequence[Rule]]] = {
    "ListInstances": (instances_listed, ()),
    "DescribeInstance": (instance_described, (rules.caller_administers, rules.instance_is_visible)),
    "CreatePermissionSet": (
        permission_sets.create,
        (
            *_OF_INSTANCE,
            rules.permission_set_name_is_unique,
            rules.session_lasts_one_to_twelve_hours,
            rules.tags_of_set_below_maximum,
        ),
    ),
    "UpdatePermissionSet": (permission_sets.update, (*_CHANGE, rules.session_lasts_one_to_twelve_hours)),
    "DeletePermissionSet": (permission_sets.delete, (*_CHANGE, rules.permission_set_is_not_assigned)),
    "DescribePermissionSet": (permission_sets.described, _OF_SET),
    "ListPermissionSets": (permission_sets.listed, _OF_INSTANCE),
    "AttachManagedPolicyToPermissionSet": (permission_sets.attach_managed, _ATTACH),
    "DetachManagedPolicyFromPermissionSet": (permission_sets.detach_managed, _DETACH),
    "ListManagedPoliciesInPermissionSet": (permission_sets.managed_listed, _OF_SET),
    "AttachCustomerManagedPolicyReferenceToPermissionSet": (permission_sets.attach_customer_managed, _ATTACH),
    "DetachCustomerManagedPolicyReferenceFromPermissionSet": (permission_sets.detach_customer_managed, _DETACH),
    "ListCustomerManagedPolicyReferencesInPermissionSet": (permission_sets.customer_managed_listed, _OF_SET),
    "PutInlinePolicyToPermissionSet": (
        permission_sets.put_inline,
        (*_CHANGE, rules.inline_policy_is_valid, rules.inline_policy_fits),
    ),
    "GetInlinePolicyForPermissionSet": (permission_sets.get_inline, _OF_SET),
    "DeleteInlinePolicyFromPermissionSet": (permission_sets.delete_inline, _CHANGE),
    "PutPermissionsBoundaryToPermissionSet": (
        permission_sets.put_boundary,
        (*_CHANGE, rules.boundary_is_one_policy),
    ),
    "GetPermissionsBoundaryForPermissionSet": (permission_sets.get_boundary, _OF_SET),
    "DeletePermissionsBoundaryFromPermissionSet": (
        permission_sets.delete_boundary,
        (*_CHANGE, rules.boundary_exists),
    ),
    "TagResource": (permission_sets.tag, (*_TAGGED, rules.tags_of_set_below_maximum)),
    "UntagResource": (permission_sets.untag, _TAGGED),
    "ListTagsForResource": (permission_sets.tags_listed, _TAGGED),
    "ProvisionPermissionSet": (
        roles.provision,
        (*_CHANGE, rules.provisioning_has_its_target, rules.roles_of_account_are_not_being_changed),
    ),
    "DescribePermissionSetProvisioningStatus": (roles.status, _STATUS),
    "ListPermissionSetProvisioningStatus": (partial(roles.statuses, "provisioning"), _OF_INSTANCE),
    "ListAccountsForProvisionedPermissionSet": (roles.accounts_listed, _OF_SET),
    "ListPermissionSetsProvisionedToAccount": (roles.sets_listed, _OF_INSTANCE),
    "CreateAccountAssignment": (
        roles.create_assignment,
        (*_CHANGE, rules.creations_below_maximum, rules.roles_of_account_are_not_being_changed),
    ),
    "DescribeAccountAssignmentCreationStatus": (roles.status, _STATUS),
    "ListAccountAssignmentCreationStatus": (partial(roles.statuses, "creation"), _OF_INSTANCE),
    "DeleteAccountAssignment": (
        roles.delete_assignment,
        (*_CHANGE, rules.roles_of_account_are_not_being_changed, rules.assignment_exists),
    ),
    "DescribeAccountAssignmentDeletionStatus": (roles.status, _STATUS),
    "ListAccountAssignmentDeletionStatus": (partial(roles.statuses, "deletion"), _OF_INSTANCE),
    "ListAccountAssignments": (roles.assignments_of_pair, _OF_SET),
    "ListAccountAssignmentsForPrincipal": (
        roles.assignments_of_principal,
        (rules.caller_is_the_management_account, rules.instance_exists, rules.assigned_principal_is_known),
    ),
}
_STORE: Mapping[str, tuple[Answer, Sequence[Rule]]] = {
    "ListGroups": (store.groups_listed, _IN_STORE),
    "ListUsers": (store.users_listed, _IN_STORE),
    "GetGroupId": (store.group_id, _IN_STORE),
    "GetUserId": (store.user_id, _IN_STORE),
    "DescribeGroup": (store.group_described, (*_IN_STORE, rules.group_exists)),
    "DescribeUser": (store.user_described, (*_IN_STORE, rules.user_exists)),
    "CreateGroup": (store.create_group, (*_IN_STORE, rules.group_has_a_name, rules.group_name_is_new)),
    "CreateUser": (store.create_user, (*_IN_STORE, rules.user_has_a_name, rules.user_name_is_new)),
    "DeleteGroup": (store.delete_group, (*_IN_STORE, rules.group_exists)),
    "DeleteUser": (store.delete_user, (*_IN_STORE, rules.user_exists)),
    "CreateGroupMembership": (
        store.create_membership,
        (*_IN_STORE, rules.group_exists, rules.user_exists, rules.user_is_no_member),
    ),
    "DeleteGroupMembership": (store.delete_membership, (*_IN_STORE, rules.membership_exists)),
}

_SSO_LISTS = {
    "ListInstances": "Instances",
    "ListPermissionSets": "PermissionSets",
    "ListManagedPoliciesInPermissionSet": "AttachedManagedPolicies",
    "ListCustomerManagedPolicyReferencesInPermissionSet": "CustomerManagedPolicyReferences",
    "ListTagsForResource": "Tags",
    "ListPermissionSetProvisioningStatus": "PermissionSetsProvisioningStatus",
    "ListAccountsForProvisionedPermissionSet": "AccountIds",
    "ListPermissionSetsProvisionedToAccount": "PermissionSets",
    "ListAccountAssignmentCreationStatus": "AccountAssignmentsCreationStatus",
    "ListAccountAssignmentDeletionStatus": "AccountAssignmentsDeletionStatus",
    "ListAccountAssignments": "AccountAssignments",
    "ListAccountAssignmentsForPrincipal": "AccountAssignments",
}


def _service(
    prefix: str, model: str, table: Mapping[str, tuple[Answer, Sequence[Rule]]], lists: Mapping[str, str]
) -> Service:
    answers = {name: answer for name, (answer, _) in table.items()}
    found = {name: checked for name, (_, checked) in table.items()}
    return Service(prefix, model, answers, invalid="ValidationException", rules=found, lists=lists)


SERVICES = (
    _service("sso", "sso-admin", _SSO, _SSO_LISTS),
    _service("identitystore", "identitystore", _STORE, {"ListGroups": "Groups", "ListUsers": "Users"}),
)
