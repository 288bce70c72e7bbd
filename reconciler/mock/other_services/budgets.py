"""AWS Budgets. The caller is the management account, of which the budgets are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from reconciler.kinds.billing.budget import BudgetKind
from reconciler.kinds.billing.budget_action import BudgetAction
from reconciler.kinds.billing.budget_resource import Budget, for_api
from reconciler.mock import objects
from reconciler.mock.backend import Backend
from reconciler.mock.objects import BudgetNotification
from reconciler.mock.other_services.service import Answer, Service
from reconciler.mock.own_reads import OwnReads
from reconciler.mock.pages import offset, token
from reconciler.mock.refusal import Refusal
from reconciler.mock.statefile import StateFile
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.api import Params, Response

_MOST_NOTIFICATIONS = 10
_MOST = {"EMAIL": 10, "SNS": 1}
_OLDER, _NEWER = frozenset({"CostFilters", "CostTypes"}), frozenset({"FilterExpression", "Metrics"})
_LIMITS = frozenset({"BudgetLimit", "PlannedBudgetLimits"})
_LIMITED = frozenset({"COST", "USAGE"})
_STARTS: Mapping[str, Callable[[datetime], datetime]] = {
    "DAILY": lambda now: now,
    "MONTHLY": lambda now: now.replace(day=1),
    "QUARTERLY": lambda now: now.replace(day=1, month=(now.month - 1) // 3 * 3 + 1),
    "ANNUALLY": lambda now: now.replace(day=1, month=1),
    "CUSTOM": lambda now: now,
}
_END = datetime(2087, 6, 15, tzinfo=UTC)
_COST_TYPES = {
    "IncludeTax": True, "IncludeSubscription": True, "UseBlended": False, "IncludeRefund": True, "IncludeCredit": True,
    "IncludeUpfront": True, "IncludeRecurring": True, "IncludeOtherSubscription": True, "IncludeSupport": True,
    "IncludeDiscount": True, "UseAmortized": False,
}  # fmt: skip
"""https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CostTypes.html"""


def create_budget(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CreateBudget.html"""
    name = params["Budget"]["BudgetName"]
    if name in organization.budgets:
        raise Refusal("DuplicateRecordException", f"The budget {name} exists already.")
    definition = _definition(organization, params["Budget"])
    tags = {each["Key"]: each["Value"] for each in params.get("ResourceTags") or ()}
    budget = objects.Budget(definition, [], tags)
    for each in params.get("NotificationsWithSubscribers") or ():
        _add(budget, each["Notification"], each["Subscribers"])
    organization.budgets[name] = budget
    return {}


def update_budget(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_UpdateBudget.html

    What is left out is dropped.
    """
    budget = _budget(organization, params["NewBudget"]["BudgetName"])
    budget.definition = _definition(organization, params["NewBudget"])
    return {}


def delete_budget(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_DeleteBudget.html"""
    _budget(organization, params["BudgetName"])
    del organization.budgets[params["BudgetName"]]
    return {}


def describe_budgets(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_DescribeBudgets.html"""
    hidden = frozenset() if params.get("ShowFilterExpression") else _NEWER
    found = []
    for _, each in sorted(organization.budgets.items()):
        shown = {name: value for name, value in each.definition.items() if name not in hidden}
        unit = each.definition.get("BudgetLimit", {}).get("Unit", "USD")
        found.append({**shown, "CalculatedSpend": {"ActualSpend": {"Amount": "0.0", "Unit": unit}}})
    return _paged("DescribeBudgets", "Budgets", found, params)


def describe_budget_notifications_for_account(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_DescribeBudgetNotificationsForAccount.html"""
    found = [
        {
            "BudgetName": name,
            "Notifications": [{**one.notification, "NotificationState": "OK"} for one in notifications],
        }
        for name, each in sorted(organization.budgets.items())
        if (notifications := each.notifications)
    ]
    return _paged("DescribeBudgetNotificationsForAccount", "BudgetNotificationsForAccount", found, params)


def describe_notifications_for_budget(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_DescribeNotificationsForBudget.html"""
    notifications = _budget(organization, params["BudgetName"]).notifications
    found = [{**each.notification, "NotificationState": "OK"} for each in notifications]
    return _paged("DescribeNotificationsForBudget", "Notifications", found, params)


def describe_subscribers_for_notification(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_DescribeSubscribersForNotification.html"""
    found = _notification(organization, params).subscribers
    return _paged("DescribeSubscribersForNotification", "Subscribers", found, params)


def create_notification(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CreateNotification.html"""
    _add(_budget(organization, params["BudgetName"]), params["Notification"], params["Subscribers"])
    return {}


def delete_notification(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_DeleteNotification.html"""
    budget = _budget(organization, params["BudgetName"])
    budget.notifications.remove(_notification(organization, params))
    return {}


def create_subscriber(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CreateSubscriber.html"""
    found = _notification(organization, params)
    if params["Subscriber"] in found.subscribers:
        raise Refusal("DuplicateRecordException", "The subscriber exists already.")
    _check_subscribers([*found.subscribers, params["Subscriber"]])
    found.subscribers.append(dict(params["Subscriber"]))
    return {}


def delete_subscriber(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_DeleteSubscriber.html

    The last subscriber takes the notification along.
    """
    found = _notification(organization, params)
    if params["Subscriber"] not in found.subscribers:
        raise Refusal("NotFoundException", "There is no such subscriber.")
    found.subscribers.remove(params["Subscriber"])
    if not found.subscribers:
        _budget(organization, params["BudgetName"]).notifications.remove(found)
    return {}


def describe_budget_actions_for_account(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_DescribeBudgetActionsForAccount.html"""
    found = [
        {
            "ActionId": addresses.local(each.address),
            "BudgetName": each.budget,
            "ActionType": "APPLY_SCP_POLICY",
            "Definition": {"ScpActionDefinition": {"PolicyId": each.policy, "TargetIds": [*each.targets]}},
            "Status": each.status.upper(),
        }
        for _, each in sorted(organization.budget_actions.items())
    ]
    return _paged("DescribeBudgetActionsForAccount", "Actions", found, params)


def list_tags_for_resource(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_ListTagsForResource.html"""
    tags = _tagged(organization, params).tags
    return {"ResourceTags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}


def tag_resource(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_TagResource.html"""
    budget = _tagged(organization, params)
    budget.tags |= {each["Key"]: each["Value"] for each in params["ResourceTags"]}
    return {}


def untag_resource(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_UntagResource.html"""
    budget = _tagged(organization, params)
    budget.tags = {key: value for key, value in budget.tags.items() if key not in params["ResourceTagKeys"]}
    return {}


def to_resources(organization: Backend) -> Iterator[Budget | BudgetAction]:
    """The resources of a snapshot."""
    reads = OwnReads(organization, {f"{SERVICE.prefix}:{name}": each for name, each in SERVICE.operations.items()})
    yield from BudgetKind().read(reads, ())
    yield from organization.budget_actions.values()


def insert(organization: Backend, file: StateFile, ids: Mapping[Address, str]) -> None:
    """Sets what the file has."""
    for each in file.of(Budget):
        budget = objects.Budget(_definition(organization, for_api(each)), [], dict(each.tags or {}))
        for one in each.notify or ():
            subscribers = [{"SubscriptionType": type, "Address": address} for type, address in one.subscribers]
            _add(budget, one.for_api(), subscribers)
        organization.budgets[each.name] = budget
    organization.budget_actions = {each.address: each for each in file.of(BudgetAction)}


def _definition(organization: Backend, budget: Mapping[str, Any]) -> dict[str, Any]:
    """The budget as it is stored: with the defaults of the service."""
    if _OLDER & budget.keys() and _NEWER & budget.keys():
        raise _invalid("Either FilterExpression and Metrics or CostFilters and CostTypes can be used, not both.")
    if budget.keys() >= _LIMITS:
        raise _invalid("BudgetLimit cannot be used with PlannedBudgetLimits.")
    if budget["BudgetType"] in _LIMITED and not budget.keys() & {*_LIMITS, "AutoAdjustData"}:
        raise _invalid("A budget of costs or usage has a limit.")
    now = datetime.fromtimestamp(organization.clock(), UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    period = {"Start": _STARTS[budget["TimeUnit"]](now), "End": _END, **budget.get("TimePeriod", {})}
    found = {**budget, "TimePeriod": {name: _time(value) for name, value in period.items()}}
    if budget["BudgetType"] == "COST" and not _NEWER & budget.keys():
        found["CostTypes"] = {**_COST_TYPES, **budget.get("CostTypes", {})}
    return found


def _time(value: Any) -> datetime:
    """A time of a request: of RFC 3339, or in seconds since 1970."""
    if isinstance(value, str):
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    return value if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)


def _add(budget: objects.Budget, notification: Mapping[str, Any], subscribers: Sequence[Mapping[str, str]]) -> None:
    if any(_same(each.notification, notification) for each in budget.notifications):
        raise Refusal("DuplicateRecordException", "The notification exists already.")
    if len(budget.notifications) >= _MOST_NOTIFICATIONS:
        raise Refusal("CreationLimitExceededException", "The budget has too many notifications.")
    if not subscribers:
        raise _invalid("A notification has a subscriber.")
    _check_subscribers(subscribers)
    stored = {"ThresholdType": "PERCENTAGE", **notification}
    budget.notifications.append(BudgetNotification(stored, [dict(each) for each in subscribers]))


def _check_subscribers(subscribers: Sequence[Mapping[str, str]]) -> None:
    for type, most in _MOST.items():
        if sum(each["SubscriptionType"] == type for each in subscribers) > most:
            raise Refusal("CreationLimitExceededException", f"A notification has at most {most} subscribers by {type}.")
    if any("@" not in each["Address"] for each in subscribers if each["SubscriptionType"] == "EMAIL"):
        raise _invalid("The address of a subscriber is not an e-mail address.")


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    names = ("NotificationType", "ComparisonOperator", "Threshold")
    types = [each.get("ThresholdType", "PERCENTAGE") for each in (one, other)]
    return all(one[name] == other[name] for name in names) and types[0] == types[1]


def _budget(organization: Backend, name: str) -> objects.Budget:
    found = organization.budgets.get(name)
    if found is None:
        raise Refusal("NotFoundException", f"There is no budget {name}.")
    return found


def _notification(organization: Backend, params: Params) -> BudgetNotification:
    for each in _budget(organization, params["BudgetName"]).notifications:
        if _same(each.notification, params["Notification"]):
            return each
    raise Refusal("NotFoundException", "There is no such notification.")


def _tagged(organization: Backend, params: Params) -> objects.Budget:
    return _budget(organization, params["ResourceARN"].partition(":budget/")[2])


def _paged(operation: str, member: str, found: Sequence[Any], params: Params) -> Response:
    start = offset(f"budgets:{operation}", params)
    end = start + params.get("MaxResults", len(found))
    following = {"NextToken": token(f"budgets:{operation}", params, end)} if end < len(found) else {}
    return {member: [*found[start:end]], **following}


def _invalid(text: str) -> Refusal:
    return Refusal("InvalidParameterException", text)


def _owned(answer: Answer) -> Answer:
    """The operation for the budgets of the management account alone."""

    def checked(organization: Backend, params: Params) -> Response:
        if params.get("AccountId", organization.account_id) != organization.account_id:
            raise Refusal("AccessDeniedException", "The caller does not own the budgets of this account.")
        return answer(organization, params)

    return checked


SERVICE = Service(
    "budgets",
    "budgets",
    {
        name: _owned(answer)
        for name, answer in {
            "CreateBudget": create_budget,
            "UpdateBudget": update_budget,
            "DeleteBudget": delete_budget,
            "DescribeBudgets": describe_budgets,
            "DescribeBudgetNotificationsForAccount": describe_budget_notifications_for_account,
            "DescribeNotificationsForBudget": describe_notifications_for_budget,
            "DescribeSubscribersForNotification": describe_subscribers_for_notification,
            "CreateNotification": create_notification,
            "DeleteNotification": delete_notification,
            "CreateSubscriber": create_subscriber,
            "DeleteSubscriber": delete_subscriber,
            "DescribeBudgetActionsForAccount": describe_budget_actions_for_account,
            "ListTagsForResource": list_tags_for_resource,
            "TagResource": tag_resource,
            "UntagResource": untag_resource,
        }.items()
    },
    invalid="InvalidParameterException",
)
