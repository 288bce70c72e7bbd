"""The tags of cost categories and budgets: the calls that change them, and their form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.kinds.base import Call, Ids
from reconciler.kinds.tag import tag_list
from reconciler.model.plan import Change
from reconciler.model.resources import Tags


def tag_calls(service: str, parameter: str, change: Change, ids: Ids) -> Iterator[Call]:
    """What is added or changed first, then what goes. `parameter` is the name of the ARN in the calls."""
    if "tags" not in change.fields:
        return
    before: Tags = getattr(change.before, "tags", None) or {}
    after: Tags = getattr(change.after, "tags", None) or {}
    of_resource = {parameter: ids[change.address]}
    if put := {key: value for key, value in after.items() if before.get(key) != value}:
        yield Call(f"{service}:TagResource", {**of_resource, "ResourceTags": tag_list(put)})
    if gone := sorted(before.keys() - after.keys()):
        yield Call(f"{service}:UntagResource", {**of_resource, "ResourceTagKeys": gone})


def tags_of(found: Iterable[Mapping[str, Any]]) -> Tags:
    """The tags in a list of the API."""
    return {each["Key"]: each["Value"] for each in found}
