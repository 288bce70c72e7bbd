"""What kinds share when they compare: pairing by address, the fields that differ, and giving live things new names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar

from reconciler.model.address import Address, temporary_name
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, change_of
from reconciler.model.resources import Resource

R = TypeVar("R", bound=Resource)


def pairs(kind: type[R], desired: Inventory, live: Inventory) -> Iterator[tuple[R | None, R | None]]:
    """(desired, live) for every address of the kind on either side, in the order of addresses."""
    wanted = {each.address: each for each in desired.of(kind)}
    found = {each.address: each for each in live.of(kind)}
    for address in sorted(wanted.keys() | found.keys()):
        yield wanted.get(address), found.get(address)


def changed_fields(wanted: Resource, found: Resource) -> tuple[str, ...]:
    """The managed fields that differ, by name. A field that is `None` on the wanted side is unmanaged."""
    managed = {
        name: value
        for name in type(wanted).model_fields.keys() - type(wanted).identity
        if (value := getattr(wanted, name)) is not None
    }
    existing = {name: getattr(found, name) for name in managed}
    if managed == existing:
        return ()
    from deepdiff import DeepDiff

    return tuple(sorted(DeepDiff(existing, managed).affected_root_keys))


def with_live_defaults(wanted: R, found: R) -> R:
    """The wanted resource as it will be: with the live id, and live values where the spec sets none."""
    kept = {
        name: getattr(found, name)
        for name in type(wanted).model_fields
        if getattr(wanted, name) is None and getattr(found, name) is not None
    }
    return wanted.model_copy(update=kept)


def in_place(wanted: R, found: R, fields: tuple[str, ...]) -> Change:
    """The change that updates `found` to `wanted`: a rename where it has an id, and the name is among the fields."""
    renamed = wanted.identified and "name" in fields
    return change_of(
        "rename" if renamed else "update",
        "renamed" if renamed else "differs",
        before=found,
        after=with_live_defaults(wanted, found),
        fields=fields,
        source=wanted.source,
    )


def renames(
    declared: Mapping[str, Sequence[str]], live: Collection[str], likeness: Callable[[str, str], int]
) -> dict[str, str]:
    """Live name -> declared name of the same thing, for `declared` name -> earlier names. A name that both sides know
    is itself, unless it is an earlier name of a newer thing and its own earlier name is still live: with `B: [A]` and
    `C: [B]`, a live A and B become B and C. With `A: [B]` and `B: [A]` both names are live before and after; they are
    exchanged where that makes the live things more like the declared ones: `likeness` is how much a live name's has
    in common with a declared name's. A temporary name belongs to the name that it was made from."""
    declared = {name: [temporary_name(name), *earlier] for name, earlier in declared.items()}
    same = {name: name for name in declared if name in live}

    def settles(name: str, asked: frozenset[str]) -> bool:
        for previous in declared[name]:
            if previous not in live or previous in asked:
                continue
            holder = same.get(previous)
            if holder is None or (holder == previous and settles(holder, asked | {previous})):
                same[previous] = name
                return True
        return False

    for name in declared:
        if name not in live:
            settles(name, frozenset())
    for cycle in _cycles(declared, same):
        if sum(likeness(old, new) for new, old in cycle.items()) > sum(likeness(new, new) for new in cycle):
            same |= {old: new for new, old in cycle.items()}
    return same


def _cycles(declared: Mapping[str, Sequence[str]], same: Mapping[str, str]) -> list[dict[str, str]]:
    """Names that are each other's earlier names in a circle, each with its earlier one."""
    own = [name for name in declared if same.get(name) == name]
    earlier = {
        name: next((each for each in declared[name] if each != name and same.get(each) == each), None) for name in own
    }
    found: list[dict[str, str]] = []
    seen: set[str] = set()
    for name in own:
        path: list[str] = []
        here: str | None = name
        while here is not None and here not in seen:
            seen.add(here)
            path.append(here)
            here = earlier.get(here)
        if here in path:
            found.append({each: str(earlier[each]) for each in path[path.index(here) :]})
    return found


def readdressed(inventory: Inventory, names: Mapping[Address, Address]) -> Inventory:
    """The inventory with other addresses, wherever a resource names itself or another one."""
    if all(old == new for old, new in names.items()):
        return inventory
    return inventory.with_resources(each.readdressed(names) for each in inventory.resources)
