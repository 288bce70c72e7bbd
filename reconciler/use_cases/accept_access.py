"""Edits that make a spec declare the access of people that is live."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.kinds.identity_center.assignment import AssignmentShape
from reconciler.kinds.identity_center.permission_set_shape import written_set
from reconciler.kinds.identity_center.resources import Assignment, Group, PermissionSet
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change
from reconciler.model.resources import Resource
from reconciler.spec.account_patterns import select
from reconciler.spec.declared import Declared
from reconciler.spec.edit.editor import SpecEditor
from reconciler.spec.tree import Path
from reconciler.spec.write.account_patterns import AccountPatterns

_SETS: Path = ("identity_center", "permission_sets")
_ENTRIES: Path = ("identity_center", "assignments")
_NONE: Mapping[str, Json] = {
    "relay_state": "none", "inline": "none", "boundary": "none", "managed": [], "customer_managed": [], "tags": {},
}  # fmt: skip
"""What a spec writes for a part that a permission set does not have."""


@dataclass(frozen=True)
class AccessAcceptance:
    """What is accepted of permission sets and assignments: `changes` and what is live and not declared (`extra`).
    `keys` are those of the declared accounts, and `live` has the plan's names."""

    declared: Declared
    live: Inventory
    changes: Sequence[Change]
    extra: Sequence[Resource]
    keys: Mapping[Address, str]
    editor: SpecEditor

    def run(self) -> None:
        for change in self.changes:
            if isinstance(change.resource, PermissionSet):
                self._permission_set(change)
        for each in self.extra:
            if isinstance(each, PermissionSet):
                self.editor.set((*_SETS, each.name), written_set(each))
        if self.declared.spec.identity_center.assignments is not None:  # type: ignore[attr-defined]  # a section
            self._missing()
            self._further()

    def _permission_set(self, change: Change) -> None:
        path = (*_SETS, addresses.local(change.address))
        if change.before is None:
            self.editor.remove(path)
        elif isinstance(change.before, PermissionSet) and change.after is None:
            self.editor.set((*_SETS, change.before.name), written_set(change.before))
        elif isinstance(change.before, PermissionSet):
            written = written_set(change.before)
            assert isinstance(written, dict)
            for name in change.fields:
                if name in written or name in _NONE:
                    self.editor.set((*path, name), written.get(name, _NONE.get(name)))
                elif name == "description":
                    self.editor.remove((*path, name))

    # ---- what is declared and not live ------------------------------------------------------------------------------

    def _missing(self) -> None:
        """Takes out what is not live: a principal, an account, or the whole entry. The last entry comes first, so that
        the places of the others stay."""
        gone = {each.address for each in self.changes if isinstance(each.resource, Assignment) and each.before is None}
        for index, entry in reversed([*enumerate(self._entries)]):
            accounts = self._accounts_of(entry)
            missing = {
                principal: {
                    account
                    for account in accounts
                    if f"assignment:{entry.permission_set}@{principal}@{addresses.local(account)}" in gone
                }
                for principal in _principals(entry)
            }
            if any(missing.values()):
                self._without(index, entry, missing, accounts)

    def _without(
        self, index: int, entry: AssignmentShape, missing: Mapping[Address, set[Address]], accounts: set[Address]
    ) -> None:
        left = {principal: found for principal, found in missing.items() if found != accounts}
        if not left:
            self.editor.remove_item(_ENTRIES, index)
            return
        same = next(iter(left.values())) if len({frozenset(found) for found in left.values()}) == 1 else set()
        for principal, found in missing.items():
            if found == accounts or (found and found != same):
                self._drop(index, entry, principal)
        for account in sorted(same):
            self.editor.add_item((*_ENTRIES, index, "except"), account)
        for principal, found in left.items():
            if found and found != same:
                left_out = [*(entry.except_ or ()), *sorted(found)]
                self._add(entry.permission_set, [principal], entry.to, left_out)

    def _drop(self, index: int, entry: AssignmentShape, principal: Address) -> None:
        kind, names = ("groups", entry.groups) if _is_group(principal) else ("users", entry.users)
        if len(names or ()) == 1:
            self.editor.remove((*_ENTRIES, index, kind))
        else:
            self.editor.remove_item((*_ENTRIES, index, kind), addresses.local(principal))

    # ---- what is live and not declared ------------------------------------------------------------------------------

    def _further(self) -> None:
        """An entry for each permission set and set of accounts, with all that have it there."""
        found = [each.before for each in self.changes if isinstance(each.before, Assignment) and each.after is None]
        found += [each for each in self.extra if isinstance(each, Assignment)]
        sets = {*(self.declared.spec.identity_center.permission_sets or ())}  # type: ignore[attr-defined]  # a section
        named = (*self.extra, *(change.before for change in self.changes))
        sets |= {each.name for each in named if isinstance(each, PermissionSet)}
        accounts: dict[tuple[str, Address], set[str]] = defaultdict(set)
        for each in found:
            name = addresses.local(each.permission_set)
            if name in sets and each.account in self.keys:
                accounts[name, each.principal].add(f"account:{self.keys[each.account]}")
        principals: dict[tuple[str, tuple[str, ...]], list[Address]] = defaultdict(list)
        for (name, principal), held in sorted(accounts.items()):
            principals[name, tuple(sorted(held))].append(principal)
        patterns = AccountPatterns(self.live, dict(self.keys))
        for (name, selected), who in principals.items():
            to = patterns.folded([*selected])
            assert isinstance(to, list)
            self._add(name, who, [str(each) for each in to], ())

    def _add(self, name: str, principals: Iterable[Address], to: Sequence[str], left_out: Sequence[str]) -> None:
        groups = [addresses.local(each) for each in principals if _is_group(each)]
        users = [addresses.local(each) for each in principals if not _is_group(each)]
        value: dict[str, Json] = {"permission_set": name}
        lists = {"groups": groups, "users": users, "to": to, "except": left_out}
        self.editor.add_item(_ENTRIES, value | {key: [*listed] for key, listed in lists.items() if listed})

    # ---- entries ----------------------------------------------------------------------------------------------------

    @property
    def _entries(self) -> Collection[AssignmentShape]:
        found: list[AssignmentShape] = self.declared.spec.identity_center.assignments  # type: ignore[attr-defined]  # a section
        return found

    def _accounts_of(self, entry: AssignmentShape) -> set[Address]:
        def selected(patterns: Iterable[str]) -> set[Address]:
            return {each.address for pattern in patterns for each in select(pattern, self.declared).accounts}

        return selected(entry.to) - selected(entry.except_ or ())


def _principals(entry: AssignmentShape) -> Iterator[Address]:
    yield from (f"group:{each}" for each in entry.groups or ())
    yield from (f"user:{each}" for each in entry.users or ())


def _is_group(principal: Address) -> bool:
    return addresses.kind_of(principal) == Group.prefix
