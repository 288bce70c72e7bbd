"""AWS Resource Groups Tagging API: the tags of all resources of the organization, in pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.mock.backend import Backend
from reconciler.mock.objects import Node, Policy
from reconciler.mock.other_services.service import Service
from reconciler.mock.pages import offset, token
from reconciler.model.api import Params, Response

FILTERS: Mapping[str, frozenset[str]] = {
    "ROOT": frozenset({"organizations", "organizations:root"}),
    "ORGANIZATIONAL_UNIT": frozenset({"organizations", "organizations:ou", "organizations:organizational-unit"}),
    "ACCOUNT": frozenset({"organizations", "organizations:account"}),
    "POLICY": frozenset({"organizations", "organizations:policy"}),
}
"""The resource type filters that select a resource, by its kind."""


def get_resources(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html

    Resources without tags are not listed, nor are the policies that AWS manages.
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


SERVICE = Service(
    "tagging", "resourcegroupstaggingapi", {"GetResources": get_resources}, invalid="InvalidParameterException"
)
