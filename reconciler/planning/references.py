"""Whether everything that a plan refers to will exist when it has been applied."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from reconciler.errors import ReconcilerError, SpecInvalid
from reconciler.kinds.identity_center.assignment import unknown_principals
from reconciler.kinds.identity_center.resources import Assignment, IdentityCenter, PermissionSet, named
from reconciler.model import address as addresses
from reconciler.model.address import Address, local
from reconciler.model.base import Source
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change
from reconciler.model.policy_types import POLICY_TYPES
from reconciler.model.resources import Resource

CODE = "E333"
_OF_AWS = frozenset(addresses.policy(row.default) for row in POLICY_TYPES if row.default)
"""The policies that AWS manages: a snapshot may lack them."""


def check_references(changes: Iterable[Change], after: Mapping[Address, Resource]) -> None:
    """Raises `SpecInvalid` at the lines of the spec whose changes refer to something that is not in `after`, the
    organization that the plan leads to. Of several changes of one resource the last one counts."""
    found = [
        (change, reference)
        for change in {each.address: each for each in changes}.values()
        if change.after is not None and not change.temporary
        for reference in change.after.references()
        if reference not in after and reference not in _OF_AWS
    ]
    if not found:
        return
    located = [_diagnostic(change, reference) for change, reference in found if change.source is not None]
    if located:
        raise SpecInvalid(located)
    change, reference = found[0]
    raise ReconcilerError(
        f"{change.address} refers to {reference}, which will not exist", help="declare it, or remove the reference"
    )


def check_principals(desired: Inventory, live: Inventory) -> None:
    """Raises `SpecInvalid` at the line of each group and user that the identity store does not have, and where the
    organization has no IAM Identity Center."""
    found = []
    access = next((each for each in desired.resources if isinstance(each, PermissionSet | Assignment)), None)
    if access is not None and not any(live.of(IdentityCenter)):
        place = next(desired.of(IdentityCenter), access)
        text = "the organization has no IAM Identity Center" + (
            f" in {place.region}" if isinstance(place, IdentityCenter) else ""
        )
        help = "enable it in the console, or correct `identity_center.region`; nothing was changed"
        found.append(_at(place, "E382", text, help))
    else:
        for each, names in unknown_principals(desired, live):
            name = local(each.principal)
            near = [other for other in names if other.casefold() == name.casefold()]
            near = near or difflib.get_close_matches(name, names, 1, 0.7)
            help = f"did you mean `{near[0]}`?" if near else "it is made by the identity provider; check its name there"
            found.append(_at(each, "E386", f"the identity store has no {named(each.principal)}", help))
    if found:
        raise SpecInvalid(found)


def _at(resource: Resource, code: str, message: str, help: str) -> Diagnostic:
    source = resource.source or Source(file="(no file)", line=1, column=1)
    return Diagnostic(
        code=code, severity="error", message=message, file=source.file, line=source.line, column=source.column,
        help=help,
    )  # fmt: skip


def _diagnostic(change: Change, reference: Address) -> Diagnostic:
    assert change.source is not None
    return Diagnostic(
        code=CODE,
        severity="error",
        message=f"{change.address} refers to {reference}, which will not exist",
        file=change.source.file,
        line=change.source.line,
        column=change.source.column,
        help="declare it, or remove the reference; nothing was changed",
    )
