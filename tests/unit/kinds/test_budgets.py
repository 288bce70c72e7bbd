"""Budgets: both forms of the API, what an update keeps, and the order of the calls for notifications."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.applying.known_ids import KnownIds
from reconciler.errors import ServiceError
from reconciler.kinds.billing.budget import BudgetKind
from reconciler.kinds.billing.budget_calls import notifying, read_budgets
from reconciler.kinds.billing.budget_resource import Budget, BudgetFilter, Notification, budget_of, for_api
from reconciler.mock import MockOrganization
from reconciler.model.inventory import Organization
from reconciler.model.plan import change_of
from reconciler.model.reference import MANAGEMENT
from reconciler.model.resources import Tags

ACCOUNT = "111122223333"
BASE = {"BudgetName": "shop", "BudgetType": "COST", "TimeUnit": "MONTHLY"}
LIMIT = {"BudgetLimit": {"Amount": "5000.0", "Unit": "USD"}}
PERIOD = {"TimePeriod": {"Start": datetime(2026, 1, 1, tzinfo=UTC), "End": datetime(2087, 6, 15, tzinfo=UTC)}}
OUTPUTS = {"CalculatedSpend": {"ActualSpend": {"Amount": "1", "Unit": "USD"}}, "HealthStatus": {"Status": "HEALTHY"}}
TYPES = {"CostTypes": {"IncludeTax": False, "UseAmortized": True}}
IDS = KnownIds({MANAGEMENT: ACCOUNT, "budget:shop": f"arn:aws:budgets::{ACCOUNT}:budget/shop"})


def live(**members: Any) -> Budget:
    tags: Tags = {}
    return budget_of("arn:shop", {**BASE, **LIMIT, **PERIOD, **OUTPUTS, **members}, (), tags)


def told(threshold: str, *emails: str, sns: str | None = None) -> Notification:
    return Notification(kind="actual", threshold=threshold, emails=tuple(sorted(emails)), sns=sns)


def calls(before: Iterable[Notification], after: Iterable[Notification]) -> list[str]:
    old, new = (
        Budget(address="budget:shop", name="shop", notify=tuple(each)) for each in (before, after)
    )  # fmt: skip
    found = []
    for call in notifying(old, new, IDS):
        who = call.params.get("Subscriber") or {}
        name = call.operation.removeprefix("budgets:")
        found.append(f"{name} {call.params['Notification']['Threshold']:g} {who.get('Address', '')}".strip())
    return found


@pytest.mark.parametrize(
    ("members", "counted"),
    [
        ({}, BudgetFilter()),
        ({"CostFilters": {"LinkedAccount": [ACCOUNT]}}, BudgetFilter(accounts=(ACCOUNT,))),
        ({"CostFilters": {"CostCategory": ["Team$Shop"]}}, BudgetFilter(cost_categories={"Team": ("Shop",)})),
        (
            {"CostFilters": {"CostCategory": ["Stage$Prod", "Team$Shop"]}},
            BudgetFilter(cost_filters={"CostCategory": ("Stage$Prod", "Team$Shop")}),
        ),
        (
            {"CostFilters": {"Service": ["Amazon S3"], "LinkedAccount": [ACCOUNT]}},
            BudgetFilter(cost_filters={"Service": ("Amazon S3",), "LinkedAccount": (ACCOUNT,)}),
        ),
        (
            {
                "Metrics": ["UnblendedCost"],
                "FilterExpression": {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [ACCOUNT]}},
            },
            BudgetFilter(accounts=(ACCOUNT,)),
        ),
        (
            {
                "Metrics": ["UnblendedCost"],
                "FilterExpression": {"Not": {"Dimensions": {"Key": "REGION", "Values": ["eu-west-1"]}}},
            },
            BudgetFilter(expression={"Not": {"Dimensions": {"Key": "REGION", "Values": ["eu-west-1"]}}}),
        ),
    ],
)
def test_both_forms_are_read_and_a_live_budget_is_sent_as_it_is(members: dict[str, Any], counted: BudgetFilter) -> None:
    found = live(**members)
    assert found.filter == counted
    assert found.limit == "5000 USD"
    sent = for_api(found)
    assert {key: sent.get(key) for key in members} == members
    assert set(sent) == {*BASE, "BudgetLimit", "TimePeriod", *members}
    assert sent["TimePeriod"] == {"Start": "2026-01-01T00:00:00Z", "End": "2087-06-15T00:00:00Z"}


def test_an_update_keeps_what_the_spec_does_not_declare() -> None:
    changed = live(**TYPES).model_copy(update={"limit": "6000 USD", "filter": BudgetFilter(accounts=(ACCOUNT,))})
    sent = for_api(changed)
    assert sent["CostTypes"] == TYPES["CostTypes"]
    assert sent["CostFilters"] == {"LinkedAccount": [ACCOUNT]}
    assert sent["BudgetLimit"] == {"Amount": "6000", "Unit": "USD"}
    assert not {"Metrics", "FilterExpression", *OUTPUTS} & set(sent)


def test_an_expression_takes_the_place_of_the_older_form() -> None:
    expression = BudgetFilter(expression={"Not": {"Tags": {"Key": "team", "Values": ["a"]}}})
    sent = for_api(live(**TYPES).model_copy(update={"filter": expression}))
    assert sent["Metrics"] == ["AmortizedCost"]
    assert not {"CostTypes", "CostFilters"} & set(sent)


def test_a_new_budget_gets_the_newer_form_and_one_without_a_filter_neither() -> None:
    new = Budget(address="budget:shop", name="shop", limit="1 USD", filter=BudgetFilter(accounts=(ACCOUNT,)))
    assert for_api(new)["Metrics"] == ["UnblendedCost"]
    assert set(for_api(new.model_copy(update={"filter": None}))) == {*BASE, "BudgetLimit"}
    usage = for_api(new.model_copy(update={"type": "usage"}))
    assert usage["CostFilters"] == {"LinkedAccount": [ACCOUNT]}


def test_planned_limits_stay_until_a_limit_is_declared() -> None:
    planned = {"PlannedBudgetLimits": {"1767225600": {"Amount": "1", "Unit": "USD"}}}
    found = live(**planned)
    assert found.limit is None
    assert for_api(found)["PlannedBudgetLimits"] == planned["PlannedBudgetLimits"]
    assert "BudgetLimit" not in for_api(found)
    declared = for_api(found.model_copy(update={"limit": "5 USD"}))
    assert "PlannedBudgetLimits" not in declared


def test_a_notification_comes_before_another_goes() -> None:
    assert calls([told("80%", "a@x.y")], [told("90%", "a@x.y")]) == ["CreateNotification 90", "DeleteNotification 80"]


def test_where_there_would_be_too_many_one_goes_first() -> None:
    full = [told(f"{each}%", "a@x.y") for each in range(10, 20)]
    assert calls(full, [*full[1:], told("90%", "a@x.y")]) == ["DeleteNotification 10", "CreateNotification 90"]


def test_a_subscriber_comes_before_another_goes() -> None:
    found = calls([told("80%", "a@x.y")], [told("80%", "b@x.y")])
    assert found == ["CreateSubscriber 80 b@x.y", "DeleteSubscriber 80 a@x.y"]


def test_a_topic_is_replaced_while_somebody_else_is_told() -> None:
    found = calls([told("80%", "a@x.y", sns="arn:1")], [told("80%", "a@x.y", sns="arn:2")])
    assert found == ["DeleteSubscriber 80 arn:1", "CreateSubscriber 80 arn:2"]


def test_a_notification_of_one_topic_is_made_again_for_another() -> None:
    found = calls([told("80%", sns="arn:1")], [told("80%", sns="arn:2")])
    assert found == ["DeleteNotification 80", "CreateNotification 80"]


def test_a_new_budget_that_is_there_already_is_taken_only_if_it_is_the_same() -> None:
    wanted = Budget(address="budget:shop", name="shop", limit="5000 USD", per="month")
    (call,) = BudgetKind().calls(change_of("create", "declared", after=wanted), IDS)
    assert call.find is not None
    assert call.find(lambda *_: iter(())) is None
    assert call.find(lambda *_: iter([{**BASE, **LIMIT}])) == {}
    with pytest.raises(ServiceError, match="somebody else created a budget shop"):
        call.find(lambda *_: iter([{**BASE, "BudgetLimit": {"Amount": "1", "Unit": "USD"}}]))


class WithoutListOfAll:
    """`kinds.base.Reads` on a mock whose endpoint lacks the list of all notifications."""

    def __init__(self) -> None:
        self.mock = MockOrganization.in_memory()
        self.organization = Organization(management_account_id="123456789012")
        self.known = ()
        self.calls: list[str] = []

    def call(self, operation: str, params: Any) -> dict[str, Any]:
        self.calls.append(operation)
        if operation == "budgets:DescribeBudgetNotificationsForAccount":
            raise ServiceError(operation, "UnknownOperationException", "there is no such operation")
        return self.mock.call(operation, params)

    def items(self, operation: str, member: str, **params: Any) -> Iterable[Any]:
        found: list[Any] = self.call(operation, params)[member]
        return found

    def gather(self, operation: str, asks: Any) -> list[Any]:
        return [ask() for ask in asks]


def test_without_the_list_of_all_notifications_budgets_are_asked_one_by_one() -> None:
    reads = WithoutListOfAll()
    budget = {**BASE, "BudgetLimit": {"Amount": "1", "Unit": "USD"}}
    notify = {"Notification": told("80%").for_api(), "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "a@x.y"}]}
    params = {"AccountId": "123456789012", "Budget": budget, "NotificationsWithSubscribers": [notify]}
    reads.mock.call("budgets:CreateBudget", params)
    (found,) = read_budgets(reads)
    assert found.notify == (told("80%", "a@x.y"),)
    assert reads.calls.count("budgets:DescribeNotificationsForBudget") == 1
