"""The accounts that billing names: those that have not joined yet wait, and a change says which come and go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from reconciler.model.address import Address
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change
from reconciler.model.reference import REFERENCE, reference
from reconciler.model.resources import Account
from reconciler.model.wording import few


def absent_accounts(desired: Inventory, live: Inventory) -> frozenset[str]:
    """References to the accounts that are declared by id, or invited, and are not in the organization."""
    members = {each.address for each in live.of(Account)}
    declared = (each for each in desired.of(Account) if each.id or each.invite)
    return frozenset(reference(each.address) for each in declared if each.address not in members)


def without(accounts: tuple[str, ...] | None, absent: frozenset[str]) -> tuple[str, ...] | None:
    """The accounts that are not absent."""
    return None if accounts is None else tuple(each for each in accounts if each not in absent)


def with_notes(
    changes: Iterable[Change], live: Inventory, note_of: Callable[[Change, Mapping[str, Address]], str | None]
) -> list[Change]:
    """The changes with what `note_of` says of each, which gets the addresses of the live accounts by their ids."""
    names = {str(each.id): each.address for each in live.of(Account)}
    return [each.model_copy(update={"note": note}) if (note := note_of(each, names)) else each for each in changes]


def accounts_note(before: Collection[str], after: Collection[str], names: Mapping[str, Address]) -> str | None:
    """Which accounts, by ids or references, come and go; `names` are their addresses by their ids."""
    come, gone = ([_named(each, names) for each in one if each not in other] for one, other in
                  ((after, before), (before, after)))  # fmt: skip
    parts = [f"{word} {few(sorted(found))}" for word, found in (("adds", come), ("removes", gone)) if found]
    return ", ".join(parts) or None


def _named(account: str, names: Mapping[str, Address]) -> str:
    match = REFERENCE.fullmatch(account)
    return match[1] if match else names.get(account, account)
