"""Who can enter an account, as every format shows it."""

from __future__ import annotations

from reconciler.kinds.identity_center.resources import named
from reconciler.model.access import Access, AccountAccess
from reconciler.model.address import local
from reconciler.render.impact import coverage_note

HEADS = ("PRINCIPAL", "PERMISSION SET", "DECLARED")


def cells(access: Access) -> tuple[str, str, str]:
    """`group Platform`, `Admin`, `org.yaml:12`."""
    place = f"{access.file}:{access.line}" if access.file else "declared" if access.declared else "not declared"
    return named(access.principal), local(access.permission_set), place


def heading(found: AccountAccess) -> str:
    """The account, and which side it is about."""
    id = f" ({found.id})" if found.id and found.id != local(found.account) else ""
    return f"Who can enter {local(found.account)}{id}, {'by the spec' if found.side == 'spec' else 'live'}"


def notes(found: AccountAccess) -> list[str]:
    """What has to be known about the list."""
    nobody = "Nobody has a permission set in it." if found.side == "live" else "The spec gives nobody access to it."
    unmanaged = "The spec declares no assignments: use --live to see the live ones."
    return [
        *([nobody] if not found.access and (found.side == "live" or found.managed) else []),
        *([unmanaged] if found.side == "spec" and not found.managed else []),
        *([coverage_note(found.coverage)] if coverage_note(found.coverage) else []),
    ]
