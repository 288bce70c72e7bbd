"""Trusted access: which services may work in the accounts of the organization.

Implemented here, because moto accepts a fixed list of services and disables a service that has an administrator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from reconciler.kinds.trusted_access import OWN_OPERATIONS, TrustedAccess
from reconciler.mock.backend import Backend
from reconciler.mock.refusal import invalid, violates
from reconciler.mock.statefile import DEFAULT_JOINED, StateFile
from reconciler.model.address import Address, trusted_access
from reconciler.model.api import Params, Response

PRINCIPAL = re.compile(r"([a-z0-9-]+\.)+amazonaws\.com")

POLICY_TYPES = {
    "guardduty.amazonaws.com": "GUARDDUTY_POLICY",
    "inspector2.amazonaws.com": "INSPECTOR_POLICY",
    "securityhub.amazonaws.com": "SECURITYHUB_POLICY",
}
"""The policy type of a service, which must be disabled before its trusted access. The page names SECURITYHUB_POLICY as
an example; the other two are inferred.
https://docs.aws.amazon.com/organizations/latest/APIReference/API_DisableAWSServiceAccess.html"""


def all_features_are_enabled(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnableAWSServiceAccess.html"""
    if organization.organization.feature_set != "ALL":
        raise violates("ORGANIZATION_NOT_IN_ALL_FEATURES_MODE", "The organization does not have all features enabled.")


def principal_is_a_service(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnableAWSServiceAccess.html

    The service accepts the principals of its integrated services, and new ones every month; the mock accepts every
    name of that form.
    """
    if "ServicePrincipal" in params and not PRINCIPAL.fullmatch(params["ServicePrincipal"]):
        raise invalid("UNRECOGNIZED_SERVICE_PRINCIPAL", "You specified an unrecognized service principal.")


def service_has_no_administrator(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DisableAWSServiceAccess.html"""
    if organization.administrators(params["ServicePrincipal"]):
        raise violates(
            "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE",
            "The service has a delegated administrator: deregister it first.",
        )


def policy_type_of_service_is_disabled(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DisableAWSServiceAccess.html"""
    type = POLICY_TYPES.get(params["ServicePrincipal"])
    if type in organization.enabled_types:
        raise violates("POLICY_TYPE_ENABLED_FOR_THIS_SERVICE", f"The policy type {type} is enabled: disable it first.")


def enable(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnableAWSServiceAccess.html

    Idempotent: the date of the first call is kept.
    """
    organization.trusted_access.setdefault(params["ServicePrincipal"], round(organization.clock(), 3))
    return {}


def disable(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DisableAWSServiceAccess.html

    The page names no error for a service that is not enabled; the mock changes nothing then.
    """
    organization.trusted_access.pop(params["ServicePrincipal"], None)
    organization.activated.discard(params["ServicePrincipal"])
    return {}


def listed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAWSServiceAccessForOrganization.html"""
    return {
        "EnabledServicePrincipals": [
            {"ServicePrincipal": principal, "DateEnabled": datetime.fromtimestamp(since, UTC)}
            for principal, since in organization.trusted_access.items()
        ]
    }


def to_resources(organization: Backend) -> Iterator[TrustedAccess]:
    """The resources of a snapshot. A service with a state of its own is enabled where that is, too."""
    for principal in organization.trusted_access:
        own = OWN_OPERATIONS.get(principal)
        if own is None or own.status is None or principal in organization.activated:
            yield TrustedAccess(address=trusted_access(principal), principal=principal)


def insert(organization: Backend, file: StateFile, ids: Mapping[Address, str]) -> None:
    """Enables what the file has, since when it says."""
    since = file.mock.trusted_access
    found = [each.principal for each in file.of(TrustedAccess)]
    organization.trusted_access = {name: since.get(name, DEFAULT_JOINED) for name in (*found, *since)}
    organization.activated = set(found)


RULES = {
    "EnableAWSServiceAccess": (all_features_are_enabled, principal_is_a_service),
    "DisableAWSServiceAccess": (
        all_features_are_enabled,
        principal_is_a_service,
        service_has_no_administrator,
        policy_type_of_service_is_disabled,
    ),
    "ListAWSServiceAccessForOrganization": (all_features_are_enabled,),
}
ANSWERS = {
    "EnableAWSServiceAccess": enable,
    "DisableAWSServiceAccess": disable,
    "ListAWSServiceAccessForOrganization": listed,
}
