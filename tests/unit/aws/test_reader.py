"""The live organization is read whole and right, or not at all."""

from __future__ import annotations

from functools import cache

import pytest

from reconciler.aws import reader
from reconciler.aws.layers import ReadOnly
from reconciler.errors import NotAllowed, ReadFailed, ReconcilerError
from reconciler.mock.statefile import StateFile
from reconciler.model.api import Api, Params, Response
from reconciler.model.inventory import Inventory
from tests.building import EVERY_TYPE, deny, org
from tests.faults.injecting import Fault, Injecting, Scripted
from tests.faults.world import Layer, World
from tests.harness import empty_page

OPERATIONS = (
    "DescribeOrganization", "DescribePolicy", "ListAccounts", "ListOrganizationalUnitsForParent", "ListPolicies",
    "ListRoots", "ListTargetsForPolicy",
)  # fmt: skip
WEATHER: dict[Fault, float] = {"throttle": 0.1, "conflict": 0.05, "fault": 0.1, "http_500": 0.05, "drop_after": 0.1}


@cache
def start() -> StateFile:
    """More of everything than fits on a page."""
    world = World()
    units = [f"U{number}" for number in range(24)]
    world.apply(
        org(
            [*units, "U0/A", "U0/A/B", "U0/A/B/C", "U0/A/B/C/D"],
            {f"a{number}": "U0/A" for number in range(23)},
            {f"p{number}": deny(f"s3:{number}") for number in range(22)},
            {"p0": units, "p1": ["/", "@a1"]},
            types=("scp", "tag"),
            tags={"U1": {"a": "1"}, "@a2": {"b": "2"}, "policy:p3": {"c": "3"}, "/": {"d": "4"}},
        )
    )
    return world.state


def read(layer: Layer = lambda api, clock: api) -> Inventory:
    world = World(layer, state=start())
    return reader.read(ReadOnly(world.api), EVERY_TYPE)


@cache
def whole() -> Inventory:
    return read()


def test_everything_is_read() -> None:
    kinds = [each.kind for each in whole().resources]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "root": 1,
        "policy_type": 2,
        "organizational_unit": 28,
        "account": 24,
        "policy": 23,
        "attachment": 26 + 53,
    }
    tagged = [tags for each in whole().resources if (tags := getattr(each, "tags", None))]
    assert sorted(tagged, key=str) == [{"a": "1"}, {"b": "2"}, {"c": "3"}, {"d": "4"}]


@pytest.mark.parametrize("seed", range(5))
def test_bad_weather_changes_nothing_that_is_read(seed: int) -> None:
    assert read(lambda api, clock: Injecting(api, clock, seed, WEATHER)) == whole()


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("fault", ["fault", "drop_before"])
def test_a_part_that_cannot_be_read_is_an_error_and_never_an_empty_part(operation: str, fault: Fault) -> None:
    with pytest.raises(ReadFailed, match=operation) as caught:
        read(lambda api, clock: Scripted(api, clock, {(operation, 0): fault}))
    assert caught.value.help == "nothing was changed; run it again"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_part_that_may_not_be_read_names_the_missing_permission(operation: str) -> None:
    with pytest.raises(NotAllowed, match=f"organizations:{operation}"):
        read(lambda api, clock: Scripted(api, clock, {(operation, 1): "denied"}))


@pytest.mark.parametrize("fault", ["fault", "drop_before", "denied"])
def test_without_the_tag_index_each_resource_is_asked_for_its_tags(fault: Fault) -> None:
    assert read(lambda api, clock: Scripted(api, clock, {("tagging:GetResources", 0): fault})) == whole()


def test_tags_that_cannot_be_read_in_any_way_are_an_error() -> None:
    script: dict[tuple[str, int], Fault] = {("tagging:GetResources", 0): "denied", ("ListTagsForResource", 3): "denied"}
    with pytest.raises(NotAllowed, match="organizations:ListTagsForResource"):
        read(lambda api, clock: Scripted(api, clock, script))


class WithoutPaths:
    """A service that does not say where an account is."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def call(self, operation: str, params: Params) -> Response:
        answer = self._api.call(operation, params)
        for each in answer.get("Accounts", ()):
            each.pop("Paths", None)
        return answer


def test_without_paths_the_accounts_of_each_parent_are_listed() -> None:
    assert read(lambda api, clock: WithoutPaths(api)) == whole()


class EmptyPages:
    """A service that sends an empty page before each page."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def call(self, operation: str, params: Params) -> Response:
        token = params.get("NextToken")
        if not operation.startswith("List") or (token and not str(token).startswith("empty ")):
            return self._api.call(operation, params)
        if token is None:
            return {**empty_page(operation), "NextToken": "empty "}
        rest = {key: value for key, value in params.items() if key != "NextToken"}
        return self._api.call(operation, rest)


def test_an_empty_page_is_not_the_end_of_a_list() -> None:
    assert read(lambda api, clock: EmptyPages(api)) == whole()


class SameToken:
    def __init__(self, api: Api) -> None:
        self._api = api

    def call(self, operation: str, params: Params) -> Response:
        if operation != "ListAccounts":
            return self._api.call(operation, params)
        return {**self._api.call(operation, {"MaxResults": 20}), "NextToken": "again"}


def test_a_list_that_never_ends_is_an_error() -> None:
    with pytest.raises(ReadFailed, match="ListAccounts answers the same page token again and again"):
        read(lambda api, clock: SameToken(api))


class LateUnit:
    """The list of OUs lacks one that an account is in: it was made during the read."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def call(self, operation: str, params: Params) -> Response:
        answer = self._api.call(operation, params)
        if operation == "ListOrganizationalUnitsForParent":
            kept = [each for each in answer["OrganizationalUnits"] if each["Name"] != "A"]
            answer = {**answer, "OrganizationalUnits": kept}
        return answer


def test_an_account_in_an_ou_that_was_not_listed_is_an_error() -> None:
    with pytest.raises(ReadFailed, match="the organization changed during the read"):
        read(lambda api, clock: LateUnit(api))


def test_what_reads_cannot_write() -> None:
    world = World()
    with pytest.raises(ReconcilerError, match="DeletePolicy is a write, and this run only reads"):
        ReadOnly(world.api).call("DeletePolicy", {"PolicyId": "p-1"})
    assert world.counting.calls.total() == 0
