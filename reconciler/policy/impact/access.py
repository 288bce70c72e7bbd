"""Who gains and loses access to which accounts: the difference of the assignments of IAM Identity Center, and who has a
permission set that changes.

Access ends with the account too: an account that is closed or removed is entered by nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, get_args

from reconciler.kinds.identity_center.resources import BY_PRINCIPAL, Assignment, PermissionSet, named, pair
from reconciler.model.address import ROOT, Address, local
from reconciler.model.impact import AccessEffect, AccessEntry
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change
from reconciler.model.resources import Account, OrganizationalUnit

_MOST_PLACES = 3
"""Places that a line names; more are described by the OU that holds all of them."""
_EFFECTS = get_args(AccessEffect)
_FIELDS = {
    "managed": "AWS managed policies",
    "customer_managed": "customer managed policies",
    "inline": "inline policy",
    "boundary": "permissions boundary",
    "session": "session duration",
    "relay_state": "relay state",
    "outdated": "an earlier version is in force",
}
"""The fields of a permission set that matter to those who have it, in words."""

_Holding = dict[tuple[Address, Address], set[Address]]
"""The accounts of each principal and permission set."""


def access_impact(before: Inventory, after: Inventory, changes: Iterable[Change]) -> tuple[AccessEntry, ...]:
    """What the way from one organization to the other means for each principal, what is lost first."""
    old, new = _held(before), _held(after)
    places = _Places(_Nodes.of(before), _Nodes.of(after))
    entries = [
        *_differences("loses", old, new, places),
        *_differences("gains", new, old, places),
        *(entry for each in changes for entry in _of_changed_set(each, before, _both(old, new), places)),
    ]
    order = _EFFECTS.index
    return tuple(sorted(entries, key=lambda each: (order(each.effect), each.principal or "", each.permission_set)))


def _held(inventory: Inventory) -> _Holding:
    usable = {each.address for each in inventory.of(Account) if _is_usable(each)}
    found: _Holding = defaultdict(set)
    for each in inventory.of(Assignment):
        if each.account in usable:
            found[each.principal, each.permission_set].add(each.account)
    return found


def _is_usable(account: Account) -> bool:
    return not account.is_closed and account.state != "removed"


def _both(old: _Holding, new: _Holding) -> _Holding:
    return {key: kept for key, accounts in old.items() if (kept := accounts & new.get(key, set()))}


def _differences(effect: AccessEffect, more: _Holding, less: _Holding, places: _Places) -> Iterator[AccessEntry]:
    for (principal, permission_set), accounts in more.items():
        if found := sorted(accounts - less.get((principal, permission_set), set())):
            text = f"{named(principal)} {effect} {local(permission_set)} in {places.text(found)}"
            yield AccessEntry(
                principal=principal, permission_set=permission_set, effect=effect, accounts=tuple(found), text=text
            )


def _of_changed_set(change: Change, before: Inventory, kept: _Holding, places: _Places) -> Iterator[AccessEntry]:
    """Whom the change of a permission set affects: those who have it before and after."""
    old = change.before
    fields = tuple(each for each in _FIELDS if each in change.fields)
    if not isinstance(old, PermissionSet) or change.after is None or not fields:
        return
    if len(fields) > 1:
        fields = tuple(each for each in fields if each != "outdated")
    ids = {each.id: each.address for each in before.of(Account)}
    affected = {ids[each] for each in (old.outdated or () if fields == ("outdated",) else old.accounts) if each in ids}
    name, why = local(change.address), ", ".join(_FIELDS[each] for each in fields)
    if not _is_known(old, before):
        where = f" in {places.text(sorted(affected))}" if affected else ""
        yield AccessEntry(
            principal=None, permission_set=change.address, effect="changes", accounts=tuple(sorted(affected)),
            fields=fields, text=f"{name} changes{where} ({why}); who has it is not known",
        )  # fmt: skip
        return
    for (principal, permission_set), accounts in kept.items():
        found = sorted(accounts & affected if fields == ("outdated",) else accounts)
        if permission_set == change.address and found:
            text = f"{name} changes for {named(principal)} in {places.text(found)} ({why})"
            yield AccessEntry(
                principal=principal, permission_set=change.address, effect="changes", accounts=tuple(found),
                fields=fields, text=text,
            )  # fmt: skip


def _is_known(permission_set: PermissionSet, inventory: Inventory) -> bool:
    """Whether the assignments of the permission set were read, by principal or by pair. A snapshot does not have the
    accounts of a set."""
    parts = [pair(permission_set.address, account) for account in permission_set.accounts]
    return inventory.scope.has_part(BY_PRINCIPAL) or (bool(parts) and all(map(inventory.scope.has_part, parts)))


class _Place(NamedTuple):
    """Where an account is before and after (`None`: it is not there), and how it ends."""

    before: Address | None
    after: Address | None
    end: str


@dataclass(frozen=True)
class _Nodes:
    """The accounts of an organization and the parents of its OUs."""

    accounts: Mapping[Address, Account]
    parents: Mapping[Address, Address]

    @classmethod
    def of(cls, inventory: Inventory) -> _Nodes:
        parents = {each.address: each.parent for each in inventory.of(OrganizationalUnit)}
        return cls({each.address: each for each in inventory.of(Account)}, parents)

    def path(self, node: Address) -> tuple[Address, ...]:
        """The nodes from the root down to this one."""
        above = self.parents.get(node)
        return (*(self.path(above) if above else ()), node)


@dataclass(frozen=True)
class _Places:
    """Names of groups of accounts, by the OUs that hold them before and after."""

    before: _Nodes
    after: _Nodes

    def text(self, accounts: Sequence[Address]) -> str:
        """`shop-prod and 4 accounts of Sandbox`."""
        groups: dict[_Place, list[Address]] = defaultdict(list)
        for each in accounts:
            groups[self._place(each)].append(each)
        if len(groups) > _MOST_PLACES:
            return f"{len(accounts):,} accounts{self._below(groups)}"
        *most, last = [_group(place, found) for place, found in groups.items()]
        return f"{', '.join(most)} and {last}" if most else last

    def _place(self, account: Address) -> _Place:
        old, new = self.before.accounts.get(account), self.after.accounts.get(account)
        ends = old is not None and _is_usable(old) and not (new is not None and _is_usable(new))
        end = "" if not ends else "closed" if new is not None and new.is_closed else "removed"
        return _Place(old.parent if old else None, new.parent if new else None, end)

    def _below(self, places: Iterable[_Place]) -> str:
        """The lowest OU that holds all of the places; nothing where that is the root."""
        paths = [
            nodes.path(node)
            for place in places
            for nodes, node in ((self.before, place.before), (self.after, place.after))
            if node is not None
        ]
        shared = [each[0] for each in zip(*paths, strict=False) if len(set(each)) == 1]
        lowest = [each for each in shared if each != ROOT]
        return f" below {local(lowest[-1])}" if lowest else ""


def _group(place: _Place, accounts: Sequence[Address]) -> str:
    one = local(accounts[0]) if len(accounts) == 1 else ""
    counted = one or f"{len(accounts):,} accounts"
    held = "" if one else f" of {_node(place.after or place.before or ROOT)}"
    if place.end:
        return f"{counted}{held} ({place.end})"
    if place.before is None:
        return f"{counted}{held} (new)"
    if place.after is not None and place.before != place.after:
        return f"{counted} (moved from {_node(place.before)} to {_node(place.after)})"
    return f"{counted}{held}"


def _node(address: Address) -> str:
    return "the root" if address == ROOT else local(address)
