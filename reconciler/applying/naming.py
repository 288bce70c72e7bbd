"""The addresses that a plan uses, for the things that are live now.

What existed when the plan was made is known by its id, whatever it is called now. What the plan creates, and what has
no id, is known by what makes it unique to the service (`Resource.unique_key`): an account by its e-mail, a policy by
its type and name, an OU by its parent and name, an invitation by the account that it invites. Everything else keeps
the address that it has without a spec.
"""

from __future__ import annotations

from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan
from reconciler.model.resources import OrganizationalUnit, Policy, Resource


def plan_addresses(plan: Plan, live: Inventory) -> dict[Address, Address]:
    """Live address -> the address in the plan, of what has an id or is unique in another way."""
    naming = _Naming(plan)
    for each in live.resources:
        if each.unique_key() is not None and not isinstance(each, OrganizationalUnit):
            naming.add(each, each.address)
    units = sorted(live.of(OrganizationalUnit), key=lambda each: len(addresses.split_path(each.address)))
    for unit in units:
        parent = naming.names.get(unit.parent, unit.parent)
        naming.add(unit.model_copy(update={"parent": parent}), addresses.child(parent, unit.name), unit.address)
    return naming.names


class _Naming:
    def __init__(self, plan: Plan) -> None:
        self._by_id = {id: address for address, id in plan.ids.items()}
        self._by_id |= {each.id: each.address for each in plan.preconditions if each.id}
        self._created = {
            key: each.address
            for each in plan.changes
            if (each.before is None or not each.resource.identified) and (key := each.resource.unique_key())
        }
        self._in_plan = {*self._by_id.values(), *self._created.values()}
        self.names: dict[Address, Address] = {}

    def add(self, resource: Resource, otherwise: Address, live: Address | None = None) -> None:
        known = self._by_id.get(resource.id or "")
        key = resource.unique_key()
        if known is None and key is not None:
            known = self._created.get(key)
        if known is None and otherwise in self._in_plan:
            known = _apart(resource, otherwise)
        self.names[live or resource.address] = known or otherwise


def _apart(resource: Resource, address: Address) -> Address:
    """An address for something else that is called as a thing of the plan."""
    if isinstance(resource, Policy):
        return addresses.policy(f"{resource.type}/{resource.name}/{resource.id}")
    return f"{address} ({resource.id})"
