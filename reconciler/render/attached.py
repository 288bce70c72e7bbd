"""The policies of each node for an overview: without those that the service attaches everywhere, but with a note where
one of them is missing. Policy types that were not read are listed separately."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from reconciler.model.address import Address, policy, policy_type
from reconciler.model.inventory import Inventory
from reconciler.model.policy_types import POLICY_TYPES
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Root
from reconciler.model.scope import Unread
from reconciler.render.words import Names, policy_label

_DEFAULTS = {policy(row.default): row for row in POLICY_TYPES if row.default}


def attached(inventory: Inventory) -> dict[Address, list[str]]:
    """Node -> its policies with their type, in order. The strings are not safe yet."""
    names = Names.of(None, inventory)
    enabled = inventory.by_address()
    unread = {each.kind for each in inventory.unread()}
    nodes = [each for each in inventory.resources if isinstance(each, Root | OrganizationalUnit | Account)]
    bare = {
        default: {each.address for each in nodes if not isinstance(each, Account) or each.state == "active"}
        for default, row in _DEFAULTS.items()
        if row.default_detachable and policy_type(row.short) in enabled and row.short not in unread
    }
    found: dict[Address, list[str]] = defaultdict(list)
    for each in inventory.of(Attachment):
        if each.policy in _DEFAULTS:
            bare.get(each.policy, set()).discard(each.target)
        else:
            named = names.display(each.policy)
            found[each.target].append(f"{named.kind} {named.name}")
    for default, missing in bare.items():
        for node in missing:
            found[node].append(f"without {_DEFAULTS[default].default}")
    return {node: sorted(policies) for node, policies in found.items()}


def not_read(unread: Iterable[Unread]) -> list[str]:
    """A sentence for each policy type that was not read. The strings are not safe yet."""
    return [f"{policy_label(each.kind)}s were not read: {each.reason}" for each in unread]
