"""Likely mistakes in the attachments of policies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reconciler.model.address import ROOT, Address, local
from reconciler.model.base import Frozen
from reconciler.model.diagnostic import Severity
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy
from reconciler.policy.language.statements import parse


class OrganizationFinding(Frozen):
    """A finding about the resource at `address` in relation to others."""

    code: str
    severity: Severity
    message: str
    address: Address
    help: str | None = None


def lint_organization(inventory: Inventory) -> Iterator[OrganizationFinding]:
    """SCPs and RCPs that only deny, attached below a node to which they are attached as well."""
    denying = {each.address for each in inventory.of(Policy) if _only_denies(each)}
    nodes: dict[Address, set[Address]] = defaultdict(set)
    for each in inventory.of(Attachment):
        nodes[each.policy].add(each.target)
    parents = {each.address: each.parent for each in inventory.of(OrganizationalUnit)}
    parents.update({each.address: each.parent for each in inventory.of(Account)})
    for each in inventory.of(Attachment):
        above = (node for node in _above(each.target, parents) if node in nodes[each.policy])
        if each.policy in denying and (node := next(above, None)) is not None:
            yield OrganizationFinding(
                code="W470",
                severity="warning",
                message=f"{local(each.policy)} is already attached to {node}, so {each.target} inherits it",
                address=each.address,
                help="attach it once, where it is inherited from",
            )


def _only_denies(policy: Policy) -> bool:
    statements = parse(policy.type, policy.content).statements
    return bool(statements) and all(each.effect == "Deny" for each in statements)


def _above(node: Address, parents: dict[Address, Address]) -> Iterator[Address]:
    while node != ROOT and node in parents:
        node = parents[node]
        yield node
