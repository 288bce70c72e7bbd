"""Rules for accounts: creating, moving, closing, removing."""

from __future__ import annotations

from reconciler.mock.backend import Backend
from reconciler.mock.creations import CREATIONS_IN_PROGRESS
from reconciler.mock.refusal import Refusal, violates
from reconciler.model.api import Params

DAY = 86_400
CLOSURES_AT_ONCE = 3
"""https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""


def account_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html"""
    if organization.account(params["AccountId"]) is None:
        raise Refusal("AccountNotFoundException", "You specified an account that doesn't exist.")


def creation_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeCreateAccountStatus.html"""
    if params["CreateAccountRequestId"] not in organization.creations:
        raise Refusal("CreateAccountStatusNotFoundException", "There is no such request to create an account.")


def few_creations_in_progress(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""
    running = sum(each.state == "IN_PROGRESS" for each in organization.creations.values())
    if running >= CREATIONS_IN_PROGRESS:
        raise violates("ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED", f"{running} accounts are being created at this time.")


def source_is_the_parent(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_MoveAccount.html"""
    if organization.nodes[params["AccountId"]].parent_id != params["SourceParentId"]:
        raise Refusal("SourceParentNotFoundException", "The account is not in the source that you specified.")


def destination_exists(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_MoveAccount.html"""
    if organization.container(params["DestinationParentId"]) is None:
        raise Refusal("DestinationParentNotFoundException", "The destination that you specified doesn't exist.")


def account_is_not_there_yet(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_MoveAccount.html"""
    if organization.nodes[params["AccountId"]].parent_id == params["DestinationParentId"]:
        raise Refusal("DuplicateAccountException", "The account is already in the destination that you specified.")


def management_account_stays_open(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_CloseAccount.html"""
    if params["AccountId"] == organization.account_id:
        raise violates("CANNOT_CLOSE_MANAGEMENT_ACCOUNT", "You can't close the management account.")


def account_is_open(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_CloseAccount.html

    No page says which of the two a second request gets while the first is under way; the mock says Conflict.
    """
    state = organization.get_account_by_id(params["AccountId"]).state
    if state == "PENDING_CLOSURE":
        raise Refusal("ConflictException", "The account is being closed.")
    if state in ("CLOSED", "SUSPENDED"):
        raise Refusal("AccountAlreadyClosedException", "The provided account is already closed.")


def few_closures_at_once(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""
    if len(organization.closing()) >= CLOSURES_AT_ONCE:
        raise violates("CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED", f"{CLOSURES_AT_ONCE} accounts are being closed.")


def closures_within_thirty_days(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""
    since = organization.clock() - 30 * DAY
    limit = closure_limit(len(organization.accounts) - 1)
    if sum(at > since for at in organization.closures.values()) >= limit:
        raise violates("CLOSE_ACCOUNT_QUOTA_EXCEEDED", f"{limit} accounts were closed within 30 days.")


def closure_limit(members: int) -> int:
    """Closures within 30 days: 250 or a fifth of the members, whichever is higher, and never more than 1,000."""
    return min(max(250, members // 5), 1_000)


def management_account_stays(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_RemoveAccountFromOrganization.html"""
    if params["AccountId"] == organization.account_id:
        raise Refusal("MasterCannotLeaveOrganizationException", "You can't remove the management account.")


def created_account_is_four_days_old(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""
    account = organization.get_account_by_id(params["AccountId"])
    if account.joined_method == "CREATED" and organization.clock() - account.joined < 4 * DAY:
        raise violates("WAIT_PERIOD_ACTIVE", "A created account can be removed four days after its creation.")


def delegated_administrator_stays(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_RemoveAccountFromOrganization.html"""
    if any(each.account.id == params["AccountId"] for each in organization.admins):
        raise violates(
            "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG", "The account is a delegated administrator of a service."
        )


RULES = {
    "CreateAccount": (few_creations_in_progress,),
    "DescribeAccount": (account_exists,),
    "DescribeCreateAccountStatus": (creation_exists,),
    "MoveAccount": (account_exists, source_is_the_parent, destination_exists, account_is_not_there_yet),
    "CloseAccount": (
        account_exists,
        management_account_stays_open,
        account_is_open,
        few_closures_at_once,
        closures_within_thirty_days,
    ),
    "RemoveAccountFromOrganization": (
        account_exists,
        management_account_stays,
        delegated_administrator_stays,
        created_account_is_four_days_old,
    ),
}
