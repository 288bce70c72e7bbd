"""Lists that change during the read, and page tokens that lead nowhere."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import cycle

import pytest

from reconciler.aws import pages
from reconciler.aws.online import recorded_calls
from reconciler.errors import ReadFailed
from reconciler.model.api import Api, Params, Response
from tests.unit.aws.test_reader import read, whole


class Repeating:
    """Every page begins with the last item of the page before, and the first with its own last item."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def call(self, operation: str, params: Params) -> Response:
        answer = self._api.call(operation, params)
        return {key: value[-1:] + value if isinstance(value, list) else value for key, value in answer.items()}


def test_what_is_on_two_pages_is_there_once() -> None:
    assert read(lambda api, clock: Repeating(api)) == whole()


class Circling:
    """The tokens lead in a circle."""

    def __init__(self, api: Api, operation: str) -> None:
        self._api = api
        self._operation = operation
        self._tokens = cycle("abc")
        self.calls = 0

    def call(self, operation: str, params: Params) -> Response:
        if operation != self._operation:
            return self._api.call(operation, params)
        self.calls += 1
        token = "PaginationToken" if "GetResources" in operation else "NextToken"
        first = {key: value for key, value in params.items() if key != token}
        return {**self._api.call(operation, first), token: next(self._tokens)}


@pytest.mark.parametrize("operation", ["ListAccounts", "ListOrganizationalUnitsForParent", "ListPolicies"])
def test_tokens_in_a_circle_are_an_error(operation: str) -> None:
    with pytest.raises(ReadFailed, match=f"{operation} answers the same page token again and again") as caught:
        read(lambda api, clock: Circling(api, operation))
    assert caught.value.help


def test_with_tokens_in_a_circle_the_tag_index_is_not_used() -> None:
    assert read(lambda api, clock: Circling(api, "tagging:GetResources")) == whole()


class Events:
    def __init__(self) -> None:
        self._tokens = cycle("ab")

    def call(self, operation: str, params: Params) -> Response:
        return {"Events": [], "NextToken": next(self._tokens)}


def test_tokens_in_a_circle_of_other_services() -> None:
    with pytest.raises(ReadFailed, match="cloudtrail:LookupEvents answers the same page token again and again"):
        list(recorded_calls(Events(), datetime(2026, 11, 22, tzinfo=UTC), most=10, cut=lambda at: None))


def test_items_that_have_no_name_are_all_kept() -> None:
    class Unnamed:
        def call(self, operation: str, params: Params) -> Response:
            return {"Things": [{"a": 1}, {"a": 1}]}

    assert list(pages.items(Unnamed(), "ListTagsForResource", {}, "Things")) == [{"a": 1}, {"a": 1}]


class Content:
    """The documents of all policies are this text."""

    def __init__(self, api: Api, text: str) -> None:
        self._api = api
        self._text = text

    def call(self, operation: str, params: Params) -> Response:
        answer = self._api.call(operation, params)
        if operation == "DescribePolicy":
            answer = {"Policy": {**answer["Policy"], "Content": self._text}}
        return answer


@pytest.mark.parametrize("text", ["", "null", "[]", "{", '"x"', "[" * 100_000], ids=lambda text: text[:9])
def test_a_document_that_is_no_object_is_an_error(text: str) -> None:
    with pytest.raises(ReadFailed, match="is no JSON object"):
        read(lambda api, clock: Content(api, text))
