"""The root of the tree: always there, never made or removed; only its tags are managed."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.kinds.base import Call, Comparison, Ids, Kind, UnmanagedRules
from reconciler.kinds.comparing import changed_fields, in_place, pairs
from reconciler.kinds.tag import tag_calls
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change
from reconciler.model.resources import Root


class RootKind(Kind):
    resource = Root

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        found = Comparison()
        for wanted, existing in pairs(Root, desired, live):
            if wanted and existing and (fields := changed_fields(wanted, existing)):
                found.changes.append(in_place(wanted, existing, fields))
        return found

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        yield from tag_calls(change, ids)
