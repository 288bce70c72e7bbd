"""Policies at one node that assign the same setting differently: which one counts depends on what was attached first.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_inheritance_mgmt.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from reconciler.model.address import Address
from reconciler.model.effective import Path
from reconciler.model.inventory import Inventory
from reconciler.model.wording import few
from reconciler.policy.effective.inheritance import ASSIGN, AttachedDocument, Level
from reconciler.policy.effective.organization import DECLARATIVE, attached_documents, merge


class Conflict(NamedTuple):
    """Policies at a node that assign these settings differently, in the order of their positions."""

    type: str
    node: Address
    policies: tuple[AttachedDocument, ...]
    paths: tuple[Path, ...]

    @property
    def settings(self) -> str:
        """The settings, for texts: the first few by name."""
        return few([".".join(each) for each in self.paths])


def conflicts(inventory: Inventory) -> Iterator[Conflict]:
    """The conflicts at every node, one for each set of policies."""
    for type_short in DECLARATIVE:
        for node, documents in sorted(attached_documents(inventory, type_short).items()):
            if len(documents) > 1:
                yield from _at(type_short, node, documents)


def _at(type_short: str, node: Address, documents: tuple[AttachedDocument, ...]) -> Iterator[Conflict]:
    """As if the order was not known: a setting with several outcomes is assigned differently."""
    unordered = Level(node, tuple(each._replace(position=0) for each in documents))
    found: dict[tuple[Address, ...], list[Path]] = {}
    for setting in merge(node, type_short, (unordered,)).settings:
        because = {by.policy for outcome in setting.alternatives for by in outcome.because if by.operator == ASSIGN}
        if because:
            policies = tuple(each.policy for each in documents if each.policy in because)
            found.setdefault(policies, []).append(setting.path)
    by_address = {each.policy: each for each in documents}
    for names, paths in found.items():
        yield Conflict(type_short, node, tuple(by_address[each] for each in names), tuple(paths))
