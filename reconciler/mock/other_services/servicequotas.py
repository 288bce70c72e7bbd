"""Service Quotas: the number of accounts."""

from __future__ import annotations

from reconciler.mock.backend import Backend
from reconciler.mock.other_services.service import Service
from reconciler.mock.refusal import Refusal
from reconciler.model.api import Params, Response

DEFAULT_ACCOUNTS = 10
"""https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""


def get_service_quota(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html

    The quota of an organization that has more accounts than the default is not known, unless the state has it.
    """
    known = organization.account_quota or (
        DEFAULT_ACCOUNTS if len(organization.members()) <= DEFAULT_ACCOUNTS else None
    )
    if (params["ServiceCode"], params["QuotaCode"]) != ("organizations", "L-E619E033") or known is None:
        raise Refusal("NoSuchResourceException", "The specified resource does not exist.")
    return {"Quota": {"ServiceCode": "organizations", "QuotaCode": "L-E619E033", "Value": float(known)}}


SERVICE = Service(
    "servicequotas", "service-quotas", {"GetServiceQuota": get_service_quota}, invalid="IllegalArgumentException"
)
