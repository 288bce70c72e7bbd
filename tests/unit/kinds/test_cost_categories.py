"""Cost categories: the API's form and back, ended ones, names that are taken, what a reviewer is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from reconciler.applying.known_ids import KnownIds
from reconciler.errors import ServiceError
from reconciler.kinds.base import UnmanagedRules
from reconciler.kinds.billing.cost_category import CostCategoryKind
from reconciler.kinds.billing.cost_category_resource import CategoryRule, CostCategory, category_of, definition_of
from reconciler.kinds.billing.cost_category_shape import written_category
from reconciler.model.inventory import Inventory
from reconciler.model.plan import change_of
from reconciler.model.scope import Scope

ARN = "arn:aws:ce::111122223333:costcategory/4020b17a-70d9-0777-caba-474ff1d53a0a"
OTHER = "arn:aws:ce::111122223333:costcategory/ffffffff-70d9-0777-caba-474ff1d53a0a"
DEFINITION = {
    "RuleVersion": "CostCategoryExpression.v1",
    "DefaultValue": "Unassigned",
    "Rules": [
        {
            "Type": "REGULAR",
            "Value": "Shop",
            "Rule": {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": ["111122223333", "999988887777"]}},
        },
        {"Type": "REGULAR", "Value": "Old", "Rule": {"Not": {"Tags": {"Key": "stage", "Values": ["prod"]}}}},
        {"Type": "INHERITED_VALUE", "InheritedValue": {"DimensionName": "LINKED_ACCOUNT_NAME"}},
        {"Type": "INHERITED_VALUE", "InheritedValue": {"DimensionName": "TAG", "DimensionKey": "team"}},
    ],
    "SplitChargeRules": [
        {
            "Source": "Old",
            "Targets": ["Shop", "Blog"],
            "Method": "FIXED",
            "Parameters": [{"Type": "ALLOCATION_PERCENTAGES", "Values": ["60", "40"]}],
        }
    ],
}
LIVE = category_of(ARN, {"Name": "Team", **DEFINITION}, {"owner": "a"})


def inventory(*categories: CostCategory) -> Inventory:
    return Inventory(scope=Scope(parts=("cost_categories",))).with_resources(categories)


def test_a_live_category_is_sent_as_it_is() -> None:
    assert definition_of(LIVE) == DEFINITION


def test_what_is_not_declared_keeps_its_live_value_in_an_update_that_replaces_everything() -> None:
    wanted = CostCategory(address=LIVE.address, name="Team", default="")
    (change,) = CostCategoryKind().compare(inventory(wanted), inventory(LIVE), UnmanagedRules()).changes
    assert change.fields == ("default",)
    (call,) = CostCategoryKind().calls(change, KnownIds({LIVE.address: ARN}))
    rest = {name: value for name, value in DEFINITION.items() if name != "DefaultValue"}
    assert call.params == {"CostCategoryArn": ARN, **rest}


def test_an_account_that_is_not_declared_is_written_as_an_expression() -> None:
    keys = {"account:111122223333": "shop"}
    written: Any = written_category(LIVE, keys)
    assert written["rules"][0] == {"value": "Shop", "expression": DEFINITION["Rules"][0]["Rule"]}  # type: ignore[index]
    assert written["rules"][2:] == [{"inherit": "account_name"}, {"inherit": {"tag": "team"}}]
    assert written["split_charges"] == [{"from": "Old", "to": ["Shop", "Blog"], "method": "fixed", "shares": [60, 40]}]
    both: Any = written_category(LIVE, {**keys, "account:999988887777": "blog"})
    assert both["rules"][0] == {"value": "Shop", "accounts": ["account:blog", "account:shop"]}


def test_the_order_of_rules_matters_and_that_of_accounts_does_not() -> None:
    assert LIVE.rules is not None
    reordered = LIVE.model_copy(update={"rules": LIVE.rules[::-1]})
    (change,) = CostCategoryKind().compare(inventory(reordered), inventory(LIVE), UnmanagedRules()).changes
    assert change.note == "the order of the rules changes: the first that matches counts"
    refer = CategoryRule(value="Shop", accounts=("⟨account:z.id⟩", "⟨account:a.id⟩"))
    found = refer.with_ids({"account:z": "111122223333", "account:a": "999988887777"}.get)
    assert found == LIVE.rules[0]


def test_deleting_a_category_that_sharing_uses_is_a_warning() -> None:
    shared = LIVE.model_copy(update={"used_for": ("billing:rispgroupsharing",)})
    rules = UnmanagedRules({"cost_categories": "delete"})
    found = CostCategoryKind().compare(inventory(), inventory(shared), rules)
    assert [each.code for each in found.warnings] == ["W390"]
    assert "billing:rispgroupsharing" in found.warnings[0].message
    assert CostCategoryKind().compare(inventory(), inventory(LIVE), rules).warnings == []


class Listed:
    """`kinds.base.Reads` of one live and one ended category."""

    def items(self, operation: str, member: str, **params: Any) -> Iterable[Any]:
        if member == "ResourceTags":
            return []
        ended = {"CostCategoryArn": OTHER, "Name": "Team", "EffectiveEnd": "2026-11-01T00:00:00Z"}
        return [ended, {"CostCategoryArn": ARN, "Name": "Team", "SupportedResourceTypes": ["billing:rispgroupsharing"]}]

    def call(self, operation: str, params: Any) -> dict[str, Any]:
        assert params == {"CostCategoryArn": ARN}
        return {"CostCategory": {"Name": "Team", **DEFINITION}}

    def gather(self, operation: str, asks: Any) -> list[Any]:
        return [ask() for ask in asks]


def test_a_deleted_category_is_not_live() -> None:
    (found,) = CostCategoryKind().read(Listed(), ())  # type: ignore[arg-type]
    assert (found.id, found.used_for) == (ARN, ("billing:rispgroupsharing",))


def test_a_name_that_is_taken_is_taken_over_only_by_the_same_category() -> None:
    (call,) = CostCategoryKind().calls(change_of("create", "declared", after=LIVE), KnownIds({}))
    answers: dict[str, list[Any]] = {
        "CostCategoryReferences": [{"Name": "Team", "CostCategoryArn": ARN}],
        "CostCategory": [{"Name": "Team", **DEFINITION}],
    }
    assert call.find is not None
    assert call.find(lambda operation, params, member: iter(answers[member])) == {"CostCategoryArn": ARN}
    answers["CostCategory"] = [{"Name": "Team", **DEFINITION, "DefaultValue": "Other"}]
    with pytest.raises(ServiceError, match="somebody else created a cost category Team"):
        call.find(lambda operation, params, member: iter(answers[member]))
    assert call.find(lambda operation, params, member: iter(())) is None
