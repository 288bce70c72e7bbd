"""The sections of kinds that are declared beside the tree, each written by its kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from reconciler.kinds import sections_of
from reconciler.kinds.base import SectionOwner
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Resource
from reconciler.spec.write.keys import Keys

Sections = dict[str, Json]
"""The values of sections, by their keys."""


def of_top_level(owner: SectionOwner, live: Inventory, names: Keys) -> tuple[Sections, list[str]]:
    """The sections below `owner`, and the keys of those whose values a spec does not take."""
    found: Sections = {}
    refused = []
    for kind, section in sections_of(owner):
        value = kind.written([*live.of(kind.resource)], names) if section is kind.section else None
        if value and _is_valid(owner, section.key, value):
            found[section.key] = value
        elif value:
            refused.append(section.key)
    return found, refused


def of_accounts(live: Inventory, names: Keys, accounts: Collection[Address]) -> Mapping[Address, Sections]:
    """The sections of these accounts, without what a spec does not take."""
    found: dict[Address, Sections] = {each: {} for each in accounts}
    for kind, section in sections_of("account"):
        owned: dict[Address, list[Resource]] = defaultdict(list)
        for each in live.of(kind.resource):
            for account in each.references():
                owned[account].append(each)
        for account, resources in owned.items():
            value = kind.written(resources, names)
            if account in found and value and _is_valid("account", section.key, value):
                found[account][section.key] = value
    return found


def _is_valid(owner: SectionOwner, key: str, value: Json) -> bool:
    try:
        _adapter(owner, key).validate_python(value)
    except ValidationError:
        return False
    return True


@cache
def _adapter(owner: SectionOwner, key: str) -> TypeAdapter[Any]:
    return TypeAdapter(next(section.type for _, section in sections_of(owner) if section.key == key))
