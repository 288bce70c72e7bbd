"""Provisional ids for objects without one, so that requests can be evaluated before they exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.model.address import Address
from reconciler.model.inventory import Inventory
from reconciler.model.reference import ORGANIZATION, reference
from reconciler.model.resources import Resource
from reconciler.policy.evaluation.chains import OrganizationChains, chains, organization_context

_STAND_INS = {"organizational_unit": "ou-0000-{:08d}", "root": "r-{:04d}", "policy": "p-{:08d}"}
"""The form of an id by kind, where it is not that of an account."""
_NO_ORGANIZATION = "o-0000000000"
"""The id of an organization whose own is not known yet."""


def stand_ins_of(inventory: Inventory) -> dict[Address, str]:
    """A stand-in of the right form for every id that is not known yet, and that the service will give."""
    unknown = [each for each in inventory.resources if each.id is None and each.identified]
    ids = {each.address: _STAND_INS.get(each.kind, "{:012d}").format(number) for number, each in enumerate(unknown, 1)}
    if inventory.organization.id is None:
        ids[ORGANIZATION] = _NO_ORGANIZATION
    return ids


def with_stand_ins(inventory: Inventory, ids: Mapping[Address, str]) -> Inventory:
    """The organization with its stand-ins, also in the documents of policies."""

    def known(resource: Resource) -> Resource:
        if not resource.identified:
            return resource
        update = {} if resource.id else {"id": ids[resource.address]}
        return resource.with_ids(ids.get).model_copy(update=update)

    organization = inventory.organization.model_copy(update={"id": inventory.organization.id or ids[ORGANIZATION]})
    resources = tuple(map(known, inventory.resources))
    return inventory.model_copy(update={"organization": organization, "resources": resources})


def with_references(text: str | None, ids: Mapping[Address, str]) -> str | None:
    """The text with references instead of stand-ins."""
    for address, stand_in in ids.items():
        text = text and text.replace(stand_in, reference(address))
    return text


def both_organizations(before: Inventory, after: Inventory) -> tuple[OrganizationChains, OrganizationChains]:
    """The organization at two times, without accounts that are to be created: they have no callers yet."""
    ids = stand_ins_of(after) | stand_ins_of(before)
    known = {each.address for each in before.resources}
    return _organization(before, ids, known), _organization(after, ids, known)


def _organization(inventory: Inventory, ids: Mapping[Address, str], known: set[Address]) -> OrganizationChains:
    needed = {each.address: ids[each.address] for each in inventory.resources if each.id is None and each.identified}
    new = {id for address, id in needed.items() if address not in known}
    inventory = with_stand_ins(inventory, {ORGANIZATION: _NO_ORGANIZATION, **needed})
    place = organization_context(inventory)
    found = {account: chain for account, chain in chains(inventory).items() if chain.account_id not in new}
    return OrganizationChains(found, replace(place, account_ids=place.account_ids - new))
