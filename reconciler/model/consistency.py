"""What contradicts itself in an organization that was read from a file: files are edited by hand, and cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.inventory import Inventory
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType, Resource, Root

_NODES = (Root, OrganizationalUnit, Account)


def contradictions(inventory: Inventory, *, whole: bool) -> Iterator[str]:
    """Everything that cannot be true of one organization, a sentence each. A `whole` one has its ids and its root; a
    mocked one may be made up by hand, and is filled in, but has its management account."""
    yield from _twice(inventory)
    yield from _organization(inventory, whole)
    found = inventory.by_address()
    for each in inventory.resources:
        yield from _resource(each, found, whole)


def _twice(inventory: Inventory) -> Iterator[str]:
    for address, count in Counter(each.address for each in inventory.resources).items():
        if count > 1:
            yield f"{address} is there {count} times"
    for id, count in Counter(each.id for each in inventory.resources if each.id).items():
        if count > 1:
            yield f"the id {id} is there {count} times"


def _organization(inventory: Inventory, whole: bool) -> Iterator[str]:
    record = inventory.organization
    roots = sum(1 for _ in inventory.of(Root))
    if roots > 1 or (whole and roots == 0):
        yield f"there are {roots} roots, an organization has one"
    if whole and record.id is None:
        yield "organization.id is missing"
    if record.management_account_id is None:
        yield "organization.management_account_id is missing"
    elif not whole and all(each.id != record.management_account_id for each in inventory.of(Account)):
        yield f"the management account {record.management_account_id} is not among the accounts"


def _resource(each: Resource, found: dict[Address, Resource], whole: bool) -> Iterator[str]:
    if each.id == "" or (whole and each.identified and each.id is None):
        yield f"{each.address} has no id"
    if isinstance(each, Root) and each.address != addresses.ROOT:
        yield f"the root has the address {each.address}, which is not {addresses.ROOT}"
    if isinstance(each, OrganizationalUnit):
        yield from _unit(each, found)
    if isinstance(each, Account):
        yield from _below(each.address, each.parent, found)
        if whole and not each.email:
            yield f"{each.address} has no email"
    if isinstance(each, Policy | PolicyType) and each.type not in BY_SHORT:
        yield f"{each.address} has the type {each.type}, which is none"
    if isinstance(each, PolicyType) and each.address != addresses.policy_type(each.type):
        yield f"{each.address} is the type {each.type}, which has another address"
    if isinstance(each, Policy) and not (each.content is None or isinstance(each.content, dict)):
        yield f"the content of {each.address} is not a JSON object"
    if isinstance(each, Attachment):
        yield from _attachment(each, found)
    elif not isinstance(each, Policy | OrganizationalUnit | Account):
        for reference in each.references():
            if reference not in found:
                yield f"{each.address} refers to {reference}, which is not in the file"


def _unit(unit: OrganizationalUnit, found: dict[Address, Resource]) -> Iterator[str]:
    """An address is the path of names, so an OU cannot be inside itself."""
    yield from _below(unit.address, unit.parent, found)
    if not unit.name or unit.address != addresses.child(unit.parent, unit.name):
        yield f"{unit.address} is not the address of an OU named {unit.name!r} in {unit.parent}"


def _below(address: Address, parent: Address, found: dict[Address, Resource]) -> Iterator[str]:
    if parent != addresses.ROOT and not isinstance(found.get(parent), OrganizationalUnit):
        yield f"{address} is in {parent}, which is not an OU in the file"


def _attachment(attachment: Attachment, found: dict[Address, Resource]) -> Iterator[str]:
    if not isinstance(found.get(attachment.policy), Policy):
        yield f"{attachment.address} is of {attachment.policy}, which is not a policy in the file"
    if attachment.target != addresses.ROOT and not isinstance(found.get(attachment.target), _NODES):
        yield f"{attachment.address} is on {attachment.target}, which is not a root, OU or account in the file"
    if attachment.address != addresses.attachment(attachment.policy, attachment.target):
        yield f"{attachment.address} is not the address of {attachment.policy} on {attachment.target}"
