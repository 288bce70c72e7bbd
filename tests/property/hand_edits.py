"""What people change by hand in an organization that a snapshot has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from reconciler.kinds.trusted_access import TrustedAccess
from reconciler.model import address as addresses
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType, Resource, Root
from tests.property.hostile import MANAGEMENT, document, names, tags

Draw = st.DrawFn
Edit = Callable[[Draw, Inventory], Inventory]


def _changed(live: Inventory, resource: Resource, **fields: Any) -> Inventory:
    return live.with_resources(
        each.model_copy(update=fields) if each.address == resource.address else each for each in live.resources
    )


def _without(live: Inventory, *gone: str) -> Inventory:
    """Without these things, and without what is attached to them or theirs."""
    return live.with_resources(
        each
        for each in live.resources
        if each.address not in gone and (isinstance(each, Policy) or not {*each.references()} & {*gone})
    )


def _pick(draw: Draw, found: list[Any]) -> Any:
    return draw(st.sampled_from(sorted(found, key=lambda each: each.address))) if found else None


def _opened(live: Inventory) -> list[Account]:
    return [each for each in live.of(Account) if not each.is_closed]


def _full_access(live: Inventory, node: str) -> list[Attachment]:
    defaults = [each for each in live.of(Policy) if each.aws_managed]
    return [
        Attachment(address=addresses.attachment(each.address, node), policy=each.address, target=node)
        for each in defaults
    ]


def retag(draw: Draw, live: Inventory) -> Inventory:
    kinds = (Root, OrganizationalUnit, Account, Policy)
    found = _pick(draw, [each for each in live.resources if isinstance(each, kinds) and not _is_fixed(each)])
    return _changed(live, found, tags=draw(tags))


def _is_fixed(resource: Resource) -> bool:
    return getattr(resource, "aws_managed", False) or getattr(resource, "is_closed", False)


def rename_account(draw: Draw, live: Inventory) -> Inventory:
    return _changed(live, _pick(draw, _opened(live)), name=draw(names.filter(lambda name: bool(name.strip()))))


def move_account(draw: Draw, live: Inventory) -> Inventory:
    places = [addresses.ROOT, *(each.address for each in live.of(OrganizationalUnit))]
    return _changed(live, _pick(draw, _opened(live)), parent=draw(st.sampled_from(places)))


def close_account(draw: Draw, live: Inventory) -> Inventory:
    found = _pick(draw, [each for each in _opened(live) if each.id != MANAGEMENT])
    if found is None:
        return live
    kept = live.with_resources(each for each in live.resources if found.address not in each.references())
    return _changed(
        kept.with_resources([*kept.resources, *_full_access(live, found.address)]), found, state="suspended"
    )


def add_account(draw: Draw, live: Inventory) -> Inventory:
    id = f"9{len(live.resources):011d}"
    if any(each.id == id for each in live.of(Account)):
        return live
    new = Account(
        address=addresses.account(id), id=id, name=draw(names.filter(lambda name: bool(name.strip()))),
        email=f"new+{id}@example.com", parent=addresses.ROOT, tags=draw(tags),
    )  # fmt: skip
    return live.with_resources([*live.resources, new, *_full_access(live, new.address)])


def remove_account(draw: Draw, live: Inventory) -> Inventory:
    found = _pick(draw, [each for each in live.of(Account) if each.id != MANAGEMENT])
    return live if found is None else _without(live, found.address)


def add_unit(draw: Draw, live: Inventory) -> Inventory:
    places = [each.address for each in live.of(OrganizationalUnit) if addresses.depth(each.address) < 5]
    parent, name = draw(st.sampled_from([addresses.ROOT, *places])), draw(names)
    where = addresses.child(parent, name)
    if where in live.by_address():
        return live
    id = f"ou-new-{len(live.resources)}"
    new = OrganizationalUnit(address=where, id=id, name=name, parent=parent, tags=draw(tags))
    return live.with_resources([*live.resources, new, *_full_access(live, where)])


def rename_unit(draw: Draw, live: Inventory) -> Inventory:
    found, name = _pick(draw, [*live.of(OrganizationalUnit)]), draw(names)
    if found is None or addresses.child(found.parent, name) in live.by_address():
        return live
    moved = {found.address: addresses.child(found.parent, name)}
    units = sorted(live.of(OrganizationalUnit), key=lambda each: addresses.depth(each.address))
    moved |= {each.address: addresses.child(moved[each.parent], each.name) for each in units if each.parent in moved}
    for each in units:
        if each.parent in moved:
            moved[each.address] = addresses.child(moved[each.parent], each.name)
    return _changed(live, found, name=name).with_resources(
        each.readdressed(moved) for each in _changed(live, found, name=name).resources
    )


def remove_unit(draw: Draw, live: Inventory) -> Inventory:
    parents = {getattr(each, "parent", None) for each in live.resources}
    found = _pick(draw, [each for each in live.of(OrganizationalUnit) if each.address not in parents])
    return live if found is None else _without(live, found.address)


def _own(live: Inventory) -> list[Policy]:
    return [each for each in live.of(Policy) if not each.aws_managed]


def rewrite(draw: Draw, live: Inventory) -> Inventory:
    found = _pick(draw, _own(live))
    return live if found is None else _changed(live, found, content=document(draw, found.type))


def describe(draw: Draw, live: Inventory) -> Inventory:
    found = _pick(draw, [each for each in _own(live) if each.description])
    return live if found is None else _changed(live, found, description=draw(st.sampled_from(["New", "a: #b"])))


def remove_policy(draw: Draw, live: Inventory) -> Inventory:
    held = {each.policy for each in live.of(Attachment)}
    found = _pick(draw, [each for each in _own(live) if each.address not in held])
    return live if found is None else _without(live, found.address)


def add_policy(draw: Draw, live: Inventory) -> Inventory:
    enabled = _pick(draw, [*live.of(PolicyType)])
    if enabled is None:
        return live
    number = len(live.resources)
    new = Policy(
        address=addresses.policy(f"hand-{number}"), id=f"p-hand-{number}", type=enabled.type, name=f"hand-{number}",
        description="", content=document(draw, enabled.type), tags=draw(tags),
    )  # fmt: skip
    return live if new.address in live.by_address() else live.with_resources([*live.resources, new])


def attach(draw: Draw, live: Inventory) -> Inventory:
    policy = _pick(draw, _own(live))
    nodes = [each for each in live.resources if isinstance(each, Root | OrganizationalUnit)] + [*_opened(live)]
    node = _pick(draw, nodes)
    if policy is None:
        return live
    where = addresses.attachment(policy.address, node.address)
    types = {each.address: each.type for each in live.of(Policy)}
    count = sum(each.target == node.address and types[each.policy] == policy.type for each in live.of(Attachment))
    if where in live.by_address() or count >= 5:
        return live
    return live.with_resources([*live.resources, Attachment(address=where, policy=policy.address, target=node.address)])


def detach(draw: Draw, live: Inventory) -> Inventory:
    types = {each.address: each.type for each in live.of(Policy)}
    closed = {each.address for each in live.of(Account) if each.is_closed}
    found = _pick(draw, [each for each in live.of(Attachment) if each.target not in closed])
    if found is None or found.policy == addresses.policy("RCPFullAWSAccess"):
        return live
    left = [
        each for each in live.of(Attachment)
        if each.target == found.target and types[each.policy] == types[found.policy] and each != found
    ]  # fmt: skip
    return live if types[found.policy] == "scp" and not left else _without(live, found.address)


def trust(draw: Draw, live: Inventory) -> Inventory:
    where = addresses.trusted_access("backup.amazonaws.com")
    if where in live.by_address():
        return live
    return live.with_resources([*live.resources, TrustedAccess(address=where, principal="backup.amazonaws.com")])


EDITS: tuple[Edit, ...] = (
    *(retag, rename_account, move_account, close_account, add_account, remove_account, add_unit, rename_unit),
    *(remove_unit, rewrite, describe, remove_policy, add_policy, attach, detach, trust),
)


def edited(draw: Draw, live: Inventory) -> Inventory:
    """The organization after some edits by hand."""
    for edit in draw(st.lists(st.sampled_from(EDITS), min_size=1, max_size=5)):
        live = edit(draw, live)
    return live
