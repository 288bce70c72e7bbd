"""What a replaced OU cannot take along is in the warnings of the plan."""

from __future__ import annotations

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
        ("W512", "ou:B/A", "ou:B/A does not get the tags that the spec ignores: aws-thing, awsApplication")
    ]
