"""The calls that make budgets as they are declared, and the read of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from reconciler.errors import ServiceError
from reconciler.kinds.base import Call, Ids, Read, Reads, overtaken
from reconciler.kinds.billing.budget_resource import Budget, Notification, budget_of, for_api, notification_of
from reconciler.kinds.billing.budget_shape import MOST_EMAILS, MOST_NOTIFICATIONS
from reconciler.kinds.billing.tagging import tags_of
from reconciler.kinds.comparing import changed_fields
from reconciler.kinds.tag import tag_list
from reconciler.model.reference import MANAGEMENT

_GONE = frozenset({"NotFoundException"})
_THERE = frozenset({"DuplicateRecordException"})
_OF_ALL = "budgets:DescribeBudgetNotificationsForAccount"
_NOT_THERE = frozenset({"NotImplemented", "UnknownOperationException", "InvalidAction"})
"""Errors of an endpoint that does not have an operation."""


def read_budgets(reads: Reads) -> Iterator[Budget]:
    """Every budget of the management account: a list, a list of the notifications, and a call for the subscribers of
    each notification and for the tags of each budget."""
    organization = reads.organization
    owner = {"AccountId": str(organization.management_account_id)}
    listed = [*reads.items("budgets:DescribeBudgets", "Budgets", ShowFilterExpression=True, **owner)]
    names = [str(each["BudgetName"]) for each in listed]
    notifications = _notifications(reads, owner, names)
    asks = [(name, each) for name in names for each in notifications.get(name, ())]
    operation = "budgets:DescribeSubscribersForNotification"
    answers = reads.gather(operation, [partial(_subscribers, reads, owner, name, each) for name, each in asks])
    arns = [f"arn:{organization.partition}:budgets::{owner['AccountId']}:budget/{name}" for name in names]
    tags = reads.gather("budgets:ListTagsForResource", [partial(_tags, reads, arn) for arn in arns])
    found: dict[str, list[Notification]] = {name: [] for name in names}
    for (name, each), subscribers in zip(asks, answers, strict=True):
        found[name].append(notification_of(each, subscribers))
    for budget, arn, own in zip(listed, arns, tags, strict=True):
        yield budget_of(arn, budget, found[str(budget["BudgetName"])], tags_of(own))


def _notifications(
    reads: Reads, owner: Mapping[str, str], names: Iterable[str]
) -> Mapping[str, list[Mapping[str, Any]]]:
    """The notifications of each budget: from one list or, where an endpoint does not have that, budget by budget."""
    try:
        listed = [*reads.items(_OF_ALL, "BudgetNotificationsForAccount", **owner)]
    except ServiceError as error:
        if error.code not in _NOT_THERE and error.status != 501:
            raise
        operation = "budgets:DescribeNotificationsForBudget"
        return {name: [*reads.items(operation, "Notifications", BudgetName=name, **owner)] for name in names}
    return {str(each["BudgetName"]): each.get("Notifications") or [] for each in listed}


def _subscribers(
    reads: Reads, owner: Mapping[str, str], name: str, notification: Mapping[str, Any]
) -> list[dict[str, Any]]:
    asked = {key: value for key, value in notification.items() if key != "NotificationState"}
    operation = "budgets:DescribeSubscribersForNotification"
    return [*reads.items(operation, "Subscribers", BudgetName=name, Notification=asked, **owner)]


def _tags(reads: Reads, arn: str) -> list[dict[str, Any]]:
    return [*reads.items("budgets:ListTagsForResource", "ResourceTags", ResourceARN=arn)]


def creating(wanted: Budget, ids: Ids) -> Call:
    """The call that creates it, with its notifications. What has its name already is taken only if it is the same."""
    owner = {"AccountId": ids[MANAGEMENT]}
    budget = ids.resolve(for_api(wanted))
    notify = [
        {"Notification": each.for_api(), "Subscribers": _for_api(each.subscribers)} for each in wanted.notify or ()
    ]

    def find(read: Read) -> dict[str, Any] | None:
        operation = "budgets:DescribeBudgets"
        for each in read(operation, {**owner, "ShowFilterExpression": True}, "Budgets"):
            if each["BudgetName"] == wanted.name:
                there = budget_of("", each, (), {})
                resolved = wanted.with_ids(lambda address: ids[address])
                if set(changed_fields(resolved, there)) - {"notify", "tags"}:
                    raise overtaken(operation, f"somebody else created a budget {wanted.name}")
                return {}
        return None

    params: dict[str, Any] = {**owner, "Budget": budget}
    if notify:
        params["NotificationsWithSubscribers"] = notify
    if wanted.tags:
        params["ResourceTags"] = tag_list(wanted.tags)
    return Call("budgets:CreateBudget", params, find=find)


def notifying(before: Budget, after: Budget, ids: Ids) -> Iterator[Call]:
    """The calls for the notifications: what comes before what goes, unless there would be too many."""
    of_budget = {"AccountId": ids[MANAGEMENT], "BudgetName": after.name}
    old, new = ({each.key: each for each in side.notify or ()} for side in (before, after))
    for key in sorted(old.keys() & new.keys()):
        yield from _subscribing(old[key], new[key], of_budget)
    added = [_created(new[key], of_budget) for key in sorted(new.keys() - old.keys())]
    removed = [_deleted(old[key], of_budget) for key in sorted(old.keys() - new.keys())]
    full = len(old) + len(added) > MOST_NOTIFICATIONS
    yield from (*removed, *added) if full else (*added, *removed)


def _subscribing(old: Notification, new: Notification, of_budget: Mapping[str, Any]) -> Iterator[Call]:
    """The calls for the subscribers of a notification: who comes before who goes, unless there would be too many. The
    last subscriber takes the notification along, so that one of which nobody stays is made again.
    https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_DeleteSubscriber.html"""
    come = [each for each in new.subscribers if each not in old.subscribers]
    gone = [each for each in old.subscribers if each not in new.subscribers]
    params = {**of_budget, "Notification": new.for_api()}
    added = [
        Call("budgets:CreateSubscriber", {**params, "Subscriber": each}, already=_THERE) for each in _for_api(come)
    ]
    removed = [
        Call("budgets:DeleteSubscriber", {**params, "Subscriber": each}, already=_GONE) for each in _for_api(gone)
    ]
    together = [*old.subscribers, *come]
    full = any(sum(type == kind for type, _ in together) > most for kind, most in (("EMAIL", MOST_EMAILS), ("SNS", 1)))
    if full and len(gone) == len(old.subscribers):
        yield from (_deleted(old, of_budget), _created(new, of_budget))
    else:
        yield from (*removed, *added) if full else (*added, *removed)


def _created(notification: Notification, of_budget: Mapping[str, Any]) -> Call:
    subscribers = _for_api(notification.subscribers)
    params = {**of_budget, "Notification": notification.for_api(), "Subscribers": subscribers}
    return Call("budgets:CreateNotification", params, already=_THERE)


def _deleted(notification: Notification, of_budget: Mapping[str, Any]) -> Call:
    params = {**of_budget, "Notification": notification.for_api()}
    return Call("budgets:DeleteNotification", params, already=_GONE)


def _for_api(subscribers: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"SubscriptionType": type, "Address": address} for type, address in subscribers]
