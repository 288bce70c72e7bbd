"""An organization with three OUs, for tests of use cases."""

from __future__ import annotations

from typing import Any

from reconciler.model.inventory import Inventory, Organization
from tests.building import MANAGEMENT_ID, org

UNITS = ["Workloads", "Workloads/Production", "Sandbox"]
ACCOUNTS = {"management": "/", "shop": "Workloads/Production", "lab": "Sandbox"}


def organization(policies: Any = None, attached: Any = None, **more: Any) -> Inventory:
    made = org(UNITS, ACCOUNTS, policies, attached, **more)
    return made.model_copy(update={"organization": Organization(management_account_id=MANAGEMENT_ID)})


def changed(inventory: Inventory, address: str, **fields: Any) -> Inventory:
    """The same with other fields in one resource."""
    return inventory.with_resources(
        each.model_copy(update=fields) if each.address == address else each for each in inventory.resources
    )
