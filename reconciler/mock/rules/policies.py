"""Rules for policy types, policies and attachments."""

from __future__ import annotations

from reconciler.mock.backend import Backend
from reconciler.mock.refusal import Refusal, invalid, violates
from reconciler.mock.rules.documents import DOCUMENT_RULES
from reconciler.model.api import Params
from reconciler.model.policy_types import BY_API

POLICY_NUMBER = {"SERVICE_CONTROL_POLICY": 10_000, "RESOURCE_CONTROL_POLICY": 2_000}
"""Policies of a type in an organization; 1,000 of the others.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""


def root_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnablePolicyType.html"""
    if params["RootId"] != organization.root.id:
        raise Refusal("RootNotFoundException", "You specified a root that doesn't exist.")


def features_allow_policies(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_getting-started_concepts.html"""
    if organization.organization.feature_set != "ALL":
        raise Refusal(
            "PolicyTypeNotAvailableForOrganizationException",
            "You can't use the specified policy type with the feature set currently enabled for this organization.",
        )


def type_is_not_enabled(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnablePolicyType.html"""
    if params["PolicyType"] in organization.enabled_types:
        raise Refusal("PolicyTypeAlreadyEnabledException", "The specified policy type is already enabled.")


def type_is_enabled(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DisablePolicyType.html"""
    if params["PolicyType"] not in organization.enabled_types:
        raise _not_enabled()


def policy_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribePolicy.html"""
    if params["PolicyId"] not in organization.catalogue:
        raise Refusal("PolicyNotFoundException", "You specified a policy that doesn't exist.")


def target_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html"""
    if params["TargetId"] not in organization.nodes:
        raise Refusal("TargetNotFoundException", "You specified a target that doesn't exist.")


def policy_is_customer_managed(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_UpdatePolicy.html"""
    if organization.catalogue[params["PolicyId"]].aws_managed:
        raise invalid("IMMUTABLE_POLICY", "You can't change a policy that AWS manages.")


def new_policy_name_is_unique(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html"""
    _refuse_duplicate_name(organization, params["Type"], params["Name"])


def renamed_policy_name_is_unique(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_UpdatePolicy.html"""
    if "Name" in params:
        policy = organization.catalogue[params["PolicyId"]]
        _refuse_duplicate_name(organization, policy.type, params["Name"], except_id=policy.id)


def policies_below_number(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""
    limit = POLICY_NUMBER.get(params["Type"], 1_000)
    if sum(each.type == params["Type"] and not each.aws_managed for each in organization.policies) >= limit:
        raise violates("POLICY_NUMBER_LIMIT_EXCEEDED", f"The organization has {limit} policies of this type.")


def policy_has_no_targets(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeletePolicy.html"""
    if organization.catalogue[params["PolicyId"]].attachments:
        raise Refusal("PolicyInUseException", "The policy is attached to one or more entities: detach it first.")


def type_of_policy_is_enabled(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html"""
    if organization.catalogue[params["PolicyId"]].type not in organization.enabled_types:
        raise _not_enabled()


def policy_is_not_attached(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html"""
    if _is_attached(organization, params):
        raise Refusal("DuplicatePolicyAttachmentException", "The policy is already attached to the specified target.")


def policy_is_attached(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DetachPolicy.html"""
    if not _is_attached(organization, params):
        raise Refusal("PolicyNotAttachedException", "The policy isn't attached to the specified target.")


def attachments_below_maximum(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""
    row = BY_API[organization.catalogue[params["PolicyId"]].type]
    attached = organization.attached(organization.nodes[params["TargetId"]], row.api)
    if row.max_attached is not None and len(attached) >= row.max_attached:
        raise violates(
            "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            f"At most {row.max_attached} policies of type {row.api} can be attached to one target.",
        )


def attachments_above_minimum(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DetachPolicy.html"""
    row = BY_API[organization.catalogue[params["PolicyId"]].type]
    attached = organization.attached(organization.nodes[params["TargetId"]], row.api)
    if len(attached) <= row.min_attached:
        raise violates(
            "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            f"At least {row.min_attached} policy of type {row.api} must stay attached: attach another one first.",
        )


def default_is_detachable(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html"""
    policy = organization.catalogue[params["PolicyId"]]
    if policy.aws_managed and not BY_API[policy.type].default_detachable:
        raise invalid("NON_DETACHABLE_POLICY", f"You can't detach {policy.name}.")


def _is_attached(organization: Backend, params: Params) -> bool:
    return organization.catalogue[params["PolicyId"]] in organization.nodes[params["TargetId"]].attached_policies


def _refuse_duplicate_name(organization: Backend, type: str, name: str, except_id: str | None = None) -> None:
    if any(each.type == type and each.name == name and each.id != except_id for each in organization.policies):
        raise Refusal("DuplicatePolicyException", "A policy with the same name and type already exists.")


def _not_enabled() -> Refusal:
    return Refusal("PolicyTypeNotEnabledException", "This operation can be performed only for enabled policy types.")


RULES = {
    "EnablePolicyType": (root_exists, features_allow_policies, type_is_not_enabled),
    "DisablePolicyType": (root_exists, type_is_enabled),
    "CreatePolicy": (
        features_allow_policies,
        *DOCUMENT_RULES,
        new_policy_name_is_unique,
        policies_below_number,
    ),
    "UpdatePolicy": (
        policy_exists,
        policy_is_customer_managed,
        *DOCUMENT_RULES,
        renamed_policy_name_is_unique,
    ),
    "DeletePolicy": (policy_exists, policy_is_customer_managed, policy_has_no_targets),
    "DescribePolicy": (policy_exists,),
    "AttachPolicy": (
        policy_exists,
        target_exists,
        type_of_policy_is_enabled,
        policy_is_not_attached,
        attachments_below_maximum,
    ),
    "DetachPolicy": (
        policy_exists,
        target_exists,
        policy_is_attached,
        default_is_detachable,
        attachments_above_minimum,
    ),
    "ListTargetsForPolicy": (policy_exists,),
    "ListPoliciesForTarget": (target_exists,),
}
