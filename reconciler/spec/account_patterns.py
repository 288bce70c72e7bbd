"""Account patterns: which accounts `ou:Workloads`, `ou:Workloads/**`, `ou:/**` and `account:KEY` select.

They are expanded over the declared tree, so what they select changes with the place of an account.
"""

from __future__ import annotations

from typing import NamedTuple

from reconciler.model import address as addresses
from reconciler.spec.declared import Declared, DeclaredAccount
from reconciler.spec.wording import did_you_mean, quoted

_FORMS = "write `ou:PATH` for the accounts directly in an OU, `ou:PATH/**` for all below it, or `account:KEY`"
_BELOW = "/**"


class Selected(NamedTuple):
    """The active accounts that a pattern selects; where it is wrong, the code, text and help of a diagnostic."""

    accounts: tuple[DeclaredAccount, ...] = ()
    code: str = ""
    problem: str = ""
    help: str | None = None


def select(pattern: str, declared: Declared) -> Selected:
    """The accounts of one pattern."""
    kind, _, name = pattern.partition(":")
    if kind == "account" and name:
        return _named(name, declared)
    if kind == "ou" and name:
        return _in_unit(pattern, name, declared)
    return Selected((), "E380", f"{quoted(pattern)} is not an account pattern", _FORMS)


def _named(key: str, declared: Declared) -> Selected:
    found = tuple(each for each in declared.accounts if key in (each.key, each.shape.id))
    if not found:
        help = did_you_mean(key, [each.key for each in declared.accounts], "name an account by its key in the tree")
        return Selected((), "E381", f"{quoted(key)} is not the key of a declared account", help)
    return _active(found, f"the account {quoted(key)} is closed or removed")


def _in_unit(pattern: str, name: str, declared: Declared) -> Selected:
    below = name.endswith(_BELOW)
    path = (name.removesuffix(_BELOW) if below else name) or "/"
    unit = addresses.ROOT if path.strip("/") == "" else addresses.ou("/".join(addresses.split_path(path)))
    units = {each.address for each in declared.units}
    if unit not in units and unit != addresses.ROOT:
        known = [addresses.local(each) for each in units]
        return Selected((), "E381", f"{quoted(path)} is not a declared OU", did_you_mean(path, known, _FORMS))
    places = {unit}
    if below:
        parents = {each.address: each.parent for each in declared.units}
        for each in parents:
            place: addresses.Address | None = each
            while place is not None and place != unit:
                place = parents.get(place)
            if place == unit:
                places.add(each)
    found = tuple(each for each in declared.accounts if each.parent in places)
    within = f"ou:{path.rstrip('/')}{_BELOW}"
    hint = "" if below or not any(each.parent == unit for each in declared.units) else f"; `{within}` is all below it"
    return _active(found, f"{quoted(pattern)} selects no account{hint}")


def _active(found: tuple[DeclaredAccount, ...], nothing: str) -> Selected:
    active = tuple(each for each in found if each.shape.state == "active")
    return Selected(active) if active else Selected((), "E381", nothing, "correct the pattern, or remove it")
