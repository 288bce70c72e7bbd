"""Which policies an account gains and loses by moving: what is attached to the nodes above it, before and after.

The live side is derived from the plan: the desired one, without what the plan attaches, and with what it detaches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.address import Address
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Plan
from reconciler.model.resources import Account, Attachment
from reconciler.render.outline import ancestors

_Attached = Mapping[Address, frozenset[Address]]


@dataclass(frozen=True)
class Inheritance:
    """The policies attached to each node, before and after the plan."""

    before: _Attached
    after: _Attached

    @classmethod
    def of(cls, plan: Plan, desired: Inventory) -> Inheritance:
        """Both, from the plan and its desired side."""
        after = {each.address: each for each in desired.of(Attachment)}
        before = dict(after)
        for change in plan.changes:
            if isinstance(change.resource, Attachment) and not change.temporary:
                if change.before is None:
                    before.pop(change.address, None)
                else:
                    before[change.address] = change.resource
        return cls(_by_target(before), _by_target(after))

    def moved(self, change: Change) -> tuple[list[Address], list[Address]]:
        """(gained, lost) by a moved account, from the nodes above it."""
        if not isinstance(change.before, Account) or not isinstance(change.after, Account):
            return [], []
        old = _above(self.before, change.before.parent)
        new = _above(self.after, change.after.parent)
        return sorted(new - old), sorted(old - new)


def _by_target(attachments: Mapping[Address, Attachment]) -> _Attached:
    found: dict[Address, set[Address]] = defaultdict(set)
    for each in attachments.values():
        found[each.target].add(each.policy)
    return {target: frozenset(policies) for target, policies in found.items()}


def _above(attached: _Attached, parent: Address) -> set[Address]:
    return {policy for node in ancestors(parent) for policy in attached.get(node, frozenset())}
