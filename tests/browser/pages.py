"""Reports of the plans that the tests of the renderers use."""

from __future__ import annotations

from reconciler.model.action_index import IndexedOrganization
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Plan
from reconciler.model.resources import Policy, PolicyType, Resource
from reconciler.policy.evaluation.action_index import action_index
from reconciler.render import html
from tests.unit.render import samples
from tests.unit.render.more_samples import hostile


def indexed(inventory: Inventory) -> IndexedOrganization:
    return IndexedOrganization(inventory, action_index(inventory))


def before(plan: Plan, after: Inventory) -> Inventory:
    """The organization that a plan changes: `after` with its changes undone."""
    found = after.by_address()
    for change in reversed(plan.changes):
        undo(change, found)
    return after.with_resources(found.values())


def undo(change: Change, found: dict[str, Resource]) -> None:
    if change.before is None:
        found.pop(change.address, None)
    else:
        found[change.address] = change.before


def with_types(inventory: Inventory) -> Inventory:
    """The organization with the types of its policies enabled."""
    types = sorted({each.type for each in inventory.of(Policy)} - {each.type for each in inventory.of(PolicyType)})
    enabled = (PolicyType(address=f"policy_type:{each}", type=each) for each in types)
    return inventory.with_resources((*inventory.resources, *enabled))


def plan_page(plan: Plan, after: Inventory) -> str:
    after = with_types(after)
    return html.plan(plan, before=indexed(before(plan, after)), after=indexed(after), next_command="reconciler apply")


def drift_page(plan: Plan, after: Inventory) -> str:
    plan, after = plan.model_copy(update={"command": "drift"}), with_types(after)
    return html.drift(plan, before=indexed(before(plan, after)), after=indexed(after))


def organization_page(inventory: Inventory) -> str:
    return html.organization(indexed(with_types(inventory)), spec="org.yaml")


def hostile_page() -> str:
    return plan_page(*hostile())


def blocked_page() -> str:
    return plan_page(samples.blocked(), samples.desired())
