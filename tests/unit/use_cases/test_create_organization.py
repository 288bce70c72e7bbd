"""`apply --create-organization`: an organization is created only where it is meant to be."""

from __future__ import annotations

import pytest

from reconciler.errors import Blocked, ServiceError
from reconciler.model.api import Params, Response
from reconciler.model.inventory import Organization
from reconciler.use_cases.create_organization import create_organization

ACCOUNT = "111122223333"


class Alone:
    """An account, in no organization at first."""

    def __init__(self, *, member: bool = False) -> None:
        self.made: list[Params] = []
        self._member = member

    def call(self, operation: str, params: Params) -> Response:
        match operation:
            case "DescribeOrganization" if self._member:
                return {"Organization": {"Id": "o-a1b2c3d4e5"}}
            case "sts:GetCallerIdentity":
                return {"Account": ACCOUNT}
            case "CreateOrganization":
                self.made.append(params)
                return {"Organization": {"Id": "o-a1b2c3d4e5"}}
        raise ServiceError(operation, "AWSOrganizationsNotInUseException", "no")


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [(None, "ALL"), ("all", "ALL"), ("consolidated_billing", "CONSOLIDATED_BILLING")],
)
def test_it_is_created_with_the_feature_set_of_the_spec(wanted: str | None, sent: str) -> None:
    api = Alone()
    organization = Organization.model_validate({"management_account_id": ACCOUNT, "feature_set": wanted})
    assert create_organization(api, organization) == "o-a1b2c3d4e5"
    assert api.made == [{"FeatureSet": sent}]


def test_where_there_is_one_nothing_is_created() -> None:
    api = Alone(member=True)
    assert create_organization(api, Organization()) is None
    assert api.made == []


@pytest.mark.parametrize("wanted", [{"id": "o-z9y8x7w6v5"}, {"management_account_id": "444455556666"}])
def test_with_the_credentials_of_another_account_nothing_is_created(wanted: dict[str, str]) -> None:
    api = Alone()
    with pytest.raises(Blocked):
        create_organization(api, Organization.model_validate(wanted))
    assert api.made == []


def test_an_account_that_may_not_look_creates_nothing() -> None:
    class Refusing(Alone):
        def call(self, operation: str, params: Params) -> Response:
            raise ServiceError(operation, "TooManyRequestsException", "no")

    with pytest.raises(ServiceError):
        create_organization(Refusing(), Organization())
