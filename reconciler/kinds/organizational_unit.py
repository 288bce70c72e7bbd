"""Organizational units: created parents first, renamed in place, replaced where the parent changes, deleted when empty.

An OU is its path of names. The service has no operation that moves an OU, so one that is declared elsewhere
(`previously: [Old/Place]`) is recreated; its accounts move, its child OUs follow in the same way, and the old one is
deleted.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from itertools import groupby
from typing import Any

from reconciler.kinds.attachment import left_alone
from reconciler.kinds.base import Call, Comparison, Ids, Kind, Read, State, Undeclared, UnmanagedRules, overtaken
from reconciler.kinds.comparing import changed_fields, in_place, pairs, readdressed, renames
from reconciler.kinds.policy_type import node_consequences
from reconciler.kinds.tag import tag_calls, tag_list
from reconciler.kinds.trusted_access import RAM, part
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.inventory import Inventory
from reconciler.model.operation import Answer, Operation
from reconciler.model.plan import Change, Warning_, change_of
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, Resource
from reconciler.model.wording import few


class OrganizationalUnitKind(Kind):
    resource = OrganizationalUnit
    operations = (
        Operation(
            "CreateOrganizationalUnit",
            1,
            2,
            Answer("OrganizationalUnit", dict, {"Id": str}),
            writes=True,
            repeatable=False,
            errors={"ParentNotFoundException": "settling", "DuplicateOrganizationalUnitException": "perhaps_done"},
        ),
        Operation(
            "UpdateOrganizationalUnit",
            2,
            3,
            Answer("OrganizationalUnit", dict),
            writes=True,
            errors={"DuplicateOrganizationalUnitException": "perhaps_done"},
        ),
        Operation(
            "DeleteOrganizationalUnit", 2, 3, writes=True, errors={"OrganizationalUnitNotEmptyException": "look"}
        ),
    )
    undeclared = Undeclared("Organizational units.")
    max_deletes = (5, "Organizational units.")

    def recorded_parameters(self, change: Change) -> frozenset[str]:
        return frozenset({"parentId" if "parent" in change.fields or change.action == "replace" else "name"})

    def align(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> tuple[Inventory, Inventory]:
        pairing = _Pairing(desired, live)
        live = readdressed(live, pairing.names())
        return _carried_over(pairing, desired, live, policies)

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        found = Comparison()
        occupied = _parents_of_what_stays(desired, live)
        for wanted, existing in pairs(OrganizationalUnit, desired, live):
            if wanted and existing:
                if fields := changed_fields(wanted, existing):
                    found.changes.append(in_place(wanted, existing, fields))
            elif wanted:
                found.changes.append(_creation(wanted))
            elif existing and existing.replaced_by:
                found.changes.append(
                    change_of("delete", "replaced", before=existing, note=f"replaced by {existing.replaced_by}")
                )
            elif existing and policies.unmanaged.get("organizational_units") == "delete":
                if existing.address in occupied:
                    found.unmanaged.append(existing)
                    found.warnings.append(
                        Warning_(
                            code="W501",
                            message=_holders(existing.address, desired, live),
                            address=existing.address,
                        )
                    )
                else:
                    found.changes.append(change_of("delete", "not_declared", before=existing))
            elif existing:
                found.unmanaged.append(existing)
        if policies.unmanaged.get("attachments", "delete") != "delete":
            found.changes += left_alone(desired, live)
        return found

    def consequences(self, change: Change, state: State) -> Iterable[tuple[Resource, bool]]:
        return node_consequences(change, state)

    def further_parts(self, changes: Iterable[Change]) -> Iterator[str]:
        """Resource shares with a replaced OU end, where there can be any."""
        if any(each.kind == self.resource.kind and each.reason == "replaced" for each in changes):
            yield part(RAM)

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        unit = change.resource
        assert isinstance(unit, OrganizationalUnit)
        if change.before is None:
            yield _create(unit, ids[unit.parent])
        elif change.after is None:
            yield _delete(ids[unit.address], ids)
        else:
            if "name" in change.fields:
                yield _rename(ids[unit.address], ids[unit.parent], unit.name, ids)
            yield from tag_calls(change, ids)


def _holders(unit: Address, desired: Inventory, live: Inventory) -> str:
    """Why an undeclared OU cannot be deleted: the accounts at or below it that stay there, or a declared OU."""
    parents = {each.address: each.parent for each in live.of(OrganizationalUnit)}
    wanted = {each.address: each.parent for each in desired.of(Account)}

    def below(node: Address) -> bool:
        while node in parents and node != unit:
            node = parents[node]
        return node == unit

    stay = [each for each in live.of(Account) if below(wanted.get(each.address, each.parent))]
    named = [f"{each.name or addresses.local(each.address)} ({each.id})" for each in stay]
    why = f"it still contains {few(named)}" if named else "a declared OU is inside"
    return f"{unit} is undeclared and cannot be deleted: {why}"


def _create(unit: OrganizationalUnit, parent: str) -> Call:
    def find(read: Read) -> dict[str, Any] | None:
        listed = read("ListOrganizationalUnitsForParent", {"ParentId": parent}, "OrganizationalUnits")
        return next(({"OrganizationalUnit": each} for each in listed if each["Name"] == unit.name), None)

    params: dict[str, Any] = {"ParentId": parent, "Name": unit.name}
    if unit.tags:
        params["Tags"] = tag_list(unit.tags)
    return Call("CreateOrganizationalUnit", params, id_at=("OrganizationalUnit", "Id"), find=find)


def _rename(unit: str, parent: str, name: str, ids: Ids) -> Call:
    def find(read: Read) -> dict[str, Any] | None:
        listed = read("ListOrganizationalUnitsForParent", {"ParentId": parent}, "OrganizationalUnits")
        holder = next((each["Id"] for each in listed if each["Name"] == name), None)
        if holder is None or (holder != unit and ids.address_of(holder)):
            return None
        if holder == unit:
            return {}
        text = f"the OU {holder}, which the plan does not know, has the name {name}"
        raise overtaken("UpdateOrganizationalUnit", text)

    return Call("UpdateOrganizationalUnit", {"OrganizationalUnitId": unit, "Name": name}, find=find)


def _delete(unit: str, ids: Ids) -> Call:
    def find(read: Read) -> dict[str, Any] | None:
        """What the plan names was moved or deleted before, and lists lag; what it does not name came later."""
        lists = (("ListAccountsForParent", "Accounts"), ("ListOrganizationalUnitsForParent", "OrganizationalUnits"))
        inside = [each["Id"] for operation, member in lists for each in read(operation, {"ParentId": unit}, member)]
        unknown = sorted(each for each in inside if ids.address_of(each) is None)
        if unknown:
            text = f"it contains {', '.join(unknown)}, which the plan does not know"
            raise overtaken("DeleteOrganizationalUnit", text)
        return None

    return Call(
        "DeleteOrganizationalUnit",
        {"OrganizationalUnitId": unit},
        already=frozenset({"OrganizationalUnitNotFoundException"}),
        find=find,
    )


def _creation(wanted: OrganizationalUnit) -> Change:
    return change_of(
        "replace" if wanted.replaces else "create",
        "new_parent" if wanted.replaces else "declared",
        after=wanted,
        note=f"replaces {wanted.replaces}: the service cannot move an OU" if wanted.replaces else None,
    )


def leaving(desired: Inventory, live: Inventory, policies: UnmanagedRules) -> set[Address]:
    """The live OUs that are deleted, with whatever is attached to them."""
    kept = {each.address for each in desired.of(OrganizationalUnit)} | _parents_of_what_stays(desired, live)
    undeclared = policies.unmanaged.get("organizational_units") == "delete"
    return {
        each.address
        for each in live.of(OrganizationalUnit)
        if each.replaced_by or (undeclared and each.address not in kept)
    }


def _parents_of_what_stays(desired: Inventory, live: Inventory) -> set[Address]:
    """The live OUs that hold an account, or a declared OU, after apply: they cannot be deleted."""
    parent = {each.address: each.parent for each in live.of(OrganizationalUnit)}
    wanted = {each.address: each.parent for each in desired.of(Account)}
    occupied: set[Address] = set()
    kept = [wanted.get(each.address, each.parent) for each in live.of(Account)]
    for lowest in [*kept, *(each.address for each in desired.of(OrganizationalUnit))]:
        address = lowest
        while address in parent and address not in occupied:
            occupied.add(address)
            address = parent[address]
    return occupied


class _Pairing:
    """Which live OU is which declared one: by path, by an earlier name, or as the one that a declared OU replaces."""

    def __init__(self, desired: Inventory, live: Inventory) -> None:
        self.live = {each.address: each for each in live.of(OrganizationalUnit)}
        self.children: dict[Address, dict[str, Address]] = {}
        for each in self.live.values():
            self.children.setdefault(each.parent, {})[each.name] = each.address
        self.wanted = sorted(
            desired.of(OrganizationalUnit), key=lambda each: (len(addresses.split_path(each.address)), each.parent)
        )
        self.declared_names = {(each.parent, each.name) for each in self.wanted}
        self.same: dict[Address, Address] = {addresses.ROOT: addresses.ROOT}
        """Declared address -> live address of the same OU."""
        self.replaced: dict[Address, Address] = {}
        """Declared address -> live address of the OU that it replaces."""
        self._taken: set[Address] = set()
        self._live_contents, self._wanted_contents = _contents(live), _contents(desired)
        for parent, units in groupby(self.wanted, key=lambda each: each.parent):
            self._pair_siblings(parent, list(units))

    def _pair_siblings(self, parent: Address, units: list[OrganizationalUnit]) -> None:
        children = self.children.get(self.same.get(parent, ""), {})
        free = {name: address for name, address in children.items() if address not in self._taken}
        earlier = {
            each.name: [
                self.live[address].name
                for address in map(self._locate, each.previously)
                if address and address in free.values()
            ]
            for each in units
        }
        declared = {each.name: each.address for each in units}

        def likeness(old: str, new: str) -> int:
            here, there = self._live_contents.get(free[old], set()), self._wanted_contents.get(declared[new], set())
            return len(here & there)

        for old, new in renames(earlier, free, likeness).items():
            self._pair(declared[new], free[old])
        for each in units:
            self._replace_previous(each)

    def _child(self, parent: Address | None, name: str) -> Address | None:
        address = self.children.get(parent, {}).get(name) if parent else None
        return address if address not in self._taken else None

    def _pair(self, declared: Address, live: Address) -> None:
        self.same[declared] = live
        self._taken.add(live)

    def _replace_previous(self, wanted: OrganizationalUnit) -> None:
        """Finds the OU elsewhere that the declared one replaces: one that `previously` names, or a child of the OU that
        its parent replaces. Where the declared one exists, this is what an interrupted replacement has left behind."""
        parent = self.same.get(wanted.parent)
        for address in map(self._locate, wanted.previously):
            elsewhere = address and address not in self._taken and self.live[address].parent != parent
            if address and elsewhere and not self._declared_itself(address):
                self._replace(wanted.address, address)
                return
        if address := self._child(self.replaced.get(wanted.parent), wanted.name):
            self._replace(wanted.address, address)

    def _replace(self, declared: Address, live: Address) -> None:
        self.replaced[declared] = live
        self._taken.add(live)

    def _declared_itself(self, live: Address) -> bool:
        """True where the live OU is declared under the name it has, so no other one can claim it."""
        unit = self.live[live]
        parents = [declared for declared, address in self.same.items() if address == unit.parent]
        return any((parent, unit.name) in self.declared_names for parent in parents)

    def _locate(self, previous: Address) -> Address | None:
        """The live OU at a path, each step of which is a live name or the declared name of the same OU."""
        here: Address | None = addresses.ROOT
        path = addresses.ROOT
        for step in addresses.split_path(addresses.local(previous)):
            name = addresses.unescape(step)
            path = addresses.child(path, name)
            here = self.same.get(path) or self.children.get(here or "", {}).get(name)
            if here is None:
                return None
        return None if here == addresses.ROOT else here

    def names(self) -> dict[Address, Address]:
        """Live address -> the address it gets: the declared one, or its own name below its parent's new address."""
        declared = {live: wanted for wanted, live in self.same.items()}
        names: dict[Address, Address] = {}
        for each in sorted(self.live.values(), key=lambda unit: len(addresses.split_path(unit.address))):
            parent = names.get(each.parent, each.parent)
            names[each.address] = declared.get(each.address) or addresses.child(parent, each.name)
        return names


def _tags_of_both(unit: OrganizationalUnit, previous: OrganizationalUnit) -> dict[str, object]:
    """The tags of an OU that takes over from another one, and their keys where the spec manages only some: those that
    it leaves alone come along, and count as managed until the other OU is gone."""
    if unit.tags is None:
        return {"tags": previous.tags}
    if unit.tag_keys is None:
        return {"tags": unit.tags}
    left = {key: value for key, value in (previous.tags or {}).items() if key not in unit.tag_keys}
    return {"tags": left | unit.tags, "tag_keys": tuple(sorted({*left, *unit.tag_keys}))}


def _contents(inventory: Inventory) -> dict[Address, set[tuple[str, ...]]]:
    """What is in each OU: accounts, OUs by name, attached policies, tags."""
    found: dict[Address, set[tuple[str, ...]]] = {}
    for each in inventory.resources:
        if isinstance(each, Account):
            found.setdefault(each.parent, set()).add(("account", each.address))
        elif isinstance(each, OrganizationalUnit):
            found.setdefault(each.parent, set()).add(("ou", each.name))
            found.setdefault(each.address, set()).update(("tag", *tag) for tag in (each.tags or {}).items())
        elif isinstance(each, Attachment):
            found.setdefault(each.target, set()).add(("policy", each.policy))
    return found


def _carried_over(
    pairing: _Pairing, desired: Inventory, live: Inventory, policies: UnmanagedRules
) -> tuple[Inventory, Inventory]:
    """Marks what replaces what, and declares what is undeclared inside a replaced OU at the new place, so that the
    old OU can be emptied. Where undeclared OUs are deleted, only those that hold an undeclared account come along."""
    if not pairing.replaced:
        return desired, live
    names = pairing.names()
    unmanaged = {each.address for each in live.of(Policy) if not desired.scope.has(each.type)}
    new_place = {names[old]: new for new, old in pairing.replaced.items()}
    wanted = desired.by_address()
    found = live.by_address()
    for new, old in pairing.replaced.items():
        unit, previous = wanted[new], found[names[old]]
        assert isinstance(unit, OrganizationalUnit)
        assert isinstance(previous, OrganizationalUnit)
        wanted[new] = unit.model_copy(update={"replaces": names[old], **_tags_of_both(unit, previous)})
        _carry_attachments(names[old], new, live, wanted, of=unmanaged)
    deleting = policies.unmanaged.get("organizational_units") == "delete"
    occupied = _parents_of_what_stays(desired, live) if deleting else set()
    for unit in sorted(live.of(OrganizationalUnit), key=lambda each: len(addresses.split_path(each.address))):
        if deleting and unit.address not in occupied:
            continue
        if unit.parent in new_place and unit.address not in new_place and unit.address not in wanted:
            place = addresses.child(new_place[unit.parent], unit.name)
            new_place[unit.address] = place
            wanted[place] = unit.model_copy(
                update={"address": place, "id": None, "parent": new_place[unit.parent], "replaces": unit.address}
            )
            _carry_attachments(unit.address, place, live, wanted)
    for account in live.of(Account):
        if account.parent in new_place and account.address not in wanted:
            wanted[account.address] = Account(
                address=account.address, id=account.id, parent=new_place[account.parent], state=account.state
            )
            _carry_attachments(account.address, account.address, live, wanted)
    for old, new in new_place.items():
        found[old] = found[old].model_copy(update={"replaced_by": new})
    return desired.with_resources(wanted.values()), live.with_resources(found.values())


def _carry_attachments(
    old: Address, new: Address, live: Inventory, wanted: dict[Address, Resource], of: Container[Address] | None = None
) -> None:
    """Declares at `new` what is attached at `old`: all of it, or only the policies in `of`."""
    for each in live.of(Attachment):
        if each.target == old and (of is None or each.policy in of):
            copy = Attachment(address=addresses.attachment(each.policy, new), policy=each.policy, target=new)
            wanted[copy.address] = copy
