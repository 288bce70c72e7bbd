"""What a spec manages of single accounts: contacts, opt-in Regions. It is read only where a spec declares it."""

from __future__ import annotations

from reconciler.errors import AccessDenied
from reconciler.kinds import ACCOUNT_PARTS
from reconciler.kinds.account_setting import SERVICE
from reconciler.kinds.trusted_access import TrustedAccess
from reconciler.model.address import local
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account
from reconciler.planning.planner import aligned
from reconciler.spec import Desired
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.read import with_parts


def with_account_parts(connection: Connection, desired: Desired | None, live: Inventory) -> Inventory:
    """The inventory with what the spec manages of single accounts."""
    if desired is None or not desired.inventory.scope.only_parts(ACCOUNT_PARTS).parts:
        return live
    try:
        return with_parts(connection, live, account_parts(desired, live), optional=False)
    except AccessDenied as error:
        needed = f"member accounts need trusted access of {SERVICE}: add it to `organization.trusted_access`"
        raise type(error)(error.message, help=f"{needed}; {error.help}") from error


def account_parts(desired: Desired, live: Inventory) -> list[str]:
    """The parts, with the ids of the accounts instead of their keys. An account that does not exist, or is closed, has
    nothing to be read, and none has without trusted access of Account Management."""
    found = aligned(desired.inventory, live)[1]
    ids = {local(each.address): each.id for each in found.of(Account) if each.id and not each.is_closed}
    readable = not live.scope.has_part(TrustedAccess.plural) or any(
        each.principal == SERVICE for each in live.of(TrustedAccess)
    )
    parts = (each.split("/", 2) for each in desired.inventory.scope.only_parts(ACCOUNT_PARTS).parts or ())
    return ["/".join((plural, str(ids[key]), *name)) for plural, key, *name in parts if key in ids and readable]
