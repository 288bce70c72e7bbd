"""AWS Identity and Access Management: centralised root access. The caller is the management account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.kinds.root_access import FEATURES, RootAccess, address
from reconciler.mock.backend import Backend
from reconciler.mock.other_services.service import Answer, Service
from reconciler.mock.refusal import Refusal
from reconciler.mock.statefile import StateFile
from reconciler.model.address import Address
from reconciler.model.api import Params, Response

PRINCIPAL = "iam.amazonaws.com"


def listed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html

    Without trusted access the features are out of sight; they return with it (observed against the live service,
    September 2026).
    """
    if organization.organization.feature_set != "ALL":
        raise Refusal("OrganizationNotInAllFeaturesModeException", "The organization does not have all features.")
    if PRINCIPAL not in organization.trusted_access:
        raise Refusal("ServiceAccessNotEnabledException", f"Trusted access of {PRINCIPAL} is not enabled.")
    return {"OrganizationId": organization.organization.id, "EnabledFeatures": sorted(organization.root_features)}


def _enabling(feature: str) -> Answer:
    def enable(organization: Backend, params: Params) -> Response:
        """https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableOrganizationsRootSessions.html"""
        listed(organization, params)
        organization.root_features.add(feature)
        return listed(organization, params)

    return enable


def _disabling(feature: str) -> Answer:
    def disable(organization: Backend, params: Params) -> Response:
        """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DisableOrganizationsRootSessions.html"""
        listed(organization, params)
        organization.root_features.discard(feature)
        return listed(organization, params)

    return disable


def to_resources(organization: Backend) -> Iterator[RootAccess]:
    """The resources of a snapshot."""
    for feature, api in FEATURES.items():
        if api in organization.root_features:
            yield RootAccess(address=address(feature), feature=feature)


def insert(organization: Backend, file: StateFile, ids: Mapping[Address, str]) -> None:
    """Enables what the file has."""
    organization.root_features = {FEATURES[each.feature] for each in file.of(RootAccess)}


SERVICE = Service(
    "iam",
    "iam",
    {
        "ListOrganizationsFeatures": listed,
        **{f"EnableOrganizations{each}": _enabling(each) for each in FEATURES.values()},
        **{f"DisableOrganizations{each}": _disabling(each) for each in FEATURES.values()},
    },
    invalid="InvalidInput",
)
