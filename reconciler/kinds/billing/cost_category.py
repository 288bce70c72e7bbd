"""Cost categories: costs in groups of one's own, by account, tag, service and more.

A spec names OUs, the service knows accounts only: rules are expanded over the declared tree, so that an account that
comes, moves or goes shows as an update of the category.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/manage-cost-categories.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from reconciler.kinds.base import (
    Call,
    Comparison,
    Declaring,
    Ids,
    Read,
    Reads,
    SpecSection,
    State,
    Undeclared,
    UnmanagedRules,
    overtaken,
)
from reconciler.kinds.billing.cost_category_resource import CategoryRule, CostCategory, category_of, definition_of
from reconciler.kinds.billing.cost_category_shape import CODES, CostCategories, declared_categories, written_category
from reconciler.kinds.billing.members import absent_accounts, accounts_note, with_notes, without
from reconciler.kinds.billing.operations import OF_COST_CATEGORIES
from reconciler.kinds.billing.tagging import tag_calls, tags_of
from reconciler.kinds.declared_set import DeclaredSet
from reconciler.kinds.tag import tag_list
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Warning_
from reconciler.model.resources import Resource
from reconciler.model.scope import Scope

_GONE = frozenset({"ResourceNotFoundException"})
_LIST = ("ce:ListCostCategoryDefinitions", "CostCategoryReferences")
_DESCRIBE = "ce:DescribeCostCategoryDefinition"


class CostCategoryKind(DeclaredSet):
    resource = CostCategory
    consequence = "costs from this month on no longer have its values; budgets and reports that use it count nothing"
    undeclared = Undeclared("Cost categories.")
    max_deletes = (0, "Cost categories that get deleted.")
    section = SpecSection(
        "cost_categories",
        CostCategories,
        "Cost categories by name. A part that is left out keeps its live value.",
        (
            {
                "Team": {
                    "default": "Unassigned",
                    "rules": [{"value": "Shop", "accounts": ["ou:Workloads/Shop/**"]}, {"inherit": "account_name"}],
                }
            },
        ),
        of="billing",
    )
    operations = OF_COST_CATEGORIES
    codes = CODES

    def declare(self, value: CostCategories, spec: Declaring) -> Iterator[CostCategory]:
        return declared_categories(value, spec)

    def written(self, resources: Sequence[Resource], names: Mapping[Address, str]) -> Json:
        categories = (each for each in resources if isinstance(each, CostCategory))
        return {each.name: written_category(each, names) for each in sorted(categories, key=lambda found: found.name)}

    def read(self, reads: Reads, parts: Collection[str]) -> Iterator[CostCategory]:
        listed = [each for each in reads.items(*_LIST) if not _has_ended(each)]
        arns = [str(each["CostCategoryArn"]) for each in listed]
        described = reads.gather(_DESCRIBE, [partial(_described, reads, arn) for arn in arns])
        tags = reads.gather("ce:ListTagsForResource", [partial(_tags, reads, arn) for arn in arns])
        for reference, found, own in zip(listed, described, tags, strict=True):
            used = tuple(sorted(reference.get("SupportedResourceTypes") or ()))
            yield category_of(reference["CostCategoryArn"], found, tags_of(own), used)

    def align(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> tuple[Inventory, Inventory]:
        """A rule of accounts that have not joined yet waits with them, and so does a new category without another."""
        absent = absent_accounts(desired, live)
        if not absent:
            return desired, live
        there = {each.address for each in live.of(CostCategory)}
        found: list[Resource] = []
        for each in desired.resources:
            seen = _of_members(each, absent) if isinstance(each, CostCategory) else each
            waits = isinstance(each, CostCategory) and each.rules and each.address not in there
            if not waits or (isinstance(seen, CostCategory) and seen.rules):
                found.append(seen)
        return desired.with_resources(found), live

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        found = super().compare(desired, live, policies)
        found.changes = with_notes(found.changes, live, _note)
        found.warnings += _sharing(found.changes)
        return found

    def refusals(self, change: Change, state: State, scope: Scope, management: Address | None) -> Iterable[str]:
        """ValidationException of CreateCostCategoryDefinition: there is at least one rule."""
        if isinstance(change.after, CostCategory) and not change.after.rules:
            yield f"{change.address} has no rules: a new cost category needs one"

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        category = change.resource
        assert isinstance(category, CostCategory)
        if change.after is None:
            arn = ids[change.address]
            yield Call("ce:DeleteCostCategoryDefinition", {"CostCategoryArn": arn}, already=_GONE)
        elif change.before is None:
            yield _creation(category, ids)
        else:
            if set(change.fields) - {"tags"}:
                params = {"CostCategoryArn": ids[change.address], **_resolved(definition_of(category), ids)}
                yield Call("ce:UpdateCostCategoryDefinition", params)
            yield from tag_calls("ce", "ResourceArn", change, ids)


def _of_members(category: CostCategory, absent: frozenset[str]) -> CostCategory:
    """The category without accounts that are absent; one that has no rule then keeps its live ones."""
    found = []
    for each in category.rules or ():
        accounts = without(each.accounts, absent)
        if accounts or not each.accounts:
            found.append(each.model_copy(update={"accounts": accounts}))
    return category.model_copy(update={"rules": tuple(found) or None})


def _has_ended(reference: Mapping[str, Any]) -> bool:
    """Whether a category was deleted: it stays readable for the months that it was there. One that has not ended has no
    end (https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_ListCostCategoryDefinitions.html)."""
    end = reference.get("EffectiveEnd")
    return bool(end) and datetime.fromisoformat(str(end).replace("Z", "+00:00")) <= datetime.now(UTC)


def _described(reads: Reads, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = reads.call(_DESCRIBE, {"CostCategoryArn": arn})["CostCategory"]
    return found


def _tags(reads: Reads, arn: str) -> list[dict[str, Any]]:
    return [*reads.items("ce:ListTagsForResource", "ResourceTags", ResourceArn=arn)]


def _creation(category: CostCategory, ids: Ids) -> Call:
    """The call that creates it. What has its name after the answer was lost is taken only if it is the same."""
    definition = _resolved(definition_of(category), ids)
    tags = {"ResourceTags": tag_list(category.tags)} if category.tags else {}

    def find(read: Read) -> dict[str, Any] | None:
        for reference in read(_LIST[0], {}, _LIST[1]):
            if reference["Name"] == category.name and not _has_ended(reference):
                arn = reference["CostCategoryArn"]
                (found,) = read(_DESCRIBE, {"CostCategoryArn": arn}, "CostCategory")
                if definition_of(category_of(arn, found, {})) != definition:
                    raise overtaken(_DESCRIBE, f"somebody else created a cost category {category.name}")
                return {"CostCategoryArn": arn}
        return None

    params = {"Name": category.name, **definition, **tags}
    return Call("ce:CreateCostCategoryDefinition", params, id_at=("CostCategoryArn",), find=find)


def _resolved(definition: dict[str, Json], ids: Ids) -> dict[str, Any]:
    found = ids.resolve(definition)
    assert isinstance(found, dict)
    return found


def _note(change: Change, names: Mapping[str, Address]) -> str | None:
    """Which accounts come into the rules of a category, and which go."""
    before, after = change.before, change.after
    if not isinstance(before, CostCategory) or not isinstance(after, CostCategory):
        return None
    if before.rules != after.rules and _as_set(before.rules) == _as_set(after.rules):
        return "the order of the rules changes: the first that matches counts"
    return accounts_note(_accounts(before.rules), _accounts(after.rules), names)


def _as_set(rules: Sequence[CategoryRule] | None) -> list[str]:
    return sorted(each.model_dump_json() for each in rules or ())


def _accounts(rules: Sequence[CategoryRule] | None) -> set[str]:
    return {account for each in rules or () for account in each.accounts or ()}


def _sharing(changes: Iterable[Change]) -> Iterator[Warning_]:
    for each in changes:
        if isinstance(each.before, CostCategory) and each.after is None and each.before.used_for:
            text = (
                f"{each.address} decides which accounts share discounts ({', '.join(each.before.used_for)}): deleting "
                "it changes who gets those of reservations and savings plans"
            )
            yield Warning_(code="W390", message=text, address=each.address)
