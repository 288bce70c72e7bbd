"""Services that are enabled for the organization by an operation of their own: AWS RAM, CloudFormation StackSets, AWS
Service Catalog. The caller is the management account."""

from __future__ import annotations

from reconciler.mock.backend import Backend
from reconciler.mock.other_services.service import Service
from reconciler.mock.refusal import Refusal
from reconciler.mock.rules import trusted_access as rules
from reconciler.model.api import Params, Response

RAM = "ram.amazonaws.com"
STACK_SETS = "member.org.stacksets.cloudformation.amazonaws.com"
SERVICE_CATALOG = "servicecatalog.amazonaws.com"


def enable_sharing(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/ram/latest/APIReference/API_EnableSharingWithAwsOrganization.html

    Repeating it is harmless. There is no operation that undoes it, but DisableAWSServiceAccess of Organizations.
    """
    _enable(organization, RAM, "OperationNotPermittedException")
    return {"returnValue": True}


def activate_stack_sets(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ActivateOrganizationsAccess.html"""
    _enable(organization, STACK_SETS, "InvalidOperationException")
    return {}


def deactivate_stack_sets(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeactivateOrganizationsAccess.html"""
    rules.disable(organization, {"ServicePrincipal": STACK_SETS})
    return {}


def stack_sets_status(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeOrganizationsAccess.html"""
    return {"Status": _status(organization, STACK_SETS)}


def enable_service_catalog(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/servicecatalog/latest/dg/API_EnableAWSOrganizationsAccess.html"""
    _enable(organization, SERVICE_CATALOG, "OperationNotSupportedException")
    return {}


def disable_service_catalog(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DisableAWSOrganizationsAccess.html"""
    if organization.administrators(SERVICE_CATALOG):
        raise Refusal("InvalidStateException", "The service has a delegated administrator: deregister it first.")
    rules.disable(organization, {"ServicePrincipal": SERVICE_CATALOG})
    return {}


def service_catalog_status(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/servicecatalog/latest/dg/API_GetAWSOrganizationsAccessStatus.html"""
    return {"AccessStatus": _status(organization, SERVICE_CATALOG)}


def _enable(organization: Backend, principal: str, refusal: str) -> None:
    """Raises `Refusal` with the service's own code where the organization does not have all features."""
    if organization.organization.feature_set != "ALL":
        raise Refusal(refusal, "The organization does not have all features enabled.")
    rules.enable(organization, {"ServicePrincipal": principal})
    organization.activated.add(principal)


def _status(organization: Backend, principal: str) -> str:
    return "ENABLED" if principal in organization.activated else "DISABLED"


SERVICES = (
    Service("ram", "ram", {"EnableSharingWithAwsOrganization": enable_sharing}, invalid="InvalidParameterException"),
    Service(
        "cloudformation",
        "cloudformation",
        {
            "ActivateOrganizationsAccess": activate_stack_sets,
            "DeactivateOrganizationsAccess": deactivate_stack_sets,
            "DescribeOrganizationsAccess": stack_sets_status,
        },
        invalid="ValidationError",
    ),
    Service(
        "servicecatalog",
        "servicecatalog",
        {
            "EnableAWSOrganizationsAccess": enable_service_catalog,
            "DisableAWSOrganizationsAccess": disable_service_catalog,
            "GetAWSOrganizationsAccessStatus": service_catalog_status,
        },
        invalid="InvalidParametersException",
    ),
)
