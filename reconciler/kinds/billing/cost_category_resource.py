"""A cost category as a resource, and as the API has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, Self, cast

from pydantic import Field

from reconciler.kinds.billing.matching import Matches, expression_of, fields_of
from reconciler.model.address import Address
from reconciler.model.base import Frozen, Json
from reconciler.model.resources import Label, Resource, TagKeys, Tags

RULE_VERSION = "CostCategoryExpression.v1"
_ACCOUNT_NAME = "LINKED_ACCOUNT_NAME"
_SHARES = "ALLOCATION_PERCENTAGES"
Method = Literal["even", "proportional", "fixed"]


class _RuleValue(Frozen):
    value: str | None = Field(default=None, exclude_if=lambda value: value is None)
    inherit: str | None = Field(default=None, exclude_if=lambda value: value is None)


class CategoryRule(Matches, _RuleValue):
    """A rule: a `value` for the costs that match, or one that is inherited: `account_name`, or `tag:KEY`. The value is
    shown first."""

    def expression_of_api(self) -> Json:
        return expression_of(self)


class SplitCharge(Frozen):
    """Costs of the value `source` that are split across `targets`; `shares` are per cent, for the method `fixed`."""

    source: str
    targets: tuple[str, ...]
    method: Method
    shares: tuple[str, ...] | None = Field(default=None, exclude_if=lambda value: value is None)


class CostCategory(Resource):
    """A cost category; `id` is its ARN. A part that is `None` on the desired side is not managed; an empty `default` is
    none. `used_for` are the kinds of sharing that use it (`billing:rispgroupsharing`), where it is live."""

    kind: ClassVar[str] = "cost_category"
    plural: ClassVar[str] = "cost_categories"
    prefix: ClassVar[str] = "cost_category"
    label: ClassVar[Label] = Label("cost category", "cost categories")
    identity: ClassVar[frozenset[str]] = Resource.identity | {"name", "used_for"}
    name: str
    default: str | None = None
    rules: tuple[CategoryRule, ...] | None = None
    split_charges: tuple[SplitCharge, ...] | None = None
    tags: Tags | None = None
    tag_keys: TagKeys = None
    used_for: tuple[str, ...] = Field(default=(), exclude_if=lambda value: not value)

    def unique_key(self) -> tuple[str, ...]:
        return (self.prefix, self.name)

    def references(self) -> tuple[Address, ...]:
        """The accounts in its rules that do not exist yet."""
        return tuple(dict.fromkeys(address for each in self.rules or () for address in each.references()))

    def follows(self) -> tuple[Address, ...]:
        """The cost categories that its rules name."""
        names = {name for each in self.rules or () for name in each.categories} - {self.name}
        return tuple(f"{self.prefix}:{name}" for name in sorted(names))

    def with_ids(self, id_of: Callable[[Address], str | None]) -> Self:
        if self.rules is None:
            return self
        return self.model_copy(update={"rules": tuple(each.with_ids(id_of) for each in self.rules)})

    @property
    def display_name(self) -> str:
        return self.name


def category_of(arn: str, found: Mapping[str, Any], tags: Tags, used_for: tuple[str, ...] = ()) -> CostCategory:
    """The category that the API describes."""
    return CostCategory(
        address=f"{CostCategory.prefix}:{found['Name']}",
        id=arn,
        name=found["Name"],
        default=found.get("DefaultValue") or "",
        rules=tuple(map(_rule_of, found["Rules"])),
        split_charges=tuple(map(_split_of, found.get("SplitChargeRules") or ())),
        tags=tags,
        used_for=used_for,
    )


def _rule_of(found: Mapping[str, Any]) -> CategoryRule:
    if inherited := found.get("InheritedValue"):
        by_name = inherited["DimensionName"] == _ACCOUNT_NAME
        return CategoryRule(inherit="account_name" if by_name else f"tag:{inherited.get('DimensionKey') or ''}")
    return CategoryRule(value=found.get("Value"), **fields_of(found.get("Rule")))


def _split_of(found: Mapping[str, Any]) -> SplitCharge:
    shares = next((each["Values"] for each in found.get("Parameters") or () if each["Type"] == _SHARES), None)
    return SplitCharge(
        source=found["Source"],
        targets=tuple(found["Targets"]),
        method=cast("Method", found["Method"].lower()),
        shares=tuple(shares) if shares else None,
    )


def definition_of(category: CostCategory) -> dict[str, Json]:
    """Everything about a category but its name and its tags, as the API wants it: an update replaces all of it."""
    found: dict[str, Json] = {
        "RuleVersion": RULE_VERSION,
        "Rules": [_rule_for_api(each) for each in category.rules or ()],
    }
    if category.default:
        found["DefaultValue"] = category.default
    if category.split_charges:
        found["SplitChargeRules"] = [_split_for_api(each) for each in category.split_charges]
    return found


def _rule_for_api(rule: CategoryRule) -> dict[str, Json]:
    if rule.inherit is None:
        return {"Type": "REGULAR", "Value": rule.value, "Rule": rule.expression_of_api()}
    tag = rule.inherit.partition(":")[2]
    value: dict[str, Json] = {"DimensionName": "TAG", "DimensionKey": tag} if tag else {"DimensionName": _ACCOUNT_NAME}
    return {"Type": "INHERITED_VALUE", "InheritedValue": value}


def _split_for_api(split: SplitCharge) -> dict[str, Json]:
    found: dict[str, Json] = {
        "Source": split.source, "Targets": [*split.targets], "Method": split.method.upper(),
    }  # fmt: skip
    if split.shares:
        found["Parameters"] = [{"Type": _SHARES, "Values": [*split.shares]}]
    return found
