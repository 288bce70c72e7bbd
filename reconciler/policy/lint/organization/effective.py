"""Findings about declarative policies as they are merged for accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reconciler.model.address import Address, attachment, local
from reconciler.model.inventory import Inventory
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.resources import Policy
from reconciler.policy.effective.conflicts import conflicts
from reconciler.policy.effective.organization import DECLARATIVE, effective_policies
from reconciler.policy.lint.organization.finding import LintContext, OrganizationFinding


def assigned_twice(inventory: Inventory, context: LintContext) -> Iterator[OrganizationFinding]:
    """Policies at one node that assign the same setting differently."""
    for each in conflicts(inventory):
        first, *others = (local(one.policy) for one in each.policies)
        yield OrganizationFinding(
            code="W480",
            message=f"{first} and {' and '.join(others)}, attached to {each.node}, assign {each.settings} differently",
            address=attachment(each.policies[1].policy, each.node),
            help=f"assign it in one of them: what counts is which was attached first, {first} where both are attached "
            "in the order of the list",
        )


def cannot_be_merged(inventory: Inventory, context: LintContext) -> Iterator[OrganizationFinding]:
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
                message=f"the {BY_SHORT[type_short].label} documents above {reached} cannot be merged: {message}",
                address=found_in[0],
                help="correct one of them: until then the service keeps the last valid effective policy",
            )
