"""Calls run beside each other, a pool for each bucket; the first failure ends them all."""

from __future__ import annotations

import threading

import pytest

from reconciler.aws import pools, reader
from reconciler.aws.layers import Counting, Deadline
from reconciler.aws.operations import OPERATIONS
from reconciler.aws.pools import Pools
from reconciler.aws.retrying import Paced
from reconciler.errors import AccessDenied, ReadFailed, ServiceError
from reconciler.mock.clock import VirtualClock
from reconciler.model.api import Api, Params, Response
from scripts.at_rates import SLOWEST_ANSWER, at_rates, bound
from scripts.bench import Size, invented, mocked
from tests.building import EVERY_TYPE


class Answering:
    """An `Api` that answers with the operation, after `wait` has been set where that is given."""

    def __init__(self, wait: threading.Event | None = None) -> None:
        self._wait = wait
        self.begun: list[str] = []

    def call(self, operation: str, params: Params) -> Response:
        self.begun.append(operation)
        if self._wait is not None:
            self._wait.wait()
        if operation == "ListParents":
            raise ServiceError(operation, "AccessDeniedException", "no")
        return {"operation": operation, **params}


def test_answers_belong_to_their_tasks_whatever_the_order() -> None:
    running = Pools(Answering())
    tasks = [running.submit("ListPolicies", running.call, "ListPolicies", {"number": each}) for each in range(50)]
    answers = [running.result(each)["number"] for each in reversed(tasks)]
    running.close()
    assert answers == list(reversed(range(50)))


def test_a_task_may_submit_others() -> None:
    running = Pools(Answering())

    def outer() -> pools.Task[Response]:
        return running.submit("DescribePolicy", running.call, "DescribePolicy", {})

    inner = running.result(running.submit("ListPolicies", outer))
    assert running.result(inner) == {"operation": "DescribePolicy"}
    running.close()


def test_of_several_errors_that_of_the_first_task_is_raised() -> None:
    running, go = Pools(Answering()), threading.Barrier(2)

    def failing(text: str) -> None:
        go.wait()
        raise ReadFailed(text)

    running.submit("ListAccounts", failing, "first")
    last = running.submit("ListPolicies", failing, "last")
    with pytest.raises(ReadFailed, match="first"):
        running.result(last)


def test_after_an_error_no_further_call_begins() -> None:
    api = Answering()
    running = Pools(api)

    def failing() -> None:
        raise ReadFailed("no")

    task = running.submit("ListRoots", failing)
    with pytest.raises(ReadFailed):
        running.result(task)
    later = [running.submit("ListAccounts", running.call, "ListAccounts", {}) for _ in range(5)]
    assert api.begun == []
    with pytest.raises(ReadFailed):
        running.result(later[0])


def test_an_error_is_raised_although_another_answer_is_waited_for() -> None:
    never = threading.Event()
    running, api = Pools(Answering()), Answering(never)
    waiting = running.submit("ListAccounts", api.call, "ListAccounts", {})
    running.submit("ListParents", running.call, "ListParents", {})
    with pytest.raises(ServiceError, match="ListParents"):
        running.result(waiting)
    never.set()


def test_the_end_does_not_wait_for_a_call_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "_PATIENCE", 0.01)
    never = threading.Event()
    api = Answering(never)
    running = Pools(api)
    for _ in range(20):
        running.submit("ListAccounts", running.call, "ListAccounts", {})
    running.close()
    never.set()
    assert len(api.begun) <= 8, "those that had begun, and none that was waiting"


# ---- a whole read ----

ORGANIZATION = invented(Size(120, 25, 24, 60))


@pytest.fixture(scope="module")
def organization(tmp_path_factory: pytest.TempPathFactory) -> Api:
    return mocked(ORGANIZATION, tmp_path_factory.mktemp("mock"))


def test_a_read_takes_as_long_as_its_slowest_bucket(organization: Api) -> None:
    counting = Counting(organization)
    with at_rates(counting) as rates:
        live = reader.read(rates.api, EVERY_TYPE)
    assert live == reader.read(organization, EVERY_TYPE)
    least = bound(counting.calls)
    assert least == (24 - 2) / 2, "the documents"
    assert least <= rates.time.now() <= least + 5 * SLOWEST_ANSWER + 0.5
    assert rates.service.throttled == {}


def test_slow_answers_do_not_leave_a_bucket_unused(organization: Api) -> None:
    counting = Counting(organization)
    with at_rates(counting, slowest_answer=0.8) as rates:
        reader.read(rates.api, EVERY_TYPE)
    assert rates.time.now() <= bound(counting.calls) + 5 * 0.8 + 0.5


def test_a_read_ends_at_its_deadline(organization: Api) -> None:
    counting = Counting(organization)
    with at_rates(counting) as rates, pytest.raises(ReadFailed, match="the time was over before"):
        reader.read(Deadline(rates.api, rates.time, 3.0), EVERY_TYPE)
    paced = 8 / OPERATIONS["DescribePolicy"].rate
    assert rates.time.now() <= 3.0 + paced + 2 * SLOWEST_ANSWER, "those that already wait for a token are the last"
    assert counting.calls["DescribePolicy"] < 24


class Interrupting:
    """Progress that is interrupted from the keyboard at its first line."""

    def __call__(self, what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt


def test_a_read_that_is_interrupted_makes_no_further_call(organization: Api) -> None:
    counting = Counting(organization)
    clock = VirtualClock()
    with pytest.raises(KeyboardInterrupt):
        reader.read(Paced(counting, clock=clock), EVERY_TYPE, Interrupting())
    made = counting.calls.copy()
    assert all(not thread.is_alive() for thread in threading.enumerate() if thread.name == "read")
    assert counting.calls == made


def test_a_denied_call_ends_the_read_before_the_slow_ones_are_made(organization: Api) -> None:
    class Denying:
        def call(self, operation: str, params: Params) -> Response:
            if operation == "ListOrganizationalUnitsForParent":
                raise AccessDenied(f"{operation} is denied")
            return counting.call(operation, params)

    counting = Counting(organization)
    with at_rates(Denying()) as rates, pytest.raises(AccessDenied, match="ListOrganizationalUnitsForParent"):
        reader.read(rates.api, EVERY_TYPE)
    assert counting.calls["DescribePolicy"] <= 8 + 2
