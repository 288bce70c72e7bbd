"""Findings about a whole organization, declared or live. One that is advice only has a code that begins with `I`."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from reconciler.model.inventory import Inventory
from reconciler.policy.lint.organization import effective, policies, services, tree
from reconciler.policy.lint.organization.codes import FINDING_CODES as FINDING_CODES
from reconciler.policy.lint.organization.finding import Check, LintContext, OrganizationFinding

CHECKS: tuple[Check, ...] = (
    policies.attached_again_below,
    policies.attached_to_the_management_account,
    policies.suspended_units_that_allow,
    tree.management_account_among_others,
    tree.accounts_in_the_root,
    services.security_services_without_administrator,
    services.accounts_without_security_contact,
    tree.empty_units,
    policies.attached_nowhere,
    tree.quotas_almost_reached,
    services.root_access_not_centralised,
    effective.assigned_twice,
    effective.cannot_be_merged,
)

SWITCHES: tuple[str, ...] = ("W470", "W480", "W481", *(each.code for each in FINDING_CODES))
"""The codes that `findings` of a spec can switch off."""


def lint_organization(
    inventory: Inventory, context: LintContext | None = None, switched_off: Collection[str] = ()
) -> Iterator[OrganizationFinding]:
    """What looks wrong about the organization, as far as it is known."""
    found = (each for check in CHECKS for each in check(inventory, context or LintContext()))
    return (each for each in found if each.code not in switched_off)
