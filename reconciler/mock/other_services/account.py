"""AWS Account Management."""

from __future__ import annotations

from reconciler.mock.backend import Backend
from reconciler.mock.other_services.service import Service
from reconciler.mock.refusal import Refusal
from reconciler.model.api import Params, Response


def put_account_name(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/accounts/latest/reference/API_PutAccountName.html"""
    if params.get("AccountId") == organization.account_id:
        raise Refusal(
            "AccessDeniedException",
            "The management account can only be managed using the standalone context from the management account.",
        )
    account = organization.account(params.get("AccountId", organization.account_id))
    if account is None:
        raise Refusal("AccessDeniedException", "The account is not a member of the organization.")
    account.name = params["AccountName"]
    return {}


SERVICE = Service("account", "account", {"PutAccountName": put_account_name}, invalid="ValidationException")
