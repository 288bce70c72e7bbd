"""Tags, a field of roots, OUs, accounts and policies alike: the two calls that change them, and their form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from reconciler.kinds import scalars as s
from reconciler.kinds.base import Call, DeleteLimit, Ids
from reconciler.model.plan import Change
from reconciler.model.resources import Label, Tags, tags_of

TAGS = DeleteLimit("tags", Label("tag", "tags", "removed"), "Tags.", 50)
"""Tags are no kind, but removing them is limited like deleting one."""
MOST_TAGS = 50
"""Tags on one resource, see the quotas page of the AWS Organizations User Guide."""


TagsShape = Annotated[
    dict[s.Text, s.TextOrNull],
    Field(description="Tags. Unset: left alone. `{}`: all removed.", examples=[{"owner": "security"}]),
]
TagsModeShape = Annotated[
    s.TagsMode,
    Field(
        description="`exact`: the tags are exactly these. `merge`: only these keys are managed, and one with `null` is "
        "removed."
    ),
]


def tagging(tags: Mapping[str, str | None] | None, mode: str | None) -> dict[str, Any]:
    """The fields of a resource that say how it is tagged, for the tags of a spec."""
    if tags is None:
        return {}
    written = {key: value for key, value in tags.items() if value is not None}
    return {"tags": written, "tag_keys": tuple(sorted(tags)) if mode == "merge" else None}


def tag_list(tags: Tags | None) -> list[dict[str, str]]:
    """Tags as the API wants them."""
    return [{"Key": key, "Value": value} for key, value in sorted((tags or {}).items())]


def tag_calls(change: Change, ids: Ids) -> Iterator[Call]:
    """What is added or changed first, then what goes; the other way round only where both would be over the quota."""
    if "tags" not in change.fields:
        return
    before, after = tags_of(change.before) or {}, tags_of(change.after) or {}
    resource = ids[change.address]
    put = {key: value for key, value in after.items() if before.get(key) != value}
    gone = sorted(before.keys() - after.keys())
    calls = []
    if put:
        calls.append(Call("TagResource", {"ResourceId": resource, "Tags": tag_list(put)}))
    if gone:
        calls.append(Call("UntagResource", {"ResourceId": resource, "TagKeys": gone}))
    if len(before.keys() | after.keys()) > MOST_TAGS:
        calls.reverse()
    yield from calls
