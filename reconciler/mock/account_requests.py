"""Requests to create an account: the service answers at once and creates the account later, or fails with a reason.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from reconciler.model.base import Frozen

REQUESTS_IN_PROGRESS = 5
"""https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""

_EMAIL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([a-z0-9-]+\.)+[a-z0-9-]{2,}", re.I)

Seconds = Annotated[float, Field(ge=0, le=253_402_300_799)]
"""Since 1970, up to the year 9999."""


class AccountRequest(Frozen):
    """One request to create an account, with `gov_cloud` also its counterpart. `reads_left` is the number of status
    reads that still return IN_PROGRESS; times are seconds since 1970."""

    id: str
    name: str
    email: str
    tags: dict[str, str] = Field(default_factory=dict)
    requested: Seconds
    reads_left: int = Field(ge=0)
    state: Literal["IN_PROGRESS", "SUCCEEDED", "FAILED"] = "IN_PROGRESS"
    completed: Seconds | None = None
    account_id: str | None = None
    failure: str | None = None
    gov_cloud: bool = Field(default=False, exclude_if=lambda value: not value)
    gov_cloud_account_id: str | None = Field(default=None, exclude_if=lambda value: value is None)

    def describe(self) -> dict[str, Any]:
        """The `CreateAccountStatus` of the request."""
        status = {
            "Id": self.id,
            "AccountName": self.name,
            "State": self.state,
            "RequestedTimestamp": self.requested,
            "CompletedTimestamp": self.completed,
            "AccountId": self.account_id,
            "GovCloudAccountId": self.gov_cloud_account_id,
            "FailureReason": self.failure,
        }
        return {key: value for key, value in status.items() if value is not None}


def failure_of(request: AccountRequest, emails: Iterable[str]) -> str | None:
    """Why the account cannot be created, as `CreateAccountFailureReason`; `emails` are in use.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccountStatus.html
    """
    if not _EMAIL.fullmatch(request.email):
        return "INVALID_EMAIL"
    if request.email.lower() in {each.lower() for each in emails}:
        return "EMAIL_ALREADY_EXISTS"
    return None
