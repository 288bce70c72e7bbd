"""The ids of a plan's addresses, which grow while it is carried out."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.plan import Plan
from reconciler.model.reference import MANAGEMENT, ORGANIZATION, reference, resolved


@dataclass
class KnownIds:
    """The ids that are known so far; `made` are those of things that this run created. In a dry run an address without
    an id stands for itself."""

    known: dict[Address, str]
    dry: bool = False
    made: set[str] = field(default_factory=set)

    def __getitem__(self, address: Address) -> str:
        if self.dry and address not in self.known:
            return reference(address)
        return self.known[address]

    def resolve(self, value: Json) -> Json:
        return resolved(value, self.known.get)

    def address_of(self, id: str) -> Address | None:
        return next((address for address, known in self.known.items() if known == id), None)

    def is_new(self, id: str) -> bool:
        return id in self.made


def known_ids(plan: Plan) -> KnownIds:
    """The ids that a plan begins with."""
    known = dict(plan.ids)
    known[ORGANIZATION] = plan.organization.id
    known[MANAGEMENT] = plan.organization.management_account_id
    return KnownIds(known)
