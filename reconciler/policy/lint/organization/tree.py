"""Findings about where accounts are, and how much there is of everything."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from reconciler.model.address import ROOT, Address, local
from reconciler.model.inventory import Inventory
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy
from reconciler.policy.lint.organization.finding import LintContext, OrganizationFinding, some

SUSPENDED = "suspended"
_ALMOST = 0.8


def management_account_among_others(inventory: Inventory, context: LintContext) -> Iterator[OrganizationFinding]:
    management = inventory.management_account()
    accounts = [each for each in inventory.of(Account) if not each.is_closed and each.state != "removed"]
    parent = next((each.parent for each in accounts if each.address == management), ROOT)
    if (
        management is not None
        and parent != ROOT
        and any(each.parent == parent for each in accounts if each.address != management)
    ):
        yield OrganizationFinding(
            code="I601",
            message=f"the management account is in {local(parent)} among other accounts, whose SCPs do not bind it",
            address=management,
            help="keep workloads out of it, and move it into the root or an OU of its own",
        )


def accounts_in_the_root(inventory: Inventory, context: LintContext) -> Iterator[OrganizationFinding]:
    management = inventory.management_account()
    found = [
        each.address
        for each in inventory.of(Account)
        if each.parent == ROOT
        and each.address != management
        and each.state == "active"
        and each.address not in context.out_of_sight
    ]
    if found and (management is not None or len(found) > 1):
        many = "accounts are" if len(found) > 1 else "account is"
        yield OrganizationFinding(
            code="I602",
            message=f"{len(found)} {many} directly in the root: {some(map(local, found))}",
            address=found[0],
            help="put accounts into OUs, so that policies can differ",
        )


def empty_units(inventory: Inventory, context: LintContext) -> Iterator[OrganizationFinding]:
    parents = {each.parent for each in inventory.of(Account)} | {
        each.parent for each in inventory.of(OrganizationalUnit)
    }
    found = [
        each.address
        for each in inventory.of(OrganizationalUnit)
        if each.address not in parents
        and each.name.casefold() != SUSPENDED
        and each.address not in context.out_of_sight
    ]
    if found:
        many = "OUs have" if len(found) > 1 else "OU has"
        yield OrganizationFinding(
            code="I605",
            message=f"{len(found)} {many} no accounts and no OUs: {some(map(local, found))}",
            address=found[0],
            help="remove what is not needed",
        )


def quotas_almost_reached(inventory: Inventory, context: LintContext) -> Iterator[OrganizationFinding]:
    for resource, limit in ((Account, context.accounts), (OrganizationalUnit, context.organizational_units)):
        number = sum(1 for _ in inventory.of(resource))
        if limit is not None and number > limit * _ALMOST:
            yield _quota(f"{number:,} of {limit:,} {resource.label.many} of the organization are in use", ROOT)
    nodes: dict[str, list[Address]] = defaultdict(list)
    for (node, short), number in sorted(_attached(inventory).items()):
        most = context.attached.get(short)
        if most is not None and number > most * _ALMOST:
            nodes[short].append(node)
    for short, full in nodes.items():
        what = f"{BY_SHORT[short].label} attachments are in use"
        yield _quota(f"more than 80% of {context.attached[short]} {what} on {some(map(local, full))}", full[0])


def _attached(inventory: Inventory) -> Counter[tuple[Address, str]]:
    """How many policies of a type are attached to a node. RCPFullAWSAccess, which a spec does not write, counts."""
    policies = {each.address: each for each in inventory.of(Policy)}
    found: Counter[tuple[Address, str]] = Counter()
    for each in inventory.of(Attachment):
        policy = policies.get(each.policy)
        if policy is not None and not (policy.aws_managed and not BY_SHORT[policy.type].default_detachable):
            found[each.target, policy.type] += 1
    for node, short in found:
        row = BY_SHORT[short]
        found[node, short] += row.default is not None and not row.default_detachable
    return found


def _quota(message: str, address: Address) -> OrganizationFinding:
    help = "ask for a higher quota in time, or merge what can be merged"
    return OrganizationFinding(code="I607", message=message, address=address, help=help)
