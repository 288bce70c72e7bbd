"""Tags of resources: the index of the Resource Groups Tagging API, and what can have tags.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.errors import NotAllowed, ServiceError
from reconciler.model.api import Api
from reconciler.model.resources import Account, OrganizationalUnit, Policy, Resource, Root, Tags

MOST_PAGES = 10_000


def tag_index(api: Api) -> dict[str, Tags] | None:
    """The tags of everything that has any, by id; `None` where the index cannot be asked."""
    tags: dict[str, Tags] = {}
    token = ""
    for _ in range(MOST_PAGES):
        params = {"ResourceTypeFilters": ["organizations"], "ResourcesPerPage": 100, "PaginationToken": token}
        try:
            answer = api.call("tagging:GetResources", params)
        except (ServiceError, NotAllowed):
            return None
        for each in answer["ResourceTagMappingList"]:
            tags[each["ResourceARN"].rpartition("/")[2]] = by_key(each["Tags"])
        following = answer.get("PaginationToken") or ""
        if not following:
            return tags
        if following == token:
            return None
        token = following
    return None


def is_taggable(resource: Resource) -> bool:
    """True for what can have tags: the root, OUs, accounts, and policies that are not AWS's own."""
    return isinstance(resource, Root | OrganizationalUnit | Account) or (
        isinstance(resource, Policy) and not resource.aws_managed
    )


def tagged(resources: Sequence[Resource], tags: dict[str, Tags]) -> list[Resource]:
    """The resources with their tags, given by id; what is not listed has none."""
    return [
        each.model_copy(update={"tags": tags.get(str(each.id), {})}) if is_taggable(each) else each
        for each in resources
    ]


def by_key(listed: Iterable[dict[str, str]]) -> Tags:
    """Tags as the API lists them, by key."""
    return {each["Key"]: each["Value"] for each in listed}
