"""Delegated administrators: member accounts that administer a service for the organization.

Implemented here, because moto accepts six services, and neither trusted access nor other administrators matter to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from reconciler.kinds.delegated_administrator import ONE_ADMINISTRATOR, DelegatedAdministrator, address
from reconciler.mock.backend import Backend
from reconciler.mock.refusal import Refusal, violates
from reconciler.mock.rules.accounts import account_exists
from reconciler.mock.rules.trusted_access import all_features_are_enabled, principal_is_a_service
from reconciler.mock.statefile import DEFAULT_JOINED, StateFile
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.api import Params, Response


def account_is_a_member(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_RegisterDelegatedAdministrator.html"""
    if params["AccountId"] == organization.account_id:
        raise violates(
            "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
            "The management account can't be a delegated administrator.",
        )


def account_is_not_suspended(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_RegisterDelegatedAdministrator.html"""
    if organization.get_account_by_id(params["AccountId"]).state in ("SUSPENDED", "PENDING_CLOSURE", "CLOSED"):
        raise violates(
            "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
            "A suspended account can't be a delegated administrator.",
        )


def trusted_access_is_enabled(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_RegisterDelegatedAdministrator.html"""
    if params["ServicePrincipal"] not in organization.trusted_access:
        raise violates("SERVICE_ACCESS_NOT_ENABLED", "Trusted access of the service is not enabled: enable it first.")


def account_is_not_registered(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_RegisterDelegatedAdministrator.html"""
    if params["AccountId"] in organization.administrators(params["ServicePrincipal"]):
        raise Refusal("AccountAlreadyRegisteredException", "The account is a delegated administrator of this service.")


def administrators_below_maximum(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_RegisterDelegatedAdministrator.html"""
    principal = params["ServicePrincipal"]
    if principal in ONE_ADMINISTRATOR and organization.administrators(principal):
        raise violates(
            "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE",
            "The service has a delegated administrator: deregister it first.",
        )


def account_is_registered(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeregisterDelegatedAdministrator.html"""
    if params["AccountId"] not in organization.administrators(params.get("ServicePrincipal")):
        raise Refusal("AccountNotRegisteredException", "The account is not a delegated administrator.")


def register(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_RegisterDelegatedAdministrator.html"""
    services = organization.delegated_administrators.setdefault(params["AccountId"], {})
    services[params["ServicePrincipal"]] = round(organization.clock(), 3)
    return {}


def deregister(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeregisterDelegatedAdministrator.html"""
    services = organization.delegated_administrators[params["AccountId"]]
    del services[params["ServicePrincipal"]]
    if not services:
        del organization.delegated_administrators[params["AccountId"]]
    return {}


def listed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListDelegatedAdministrators.html"""
    return {
        "DelegatedAdministrators": [
            _described(organization, id) for id in organization.administrators(params.get("ServicePrincipal"))
        ]
    }


def services_listed(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListDelegatedServicesForAccount.html"""
    return {
        "DelegatedServices": [
            {"ServicePrincipal": principal, "DelegationEnabledDate": datetime.fromtimestamp(since, UTC)}
            for principal, since in organization.delegated_administrators[params["AccountId"]].items()
        ]
    }


def _described(organization: Backend, id: str) -> Response:
    account = organization.get_account_by_id(id)
    return {
        **account.describe(),
        "JoinedTimestamp": datetime.fromtimestamp(account.joined, UTC),
        "DelegationEnabledDate": datetime.fromtimestamp(min(organization.delegated_administrators[id].values()), UTC),
    }


def to_resources(organization: Backend) -> Iterator[DelegatedAdministrator]:
    """The resources of a snapshot."""
    for id, services in organization.delegated_administrators.items():
        for principal in services:
            account = addresses.account(id)
            yield DelegatedAdministrator(address=address(principal, account), principal=principal, account=account)


def insert(organization: Backend, file: StateFile, ids: Mapping[Address, str]) -> None:
    """Registers what the file has, since when it says. Raises `ValueError` for an account that it does not have."""
    since = file.mock.delegated_administrators
    if unknown := since.keys() - organization.nodes.keys():
        raise ValueError(f"the delegated administrator {min(unknown)} is not an account of the organization")
    found = {id: dict(services) for id, services in since.items() if services}
    for each in file.of(DelegatedAdministrator):
        found.setdefault(ids[each.account], {}).setdefault(each.principal, DEFAULT_JOINED)
    organization.delegated_administrators = found


RULES = {
    "RegisterDelegatedAdministrator": (
        all_features_are_enabled,
        principal_is_a_service,
        account_exists,
        account_is_a_member,
        account_is_not_suspended,
        trusted_access_is_enabled,
        account_is_not_registered,
        administrators_below_maximum,
    ),
    "DeregisterDelegatedAdministrator": (
        all_features_are_enabled,
        principal_is_a_service,
        account_exists,
        account_is_registered,
    ),
    "ListDelegatedAdministrators": (all_features_are_enabled, principal_is_a_service),
    "ListDelegatedServicesForAccount": (all_features_are_enabled, account_exists, account_is_registered),
}
ANSWERS = {
    "RegisterDelegatedAdministrator": register,
    "DeregisterDelegatedAdministrator": deregister,
    "ListDelegatedAdministrators": listed,
    "ListDelegatedServicesForAccount": services_listed,
}
