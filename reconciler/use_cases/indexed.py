"""Organizations with the index of their statements, as reports need them."""

from __future__ import annotations

from reconciler.model import address as addresses
from reconciler.model.action_index import IndexedOrganization
from reconciler.planning.planner import PlanResult
from reconciler.policy.evaluation.action_index import action_index
from reconciler.spec import Desired
from reconciler.use_cases.show import View


def indexed_view(view: View) -> IndexedOrganization:
    """The organization that is looked at."""
    return IndexedOrganization(view.inventory, action_index(view.inventory, view.statements))


def sides_of(result: PlanResult, desired: Desired | None) -> tuple[IndexedOrganization, IndexedOrganization]:
    """The organization before and after a plan, with the places of the statements that the spec `desired` has. Before
    the plan, policies that it changes are not those of the spec."""
    places = desired.statements if desired else {}
    changed = {addresses.local(each.address) for each in result.plan.changes if each.kind == "policy"}
    unchanged = {key: found for key, found in places.items() if key not in changed}
    before = IndexedOrganization(result.before, action_index(result.before, unchanged))
    return before, IndexedOrganization(result.after, action_index(result.after, places))
