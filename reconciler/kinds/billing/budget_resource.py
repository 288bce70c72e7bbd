"""A budget as a resource, and as the API has it.

Which costs count is said by `FilterExpression` and `Metrics` or, in the older form, by `CostFilters` and `CostTypes`;
the service refuses both together. Both are read; a live budget keeps its form, and a new one gets the newer form.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

from pydantic import Field

from reconciler.kinds.billing.matching import (
    Expression,
    Keyed,
    Matches,
    Values,
    expression_of,
    fields_of,
    sorted_values,
)
from reconciler.model.address import Address
from reconciler.model.base import Frozen, Json
from reconciler.model.reference import references_in, resolved
from reconciler.model.resources import Label, Resource, TagKeys, Tags

PERIODS: Mapping[str, str] = {
    "day": "DAILY", "month": "MONTHLY", "quarter": "QUARTERLY", "year": "ANNUALLY", "custom": "CUSTOM",
}  # fmt: skip
TYPES = ("cost", "usage", "ri_utilization", "ri_coverage", "savings_plans_utilization", "savings_plans_coverage")
OPERATORS = ("greater_than", "less_than", "equal_to")
_PERIOD_OF = {api: name for name, api in PERIODS.items()}
_OUTPUTS = frozenset({"CalculatedSpend", "LastUpdatedTime", "HealthStatus"})
_OWN = frozenset({"BudgetName", "BudgetType", "TimeUnit", "BudgetLimit", "CostFilters", "FilterExpression"})
_PLANNED, _ADJUSTED = "PlannedBudgetLimits", "AutoAdjustData"
_SEPARATOR = "$"
"""Between the name of a cost category and its value in `CostFilters`."""


class BudgetFilter(Frozen):
    """Which costs count: all, where nothing is set. `accounts` are ids, or references to ids that are not known yet;
    `expression` is one of Cost Explorer, `cost_filters` are those of the older form."""

    accounts: Values = None
    cost_categories: Keyed = None
    expression: Expression = None
    cost_filters: Keyed = None

    @property
    def matches(self) -> Matches:
        return Matches(accounts=self.accounts, cost_categories=self.cost_categories, expression=self.expression)


class Notification(Frozen):
    """Who is told when the `actual` or `forecasted` amount passes a threshold, in per cent of the limit (`80%`) or as
    an amount (`4000`). E-mail addresses are sorted."""

    kind: Literal["actual", "forecasted"]
    threshold: str
    operator: str = OPERATORS[0]
    emails: tuple[str, ...] = ()
    sns: str | None = Field(default=None, exclude_if=lambda value: value is None)

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it unique in its budget."""
        return (self.kind, self.operator, self.threshold)

    @property
    def subscribers(self) -> tuple[tuple[str, str], ...]:
        """The types and addresses of all subscribers."""
        return (*(("EMAIL", each) for each in self.emails), *((("SNS", self.sns),) if self.sns else ()))

    def for_api(self) -> dict[str, Json]:
        percent = self.threshold.endswith("%")
        return {
            "NotificationType": self.kind.upper(),
            "ComparisonOperator": self.operator.upper(),
            "Threshold": float(self.threshold.removesuffix("%")),
            "ThresholdType": "PERCENTAGE" if percent else "ABSOLUTE_VALUE",
        }


class Budget(Resource):
    """A budget; `id` is its ARN. A part that is `None` on the desired side is not managed. `limit` is an amount with
    its unit (`5000 USD`), `None` where the live budget has planned limits or adjusts itself. `settings` is what a spec
    does not declare, as the API has it, where it is live."""

    kind: ClassVar[str] = "budget"
    plural: ClassVar[str] = "budgets"
    prefix: ClassVar[str] = "budget"
    label: ClassVar[Label] = Label("budget", "budgets")
    identity: ClassVar[frozenset[str]] = Resource.identity | {"name"}
    name: str
    type: str | None = None
    per: str | None = None
    limit: str | None = None
    filter: BudgetFilter | None = None
    notify: tuple[Notification, ...] | None = None
    settings: Json = None
    tags: Tags | None = None
    tag_keys: TagKeys = None

    def unique_key(self) -> tuple[str, ...]:
        return (self.prefix, self.name)

    def references(self) -> tuple[Address, ...]:
        """The accounts in its filter that do not exist yet."""
        return tuple(references_in([*((self.filter and self.filter.accounts) or ())]))

    def follows(self) -> tuple[Address, ...]:
        """The cost categories that its filter names."""
        return tuple(f"cost_category:{name}" for name in self.filter.matches.categories) if self.filter else ()

    def with_ids(self, id_of: Callable[[Address], str | None]) -> Self:
        if self.filter is None or self.filter.accounts is None:
            return self
        accounts = sorted_values(str(resolved(each, id_of)) for each in self.filter.accounts)
        return self.model_copy(update={"filter": self.filter.model_copy(update={"accounts": accounts})})

    @property
    def display_name(self) -> str:
        return self.name


def decimal_text(value: object) -> str:
    """A number in its shortest form: `5000.0` is `5000`."""
    return format(Decimal(str(value)).normalize(), "f")


def budget_of(arn: str, found: Mapping[str, Any], notify: Iterable[Notification], tags: Tags) -> Budget:
    """The budget that the API describes."""
    limit = None if found.get(_PLANNED) or found.get(_ADJUSTED) else found.get("BudgetLimit")
    settings = {name: _plain(value) for name, value in found.items() if name not in _OUTPUTS | _OWN and value}
    return Budget(
        address=f"{Budget.prefix}:{found['BudgetName']}",
        id=arn,
        name=found["BudgetName"],
        type=str(found["BudgetType"]).lower(),
        per=_PERIOD_OF.get(found["TimeUnit"], str(found["TimeUnit"]).lower()),
        limit=f"{decimal_text(limit['Amount'])} {limit['Unit']}" if limit else None,
        filter=_filter_of(found),
        notify=tuple(sorted(notify, key=lambda each: each.key)),
        settings={name: value for name, value in settings.items() if not _is_of_other_form(name, found)},
        tags=tags,
    )


def _is_expressed(found: Mapping[str, Any]) -> bool:
    """Whether a budget has the newer form."""
    return bool(found.get("FilterExpression") or found.get("Metrics"))


def _is_of_other_form(name: str, found: Mapping[str, Any]) -> bool:
    return name == "CostTypes" and _is_expressed(found)


def _filter_of(found: Mapping[str, Any]) -> BudgetFilter:
    if _is_expressed(found):
        return BudgetFilter(**fields_of(found.get("FilterExpression"), ("accounts", "cost_categories")))
    filters = {key: sorted_values(values) for key, values in (found.get("CostFilters") or {}).items() if values}
    categories: dict[str, list[str]] = {}
    for each in filters.get("CostCategory", ()):
        name, _, value = each.partition(_SEPARATOR)
        categories.setdefault(name, []).append(value)
    if filters.keys() - {"LinkedAccount", "CostCategory"} or len(categories) > 1:
        return BudgetFilter(cost_filters=filters)
    return BudgetFilter(
        accounts=filters.get("LinkedAccount"),
        cost_categories={name: sorted_values(values) for name, values in categories.items()} or None,
    )


def _plain(value: Any) -> Json:
    """The value as JSON: times as RFC 3339."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items() if key != "LastAutoAdjustTime"}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    found: Json = value
    return found


def for_api(budget: Budget) -> dict[str, Json]:
    """The budget as the API wants it: an update replaces all of it but its name."""
    settings = dict(budget.settings) if isinstance(budget.settings, dict) else {}
    if budget.limit is not None:
        settings = {name: value for name, value in settings.items() if name not in (_PLANNED, _ADJUSTED)}
        amount, _, unit = budget.limit.partition(" ")
        settings["BudgetLimit"] = {"Amount": amount, "Unit": unit}
    return {
        "BudgetName": budget.name,
        "BudgetType": (budget.type or TYPES[0]).upper(),
        "TimeUnit": PERIODS[budget.per or "month"],
        **_filter_for_api(budget, settings),
    }


def _filter_for_api(budget: Budget, settings: dict[str, Json]) -> dict[str, Json]:
    """The settings with the filter in one of its two forms."""
    wanted = budget.filter or BudgetFilter()
    if wanted.cost_filters is not None:
        rest = {name: value for name, value in settings.items() if name != "Metrics"}
        return {**rest, "CostFilters": {key: [*values] for key, values in wanted.cost_filters.items()}}
    if takes_newer_form(budget):
        rest = {name: value for name, value in settings.items() if name != "CostTypes"}
        expression = expression_of(wanted.matches)
        metrics = settings.get("Metrics") or _metrics(budget, settings.get("CostTypes"))
        return {
            **rest,
            **({"FilterExpression": expression} if expression is not None else {}),
            **({"Metrics": metrics} if metrics else {}),
        }
    filters: dict[str, Json] = {}
    if wanted.accounts:
        filters["LinkedAccount"] = [*wanted.accounts]
    if wanted.cost_categories:
        filters["CostCategory"] = [
            f"{name}{_SEPARATOR}{value}" for name, values in wanted.cost_categories.items() for value in values
        ]
    return {**settings, **({"CostFilters": filters} if filters else {})}


def takes_newer_form(budget: Budget) -> bool:
    """Whether the filter is sent as an expression: where it can be said in no other way, or categories are combined, or
    the live budget has that form, or it is a new one of costs with a filter."""
    found = budget.filter or BudgetFilter()
    settings = budget.settings if isinstance(budget.settings, dict) else None
    if found.expression is not None or len(found.cost_categories or ()) > 1:
        return True
    if settings is not None:
        return "Metrics" in settings
    return budget.type in (None, TYPES[0]) and found != BudgetFilter()


def _metrics(budget: Budget, cost_types: Json) -> list[Json]:
    if budget.type not in (None, TYPES[0]):
        return ["UsageQuantity"] if budget.type == "usage" else []
    types = cost_types if isinstance(cost_types, dict) else {}
    if types.get("UseAmortized"):
        return ["AmortizedCost"]
    return ["BlendedCost" if types.get("UseBlended") else "UnblendedCost"]


def notification_of(found: Mapping[str, Any], subscribers: Iterable[Mapping[str, Any]]) -> Notification:
    """The notification that the API lists."""
    percent = found.get("ThresholdType", "PERCENTAGE") == "PERCENTAGE"
    addresses = [(each["SubscriptionType"], each["Address"]) for each in subscribers]
    return Notification(
        kind="actual" if found["NotificationType"] == "ACTUAL" else "forecasted",
        operator=str(found["ComparisonOperator"]).lower(),
        threshold=decimal_text(found["Threshold"]) + ("%" if percent else ""),
        emails=tuple(sorted(address for type, address in addresses if type == "EMAIL")),
        sns=next((address for type, address in addresses if type == "SNS"), None),
    )
