"""Service Quotas: how many accounts the organization may have.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
"""

from __future__ import annotations

from reconciler.errors import AccessDenied, ServiceError
from reconciler.model.api import Api

ACCOUNTS = {"ServiceCode": "organizations", "QuotaCode": "L-E619E033"}
"""The quota of accounts (observed against the live service, September 2026)."""


def account_quota(api: Api) -> int | None:
    """How many accounts the organization may have, `None` where the caller may not read it or AWS does not say."""
    try:
        value = api.call("servicequotas:GetServiceQuota", ACCOUNTS)["Quota"].get("Value")
    except (AccessDenied, ServiceError):
        return None
    return None if value is None else int(value)
