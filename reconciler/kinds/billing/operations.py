"""The operations of Cost Explorer and of AWS Budgets. Neither publishes a rate: they are called once a second. AWS
Budgets leaves out a list that is empty."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reconciler.model.operation import Answer, ErrorMeaning, Operation


def _fields(**fields: type) -> Mapping[str, type]:
    return MappingProxyType(fields)


_THROTTLED: Mapping[str, ErrorMeaning] = MappingProxyType({"LimitExceededException": "throttled"})
"""What Cost Explorer answers to too many calls; too many things are ServiceQuotaExceededException.
https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_CreateCostCategoryDefinition.html"""
_THERE: Mapping[str, ErrorMeaning] = MappingProxyType({"DuplicateRecordException": "look"})


def _ce(
    name: str, answer: Answer | None = None, *, page: int | None = None, writes: bool = False, creates: bool = False
) -> Operation:
    return Operation(
        f"ce:{name}", 1, 3, answer, writes=writes or creates, repeatable=not creates, page_size=page, errors=_THROTTLED
    )


def _budgets(
    name: str, answer: Answer | None = None, *, page: int | None = None, writes: bool = False, creates: bool = False
) -> Operation:
    return Operation(
        f"budgets:{name}", 1, 3, answer, writes=writes or creates, repeatable=not creates, page_size=page,
        errors=_THERE if creates else MappingProxyType({}),
    )  # fmt: skip


OF_COST_CATEGORIES = (
    _ce(
        "ListCostCategoryDefinitions", Answer("CostCategoryReferences", list, _fields(CostCategoryArn=str, Name=str)),
        page=100,
    ),
    _ce("DescribeCostCategoryDefinition", Answer("CostCategory", dict, _fields(Name=str, Rules=list))),
    _ce("ListTagsForResource", Answer("ResourceTags", list, _fields(Key=str, Value=str))),
    _ce("CreateCostCategoryDefinition", Answer("CostCategoryArn", str), creates=True),
    _ce("UpdateCostCategoryDefinition", Answer("CostCategoryArn", str), writes=True),
    _ce("DeleteCostCategoryDefinition", Answer("CostCategoryArn", str), writes=True),
    _ce("TagResource", writes=True),
    _ce("UntagResource", writes=True),
)  # fmt: skip

OF_COST_ALLOCATION_TAGS = (
    _ce("ListCostAllocationTags", Answer("CostAllocationTags", list, _fields(TagKey=str, Status=str)), page=100),
    _ce("UpdateCostAllocationTagsStatus", Answer("Errors", list, always=False), writes=True),
)

OF_BUDGETS = (
    _budgets("DescribeBudgets", Answer("Budgets", list, _fields(BudgetName=str), always=False), page=100),
    _budgets(
        "DescribeBudgetNotificationsForAccount",
        Answer("BudgetNotificationsForAccount", list, _fields(BudgetName=str), always=False), page=1000,
    ),
    _budgets("DescribeNotificationsForBudget", Answer("Notifications", list, always=False), page=100),
    _budgets("DescribeSubscribersForNotification", Answer("Subscribers", list, _fields(Address=str)), page=100),
    _budgets("ListTagsForResource", Answer("ResourceTags", list, _fields(Key=str, Value=str), always=False)),
    _budgets("CreateBudget", creates=True),
    _budgets("UpdateBudget", writes=True),
    _budgets("DeleteBudget", writes=True),
    _budgets("CreateNotification", creates=True),
    _budgets("DeleteNotification", writes=True),
    _budgets("CreateSubscriber", creates=True),
    _budgets("DeleteSubscriber", writes=True),
    _budgets("TagResource", writes=True),
    _budgets("UntagResource", writes=True),
)  # fmt: skip

OF_BUDGET_ACTIONS = (
    _budgets("DescribeBudgetActionsForAccount", Answer("Actions", list, _fields(ActionId=str), always=False), page=100),
)
