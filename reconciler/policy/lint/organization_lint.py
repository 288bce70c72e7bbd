"""What looks wrong once it is known where policies are attached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reconciler.model.address import ROOT, Address, local
from reconciler.model.base import Frozen
from reconciler.model.diagnostic import Severity
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy
from reconciler.policy.evaluation.chains import Chain, chains, place_of
from reconciler.policy.evaluation.evaluate import decide
from reconciler.policy.language.context import Request
from reconciler.policy.language.language import parse

_OPERATIONS = """
    AttachPolicy CreateAccount CreateOrganizationalUnit CreatePolicy DeleteOrganizationalUnit DeletePolicy
    DescribeOrganization DetachPolicy DisablePolicyType EnablePolicyType ListAccounts ListPolicies MoveAccount
    TagResource UntagResource UpdateOrganizationalUnit UpdatePolicy
    """
APPLY_ACTIONS = tuple(f"organizations:{each}" for each in _OPERATIONS.split())
"""What a role that runs `apply` cannot do without."""


class OrganizationFinding(Frozen):
    """Something about the resource at `address` and how it stands to others."""

    code: str
    severity: Severity
    message: str
    address: Address
    help: str | None = None


def lint_organization(inventory: Inventory, *, apply_principal: str | None = None) -> list[OrganizationFinding]:
    """Attachments that say again what is inherited, and policies that would lock out `apply_principal`, the ARN of the
    role that runs `apply`."""
    findings = list(_inherited(inventory))
    if apply_principal is not None:
        findings += _locked_out(inventory, apply_principal)
    return findings


def _inherited(inventory: Inventory) -> Iterator[OrganizationFinding]:
    """SCPs and RCPs that only deny, attached below a node to which they are attached as well."""
    denying = {each.address for each in inventory.of(Policy) if _only_denies(each)}
    nodes: dict[Address, set[Address]] = defaultdict(set)
    for each in inventory.of(Attachment):
        nodes[each.policy].add(each.target)
    parents = {each.address: each.parent for each in inventory.of(OrganizationalUnit)}
    parents.update({each.address: each.parent for each in inventory.of(Account)})
    for attachment in inventory.of(Attachment):
        if attachment.policy in denying:
            above = next(
                (each for each in _above(attachment.target, parents) if each in nodes[attachment.policy]), None
            )
            if above is not None:
                message = (
                    f"{local(attachment.policy)} is already attached to {above}, so {attachment.target} inherits it"
                )
                yield _warning("W470", message, attachment.address, "attach it once, where it is inherited from")


def _only_denies(policy: Policy) -> bool:
    statements = parse(policy.type, policy.content).statements
    return bool(statements) and all(each.effect == "Deny" for each in statements)


def _above(node: Address, parents: dict[Address, Address]) -> Iterator[Address]:
    while node != ROOT and node in parents:
        node = parents[node]
        yield node


def _locked_out(inventory: Inventory, principal: str) -> Iterator[OrganizationFinding]:
    """Only a delegated administrator can be: SCPs do not reach the management account."""
    account = principal.split(":")[4] if principal.count(":") >= 5 else None
    chain = next((each for each in chains(inventory).values() if each.account_id == account), None)
    if account is None or chain is None or chain.management:
        return
    for policy, (level, actions) in sorted(_denied(inventory, chain, principal).items()):
        message = f"{policy} at {level} denies {principal} {', '.join(actions)}"
        help = "exempt the role with ArnNotLike on aws:PrincipalArn, or run apply from the management account"
        yield _warning("W471", message, f"policy:{policy}", help)


def _denied(inventory: Inventory, chain: Chain, principal: str) -> dict[str, tuple[Address, list[str]]]:
    """The policies that deny the principal some action for certain, with their level and the actions."""
    place = place_of(inventory)
    found: dict[str, tuple[Address, list[str]]] = {}
    for action in APPLY_ACTIONS:
        request = Request(account=chain.account, action=action, principal=principal, region="us-east-1")
        decision = decide(chain, request, place=place)
        if decision.decision == "denied" and decision.blocked_by is not None:
            by = decision.blocked_by
            found.setdefault(by.policy, (by.level, []))[1].append(action)
    return found


def _warning(code: str, message: str, address: Address, help: str) -> OrganizationFinding:
    return OrganizationFinding(code=code, severity="warning", message=message, address=address, help=help)
