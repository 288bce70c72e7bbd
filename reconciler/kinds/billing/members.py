"""Accounts that are declared and are no members (yet): nothing of billing names them until they have joined."""

from __future__ import annotations

from reconciler.model.inventory import Inventory
from reconciler.model.reference import reference
from reconciler.model.resources import Account


def absent_accounts(desired: Inventory, live: Inventory) -> frozenset[str]:
    """References to the accounts that are declared by id, or invited, and are not in the organization."""
    members = {each.address for each in live.of(Account)}
    declared = (each for each in desired.of(Account) if each.id or each.invite)
    return frozenset(reference(each.address) for each in declared if each.address not in members)


def without(accounts: tuple[str, ...] | None, absent: frozenset[str]) -> tuple[str, ...] | None:
    """The accounts that are not absent."""
    return None if accounts is None else tuple(each for each in accounts if each not in absent)
