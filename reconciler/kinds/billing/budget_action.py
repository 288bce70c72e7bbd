"""Actions of budgets, which can attach service control policies by themselves. They are only read, to warn about those
that the next apply would undo.

https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-controls.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import ClassVar

from reconciler.errors import AccessDenied
from reconciler.kinds.base import Comparison, Reads, UnmanagedRules
from reconciler.kinds.billing.operations import OF_BUDGET_ACTIONS
from reconciler.kinds.read_only import ReadOnlyKind
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Warning_
from reconciler.model.resources import Attachment, Label, Policy, Resource
from reconciler.model.wording import few

PLURAL = "budget_actions"
IF_ALLOWED = f"{PLURAL}/if_allowed"
"""The part of a scope that is empty where the caller may not read actions."""
_ATTACHES = "APPLY_SCP_POLICY"


class BudgetAction(Resource):
    """An action of a `budget`, by its id, that attaches the SCP with the id `policy` to the nodes with the ids
    `targets`. `status` is the service's own, in lower case."""

    kind: ClassVar[str] = "budget_action"
    plural: ClassVar[str] = PLURAL
    prefix: ClassVar[str] = "budget_action"
    label: ClassVar[Label] = Label("budget action", "budget actions")
    identified: ClassVar[bool] = False
    budget: str
    policy: str
    targets: tuple[str, ...]
    status: str


class BudgetActionKind(ReadOnlyKind):
    resource = BudgetAction
    operations = OF_BUDGET_ACTIONS

    def read(self, reads: Reads, parts: Collection[str]) -> Iterator[BudgetAction]:
        account = str(reads.organization.management_account_id)
        try:
            yield from _actions(reads, account)
        except AccessDenied:
            if PLURAL in parts:
                raise

    def further_parts(self, changes: Iterable[Change]) -> Iterable[str]:
        """What takes an SCP off a node may undo what an action did."""
        return (PLURAL,) if any(_takes_off(each) for each in changes) else ()

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        found = Comparison()
        if policies.unmanaged.get(Attachment.plural, "delete") != "delete":
            return found
        managed = {each.address for each in desired.of(Policy) if not each.aws_managed}
        declared = {(each.policy, each.target) for each in desired.of(Attachment)}
        nodes = {each.address for each in desired.resources}
        addresses = {each.id: each.address for each in live.resources if each.id}
        for each in live.of(BudgetAction):
            policy = addresses.get(each.policy)
            targets = [addresses[id] for id in each.targets if id in addresses]
            undone = [node for node in targets if node in nodes and (policy, node) not in declared]
            if policy in managed and undone:
                found.warnings.append(
                    Warning_(
                        code="W391",
                        message=f"an action of the budget {each.budget} attaches {policy} to {few(sorted(undone))} "
                        f"({each.status}), where the spec does not: an apply takes it off again",
                        address=policy,
                    )
                )
        return found


def _actions(reads: Reads, account: str) -> Iterator[BudgetAction]:
    for each in reads.items("budgets:DescribeBudgetActionsForAccount", "Actions", AccountId=account):
        definition = (each.get("Definition") or {}).get("ScpActionDefinition")
        if each.get("ActionType") == _ATTACHES and definition:
            yield BudgetAction(
                address=f"{BudgetAction.prefix}:{each['ActionId']}",
                budget=each["BudgetName"],
                policy=definition["PolicyId"],
                targets=tuple(sorted(definition["TargetIds"])),
                status=str(each["Status"]).lower(),
            )


def _takes_off(change: Change) -> bool:
    return isinstance(change.before, Attachment) and change.after is None and not change.temporary
