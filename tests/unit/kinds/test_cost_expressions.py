"""Expressions of Cost Explorer: what the short form says, and what only an expression can."""

from __future__ import annotations

import pytest

from reconciler.kinds.billing.matching import Matches, canonical, expression_of, fields_of, wrong_part
from reconciler.model.base import Json

ACCOUNTS: dict[str, Json] = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": ["222222222222", "111111111111"]}}
SERVICES: dict[str, Json] = {"Dimensions": {"Key": "SERVICE_CODE", "Values": ["AmazonEC2"]}}
TEAM: dict[str, Json] = {"Tags": {"Key": "team", "Values": ["shop"]}}
STAGE: dict[str, Json] = {"Tags": {"Key": "stage", "Values": ["prod"]}}


@pytest.mark.parametrize(
    ("expression", "fields"),
    [
        (None, {}),
        ({}, {}),
        (ACCOUNTS, {"accounts": ("111111111111", "222222222222")}),
        (TEAM, {"tags": {"team": ("shop",)}}),
        ({"CostCategories": {"Key": "Team", "Values": ["Shop"]}}, {"cost_categories": {"Team": ("Shop",)}}),
        (
            {"And": [SERVICES, TEAM, STAGE]},
            {"services": ("AmazonEC2",), "tags": {"team": ("shop",), "stage": ("prod",)}},
        ),
    ],
)
def test_what_the_short_form_can_say(expression: Json, fields: dict[str, object]) -> None:
    assert fields_of(expression) == fields
    again = expression_of(Matches.model_validate(fields))
    assert fields_of(again) == fields


@pytest.mark.parametrize(
    "expression",
    [
        {"Or": [ACCOUNTS, TEAM]},
        {"Not": ACCOUNTS},
        {"And": [SERVICES, SERVICES]},
        {"And": [TEAM, TEAM]},
        {"And": [SERVICES, {"Not": TEAM}]},
        {"Dimensions": {"Key": "AZ", "Values": ["eu-west-1a"]}},
        {"Dimensions": {"Key": "REGION", "Values": ["eu-"], "MatchOptions": ["STARTS_WITH"]}},
        {"Tags": {"Key": "team", "MatchOptions": ["ABSENT"]}},
    ],
)
def test_everything_else_stays_an_expression(expression: Json) -> None:
    found = fields_of(expression)
    assert found == {"expression": canonical(expression)}
    assert expression_of(Matches.model_validate(found)) == canonical(expression)


def test_default_options_and_the_order_of_values_are_no_difference() -> None:
    options: Json = {"Key": "REGION", "Values": ["b", "a", "b"], "MatchOptions": ["EQUALS", "CASE_SENSITIVE"]}
    assert canonical({"Not": {"Dimensions": options}}) == {
        "Not": {"Dimensions": {"Key": "REGION", "Values": ["a", "b"]}}
    }


def test_a_field_that_is_not_asked_for_is_an_expression() -> None:
    assert fields_of(SERVICES, ("accounts",)) == {"expression": SERVICES}


def test_categories_inside_an_expression_are_found() -> None:
    inner: Json = {"Or": [TEAM, {"Not": {"CostCategories": {"Key": "Stage", "Values": ["Prod"]}}}]}
    found = Matches(cost_categories={"Team": ("Shop",)}, expression=inner)
    assert found.categories == ("Stage", "Team")


@pytest.mark.parametrize(
    "expression",
    [
        {},
        {"Dimensions": {"Key": "REGION"}, "Tags": {"Key": "a"}},
        {"Nor": []},
        {"And": []},
        {"And": [{"Tags": {}}]},
        {"Not": {"Dimensions": {"Key": "REGION", "Values": "eu-west-1"}}},
        {"Not": "all"},
    ],
)
def test_a_wrong_form_is_described(expression: Json) -> None:
    assert wrong_part(expression)


@pytest.mark.parametrize("expression", [ACCOUNTS, {"Or": [TEAM, {"Not": SERVICES}]}])
def test_a_right_form_is_not(expression: Json) -> None:
    assert wrong_part(expression) is None
