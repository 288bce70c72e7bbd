"""Which account a call of Account Management is about, and who may make it."""

from __future__ import annotations

from reconciler.mock.backend import Backend
from reconciler.mock.objects import Account
from reconciler.mock.refusal import Refusal
from reconciler.model.api import Params


def named_account(organization: Backend, params: Params) -> Account:
    """The account that the parameters name, by default the management account, which must not name itself.

    https://docs.aws.amazon.com/accounts/latest/reference/API_PutAccountName.html
    """
    if params.get("AccountId") == organization.account_id:
        raise Refusal(
            "AccessDeniedException",
            "The management account can only be managed using the standalone context from the management account.",
        )
    account = organization.account(params.get("AccountId", organization.account_id))
    if account is None:
        raise Refusal("AccessDeniedException", "The account is not a member of the organization.")
    return account


def trusted_account(organization: Backend, params: Params) -> Account:
    """The same; members only with trusted access (observed against the live service, September 2026)."""
    if "AccountId" in params and "account.amazonaws.com" not in organization.trusted_access:
        raise Refusal("AccessDeniedException", "Trusted access for AWS Account Management is not enabled.")
    return named_account(organization, params)
