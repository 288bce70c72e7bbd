"""Errors that depend on the account of the credentials."""

from __future__ import annotations

from typing import NamedTuple

from reconciler.errors import NotAllowed, ReconcilerError
from reconciler.model.api import Api


class _Member(NamedTuple):
    """An account that is not the management account of its organization."""

    account: str
    organization: str
    management: str


def in_no_organization(api: Api) -> NotAllowed:
    """The error of an account that is in no organization."""
    if member := _member(api):
        return _of_a_member(NotAllowed, member, "the service says that it is in no organization", None)
    account = _account(api)
    return NotAllowed(
        f"the credentials are of {f'the account {account}' if account else 'an account'}, which is in no organization",
        help="use credentials of the management account (--profile, --role-arn), or create an organization with "
        "`reconciler apply --create-organization`",
    )


def not_allowed(api: Api, error: NotAllowed) -> NotAllowed:
    """The error of a denied call, more precise where the credentials are those of a member account."""
    member = _member(api)
    return _of_a_member(type(error), member, error.message, error.help) if member else error


def _of_a_member(of: type[NotAllowed], member: _Member, message: str, help: str | None) -> NotAllowed:
    return of(
        f"the credentials are of the account {member.account}, a member of {member.organization}: {message}",
        help=f"use credentials of the management account {member.management}, or of a delegated administrator of AWS "
        f"Organizations (--profile, --role-arn){f'; {help}' if help else ''}",
    )


def _member(api: Api) -> _Member | None:
    """The account of the credentials where it is a member; `None` where it is not, or is unknown."""
    try:
        organization = api.call("DescribeOrganization", {})["Organization"]
    except ReconcilerError:
        return None
    account, management = _account(api), str(organization["MasterAccountId"])
    return _Member(account, str(organization["Id"]), management) if account not in (None, management) else None


def _account(api: Api) -> str | None:
    """The account of the credentials; `None` where it is unknown."""
    try:
        parts = str(api.call("sts:GetCallerIdentity", {})["Arn"]).split(":")
    except ReconcilerError:
        return None
    return parts[4] if len(parts) > 5 and parts[4] else None
