"""Likely mistakes in the attachments of policies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reconciler.model.address import ROOT, Address, attachment, local
from reconciler.model.base import Frozen
from reconciler.model.diagnostic import Severity
from reconciler.model.inventory import Inventory
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy
from reconciler.policy.effective.conflicts import conflicts
from reconciler.policy.effective.organization import DECLARATIVE, effective_policies
from reconciler.policy.language.statements import parse


class OrganizationFinding(Frozen):
    """A finding about the resource at `address` in relation to others."""

    code: str
    severity: Severity
    message: str
    address: Address
    help: str | None = None


def lint_organization(inventory: Inventory) -> Iterator[OrganizationFinding]:
    """What looks wrong about where policies are attached."""
    yield from _attached_again(inventory)
    yield from _assigned_twice(inventory)
    yield from _not_merged(inventory)


def _assigned_twice(inventory: Inventory) -> Iterator[OrganizationFinding]:
    """Policies at one node that assign the same setting differently."""
    for each in conflicts(inventory):
        first, *others = (local(one.policy) for one in each.policies)
        yield OrganizationFinding(
            code="W480",
            severity="warning",
            message=f"{first} and {' and '.join(others)}, attached to {each.node}, assign {each.settings} differently",
            address=attachment(each.policies[1].policy, each.node),
            help=f"assign it in one of them: what counts is which was attached first, {first} where both are attached "
            "in the order of the list",
        )


def _not_merged(inventory: Inventory) -> Iterator[OrganizationFinding]:
    """Policies that are valid alone, and not as they are merged for an account; once for the same fault."""
    for type_short in sorted({each.type for each in inventory.of(Policy)}.intersection(DECLARATIVE)):
        accounts: dict[str, list[Address]] = defaultdict(list)
        for account, found in sorted(effective_policies(inventory, type_short).items()):
            for error in found.errors:
                accounts[error.message].append(account)
        for message, found_in in accounts.items():
            reached = found_in[0] + (f" and {len(found_in) - 1} more" if len(found_in) > 1 else "")
            yield OrganizationFinding(
                code="W481",
                severity="warning",
                message=f"the {BY_SHORT[type_short].label} documents above {reached} cannot be merged: {message}",
                address=found_in[0],
                help="correct one of them: until then the service keeps the last valid effective policy",
            )


def _attached_again(inventory: Inventory) -> Iterator[OrganizationFinding]:
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
