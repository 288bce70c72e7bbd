"""Budgets of the management account: how much may be spent, and who is told.

A budget cannot count an OU. Account patterns are expanded over the declared tree, so that an account that comes, moves
or goes shows as an update of the budget; a budget of a cost category stays as it is, and the category changes.

https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from reconciler.kinds.base import (
    Call,
    Comparison,
    Declaring,
    Ids,
    Reads,
    SpecSection,
    State,
    Undeclared,
    UnmanagedRules,
)
from reconciler.kinds.billing.budget_action import IF_ALLOWED
from reconciler.kinds.billing.budget_calls import creating, notifying, read_budgets
from reconciler.kinds.billing.budget_resource import TYPES, Budget, for_api, takes_newer_form
from reconciler.kinds.billing.budget_shape import CODES, Budgets, declared_budgets, written_budget
from reconciler.kinds.billing.members import absent_accounts, accounts_note, with_notes, without
from reconciler.kinds.billing.operations import OF_BUDGETS
from reconciler.kinds.billing.tagging import tag_calls
from reconciler.kinds.declared_set import DeclaredSet
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change
from reconciler.model.reference import MANAGEMENT
from reconciler.model.resources import Resource
from reconciler.model.scope import Scope

_GONE = frozenset({"NotFoundException"})


class BudgetKind(DeclaredSet):
    resource = Budget
    consequence = "nobody is told any more, and its actions are deleted"
    undeclared = Undeclared("Budgets of the management account.")
    max_deletes = (5, "Budgets that get deleted.")
    section = SpecSection(
        "budgets",
        Budgets,
        "Budgets of the management account by name. A part that is left out keeps its live value.",
        (
            {
                "shop": {
                    "limit": "5000 USD",
                    "per": "month",
                    "for": "ou:Workloads/Shop",
                    "notify": [{"actual": "80%", "to": ["finops@example.com"]}],
                }
            },
        ),
        of="billing",
    )
    operations = OF_BUDGETS
    codes = CODES

    def recorded_values(self, resource: Resource, ids: Mapping[Address, str]) -> tuple[str, ...] | None:
        assert isinstance(resource, Budget)
        return (resource.name,)

    def declare(self, value: Budgets, spec: Declaring) -> Iterator[Budget]:
        return declared_budgets(value, spec)

    def parts(self, value: Budgets, spec: Declaring) -> tuple[str, ...]:
        """Actions of budgets are read beside them, to say which of them touch what the spec manages."""
        return (Budget.plural, IF_ALLOWED)

    def written(self, resources: Sequence[Resource], names: Mapping[Address, str]) -> Json:
        budgets = (each for each in resources if isinstance(each, Budget))
        return {each.name: written_budget(each, names) for each in sorted(budgets, key=lambda found: found.name)}

    def read(self, reads: Reads, parts: Collection[str]) -> Iterator[Budget]:
        return read_budgets(reads)

    def align(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> tuple[Inventory, Inventory]:
        """A budget of accounts that have not joined yet waits with them."""
        absent = absent_accounts(desired, live)
        if not absent:
            return desired, live
        there = {each.address for each in live.of(Budget)}
        found: list[Resource] = []
        for each in desired.resources:
            seen = _of_members(each, absent) if isinstance(each, Budget) else each
            if seen is not None:
                found.append(seen)
            elif each.address in there:
                found.append(each.model_copy(update={"filter": None}))
        return desired.with_resources(found), live

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        found = super().compare(desired, live, policies)
        found.changes = with_notes(found.changes, live, _note)
        return found

    def refusals(self, change: Change, state: State, scope: Scope, management: Address | None) -> Iterable[str]:
        """InvalidParameterException of CreateBudget: a budget of costs or usage has a limit."""
        budget = change.after
        if not isinstance(budget, Budget) or change.before is not None or budget.limit is not None:
            return
        if budget.type in (None, *TYPES[:2]):
            yield f"{change.address} has no limit: a new budget of costs or usage needs one"

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        budget, before = change.resource, change.before
        assert isinstance(budget, Budget)
        owner = {"AccountId": ids[MANAGEMENT]}
        if change.after is None:
            yield Call("budgets:DeleteBudget", {**owner, "BudgetName": budget.name}, already=_GONE)
        elif not isinstance(before, Budget):
            yield creating(budget, ids)
        else:
            if set(change.fields) - {"notify", "tags"}:
                yield Call("budgets:UpdateBudget", {**owner, "NewBudget": ids.resolve(for_api(budget))})
            if "notify" in change.fields:
                yield from notifying(before, budget, ids)
            yield from tag_calls("budgets", "ResourceARN", change, ids)


def _of_members(budget: Budget, absent: frozenset[str]) -> Budget | None:
    """The budget without accounts that are absent; `None` where it would then count the costs of all."""
    if budget.filter is None or not budget.filter.accounts:
        return budget
    accounts = without(budget.filter.accounts, absent)
    if not accounts:
        return None
    return budget.model_copy(update={"filter": budget.filter.model_copy(update={"accounts": accounts})})


def _note(change: Change, names: Mapping[str, Address]) -> str | None:
    """Which accounts come and go, and what an update loses."""
    before, after = change.before, change.after
    if not isinstance(before, Budget) or not isinstance(after, Budget) or not before.filter or not after.filter:
        return None
    notes = [accounts_note(before.filter.accounts or (), after.filter.accounts or (), names)]
    has_types = isinstance(before.settings, dict) and "CostTypes" in before.settings
    if "filter" in change.fields and has_types and takes_newer_form(after):
        notes.append("what kinds of charges count is no longer set: the filter is an expression now")
    if "limit" in change.fields and before.limit is None:
        notes.append("the limit takes the place of planned or adjusted limits")
    return "; ".join(filter(None, notes)) or None
