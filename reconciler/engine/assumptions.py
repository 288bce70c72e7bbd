"""What a plan relies on, and whether it still holds.

A plan assumes the live values of what it changes and names, that what it creates is not there yet, and, where it
changes protection, everything that protects the same nodes. Anything else may move without making the plan stale.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from reconciler.engine.simulation import Simulation
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.document import minified_sorted
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Assumption, Change
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Resource, Root

_LONG = 200
"""Longer values stand in a plan by their hash."""


def assumptions(changes: Iterable[Change], live: Simulation) -> tuple[Assumption, ...]:
    """The live values that the changes rely on, sorted by address."""
    relied: set[Address] = set()
    retagged: dict[Address, Resource] = {}
    for change in changes:
        relied.add(change.address)
        if change.before is not None and "tags" in change.fields:
            retagged[change.address] = change.before
        for side in (change.before, change.after):
            if side is not None:
                relied.update(_neighbourhood(side, live))
    return tuple(
        _assumed(
            address,
            retagged.get(address) or live.state.get(address),
            (live.state[policy] for policy, _ in live.held(address)),
            tags=address in retagged,
        )
        for address in sorted(relied)
    )


def _neighbourhood(resource: Resource, live: Simulation) -> Iterable[Address]:
    yield from (each for each in resource.references() if each in live.state)
    if isinstance(resource, Attachment):
        nodes = list(live.chain(resource.target))
    elif isinstance(resource, Account | OrganizationalUnit):
        nodes = list(live.chain(resource.parent))
    else:
        return
    for node in nodes:
        if node in live.state:
            yield node
        yield from (policy for policy, _ in live.held(node))


def _assumed(address: Address, resource: Resource | None, attached: Iterable[Resource], *, tags: bool) -> Assumption:
    """`attached` are the policies directly on the resource; they are assumed of nodes only, by id: a policy that
    the plan does not name has another address to whoever reads it without the spec. `tags` count where they change."""
    if resource is None:
        return Assumption(address=address)
    fields = {name: _short(value) for name, value in sorted(resource.fields().items()) if name != "tags" or tags}
    if isinstance(resource, Root | OrganizationalUnit | Account):
        fields["attached"] = [*sorted(each.id or each.address for each in attached)]
    return Assumption(address=address, id=resource.id, fields=fields)


def _short(value: Json) -> Json:
    text = minified_sorted(value)
    return value if len(text) <= _LONG else "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def moved(assumed: Sequence[Assumption], live: Inventory) -> list[str]:
    """What no longer is as the plan assumes it, a line each; empty where the plan still holds.

    `live` must bear the plan's addresses (`named_as`)."""
    state = live.by_address()
    attached: dict[Address, list[Resource]] = {}
    for attachment in live.of(Attachment):
        attached.setdefault(attachment.target, []).append(state[attachment.policy])
    lines = []
    for each in assumed:
        now = _assumed(
            each.address, state.get(each.address), attached.get(each.address, ()), tags="tags" in (each.fields or {})
        )
        if now == each:
            continue
        if each.fields is None:
            lines.append(f"{each.address} exists now")
        elif now.fields is None:
            lines.append(f"{each.address} is gone")
        elif now.id != each.id:
            lines.append(f"{each.address} is another one now ({now.id} instead of {each.id})")
        else:
            names = sorted(each.fields.keys() | now.fields.keys())
            differ = [name for name in names if each.fields.get(name) != now.fields.get(name)]
            lines.append(f"{each.address}: {', '.join(differ)} changed")
    return lines


def named_as(assumed: Sequence[Assumption], live: Inventory) -> dict[Address, Address]:
    """Live address -> the plan's address, by id."""
    planned = {each.id: each.address for each in assumed if each.id}
    return {each.address: planned[each.id] for each in live.resources if each.id in planned}
