"""Which calls carry out an update: each changed field is sent, and nothing that did not change."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.kinds.comparing import in_place
from reconciler.kinds.policy import PolicyKind
from reconciler.kinds.tag import MOST_TAGS, tag_calls
from reconciler.model.base import Json
from reconciler.model.resources import OrganizationalUnit, Policy
from tests.building import deny


class Ids:
    def __getitem__(self, address: str) -> str:
        return f"id of {address}"

    def resolve(self, value: Json) -> Json:
        return value

    def address_of(self, id: str) -> str | None:
        return None

    def is_new(self, id: str) -> bool:
        return False


BEFORE = Policy(address="policy:p", id="p-1", type="scp", name="p", description="old", content=deny("s3:Get*"), tags={})


@pytest.mark.parametrize(
    ("update", "sent"),
    [
        ({"description": "new"}, {"Description": "new"}),
        ({"name": "q"}, {"Name": "q"}),
        ({"description": "new", "name": "q"}, {"Description": "new", "Name": "q"}),
        ({"content": deny("s3:*")}, {"Content"}),
    ],
)
def test_a_policy_is_sent_what_changed(update: dict[str, Any], sent: Any) -> None:
    change = in_place(BEFORE.model_copy(update=update), BEFORE, tuple(update))
    (call,) = PolicyKind().calls(change, Ids())
    assert call.operation == "UpdatePolicy"
    others = {key: value for key, value in call.params.items() if key != "PolicyId"}
    assert (others if isinstance(sent, dict) else set(others)) == sent


@pytest.mark.parametrize(
    ("before", "after", "operations"),
    [
        ({"a": "1"}, {"a": "2"}, ["TagResource"]),
        ({"a": "1"}, {}, ["UntagResource"]),
        ({"a": "1"}, {"b": "1"}, ["TagResource", "UntagResource"]),
        ({f"k{n}": "v" for n in range(MOST_TAGS - 1)}, {"b": "1"}, ["TagResource", "UntagResource"]),
        ({f"k{n}": "v" for n in range(MOST_TAGS)}, {"b": "1"}, ["UntagResource", "TagResource"]),
    ],
)
def test_tags_are_added_before_others_go_unless_the_quota_forbids(
    before: dict[str, str], after: dict[str, str], operations: list[str]
) -> None:
    live = OrganizationalUnit(address="ou:A", id="ou-1", name="A", parent="root:/", tags=before)
    change = in_place(live.model_copy(update={"tags": after}), live, ("tags",))
    assert [each.operation for each in tag_calls(change, Ids())] == operations
