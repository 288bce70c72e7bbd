"""What a finding about an organization is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.model.address import Address
from reconciler.model.base import Frozen
from reconciler.model.diagnostic import Severity, severity_of
from reconciler.model.inventory import Inventory
from reconciler.model.wording import few


class OrganizationFinding(Frozen):
    """A finding about the organization, at the resource with this address (of several: the first one)."""

    code: str
    message: str
    address: Address
    help: str | None = None

    @property
    def severity(self) -> Severity:
        return severity_of(self.code)


@dataclass(frozen=True)
class LintContext:
    """How much there may be (the policies of a type attached to one node, accounts, OUs; `None` is not known), and what
    is out of sight: it counts, and is not reported."""

    attached: Mapping[str, int | None] = field(default_factory=dict)
    accounts: int | None = None
    organizational_units: int | None = None
    out_of_sight: Collection[Address] = ()


Check = Callable[[Inventory, LintContext], Iterator[OrganizationFinding]]
"""Looks for one thing. What was not read is unknown, and is never a finding."""


def some(names: Iterable[str]) -> str:
    """`a, b, c and 4 more`."""
    return few(sorted(names))
