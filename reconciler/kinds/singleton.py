"""The base of kinds that are one value of the organization: its resource policy, its centralised root access."""

from __future__ import annotations

from reconciler.kinds.base import UnmanagedRules
from reconciler.kinds.declared_set import DeclaredSet
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Resource


class Singleton(DeclaredSet):
    """A kind that a spec manages as a whole: where its key is not written it is left alone, and where it is, all that
    the value does not have is removed, whatever `unmanaged` contains. So the kind has no key there."""

    def deletes(self, existing: Resource, desired: Inventory, policies: UnmanagedRules) -> bool:
        return True
