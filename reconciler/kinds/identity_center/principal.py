"""Groups and users. The identity provider makes them; here they are looked up by name."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.kinds.base import Call, Comparison, Ids, Kind, UnmanagedRules
from reconciler.kinds.identity_center.resources import Group, User
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change


class _PrincipalKind(Kind):
    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        return Comparison()

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        raise NotImplementedError("principals are only looked up")


class GroupKind(_PrincipalKind):
    resource = Group


class UserKind(_PrincipalKind):
    resource = User
