"""The base of kinds whose things are made elsewhere: they are read, for others refer to them, and never changed."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.kinds.base import Call, Comparison, Ids, Kind, UnmanagedRules
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change


class ReadOnlyKind(Kind):
    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        return Comparison()

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        raise NotImplementedError(f"{self.resource.label.many} are only read")
