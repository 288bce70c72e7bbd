"""What a replaced OU cannot take along is in the warnings of the plan."""

from __future__ import annotations

import pytest

from reconciler.kinds.trusted_access import RAM, TrustedAccess
from reconciler.model import address as addresses
from reconciler.planning import planner
from reconciler.planning.planner import PlannerSettings
from tests.building import org
from tests.harness import RULES, Organization


def test_tags_that_the_spec_ignores_are_named_where_their_ou_is_replaced() -> None:
    world = Organization()
    tags = {"A": {"owner": "a", "awsApplication": "x", "aws-thing": "y"}}
    world.apply(org(["A", "B"], tags=tags))
    rules = PlannerSettings(policies=RULES.policies, ignore={"tags": ["aws*"]})
    plan = world.plan(org(["B", "B/A"], previously={"B/A": ["A"]}), rules).plan
    assert [each.action for each in plan.changes] == ["replace", "delete"]
    assert [(each.code, each.address, each.message) for each in plan.warnings] == [
        (
            "W533",
            "ou:B/A",
            "ou:B/A gets another ARN: resource shares (AWS RAM) with ou:A end, if there are any: whether sharing is "
            "enabled was not read",
        ),
        ("W512", "ou:B/A", "ou:B/A does not get the tags that the spec ignores: aws-thing, awsApplication"),
    ]


@pytest.mark.parametrize("enabled", [True, False])
def test_resource_shares_end_where_sharing_is_known_to_be_enabled(enabled: bool) -> None:
    world = Organization()
    world.apply(org(["A", "B"]))
    live = world.live(frozenset(), ("trusted_access",))
    if enabled:
        sharing = TrustedAccess(address=addresses.trusted_access(RAM), principal=RAM)
        live = live.with_resources([*live.resources, sharing])
    plan = planner.plan(org(["B", "B/A"], previously={"B/A": ["A"]}), live, RULES, planner.PlanRequest()).plan
    assert [each.message for each in plan.warnings] == [
        "ou:B/A gets another ARN: resource shares (AWS RAM) with ou:A end"
    ] * enabled
