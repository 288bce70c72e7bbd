"""From assignments of single accounts to the entries of a spec: the fewest patterns that select the same accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from reconciler.kinds.identity_center.resources import Assignment
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Json


def written_assignments(assignments: Sequence[Assignment], names: Mapping[Address, str]) -> Json:
    """One entry for each permission set and set of accounts, with all that have it there. What is in an account that is
    not declared is left out; `names` are the keys of those that are."""
    accounts: dict[tuple[Address, Address], set[Address]] = defaultdict(set)
    for each in assignments:
        if each.account in names:
            accounts[each.permission_set, each.principal].add(each.account)
    entries: dict[tuple[Address, tuple[Address, ...]], list[Address]] = defaultdict(list)
    for (permission_set, principal), found in accounts.items():
        entries[permission_set, tuple(sorted(found, key=lambda each: names[each]))].append(principal)
    written: list[Json] = []
    for (permission_set, held), principals in sorted(entries.items()):
        groups = sorted(addresses.local(each) for each in principals if addresses.kind_of(each) == "group")
        users = sorted(addresses.local(each) for each in principals if addresses.kind_of(each) == "user")
        written.append(
            {
                "permission_set": addresses.local(permission_set),
                **({"groups": [*groups]} if groups else {}),
                **({"users": [*users]} if users else {}),
                "to": [f"account:{names[each]}" for each in held],
            }
        )
    return written
