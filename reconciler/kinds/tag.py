"""Tags, a field of roots, OUs, accounts and policies alike: the two calls that change them, and their form."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.kinds.base import Call, DeleteLimit, Ids
from reconciler.model.plan import Change
from reconciler.model.resources import Label, Tags

TAGS = DeleteLimit("tags", Label("tag", "tags", "removed"), "Tags.", 50)
"""Tags are no kind, but removing them is limited like deleting one."""
MOST_TAGS = 50
"""Tags on one resource, see the quotas page of the AWS Organizations User Guide."""


def tag_list(tags: Tags | None) -> list[dict[str, str]]:
    """Tags as the API wants them."""
    return [{"Key": key, "Value": value} for key, value in sorted((tags or {}).items())]


def tag_calls(change: Change, ids: Ids) -> Iterator[Call]:
    """What is added or changed first, then what goes; the other way round only where both would be over the quota."""
    if "tags" not in change.fields:
        return
    before: Tags = getattr(change.before, "tags", None) or {}
    after: Tags = getattr(change.after, "tags", None) or {}
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
