"""One status of an account in creation that says nothing usable is asked for again: the creation goes on."""

from __future__ import annotations

import pytest

from reconciler.model.api import Api, Params, Response
from tests.building import org
from tests.faults.world import World

DESIRED = org(["A"], {"a": "A"})


class OneStatus:
    """The first `count` statuses have this state and no account."""

    def __init__(self, api: Api, state: str, count: int) -> None:
        self._api = api
        self._state = state
        self._left = count

    def call(self, operation: str, params: Params) -> Response:
        answer = self._api.call(operation, params)
        if operation == "DescribeCreateAccountStatus" and self._left:
            self._left -= 1
            return {"CreateAccountStatus": {"Id": params["CreateAccountRequestId"], "State": self._state}}
        return answer


@pytest.mark.parametrize("state", ["SUCCEEDED", "QUEUED"])
@pytest.mark.parametrize("count", [1, 3])
def test_the_status_is_asked_for_again(state: str, count: int) -> None:
    world = World(lambda api, clock: OneStatus(api, state, count))
    report = world.execute(world.plan(DESIRED).plan)
    assert report.exit.code == 0
    assert set(world.requests().values()) == {1}


def test_not_for_ever() -> None:
    world = World(lambda api, clock: OneStatus(api, "SUCCEEDED", 10**9))
    world.backend.creation_polls = 10**9
    report = world.execute(world.plan(DESIRED).plan)
    assert [each.address for each in report.failed] == ["account:a"]
    assert set(world.requests().values()) == {1}
