"""Findings about where policies are attached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reconciler.model.address import ROOT, Address, local
from reconciler.model.document import listed, statements_in
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy
from reconciler.policy.language.statements import parse
from reconciler.policy.lint.organization.finding import LintContext, OrganizationFinding, some
from reconciler.policy.lint.organization.tree import SUSPENDED

_PERMISSIONS = ("scp", "rcp")


def attached_again_below(inventory: Inventory, context: LintContext) -> Iterator[OrganizationFinding]:
    """SCPs and RCPs that only deny, attached below a node to which they are attached as well."""
    denying = {each.address for each in inventory.of(Policy) if _only_denies(each)}
    nodes: dict[Address, set[Address]] = defaultdict(set)
    for each in inventory.of(Attachment):
        nodes[each.policy].add(each.target)
    parents = _parents(inventory)
    for each in inventory.of(Attachment):
        above = (node for node in _above(each.target, parents) if node in nodes[each.policy])
        if each.policy in denying and (node := next(above, None)) is not None:
            yield OrganizationFinding(
                code="W470",
                message=f"{local(each.policy)} is already attached to {node}, so {each.target} inherits it",
                address=each.address,
                help="attach it once, where it is inherited from",
            )


def attached_to_the_management_account(inventory: Inventory, context: LintContext) -> Iterator[OrganizationFinding]:
    management = inventory.management_account()
    types = {each.address: each.type for each in inventory.of(Policy) if not each.aws_managed}
    for each in inventory.of(Attachment):
        if (
            each.policy not in context.out_of_sight
            and each.target == management
            and types.get(each.policy) in _PERMISSIONS
        ):
            yield OrganizationFinding(
                code="W601",
                message=f"{local(each.policy)} is attached to the management account, which it does not affect",
                address=each.address,
                help="attach it to the root or to the OUs of member accounts",
            )


def suspended_units_that_allow(inventory: Inventory, context: LintContext) -> Iterator[OrganizationFinding]:
    if not inventory.scope.has("scp"):
        return
    parents = _parents(inventory)
    denying = {each.address for each in inventory.of(Policy) if each.type == "scp" and _may_deny_everything(each)}
    closed = {each.target for each in inventory.of(Attachment) if each.policy in denying}
    for each in inventory.of(OrganizationalUnit):
        if (
            each.name.casefold() == SUSPENDED
            and each.address not in context.out_of_sight
            and closed.isdisjoint((each.address, *_above(each.address, parents)))
        ):
            yield OrganizationFinding(
                code="W602",
                message=f"the OU {local(each.address)} has no SCP that denies everything",
                address=each.address,
                help="attach one, so that the accounts in it cannot be used",
            )


def attached_nowhere(inventory: Inventory, context: LintContext) -> Iterator[OrganizationFinding]:
    """Policies that no spec declares; W302 is about those of a spec."""
    attached = {*(each.policy for each in inventory.of(Attachment)), *context.out_of_sight}
    found = [
        each.address
        for each in inventory.of(Policy)
        if each.source is None
        and not each.aws_managed
        and each.address not in attached
        and inventory.scope.has(each.type)
    ]
    if found:
        many = "policies are" if len(found) > 1 else "policy is"
        yield OrganizationFinding(
            code="I606",
            message=f"{len(found)} {many} not declared, and attached nowhere: {some(map(local, found))}",
            address=found[0],
            help="declare them, or delete them",
        )


def _may_deny_everything(policy: Policy) -> bool:
    """True also for a document that is not known. Exemptions are conditions, and count as well."""
    if policy.content is None:
        return True
    return any(
        each.get("Effect") == "Deny" and "*" in listed(each.get("Action")) and "*" in listed(each.get("Resource"))
        for each in statements_in(policy.content)
    )


def _only_denies(policy: Policy) -> bool:
    statements = parse(policy.type, policy.content).statements
    return bool(statements) and all(each.effect == "Deny" for each in statements)


def _parents(inventory: Inventory) -> dict[Address, Address]:
    parents = {each.address: each.parent for each in inventory.of(OrganizationalUnit)}
    return {**parents, **{each.address: each.parent for each in inventory.of(Account)}}


def _above(node: Address, parents: dict[Address, Address]) -> Iterator[Address]:
    while node != ROOT and node in parents:
        node = parents[node]
        yield node
