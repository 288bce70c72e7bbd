"""How a spec writes budgets, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from reconciler.kinds import scalars as s
from reconciler.kinds.base import Declaring
from reconciler.kinds.billing.budget_resource import (
    OPERATORS,
    TYPES,
    Budget,
    BudgetFilter,
    Notification,
    decimal_text,
)
from reconciler.kinds.billing.cost_category_shape import Pattern, written_accounts
from reconciler.kinds.billing.matching import expression_of, fields_of, sorted_values, wrong_part
from reconciler.kinds.tag import TagsModeShape, TagsShape, tagging
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.diagnostic import Code
from reconciler.model.reference import reference

MOST_NOTIFICATIONS = 10
MOST_EMAILS = 10
"""https://docs.aws.amazon.com/cost-management/latest/userguide/management-limits.html"""
_EVERYTHING = "all"

BudgetName = Annotated[
    str,
    StringConstraints(pattern=r"^[^:\\]{1,100}$"),
    s.Expected("a name of 1 to 100 characters without `:` and `\\`", "shorten or correct it"),
]
Amount = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)? \S+$"),
    s.Expected("an amount with its unit, like `5000 USD`", "write it like `5000 USD`"),
]
Threshold = Annotated[
    Annotated[float, Field(ge=0)] | Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?%?$")],
    s.Expected("a percentage of the limit, like `80%`, or an amount", "write it like `80%` or `4000`"),
]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=50), s.Expected("an e-mail address")]
Topic = Annotated[
    str,
    StringConstraints(pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:\S+$"),
    s.Expected("the ARN of an SNS topic"),
]
_Per = Annotated[Literal["day", "month", "quarter", "year"], s.Choice(("day", "month", "quarter", "year"))]
_Type = Annotated[str, s.Choice(TYPES)]
_Operator = Annotated[str, s.Choice(OPERATORS)]


def _form(value: object) -> str:
    return "⟨mapping⟩" if isinstance(value, dict) else "⟨list⟩" if isinstance(value, list) else "⟨text⟩"


if TYPE_CHECKING:
    _OneOrMore = str | list[str]
else:
    _OneOrMore = Annotated[
        Annotated[s.Text, Tag("⟨text⟩")] | Annotated[list[s.Text], Tag("⟨list⟩")],
        Discriminator(lambda value: "⟨list⟩" if isinstance(value, list) else "⟨text⟩"),
    ]


class ForShape(s.Shape):
    """Which costs count, by more than accounts."""

    accounts: s.Unset[list[Pattern]] = Field(default=None, description="Account patterns.")
    cost_category: s.Unset[dict[s.Text, _OneOrMore]] = Field(
        default=None, description="A cost category, with one or several of its values.", examples=[{"Team": "Shop"}]
    )
    expression: s.Unset[dict[str, Json]] = Field(
        default=None, description="An expression of Cost Explorer, for what the other keys cannot say."
    )
    cost_filters: s.Unset[dict[s.Text, list[s.Text]]] = Field(
        default=None, description="Filters of the older form, as AWS Budgets has them.",
        examples=[{"Service": ["Amazon Simple Storage Service"]}],
    )  # fmt: skip


if TYPE_CHECKING:
    _For = str | list[str] | ForShape
else:
    _For = Annotated[
        Annotated[Pattern, Tag("⟨text⟩")]
        | Annotated[list[Pattern], Tag("⟨list⟩")]
        | Annotated[ForShape, Tag("⟨mapping⟩")],
        Discriminator(_form),
    ]


class NotificationShape(s.Shape):
    """Who is told when the amount passes a threshold."""

    actual: s.Unset[Threshold] = Field(
        default=None, description="The threshold of what was spent: in per cent of the limit, or an amount.",
        examples=["80%"],
    )  # fmt: skip
    forecasted: s.Unset[Threshold] = Field(
        default=None, description="The threshold of what is forecast for the period.", examples=["100%"]
    )
    when: _Operator = Field(default=OPERATORS[0], description="How the amount compares with the threshold.")
    to: s.Unset[list[Email]] = Field(
        default=None, description="E-mail addresses, at most ten.", examples=[["finops@example.com"]]
    )
    sns: s.Unset[Topic] = Field(default=None, description="The ARN of an SNS topic.")


class BudgetShape(s.Shape):
    """A budget. A part that is left out keeps its live value."""

    limit: s.Unset[Amount] = Field(
        default=None, description="The amount with its unit. A new budget of costs or usage needs one.",
        examples=["5000 USD"],
    )  # fmt: skip
    per: s.Unset[_Per] = Field(default=None, description="The period. Default of a new budget: `month`.")
    type: s.Unset[_Type] = Field(default=None, description="What is counted. Default of a new budget: `cost`.")
    for_: s.Unset[_For] = Field(
        default=None, alias="for",
        description="Which costs count: account patterns, a cost category, or `all`, the default of a new budget.",
        examples=["ou:Workloads/Shop", {"cost_category": {"Team": "Shop"}}],
    )  # fmt: skip
    notify: s.Unset[list[NotificationShape]] = Field(
        default=None, description="Who is told, exactly these. `[]`: nobody."
    )
    tags: s.Unset[TagsShape] = None
    tags_mode: s.Unset[TagsModeShape] = None


Budgets = dict[BudgetName, Annotated[BudgetShape, s.OrEmpty()]]

CODES = (
    Code(
        code="E394",
        severity="error",
        title="A budget with a wrong part",
        explanation="A notification has one threshold, `actual` or `forecasted`, and at least one of `to` (at most ten "
        "e-mail addresses) and `sns`. A budget has at most ten notifications, each threshold once. `for` says in one "
        "way which costs count, and a name does not contain `/action/`.",
    ),
)


def declared_budgets(value: Budgets, spec: Declaring) -> Iterator[Budget]:
    """The budgets of a spec; what is wrong with them is noted."""
    for name, shape in value.items():
        if "/action/" in name:
            spec.add("E394", f"the name `{name}` contains `/action/`", name, help="give the budget another name")
        amount, _, unit = (shape.limit or "").partition(" ")
        yield Budget(
            address=f"{Budget.prefix}:{name}",
            name=name,
            type=shape.type,
            per=shape.per,
            limit=f"{decimal_text(amount)} {unit}" if shape.limit else None,
            filter=_filter(name, shape.for_, spec),
            notify=_notifications(name, shape.notify, spec),
            source=spec.source(name),
            **tagging(shape.tags, shape.tags_mode),
        )


def _filter(name: str, shape: str | list[str] | ForShape | None, spec: Declaring) -> BudgetFilter | None:
    if shape is None:
        return None
    if shape == _EVERYTHING:
        return BudgetFilter()
    if isinstance(shape, ForShape):
        return _combined(name, shape, spec)
    patterns = [shape] if isinstance(shape, str) else shape
    if not patterns:
        spec.add("E394", "`for` names no account", name, "for", help="write `all`, or account patterns")
    accounts = spec.accounts(patterns, name, "for")
    return BudgetFilter(accounts=sorted_values(reference(each.address) for each in accounts))


def _combined(name: str, shape: ForShape, spec: Declaring) -> BudgetFilter:
    at = (name, "for")
    alone = [key for key in ("expression", "cost_filters") if getattr(shape, key) is not None]
    others = [key for key in ("accounts", "cost_category") if getattr(shape, key)]
    if not alone + others or (alone and len(alone + others) > 1):
        text = "`for` has `accounts`, `cost_category` or both, or one of `expression` and `cost_filters`"
        spec.add("E394", text, *at, help="keep one of them; `for: all` counts all costs")
    if shape.cost_filters is not None:
        return BudgetFilter(cost_filters={key: sorted_values(found) for key, found in shape.cost_filters.items()})
    if shape.expression is not None:
        if (problem := wrong_part(shape.expression)) is not None:
            spec.add("E392", problem, *at, "expression")
        return BudgetFilter(**fields_of(shape.expression, ("accounts", "cost_categories")))
    accounts = spec.accounts(shape.accounts or (), *at, "accounts")
    categories = {
        key: sorted_values([found] if isinstance(found, str) else found)
        for key, found in (shape.cost_category or {}).items()
    }
    return BudgetFilter(
        accounts=sorted_values(reference(each.address) for each in accounts) if shape.accounts else None,
        cost_categories=categories or None,
    )


def _notifications(
    name: str, shapes: Sequence[NotificationShape] | None, spec: Declaring
) -> tuple[Notification, ...] | None:
    if shapes is None:
        return None
    if len(shapes) > MOST_NOTIFICATIONS:
        text = f"the budget `{name}` has {len(shapes)} notifications, the limit is {MOST_NOTIFICATIONS}"
        spec.add("E394", text, name, "notify", help="remove some of them")
    found: dict[tuple[str, str, str], Notification] = {}
    for index, shape in enumerate(shapes):
        each = _notification(shape, spec, name, "notify", index)
        if each.key in found:
            spec.add("E394", "the same threshold is written twice", name, "notify", index, help="merge the two")
        found[each.key] = each
    return tuple(found[key] for key in sorted(found))


def _notification(shape: NotificationShape, spec: Declaring, *at: str | int) -> Notification:
    if (shape.actual is None) == (shape.forecasted is None):
        spec.add("E394", "a notification has one of `actual` and `forecasted`", *at, help="write one threshold")
    if not shape.to and shape.sns is None:
        spec.add("E394", "the notification is for nobody", *at, help="add `to` with e-mail addresses, or `sns`")
    if len(shape.to or ()) > MOST_EMAILS:
        spec.add("E394", f"{len(shape.to or ())} e-mail addresses, the limit is {MOST_EMAILS}", *at, "to")
    kind: Literal["actual", "forecasted"] = "forecasted" if shape.actual is None else "actual"
    written = str((shape.forecasted if shape.actual is None else shape.actual) or 0)
    number = decimal_text(written.removesuffix("%"))
    return Notification(
        kind=kind, threshold=f"{number}%" if written.endswith("%") else number, operator=shape.when,
        emails=sorted_values(shape.to or ()), sns=shape.sns,
    )  # fmt: skip


def written_budget(budget: Budget, names: Mapping[Address, str]) -> Json:
    """A live budget as a spec writes it; `names` are the keys of the declared accounts."""
    value: dict[str, Json] = {
        "limit": budget.limit,
        "per": budget.per if budget.per != "custom" else None,
        "type": budget.type if budget.type != TYPES[0] else None,
        "for": _written_filter(budget.filter, names),
        "notify": [_written_notification(each) for each in budget.notify or ()] or None,
        "tags": {**budget.tags} if budget.tags else None,
    }
    return {key: found for key, found in value.items() if found is not None}


def _written_filter(found: BudgetFilter | None, names: Mapping[Address, str]) -> Json:
    if found is None:
        return None
    if found == BudgetFilter():
        return _EVERYTHING
    if found.cost_filters is not None:
        return {"cost_filters": {key: [*values] for key, values in found.cost_filters.items()}}
    patterns = written_accounts(found.accounts, names)
    if found.expression is not None or (found.accounts is not None and patterns is None):
        return {"expression": expression_of(found.matches)}
    if found.cost_categories is None:
        return patterns
    categories: dict[str, Json] = {
        name: values[0] if len(values) == 1 else [*values] for name, values in found.cost_categories.items()
    }
    return {**({"accounts": patterns} if patterns else {}), "cost_category": categories}


def _written_notification(found: Notification) -> Json:
    amount = float(found.threshold.removesuffix("%"))
    threshold: Json = (
        found.threshold if found.threshold.endswith("%") else int(amount) if amount.is_integer() else amount
    )
    return {
        found.kind: threshold,
        **({"when": found.operator} if found.operator != OPERATORS[0] else {}),
        **({"to": [*found.emails]} if found.emails else {}),
        **({"sns": found.sns} if found.sns else {}),
    }
