"""The order of the two calls that change tags: never without a tag that stays, never over the quota."""

from __future__ import annotations

import pytest

from reconciler.kinds.tag import MOST_TAGS
from tests.building import org
from tests.harness import Organization, Watching

FULL = {f"k{number}": "v" for number in range(MOST_TAGS)}


@pytest.mark.parametrize(
    ("before", "after", "calls"),
    [
        ({"a": "1"}, {"b": "1"}, ["TagResource", "UntagResource"]),
        ({"a": "1", "b": "1"}, {"a": "2"}, ["TagResource", "UntagResource"]),
        ({"a": "1"}, {"a": "2"}, ["TagResource"]),
        ({"a": "1"}, {}, ["UntagResource"]),
        (FULL, {**dict(list(FULL.items())[1:]), "new": "v"}, ["UntagResource", "TagResource"]),
        (FULL, {**dict(list(FULL.items())[2:]), "k2": "other"}, ["TagResource", "UntagResource"]),
    ],
)
def test_tags_are_added_before_others_go_unless_both_are_too_many(
    before: dict[str, str], after: dict[str, str], calls: list[str]
) -> None:
    organization = Organization()
    organization.apply(org(["A"], tags={"A": before}))
    made: list[str] = []
    plan = organization.plan(org(["A"], tags={"A": after})).plan
    organization.counting._api = Watching(organization.mock, lambda operation, params: made.append(operation))
    report = organization.execute(plan)
    assert (report.failed, report.skipped) == ((), ())
    assert made == calls
