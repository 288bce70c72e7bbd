"""Calls of other services that belong to an organization; moto has none of them, so they are answered here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.mock.backend import Backend
from reconciler.mock.objects import Node, Policy
from reconciler.mock.pages import offset, token
from reconciler.mock.refusal import Refusal
from reconciler.model.api import Params, Response

FILTERS: Mapping[str, frozenset[str]] = {
    "ROOT": frozenset({"organizations", "organizations:root"}),
    "ORGANIZATIONAL_UNIT": frozenset({"organizations", "organizations:ou", "organizations:organizational-unit"}),
    "ACCOUNT": frozenset({"organizations", "organizations:account"}),
    "POLICY": frozenset({"organizations", "organizations:policy"}),
}
"""What a filter may call a resource."""


def get_caller_identity(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
    account = organization.account_id
    return {"UserId": account, "Account": account, "Arn": f"arn:aws:iam::{account}:root"}


def put_account_name(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/accounts/latest/reference/API_PutAccountName.html"""
    if params.get("AccountId") == organization.account_id:
        raise Refusal(
            "AccessDeniedException",
            "The management account can only be managed using the standalone context from the management account.",
        )
    account = organization.account(params.get("AccountId", organization.account_id))
    if account is None:
        raise Refusal("AccessDeniedException", "The account is not a member of the organization.")
    account.name = params["AccountName"]
    return {}


def get_resources(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html

    What has no tags is never listed; neither are the policies that AWS manages.
    """
    size = min(params.get("ResourcesPerPage", 100), 100)
    found = [each for each in _tagged(organization) if _matches(each, params)]
    start = offset("GetResources", params, "PaginationToken")
    page = [
        {"ResourceARN": each.arn, "Tags": [{"Key": key, "Value": value} for key, value in each.tags.items()]}
        for each in found[start : start + size]
    ]
    following = token("GetResources", params, start + size) if start + size < len(found) else ""
    return {"PaginationToken": following, "ResourceTagMappingList": page}


def _tagged(organization: Backend) -> Iterator[Node | Policy]:
    for each in (*organization.nodes.values(), *organization.catalogue.values()):
        if each.tags:
            yield each


def _matches(resource: Node | Policy, params: Params) -> bool:
    types = params.get("ResourceTypeFilters")
    kind = "POLICY" if isinstance(resource, Policy) else resource.type
    return (not types or not FILTERS[kind].isdisjoint(types)) and all(
        each["Key"] in resource.tags and resource.tags[each["Key"]] in (each.get("Values") or resource.tags.values())
        for each in params.get("TagFilters", ())
    )


ANSWERS = {
    "sts:GetCallerIdentity": get_caller_identity,
    "account:PutAccountName": put_account_name,
    "tagging:GetResources": get_resources,
}
SERVICES = {"sts": "sts", "account": "account", "tagging": "resourcegroupstaggingapi"}
"""How botocore calls the services."""
INVALID = {"account": "ValidationException", "tagging": "InvalidParameterException"}
"""How the services call what Organizations calls InvalidInputException."""
