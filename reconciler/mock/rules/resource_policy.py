"""The organization's resource policy. Implemented here: moto does not have it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from reconciler.kinds import resource_policy_rules
from reconciler.kinds.resource_policy import ADDRESS, ResourcePolicy
from reconciler.mock import objects
from reconciler.mock.backend import Backend
from reconciler.mock.refusal import Refusal, invalid, violates
from reconciler.mock.rules.trusted_access import all_features_are_enabled
from reconciler.mock.statefile import StateFile
from reconciler.model.address import Address
from reconciler.model.api import Params, Response
from reconciler.model.base import Json
from reconciler.model.document import listed, minified


def resource_policy_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeResourcePolicy.html"""
    if organization.resource_policy is None:
        raise Refusal("ResourcePolicyNotFoundException", "There is no resource policy.")


def tags_are_of_a_new_resource_policy(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_PutResourcePolicy.html

    An empty list is accepted (observed against the live service, September 2026).
    """
    if params.get("Tags") and organization.resource_policy is not None:
        raise violates(
            "UPDATE_EXISTING_RESOURCE_POLICY_WITH_TAGS_NOT_SUPPORTED",
            "Tags can only be set when the resource policy is created.",
        )


def resource_policy_is_accepted(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_delegate_policies.html"""
    try:
        document = json.loads(params["Content"])
    except ValueError:
        raise invalid(resource_policy_rules.WRONG_JSON, "The resource policy is not JSON.") from None
    for each in resource_policy_rules.refusals(document):
        raise invalid(each.reason, f"The resource policy is refused: {each.text}.")
    for _, id in resource_policy_rules.accounts_in(document):
        if organization.account(id) is None:
            raise invalid(resource_policy_rules.WRONG_JSON, f"The account {id} is not in the organization.")


def put(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_PutResourcePolicy.html

    The service removes white space and writes the ARN of the root user for the id of an account (observed against the
    live service, September 2026).
    """
    content = minified(_with_arns(json.loads(params["Content"])))
    if organization.resource_policy is None:
        tags = {each["Key"]: each["Value"] for each in params.get("Tags", ())}
        organization.resource_policy = objects.ResourcePolicy(organization.ids.resource_policy(), content, tags)
    else:
        organization.resource_policy.content = content
    return described(organization, params)


def described(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeResourcePolicy.html"""
    found = organization.resource_policy
    assert found is not None
    owner = f"arn:aws:organizations::{organization.account_id}:resourcepolicy/{organization.organization.id}"
    summary = {"Id": found.id, "Arn": f"{owner}/{found.id}"}
    return {"ResourcePolicy": {"ResourcePolicySummary": summary, "Content": found.content}}


def delete(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeleteResourcePolicy.html"""
    organization.resource_policy = None
    return {}


def _with_arns(document: dict[str, Json]) -> Json:
    for statement in listed(document["Statement"]):
        principal = statement.get("Principal") if isinstance(statement, dict) else None
        if isinstance(principal, dict) and "AWS" in principal:
            values = principal["AWS"]
            principal["AWS"] = [_arn(each) for each in values] if isinstance(values, list) else _arn(values)
    return document


def _arn(principal: Json) -> Json:
    account = resource_policy_rules.account_of(principal)
    return principal if account is None else f"arn:aws:iam::{account}:root"


def to_resources(organization: Backend) -> Iterator[ResourcePolicy]:
    """The resources of a snapshot."""
    found = organization.resource_policy
    if found is not None:
        yield ResourcePolicy(address=ADDRESS, id=found.id, content=json.loads(found.content), tags=dict(found.tags))


def insert(organization: Backend, file: StateFile, ids: Mapping[Address, str]) -> None:
    """Sets what the file has."""
    for each in file.of(ResourcePolicy):
        id = each.id or organization.ids.resource_policy()
        organization.resource_policy = objects.ResourcePolicy(id, minified(each.content), dict(each.tags or {}))


RULES = {
    "PutResourcePolicy": (
        all_features_are_enabled,
        resource_policy_is_accepted,
        tags_are_of_a_new_resource_policy,
    ),
    "DescribeResourcePolicy": (all_features_are_enabled, resource_policy_exists),
    "DeleteResourcePolicy": (all_features_are_enabled, resource_policy_exists),
}
ANSWERS = {"PutResourcePolicy": put, "DescribeResourcePolicy": described, "DeleteResourcePolicy": delete}
