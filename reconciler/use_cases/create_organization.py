"""Creating the organization itself, where the account of the credentials is in none."""

from __future__ import annotations

from reconciler.errors import Blocked, ServiceError
from reconciler.model.api import Api
from reconciler.model.inventory import Organization


def create_organization(api: Api, wanted: Organization) -> str | None:
    """Creates the organization, with the feature set that is wanted or all features; its id, `None` where the account
    is in one already. Raises `Blocked` where the spec is for an organization or an account that is another one: then
    the credentials are wrong. https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganization.html
    """
    if _is_in_one(api):
        return None
    if wanted.id is not None:
        raise Blocked(
            f"the spec is for organization {wanted.id}, the account of the credentials is in none: none was created",
            help="check AWS_PROFILE and --profile; a new organization gets another id: leave `organization.id` out",
        )
    account = str(api.call("sts:GetCallerIdentity", {})["Account"])
    if wanted.management_account_id not in (None, account):
        raise Blocked(
            f"the spec is for management account {wanted.management_account_id}, the credentials are of {account}: "
            "no organization was created",
            help="check AWS_PROFILE and --profile",
        )
    feature_set = (wanted.feature_set or "all").upper()
    return str(api.call("CreateOrganization", {"FeatureSet": feature_set})["Organization"]["Id"])


def _is_in_one(api: Api) -> bool:
    try:
        api.call("DescribeOrganization", {})
    except ServiceError as error:
        if error.code != "AWSOrganizationsNotInUseException":
            raise
        return False
    return True
