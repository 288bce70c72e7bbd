"""The names of the guards: what `--allow GUARD=N` may name, and what nothing may let pass. Data, read by the command
line; a guard that is added belongs here too."""

from __future__ import annotations

import difflib
from typing import NamedTuple

from reconciler.kinds import DELETE_LIMITS


class GuardName(NamedTuple):
    """One guard. `of` is what follows the name behind a colon (an address pattern, an OU); `instead` is, where
    `--allow` cannot name the guard, what to do."""

    name: str
    of: str | None = None
    instead: str | None = None

    @property
    def written(self) -> str:
        """As it is written in `--allow`."""
        return f"{self.name}:{self.of}" if self.of else self.name


GUARD_NAMES: tuple[GuardName, ...] = (
    *(GuardName(f"deletes.{plural}") for plural in DELETE_LIMITS),
    GuardName("account_creations"),
    GuardName("account_closures"),
    GuardName("closure_quota"),
    GuardName("account_invitations"),
    GuardName("similar_account"),
    GuardName("protected", of="PATTERN"),
    GuardName("impact", of="OU"),
    GuardName("lockout"),
    GuardName("own_access"),
    GuardName("control_tower"),
    GuardName("emptied"),
    GuardName("GAP"),
    GuardName("close", instead="use --allow-close"),
    GuardName("refused", instead="the service will refuse the change: change the spec"),
    GuardName("unknown_account", instead="correct the id, or declare the account with `invite: true`"),
    GuardName("management_account", instead="it is never moved, closed or removed"),
)
_BY_NAME = {each.name: each for each in GUARD_NAMES}


def mistake_in(guard: str) -> tuple[str, str] | None:
    """What is wrong with the name of a guard in `--allow`, and what to do; `None` where it is right."""
    name, colon, of = guard.partition(":")
    found = _BY_NAME.get(name)
    if found is None:
        meant = _ending(name) or _alike(name)
        known = [each.written for each in GUARD_NAMES if each.instead is None]
        hint = f"did you mean {' or '.join(meant)}?" if meant else f"there are: {', '.join(known)}"
        return f"there is no guard `{guard}`", hint
    if found.instead is not None:
        return f"the guard `{name}` cannot be allowed by a number", found.instead
    if found.of and not of:
        return f"the guard `{name}` needs its {found.of}", f"type it as the plan shows it: {found.written}=N"
    if colon and not found.of:
        return f"the guard `{name}` has nothing behind a colon", f"type it as the plan shows it: {found.written}=N"
    return None


def _ending(name: str) -> list[str]:
    """The guard of the same kind: `max_deletes.attachments` means `deletes.attachments`."""
    last = name.rpartition(".")[2].lower()
    return [each.written for each in GUARD_NAMES if each.name.rpartition(".")[2].lower() == last]


def _alike(name: str) -> list[str]:
    by_lower = {each.name.lower(): each for each in GUARD_NAMES}
    return [by_lower[each].written for each in difflib.get_close_matches(name.lower(), by_lower, 3, 0.6)]
