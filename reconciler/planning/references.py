"""Whether everything that a plan refers to will exist when it has been applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.errors import ReconcilerError, SpecInvalid
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.diagnostic import Diagnostic
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
