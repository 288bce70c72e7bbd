"""Rules for accounts: creating, moving, closing, removing."""

from __future__ import annotations

from reconciler.mock.account_requests import REQUESTS_IN_PROGRESS
from reconciler.mock.backend import Backend
from reconciler.mock.refusal import Refusal, violates
from reconciler.model.api import Params, Response

DAY = 86_400
CLOSURES_IN_PROGRESS = 3
"""https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""


def account_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html"""
    if organization.account(params["AccountId"]) is None:
        raise Refusal("AccountNotFoundException", "You specified an account that doesn't exist.")


def account_request_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeCreateAccountStatus.html"""
    if params["CreateAccountRequestId"] not in organization.account_requests:
        raise Refusal("CreateAccountStatusNotFoundException", "There is no such request to create an account.")


def account_requests_below_maximum(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""
    running = sum(each.state == "IN_PROGRESS" for each in organization.account_requests.values())
    if running >= REQUESTS_IN_PROGRESS:
        raise violates("ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED", f"{running} accounts are being created at this time.")


def source_is_the_parent(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_MoveAccount.html"""
    if organization.nodes[params["AccountId"]].parent_id != params["SourceParentId"]:
        raise Refusal("SourceParentNotFoundException", "The account is not in the source that you specified.")


def destination_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_MoveAccount.html"""
    if organization.container(params["DestinationParentId"]) is None:
        raise Refusal("DestinationParentNotFoundException", "The destination that you specified doesn't exist.")


def account_is_not_in_destination(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_MoveAccount.html"""
    if organization.nodes[params["AccountId"]].parent_id == params["DestinationParentId"]:
        raise Refusal("DuplicateAccountException", "The account is already in the destination that you specified.")


def account_is_closable(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_CloseAccount.html"""
    if params["AccountId"] == organization.account_id:
        raise violates("CANNOT_CLOSE_MANAGEMENT_ACCOUNT", "You can't close the management account.")


def account_is_open(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_CloseAccount.html

    Which error a second request gets during the first is not documented; the mock answers Conflict.
    """
    state = organization.get_account_by_id(params["AccountId"]).state
    if state == "PENDING_CLOSURE":
        raise Refusal("ConflictException", "The account is being closed.")
    if state in ("CLOSED", "SUSPENDED"):
        raise Refusal("AccountAlreadyClosedException", "The provided account is already closed.")


def closures_in_progress_below_maximum(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""
    if len(organization.closing()) >= CLOSURES_IN_PROGRESS:
        raise violates("CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED", f"{CLOSURES_IN_PROGRESS} accounts are being closed.")


def closures_in_thirty_days_below_maximum(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""
    since = organization.clock() - 30 * DAY
    limit = closure_limit(len(organization.accounts) - 1)
    if sum(at > since for at in organization.closures.values()) >= limit:
        raise violates("CLOSE_ACCOUNT_QUOTA_EXCEEDED", f"{limit} accounts were closed within 30 days.")


def closure_limit(members: int) -> int:
    """Closures within 30 days: 250 or a fifth of the members, whichever is higher, and never more than 1,000."""
    return min(max(250, members // 5), 1_000)


def account_is_removable(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_RemoveAccountFromOrganization.html"""
    if params["AccountId"] == organization.account_id:
        raise Refusal("MasterCannotLeaveOrganizationException", "You can't remove the management account.")


def created_account_is_four_days_old(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""
    account = organization.get_account_by_id(params["AccountId"])
    if account.joined_method == "CREATED" and organization.clock() - account.joined < 4 * DAY:
        raise violates("WAIT_PERIOD_ACTIVE", "A created account can be removed four days after its creation.")


def account_is_no_delegated_administrator(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_RemoveAccountFromOrganization.html"""
    if params["AccountId"] in organization.delegated_administrators:
        raise violates(
            "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG", "The account is a delegated administrator of a service."
        )


def create_gov_cloud_account(organization: Backend, params: Params) -> Response:
    """Creates two accounts with one e-mail: a member, and a standalone account in GovCloud. Tags apply to the member.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateGovCloudAccount.html"""
    id = organization.create_account(**params)["CreateAccountStatus"]["Id"]
    request = organization.account_requests[id].model_copy(update={"gov_cloud": True})
    organization.account_requests[id] = request
    return {"CreateAccountStatus": request.describe()}


RULES = {
    "CreateAccount": (account_requests_below_maximum,),
    "CreateGovCloudAccount": (account_requests_below_maximum,),
    "DescribeAccount": (account_exists,),
    "DescribeCreateAccountStatus": (account_request_exists,),
    "MoveAccount": (account_exists, source_is_the_parent, destination_exists, account_is_not_in_destination),
    "CloseAccount": (
        account_exists,
        account_is_closable,
        account_is_open,
        closures_in_progress_below_maximum,
        closures_in_thirty_days_below_maximum,
    ),
    "RemoveAccountFromOrganization": (
        account_exists,
        account_is_removable,
        account_is_no_delegated_administrator,
        created_account_is_four_days_old,
    ),
}
ANSWERS = {"CreateGovCloudAccount": create_gov_cloud_account}
