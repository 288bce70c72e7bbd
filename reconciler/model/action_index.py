"""The statements of SCPs and RCPs, prepared for a search for actions in the page of a report."""

from __future__ import annotations

from typing import Literal, NamedTuple

from reconciler.model.address import Address
from reconciler.model.base import Frozen, Source
from reconciler.model.inventory import Inventory
from reconciler.model.scope import Unread


class IndexedStatement(Frozen):
    """A statement about `actions`, or with `all_but` about all others, as patterns with `*` and `?`; a pattern without
    a colon other than `*` has no effect. `conditions` are all that has to hold besides the action, as text.

    `for_roles` is whether the conditions hold for every request of a role of the organization: surely (also without
    conditions), surely not, or `None` where that depends on the request."""

    name: str | int
    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...]
    all_but: bool = False
    conditions: tuple[str, ...] = ()
    for_roles: bool | None = None
    source: Source | None = None


class ActionRules(Frozen):
    """Rules of the service about actions, in lower case. RCPs reach the services in `rcp_services`, without the actions
    in `never_by_rcp`. No policy denies `never_denied`. Callers of `without_principal` have no principal that SCPs
    apply to."""

    rcp_services: tuple[str, ...]
    never_by_rcp: tuple[str, ...]
    never_denied: tuple[str, ...]
    without_principal: tuple[str, ...]


class ActionIndex(Frozen):
    """What decides on actions in one organization: the statements of each SCP and RCP, which of the two types are in
    `force`, the types in force of which nothing is known (`unread`), and those that the spec does not manage."""

    statements: dict[Address, tuple[IndexedStatement, ...]]
    force: tuple[str, ...]
    unread: tuple[Unread, ...]
    not_managed: tuple[str, ...]
    rules: ActionRules


class IndexedOrganization(NamedTuple):
    """An organization with the index of its statements."""

    inventory: Inventory
    actions: ActionIndex
