"""Reading further policy types gives what a read of all of them would have given; what is denied stays unknown."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from reconciler.aws import reader
from reconciler.aws.boto_errors import denied
from reconciler.aws.layers import Counting
from reconciler.errors import NotAllowed, ReadFailed, ReconcilerError, ServiceError
from reconciler.model.api import Api, Params, Response
from reconciler.model.inventory import Inventory
from reconciler.model.scope import Scope, Unread
from tests.building import deny, org
from tests.harness import Organization

TYPES = ("scp", "rcp", "tag")
SUBSETS = list(chain.from_iterable(combinations(TYPES, size) for size in range(len(TYPES) + 1)))


@pytest.fixture(scope="module")
def organization() -> Organization:
    """Three policies of three types, of which an SCP and a tag policy have the same name."""
    made = Organization()
    made.apply(
        org(
            ["W"],
            {"a": "W"},
            {"same": deny("s3:*"), "tags": {"tags": {}}, "tls": deny("sqs:*") | {"Statement": [RCP]}},
            {"same": ["W"], "tags": ["@a"], "tls": ["/"]},
            types=TYPES,
            policy_types={"tags": "tag", "tls": "rcp"},
        )
    )
    made.call("UpdatePolicy", PolicyId=made.id_of("policy:tags"), Name="same")
    return made


RCP = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}


def read(api: Api, types: tuple[str, ...]) -> Inventory:
    return reader.read(api, Scope(policy_types=types, tags=False))


@pytest.mark.parametrize("further", SUBSETS, ids="+".join)
@pytest.mark.parametrize("first", SUBSETS, ids="+".join)
def test_it_is_as_if_all_had_been_read_at_once(
    organization: Organization, first: tuple[str, ...], further: tuple[str, ...]
) -> None:
    api = organization.counting
    together = tuple(each for each in TYPES if each in {*first, *further})
    assert reader.with_types(api, read(api, first), further) == read(api, together)


@pytest.mark.parametrize("kept", SUBSETS, ids="+".join)
def test_the_rest_of_a_whole_inventory_is_the_same_part(organization: Organization, kept: tuple[str, ...]) -> None:
    part = read(organization.counting, TYPES).limited_to(kept)
    found = read(organization.counting, kept)
    assert part.scope == found.scope
    assert {each.id for each in part.resources} == {each.id for each in found.resources}


def test_only_what_is_missing_is_called(organization: Organization) -> None:
    counting = Counting(organization.mock)
    live = read(counting, ("scp",))
    counting.calls.clear()
    assert reader.with_types(counting, live, ["scp", "backup"]) is live
    assert not counting.calls
    reader.with_types(counting, live, TYPES)
    assert dict(counting.calls) == {"ListPolicies": 2, "DescribePolicy": 2, "ListTargetsForPolicy": 2}


class Failing:
    """An `Api` on which one operation fails for RCPs."""

    def __init__(self, api: Api, operation: str, error: ReconcilerError, of: str) -> None:
        self._api, self._operation, self._error, self._of = api, operation, error, of

    def call(self, operation: str, params: Params) -> Response:
        if operation == self._operation and self._of in params.values():
            raise self._error
        return self._api.call(operation, params)


@pytest.mark.parametrize("operation", ["ListPolicies", "DescribePolicy", "ListTargetsForPolicy"])
def test_a_type_that_may_not_be_read_stays_unknown_with_the_reason(organization: Organization, operation: str) -> None:
    api = organization.counting
    of = "RESOURCE_CONTROL_POLICY" if operation == "ListPolicies" else organization.id_of("policy:tls")
    failing = Failing(api, operation, denied(operation, "AccessDeniedException", "no"), of)
    live = reader.with_types(failing, read(api, ()), TYPES)
    reason = f"not allowed to call organizations:{operation}: no"
    assert live.scope.unread == (Unread(kind="rcp", reason=reason),)
    assert live.resources == read(api, ("scp", "tag")).resources


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (denied("ListPolicies", "ExpiredTokenException", "it is over"), NotAllowed),
        (ServiceError("ListPolicies", "ServiceException", "later"), ReadFailed),
    ],
)
def test_any_other_failure_ends_the_read(
    organization: Organization, error: ReconcilerError, raised: type[Exception]
) -> None:
    failing = Failing(organization.counting, "ListPolicies", error, "RESOURCE_CONTROL_POLICY")
    with pytest.raises(raised):
        reader.with_types(failing, read(organization.counting, ()), TYPES)
