"""Readable keys for accounts and policies, the same for the same organization, whatever the order of its lists."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

from reconciler.kinds import scalars as s
from reconciler.model.address import Address
from reconciler.model.policy_types import POLICY_TYPES
from reconciler.model.resources import Account, Policy

Keys = dict[Address, str]
"""The key of each account or policy, by its address."""

_LONGEST = 100
"""Characters of a key before what makes it unique: there may be 128."""
_RESERVED = frozenset(row.default for row in POLICY_TYPES if row.default)


def slug(name: str) -> str:
    """The letters and digits of a name in lower case, without accents, with `-` between words; it may be empty."""
    letters = (char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    text = unicodedata.normalize("NFC", "".join(letters)).casefold()
    return re.sub(r"[\W_]+", "-", text).strip("-")[:_LONGEST].rstrip("-")


def account_keys(accounts: Iterable[Account], known: Mapping[Address, str] | None = None) -> Keys:
    """A key for each account, made from its name, with its id where several would have the same; those that are `known`
    keep theirs."""
    found: Keys = dict(known or {})
    new = sorted((each for each in accounts if each.address not in found), key=lambda each: each.id or each.address)
    slugs = {each.address: slug(each.name or "") or "account" for each in new}
    counted, taken = Counter(slugs.values()), set(found.values())
    for each in new:
        key = slugs[each.address]
        if counted[key] > 1 or key in taken or key == "account":
            key = f"{key}-{each.id}"
        found[each.address] = _free(key, taken)
    return found


def policy_keys(policies: Iterable[Policy], known: Mapping[Address, str] | None = None) -> Keys:
    """A key for each policy: its name where that can be one, with its type where several have the same."""
    found: Keys = dict(known or {})
    new = [each for each in policies if each.address not in found]
    names = {each.address: each.name if s.is_key(each.name) else slug(each.name) or "policy" for each in new}
    counted, taken = Counter(names.values()), set(found.values())
    for each in new:
        key = names[each.address]
        if counted[key] > 1 or key in taken or key in _RESERVED:
            key = f"{key[:_LONGEST]}-{each.type.replace('_', '-')}"
        found[each.address] = _free(key, taken)
    return found


def file_names(policies: Iterable[Policy], keys: Mapping[Address, str], taken: Iterable[str] = ()) -> Keys:
    """The file of each policy's document, beside the top file, unique where case does not count either."""
    found: Keys = {}
    used = {each.casefold() for each in taken}
    for each in policies:
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", keys[each.address]).strip("-.")[:_LONGEST] or "policy"
        number, name = 1, f"policies/{each.type}/{stem}.json"
        while name.casefold() in used:
            number += 1
            name = f"policies/{each.type}/{stem}-{number}.json"
        used.add(name.casefold())
        found[each.address] = name
    return found


def _free(key: str, taken: set[str]) -> str:
    """The key, or the first one with a number that is not taken, which it is then."""
    number, free = 1, key
    while free in taken:
        number += 1
        free = f"{key}-{number}"
    taken.add(free)
    return free
