"""The mock's Cost Explorer and AWS Budgets refuse what the services refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.errors import ServiceError
from reconciler.mock import MockOrganization

MANAGEMENT = "123456789012"
OWNER = {"AccountId": MANAGEMENT}
RULES = [{"Type": "REGULAR", "Value": "Shop", "Rule": {"Tags": {"Key": "team", "Values": ["shop"]}}}]
CATEGORY = {"Name": "Team", "RuleVersion": "CostCategoryExpression.v1", "Rules": RULES, "DefaultValue": "Other"}
BUDGET = {
    "BudgetName": "shop", "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": "5", "Unit": "USD"},
}  # fmt: skip
NOTIFICATION = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
EMAIL = {"SubscriptionType": "EMAIL", "Address": "a@example.com"}
OF_BUDGET = {**OWNER, "BudgetName": "shop"}


@pytest.fixture
def mock() -> MockOrganization:
    return MockOrganization.in_memory()


@pytest.fixture
def category(mock: MockOrganization) -> str:
    arn: str = mock.call("ce:CreateCostCategoryDefinition", CATEGORY)["CostCategoryArn"]
    return arn


@pytest.fixture
def budget(mock: MockOrganization) -> None:
    notify = [{"Notification": NOTIFICATION, "Subscribers": [EMAIL]}]
    mock.call("budgets:CreateBudget", {**OWNER, "Budget": BUDGET, "NotificationsWithSubscribers": notify})


def refused(mock: MockOrganization, operation: str, params: Mapping[str, Any]) -> str:
    with pytest.raises(ServiceError) as caught:
        mock.call(operation, dict(params))
    return caught.value.code


# ---- Cost Explorer ----


def test_the_default_value_is_kept_and_an_update_without_it_drops_it(mock: MockOrganization, category: str) -> None:
    of_category = {"CostCategoryArn": category}
    assert mock.call("ce:DescribeCostCategoryDefinition", of_category)["CostCategory"]["DefaultValue"] == "Other"
    (listed,) = mock.call("ce:ListCostCategoryDefinitions", {})["CostCategoryReferences"]
    assert (listed["NumberOfRules"], listed["Values"], listed["DefaultValue"]) == (1, ["Shop"], "Other")
    assert listed["ProcessingStatus"] == [{"Component": "COST_EXPLORER", "Status": "APPLIED"}]
    update = {**of_category, "RuleVersion": "CostCategoryExpression.v1", "Rules": RULES}
    mock.call("ce:UpdateCostCategoryDefinition", update)
    assert "DefaultValue" not in mock.call("ce:DescribeCostCategoryDefinition", of_category)["CostCategory"]


def test_names_are_unique_with_their_case(mock: MockOrganization, category: str) -> None:
    assert refused(mock, "ce:CreateCostCategoryDefinition", CATEGORY) == "ValidationException"
    mock.call("ce:CreateCostCategoryDefinition", {**CATEGORY, "Name": "team"})


def test_a_category_is_deleted_once(mock: MockOrganization, category: str) -> None:
    mock.call("ce:DeleteCostCategoryDefinition", {"CostCategoryArn": category})
    for operation in ("Delete", "Describe"):
        params = {"CostCategoryArn": category}
        assert refused(mock, f"ce:{operation}CostCategoryDefinition", params) == "ResourceNotFoundException"


def test_there_are_at_most_fifty_categories(mock: MockOrganization) -> None:
    for index in range(50):
        mock.call("ce:CreateCostCategoryDefinition", {**CATEGORY, "Name": f"Team {index}"})
    assert refused(mock, "ce:CreateCostCategoryDefinition", CATEGORY) == "ServiceQuotaExceededException"


@pytest.mark.parametrize(
    "wrong",
    [
        {"Name": " Team"},
        {"Name": "Team:1"},
        {"Name": "x" * 51},
        {"DefaultValue": ""},
        {"Rules": []},
        {"Rules": [{"Type": "REGULAR", "Value": "Shop"}]},
        {"Rules": [{"Rule": {"Tags": {"Key": "team", "Values": ["shop"]}}}]},
        {"Rules": [{"Type": "INHERITED_VALUE"}]},
        {"Rules": [{"Value": "a", "Rule": {"Dimensions": {"Key": "AZ", "Values": ["a"]}}}]},
        {"Rules": [{"Value": "a", "Rule": {"Tags": {"Key": "team"}}}]},
        {"Rules": [{"Value": "a", "Rule": {"Tags": {"Key": "t", "Values": ["a"], "MatchOptions": ["ABSENT"]}}}]},
    ],
)
def test_wrong_categories_are_refused(mock: MockOrganization, wrong: dict[str, Any]) -> None:
    assert refused(mock, "ce:CreateCostCategoryDefinition", {**CATEGORY, **wrong}) == "ValidationException"


def test_keys_of_the_tags_of_accounts_are_inactive_until_they_are_activated(mock: MockOrganization) -> None:
    mock.call("TagResource", {"ResourceId": MANAGEMENT, "Tags": [{"Key": "team", "Value": "a"}]})
    listed = mock.call("ce:ListCostAllocationTags", {})["CostAllocationTags"]
    assert {each["TagKey"]: each["Status"] for each in listed} == {"aws:createdBy": "Inactive", "team": "Inactive"}
    entry = {"TagKey": "team", "Status": "Active"}
    assert mock.call("ce:UpdateCostAllocationTagsStatus", {"CostAllocationTagsStatus": [entry]}) == {"Errors": []}
    active = mock.call("ce:ListCostAllocationTags", {"Status": "Active"})["CostAllocationTags"]
    assert [each["TagKey"] for each in active] == ["team"]


def test_an_unknown_key_is_an_error_in_a_successful_answer(mock: MockOrganization) -> None:
    entry = {"TagKey": "unknown", "Status": "Active"}
    (error,) = mock.call("ce:UpdateCostAllocationTagsStatus", {"CostAllocationTagsStatus": [entry]})["Errors"]
    assert error["TagKey"] == "unknown"
    many = {"CostAllocationTagsStatus": [entry] * 21}
    assert refused(mock, "ce:UpdateCostAllocationTagsStatus", many) == "ValidationException"


# ---- AWS Budgets ----


def test_a_budget_has_a_name_of_its_own(mock: MockOrganization, budget: None) -> None:
    assert refused(mock, "budgets:CreateBudget", {**OWNER, "Budget": BUDGET}) == "DuplicateRecordException"


@pytest.mark.parametrize(
    "wrong",
    [
        {"BudgetName": "a:b"},
        {"BudgetName": "x" * 101},
        {"TimeUnit": "WEEKLY"},
        {"BudgetLimit": {"Amount": "five", "Unit": "USD"}},
        {"Metrics": ["UnblendedCost"], "CostFilters": {"Service": ["Amazon S3"]}},
        {"PlannedBudgetLimits": {"1767225600": {"Amount": "1", "Unit": "USD"}}},
    ],
)
def test_wrong_budgets_are_refused(mock: MockOrganization, wrong: dict[str, Any]) -> None:
    params = {**OWNER, "Budget": {**BUDGET, **wrong}}
    assert refused(mock, "budgets:CreateBudget", params) == "InvalidParameterException"


def test_a_budget_of_costs_needs_a_limit(mock: MockOrganization) -> None:
    without = {name: value for name, value in BUDGET.items() if name != "BudgetLimit"}
    assert refused(mock, "budgets:CreateBudget", {**OWNER, "Budget": without}) == "InvalidParameterException"
    mock.call("budgets:CreateBudget", {**OWNER, "Budget": {**without, "BudgetType": "RI_COVERAGE"}})


def test_an_update_replaces_the_budget_and_keeps_its_notifications(mock: MockOrganization, budget: None) -> None:
    new = {**BUDGET, "Metrics": ["AmortizedCost"], "TimeUnit": "QUARTERLY"}
    mock.call("budgets:UpdateBudget", {**OWNER, "NewBudget": new})
    (hidden,) = mock.call("budgets:DescribeBudgets", OWNER)["Budgets"]
    (shown,) = mock.call("budgets:DescribeBudgets", {**OWNER, "ShowFilterExpression": True})["Budgets"]
    assert ("Metrics" in hidden, shown["Metrics"], shown["TimeUnit"]) == (False, ["AmortizedCost"], "QUARTERLY")
    assert "CostTypes" not in shown
    (told,) = mock.call("budgets:DescribeBudgetNotificationsForAccount", OWNER)["BudgetNotificationsForAccount"]
    assert len(told["Notifications"]) == 1
    unknown = {**OWNER, "NewBudget": {**BUDGET, "BudgetName": "other"}}
    assert refused(mock, "budgets:UpdateBudget", unknown) == "NotFoundException"


def test_a_budget_is_deleted_once(mock: MockOrganization, budget: None) -> None:
    mock.call("budgets:DeleteBudget", OF_BUDGET)
    assert refused(mock, "budgets:DeleteBudget", OF_BUDGET) == "NotFoundException"


def test_budgets_are_those_of_the_management_account(mock: MockOrganization) -> None:
    assert refused(mock, "budgets:DescribeBudgets", {"AccountId": "222222222222"}) == "AccessDeniedException"


def test_notifications_and_subscribers_are_unique_and_limited(mock: MockOrganization, budget: None) -> None:
    of_notification = {**OF_BUDGET, "Notification": NOTIFICATION}
    again = {**of_notification, "Subscribers": [EMAIL]}
    assert refused(mock, "budgets:CreateNotification", again) == "DuplicateRecordException"
    assert refused(mock, "budgets:CreateSubscriber", {**of_notification, "Subscriber": EMAIL}) == (
        "DuplicateRecordException"
    )
    wrong = {"SubscriptionType": "EMAIL", "Address": "nobody"}
    assert refused(mock, "budgets:CreateSubscriber", {**of_notification, "Subscriber": wrong}) == (
        "InvalidParameterException"
    )
    topic = {"SubscriptionType": "SNS", "Address": "arn:aws:sns:us-east-1:123456789012:a"}
    mock.call("budgets:CreateSubscriber", {**of_notification, "Subscriber": topic})
    other = {**topic, "Address": topic["Address"] + "b"}
    assert refused(mock, "budgets:CreateSubscriber", {**of_notification, "Subscriber": other}) == (
        "CreationLimitExceededException"
    )
    for index in range(9):
        more = {**NOTIFICATION, "Threshold": float(index)}
        mock.call("budgets:CreateNotification", {**OF_BUDGET, "Notification": more, "Subscribers": [EMAIL]})
    more = {**NOTIFICATION, "Threshold": 99.0}
    params = {**OF_BUDGET, "Notification": more, "Subscribers": [EMAIL]}
    assert refused(mock, "budgets:CreateNotification", params) == "CreationLimitExceededException"


def test_the_last_subscriber_takes_the_notification_along(mock: MockOrganization, budget: None) -> None:
    params = {**OF_BUDGET, "Notification": NOTIFICATION}
    mock.call("budgets:DeleteSubscriber", {**params, "Subscriber": EMAIL})
    assert refused(mock, "budgets:DescribeSubscribersForNotification", params) == "NotFoundException"
    assert refused(mock, "budgets:DeleteNotification", params) == "NotFoundException"
    assert mock.call("budgets:DescribeNotificationsForBudget", OF_BUDGET)["Notifications"] == []
