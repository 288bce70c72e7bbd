"""The order in which policies are attached to a node: of two that assign a setting, the first attached one counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.model.address import attachment, local
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Warning_
from reconciler.model.resources import Attachment, Policy
from reconciler.policy.effective.conflicts import conflicts


def with_planned_positions(after: Inventory, changes: Iterable[Change]) -> Inventory:
    """The organization after the changes, with the order in which they attach: what is attached already came before, in
    an order that is not known."""
    places = {each.address: place for place, each in enumerate(changes, 1) if isinstance(each.after, Attachment)}
    return after.model_copy(
        update={
            "resources": tuple(
                each.model_copy(update={"position": place})
                if isinstance(each, Attachment) and (place := places.get(each.address)) != each.position
                else each
                for each in after.resources
            )
        }
    )


def other_precedence(desired: Inventory, after: Inventory) -> Iterator[Warning_]:
    """A warning for each node where another policy counts than the one that comes first in the list of the spec.
    `after` has the positions of the plan."""
    planned = {each.address: each.position or 0 for each in after.of(Attachment)}
    listed = desired.with_resources((*after.of(Policy), *desired.of(Attachment)))
    for each in conflicts(listed):
        addresses = [attachment(one.policy, each.node) for one in each.policies]
        places = {address: planned[address] for address in addresses if address in planned}
        first, counts = addresses[0], min(places, key=places.__getitem__, default=None)
        if counts is None or places.get(first, 0) <= places[counts]:
            continue
        winner = each.policies[addresses.index(counts)].policy
        yield Warning_(
            code="W551",
            message=f"{each.settings} at {each.node} is by {local(winner)}, which is attached before "
            f"{local(each.policies[0].policy)}, although that one is first in the list of the spec",
            address=first,
        )
