"""The ids that a template can name: literal where the spec has them, placeholders where they are known after apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from reconciler.model import address
from reconciler.model.reference import MANAGEMENT, ORGANIZATION
from reconciler.spec.declared import Declared
from reconciler.spec.faults import TemplateFault, UnknownId
from reconciler.spec.wording import did_you_mean, quoted

Id = str | UnknownId


class Identified(NamedTuple):
    """Something with an id."""

    id: Id


class OrganizationIds(NamedTuple):
    """`organization` in a template."""

    id: Id
    management_account_id: Id


class NamedIds(Mapping[str, Identified]):
    """`accounts` or `organizational_units` in a template, by key or path. An unknown one is an error."""

    def __init__(self, what: str, ids: Mapping[str, Identified]) -> None:
        self._what = what
        self._ids = ids

    def __getitem__(self, key: str) -> Identified:
        if key in self._ids:
            return self._ids[key]
        help = did_you_mean(str(key), self._ids, f"declare it below `root:`, or correct the {self._what}")
        raise TemplateFault("E408", f"no {self._what} {quoted(str(key))} is declared", help, name=str(key))

    def __contains__(self, key: object) -> bool:
        return key in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def ids_of(declared: Declared) -> dict[str, object]:
    """What every template sees, besides `vars`."""
    organization = declared.spec.organization
    return {
        "organization": OrganizationIds(
            organization.id or UnknownId(ORGANIZATION),
            organization.management_account_id or UnknownId(MANAGEMENT),
        ),
        "root": Identified(UnknownId(address.ROOT)),
        "accounts": NamedIds(
            "account", {each.key: Identified(each.shape.id or UnknownId(each.address)) for each in declared.accounts}
        ),
        "organizational_units": NamedIds(
            "organizational unit",
            {address.local(each.address): Identified(UnknownId(each.address)) for each in declared.units},
        ),
    }
