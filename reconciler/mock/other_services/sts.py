"""AWS Security Token Service: the caller is the management account."""

from __future__ import annotations

from reconciler.mock.backend import Backend
from reconciler.mock.other_services.service import Service
from reconciler.model.api import Params, Response


def get_caller_identity(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
    account = organization.account_id
    return {"UserId": account, "Account": account, "Arn": f"arn:aws:iam::{account}:root"}


SERVICE = Service("sts", "sts", {"GetCallerIdentity": get_caller_identity})
