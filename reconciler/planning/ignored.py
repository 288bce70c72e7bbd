"""What the spec puts out of sight: OUs with all below them, accounts, policies with their attachments, tag keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.globs import matches
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account, OrganizationalUnit, Policy, Resource, tags_of

Ignore = Mapping[str, Sequence[str]]
"""Globs by the spec's plural."""


def out_of_sight(live: Inventory, ignore: Ignore) -> frozenset[Address]:
    """The OUs with all below them, the accounts by key, name, id or e-mail, and the policies by name."""
    hidden = {each.address for each in live.resources if _is_named(each, ignore)}
    for unit in sorted(live.of(OrganizationalUnit), key=lambda each: len(addresses.split_path(each.address))):
        if unit.parent in hidden:
            hidden.add(unit.address)
    return frozenset(hidden | {each.address for each in live.of(Account) if each.parent in hidden})


def without_ignored(desired: Inventory, live: Inventory, ignore: Ignore) -> tuple[Inventory, Inventory]:
    """Both sides without what is out of sight, and without single tag keys."""
    hidden = out_of_sight(live, ignore)

    def seen(inventory: Inventory) -> Inventory:
        kept = []
        for each in inventory.resources:
            if each.address in hidden:
                continue
            if each.language is None and not hidden.isdisjoint(each.references()):
                continue
            tags = tags_of(each)
            if tags and any(_named(ignore, "tags", key) for key in tags):
                tags = {key: value for key, value in tags.items() if not _named(ignore, "tags", key)}
                kept.append(each.model_copy(update={"tags": tags}))
            else:
                kept.append(each)
        return inventory.with_resources(kept)

    return seen(desired), seen(live)


def _is_named(resource: Resource, ignore: Ignore) -> bool:
    match resource:
        case OrganizationalUnit():
            return _named(ignore, "organizational_units", addresses.local(resource.address))
        case Account():
            key = addresses.local(resource.address)
            return _named(ignore, "accounts", key, resource.name, resource.id, resource.email)
        case Policy():
            return _named(ignore, "policies", resource.name)
        case _:
            return False


def _named(ignore: Ignore, plural: str, *names: str | None) -> bool:
    paths = plural == "organizational_units"
    return any(matches(each, name, paths=paths) for each in ignore.get(plural, ()) for name in names if name)
