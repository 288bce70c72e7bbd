"""Findings about services that work across the organization, and about security contacts."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.kinds.alternate_contact import AlternateContact
from reconciler.kinds.delegated_administrator import DelegatedAdministrator
from reconciler.kinds.root_access import RootAccess
from reconciler.kinds.trusted_access import TrustedAccess
from reconciler.model.address import ROOT, local
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account
from reconciler.policy.lint.organization.finding import LintContext, OrganizationFinding, some

SECURITY_SERVICES = frozenset({
    "access-analyzer.amazonaws.com",
    "detective.amazonaws.com",
    "guardduty.amazonaws.com",
    "inspector2.amazonaws.com",
    "macie.amazonaws.com",
    "securityhub.amazonaws.com",
})  # fmt: skip
"""Services that AWS recommends to be administered from another account than the management account.
https://docs.aws.amazon.com/prescriptive-guidance/latest/security-reference-architecture/security-tooling.html"""


def security_services_without_administrator(
    inventory: Inventory, context: LintContext
) -> Iterator[OrganizationFinding]:
    administered = {each.principal for each in inventory.of(DelegatedAdministrator)}
    for each in inventory.of(TrustedAccess):
        known = inventory.scope.has_part(f"{DelegatedAdministrator.plural}/{each.principal}")
        if known and each.principal in SECURITY_SERVICES - administered:
            yield OrganizationFinding(
                code="I603",
                message=f"{each.principal} has trusted access and no delegated administrator",
                address=each.address,
                help="name an account for it in `organization.delegated_administrators`",
            )


def accounts_without_security_contact(inventory: Inventory, context: LintContext) -> Iterator[OrganizationFinding]:
    having = {each.account for each in inventory.of(AlternateContact) if each.setting == "security"}
    having.update(context.out_of_sight)
    found = [
        each.address
        for each in inventory.of(Account)
        if each.address not in having and each.state == "active" and _contact_is_known(inventory, each)
    ]
    if found:
        many = "accounts have" if len(found) > 1 else "account has"
        yield OrganizationFinding(
            code="I604",
            message=f"{len(found)} {many} no security contact: {some(map(local, found))}",
            address=found[0],
            help="`defaults.accounts.alternate_contacts.security` gives every account one",
        )


def _contact_is_known(inventory: Inventory, account: Account) -> bool:
    """Parts of a spec have the key of the account, those of a read its id."""
    names = (local(account.address), account.id)
    return any(inventory.scope.has_part(f"{AlternateContact.plural}/{each}/security") for each in names if each)


def root_access_not_centralised(inventory: Inventory, context: LintContext) -> Iterator[OrganizationFinding]:
    management = inventory.organization.management_account_id
    members = any(each.state == "active" and each.id != management for each in inventory.of(Account))
    if members and inventory.scope.has_part(RootAccess.plural) and not any(inventory.of(RootAccess)):
        yield OrganizationFinding(
            code="I608",
            message="root access of member accounts is not managed centrally",
            address=ROOT,
            help="`organization.root_access: [root_credentials, root_sessions]` does",
        )
