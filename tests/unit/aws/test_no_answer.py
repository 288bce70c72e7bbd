"""What is no answer of the service is an error, never an empty organization."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.aws import reader
from reconciler.errors import ReadFailed
from reconciler.model.api import Api, Params, Response
from tests.building import EVERY_TYPE, deny, org
from tests.harness import Organization, empty_page


class Answering:
    """The mock, but for one operation, which is answered with what is given."""

    def __init__(self, api: Api, operation: str, answer: Response) -> None:
        self._api, self._operation, self._answer = api, operation, answer

    def call(self, operation: str, params: Params) -> Response:
        return self._answer if operation == self._operation else self._api.call(operation, params)


ACCOUNT = {"Id": "123456789012", "Email": "a@example.com", "Name": "a"}


@pytest.fixture(scope="module")
def organization() -> Organization:
    made = Organization()
    made.apply(org(["A"], {"a": "A"}, {"deny": deny("s3:*")}, {"deny": ["A"]}))
    return made


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ("ListAccounts", {"Accounts": []}),
        ("ListRoots", {"Roots": []}),
        ("DescribePolicy", {"Policy": {"Content": "<html>"}}),
        ("ListAccounts", {"Accounts": [ACCOUNT | {"State": "QUARANTINED", "Paths": []}]}),
        ("DescribeOrganization", {"Organization": {"Id": "o-1", "MasterAccountId": "1", "FeatureSet": "SOME"}}),
    ],
)
def test_an_answer_that_cannot_be_true(organization: Organization, operation: str, answer: dict[str, Any]) -> None:
    with pytest.raises(ReadFailed):
        reader.read(Answering(organization.mock, operation, answer), EVERY_TYPE)


def test_an_empty_page_with_a_token_is_not_the_end(organization: Organization) -> None:
    class Paging(Answering):
        def call(self, operation: str, params: Params) -> Response:
            if operation.startswith("List") and "NextToken" not in params:
                return {**empty_page(operation), "NextToken": "more"}
            return self._api.call(operation, {key: value for key, value in params.items() if value != "more"})

    live = reader.read(Paging(organization.mock, "", {}), EVERY_TYPE)
    assert live == organization.live()
