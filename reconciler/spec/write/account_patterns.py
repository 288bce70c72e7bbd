"""Account patterns for single accounts: OUs in place of all the accounts that are in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from reconciler.model import address as addresses
from reconciler.model.address import ROOT, Address
from reconciler.model.base import Json
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account, OrganizationalUnit
from reconciler.spec.write.keys import Keys

_ACCOUNT = "account:"
_LEAST = 2
"""Accounts that an OU stands for, at least."""


class AccountPatterns:
    """The tree of the accounts that a spec is to declare, by their keys."""

    def __init__(self, live: Inventory, names: Keys) -> None:
        self._direct: Mapping[Address, set[str]] = defaultdict(set)
        self._below: Mapping[Address, set[str]] = defaultdict(set)
        self._children: Mapping[Address, list[Address]] = defaultdict(list)
        parents = {each.address: each.parent for each in live.of(OrganizationalUnit)}
        for unit, parent in sorted(parents.items()):
            self._children[parent].append(unit)
        for account in live.of(Account):
            if account.address in names:
                key = names[account.address]
                self._direct[account.parent].add(key)
                place: Address | None = account.parent
                while place is not None:
                    self._below[place].add(key)
                    place = parents.get(place)

    def folded(self, value: Json) -> Json:
        """The value with patterns of OUs in its lists of single accounts."""
        if isinstance(value, dict):
            return {key: self.folded(each) for key, each in value.items()}
        if not isinstance(value, list):
            return value
        keys = [str(each).removeprefix(_ACCOUNT) for each in value if str(each).startswith(_ACCOUNT)]
        if not value or len(keys) != len(value):
            return [self.folded(each) for each in value]
        return [*self._patterns(ROOT, frozenset(keys))]

    def _patterns(self, node: Address, wanted: Collection[str]) -> Iterator[str]:
        below, direct = self._below[node], self._direct[node]
        path = "/" if node == ROOT else addresses.local(node)
        if len(below) >= _LEAST and below.issubset(wanted):
            yield f"ou:{path.rstrip('/')}/**"
            return
        if len(direct) >= _LEAST and direct.issubset(wanted):
            yield f"ou:{path}"
        else:
            yield from (f"{_ACCOUNT}{key}" for key in sorted(direct.intersection(wanted)))
        for child in self._children[node]:
            yield from self._patterns(child, wanted)
