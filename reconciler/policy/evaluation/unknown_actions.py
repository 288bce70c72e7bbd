"""Whether an action is in the catalogue."""

from __future__ import annotations

import re

from reconciler.policy.language.catalogue import Catalogue
from reconciler.policy.language.nearest import nearest

_WILDCARD = re.compile(r"[*?]")
_DATE = re.compile(r"(20\d\d)(\d\d)(\d\d)\d*$")


def unknown_action(action: str, actions: Catalogue) -> str | None:
    """The warning about an action that the catalogue does not have, with the nearest right name; not for patterns."""
    prefix, _, name = action.partition(":")
    if _WILDCARD.search(action):
        return None
    service = actions.services.get(prefix.lower())
    if service is not None and actions.match(action) & actions.listed:
        return None
    if service is None:
        near = nearest(prefix, actions.services)
        what, near = f"no service {prefix}", near and f"{near}:{name}"
    else:
        found = nearest(name, service.names)
        what, near = f"no action {action}", found and f"{service.prefix}:{found}"
    hint = f"; did you mean {near}?" if near else "; it may be newer than that, or misspelt"
    return f"there is {what} in the catalogue of actions{_as_of(actions)}{hint}"


def _as_of(actions: Catalogue) -> str:
    date = _DATE.search(actions.version)
    return f" (as of {'-'.join(date.groups())})" if date else ""
