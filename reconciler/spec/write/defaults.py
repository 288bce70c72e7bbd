"""What accounts have in common, for `defaults.accounts`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from reconciler.model.base import Json
from reconciler.model.resources import Account
from reconciler.spec.write.keys import Keys

_LEAST = 2
"""How many accounts have something in common, at least."""
_SAFE = re.compile(r"[\w.+@-]*")


class AccountDefaults(NamedTuple):
    """The pattern of e-mails, the tags of all open accounts, and the entries that are the same in all of them, by the
    key of a section."""

    email: str | None = None
    tags: Mapping[str, str] = {}
    sections: Mapping[str, Mapping[str, Json]] = {}

    def written(self) -> dict[str, Json]:
        """The section `defaults.accounts`."""
        found: dict[str, Json] = {} if self.email is None else {"email": self.email}
        if self.tags:
            found["tags"] = dict(self.tags)
        return found | {key: dict(value) for key, value in self.sections.items()}

    def email_of(self, key: str) -> str | None:
        """The e-mail that the pattern makes of a key."""
        return self.email.replace("{{ key }}", key) if self.email is not None else None


def common_email(accounts: Iterable[Account], keys: Keys) -> str | None:
    """The pattern that most e-mails have, with the key of the account in it, where that is at least half of them."""
    found: Counter[str] = Counter()
    count = 0
    for each in accounts:
        count += 1
        key, email = keys[each.address], each.email or ""
        if len(key) > 1 and email.count(key) == 1 and _SAFE.fullmatch(email):
            found[email.replace(key, "{{ key }}")] += 1
    if not found:
        return None
    pattern, often = max(found.items(), key=lambda item: (item[1], item[0]))
    return pattern if often >= _LEAST and 2 * often >= count else None


def in_common(mappings: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    """The items that all mappings have."""
    if len(mappings) < _LEAST:
        return {}
    first, *others = mappings
    return {key: value for key, value in sorted(first.items()) if all(each.get(key) == value for each in others)}
