"""Rules for tags, including those of a creation."""

from __future__ import annotations

from collections import Counter

from reconciler.mock.backend import Backend
from reconciler.mock.objects import Policy
from reconciler.mock.refusal import Refusal, invalid, violates
from reconciler.model.api import Params

TAGS = 50
"""https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""


def resource_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_TagResource.html"""
    if organization.taggable(params["ResourceId"]) is None:
        raise Refusal("TargetNotFoundException", "You specified a target that doesn't exist.")


def resource_takes_tags(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_tagging.html"""
    resource = organization.catalogue.get(params["ResourceId"])
    if isinstance(resource, Policy) and resource.aws_managed:
        raise invalid("TARGET_NOT_SUPPORTED", "You can't tag a policy that AWS manages.")


def tag_keys_are_not_reserved(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_TagResource.html"""
    if any(key.lower().startswith("aws:") for key in [*_keys(params), *params.get("TagKeys", ())]):
        raise invalid("INVALID_SYSTEM_TAGS_PARAMETER", "Tag keys that begin with aws: are reserved.")


def tag_keys_are_unique(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_TagResource.html"""
    duplicates = [key for key, times in Counter(_keys(params)).items() if times > 1]
    if duplicates:
        raise invalid("DUPLICATE_TAG_KEY", f"Tag keys must be unique: {duplicates[0]!r} is given more than once.")


def tags_below_maximum(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""
    resource = organization.taggable(params.get("ResourceId", ""))
    if len({*_keys(params), *(resource.tags if resource else ())}) > TAGS:
        raise violates("MAX_TAG_LIMIT_EXCEEDED", f"A resource can have {TAGS} tags.")


def _keys(params: Params) -> list[str]:
    return [each["Key"] for each in params.get("Tags", ())]


_TAGS_OF_NEW = (tag_keys_are_not_reserved, tag_keys_are_unique, tags_below_maximum)

RULES = {
    "CreateAccount": _TAGS_OF_NEW,
    "CreateOrganizationalUnit": _TAGS_OF_NEW,
    "CreatePolicy": _TAGS_OF_NEW,
    "PutResourcePolicy": _TAGS_OF_NEW,
    "TagResource": (resource_exists, resource_takes_tags, *_TAGS_OF_NEW),
    "UntagResource": (resource_exists, resource_takes_tags, tag_keys_are_not_reserved),
    "ListTagsForResource": (resource_exists,),
}
