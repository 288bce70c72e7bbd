"""An apply that ends before its plan: what was begun is told apart from what was not tried."""

from __future__ import annotations

import jsonschema
import pytest

from reconciler.errors import NoCredentials
from reconciler.model.api import Api, Params, Response
from reconciler.model.report import Report
from reconciler.render import json as as_json
from reconciler.render import markdown, text
from reconciler.use_cases import schemas
from tests.building import deny, org
from tests.faults.world import World

DESIRED = org(["A"], {"a": "A", "b": "A", "c": "/"}, {"deny": deny("s3:*")}, {"deny": ["@a", "@b"]})


def stopped_after(operation: str, count: int) -> tuple[World, Report]:
    world = World()
    plan = world.plan(DESIRED).plan
    world.backend.creation_polls = 10**6 if operation == "CreateAccount" else 2
    report = world.execute(plan, stopped=lambda: world.counting.calls[operation] >= count)
    return world, report


def test_accounts_that_were_asked_for_are_in_progress_and_not_skipped() -> None:
    world, report = stopped_after("CreateAccount", 2)
    requests = {each.email: each.id for each in world.backend.account_requests.values()}
    assert len(requests) == 2
    told = {each.address: (each.action, each.request_id) for each in report.in_progress}
    assert told == {f"account:{email.partition('@')[0]}": ("create", request) for email, request in requests.items()}
    for each in report.in_progress:
        assert each.detail == (
            f"the account was requested, and its creation continues ({each.request_id}): the next apply finds it"
        )
    skipped = {each.address for each in report.skipped}
    assert not skipped & set(told)
    assert {each.because for each in report.skipped} == {"interrupted"}
    assert report.exit.code == 130
    begun_or_not = {each.address for each in report.in_progress} | skipped
    assert begun_or_not == {each.address for each in world.plan(DESIRED).plan.changes}


def test_the_next_apply_finds_them() -> None:
    world, report = stopped_after("CreateAccount", 2)
    assert report.in_progress
    for id, creation in world.backend.account_requests.items():
        world.backend.account_requests[id] = creation.model_copy(update={"reads_left": 2})
    world.backend.creation_polls = 2
    world.reach()
    world.apply(DESIRED)
    assert set(world.requests().values()) == {1}
    assert world.plan(DESIRED).plan.changes == ()


def test_an_account_that_was_created_and_not_moved_is_in_progress() -> None:
    world = World()
    plan = world.plan(org(["A"], {"a": "A"})).plan

    def created() -> bool:
        return any(each.email == "a@example.com" for each in world.backend.members())

    report = world.execute(plan, stopped=created)
    (begun,) = report.in_progress
    account = next(each for each in world.backend.members() if each.email == "a@example.com")
    assert (begun.address, begun.request_id) == ("account:a", None)
    assert begun.detail == f"{account.id} was created: the next apply does the rest"
    assert report.exit.code == 130


def test_a_run_that_ends_before_any_call_of_a_change_has_skipped_it() -> None:
    _, report = stopped_after("CreateOrganizationalUnit", 1)
    assert report.in_progress == ()
    assert {each.address for each in report.skipped} >= {"account:a", "account:b", "account:c"}


def test_every_format_lists_what_is_in_progress() -> None:
    _, report = stopped_after("CreateAccount", 2)
    jsonschema.validate(schema=schemas.schema("report"), instance=report.model_dump(mode="json"))
    (first, *_) = report.in_progress
    assert str(first.request_id) in as_json.dumps(report)
    shown = text.report(report, width=200, color=False)
    assert "IN PROGRESS create account" in shown
    assert str(first.request_id) in shown
    assert "2 in progress" in shown
    assert str(first.request_id) in markdown.report(report)
    assert "2 in progress" in markdown.report(report)


class Expired:
    """The credentials are accepted for some writes, and then for no call any more."""

    def __init__(self, api: Api, writes: int) -> None:
        self._api = api
        self._left = writes
        self.refused = 0

    def call(self, operation: str, params: Params) -> Response:
        if not operation.startswith(("List", "Describe")):
            self._left -= 1
        if self._left < 0:
            self.refused += 1
            raise NoCredentials("no usable AWS credentials: ExpiredTokenException", help="renew them and run it again")
        return self._api.call(operation, params)


@pytest.mark.parametrize(("writes", "code"), [(0, 8), (2, 7)])
def test_credentials_that_are_no_longer_accepted_end_the_run_at_once(writes: int, code: int) -> None:
    world = World()
    plan = world.plan(DESIRED).plan
    layer = Expired(world.mock, writes)
    world.reach(lambda api, clock: layer)
    report = world.execute(plan)
    assert layer.refused == 1
    assert len(report.done) == writes
    (failed,) = report.failed
    assert failed.help == "renew them and run it again"
    assert {each.because for each in report.skipped} == {"credentials"}
    assert len(report.done) + len(report.failed) + len(report.skipped) == len(plan.changes)
    assert report.exit.code == code
    assert "because the service no longer accepts the credentials" in text.report(report, width=200, color=False)
    world.reach()
    world.apply(DESIRED)
    assert world.plan(DESIRED).plan.changes == ()


def test_credentials_that_expire_while_accounts_are_created() -> None:
    world = World()
    plan = world.plan(DESIRED).plan

    class WhilePolling(Expired):
        def call(self, operation: str, params: Params) -> Response:
            if operation == "DescribeCreateAccountStatus" and len(world.backend.account_requests) == 3:
                self._left = -1
            return super().call(operation, params)

    layer = WhilePolling(world.mock, 1000)
    world.reach(lambda api, clock: layer)
    report = world.execute(plan)
    assert layer.refused == 1
    (failed,) = report.failed
    begun = {each.address: each.request_id for each in report.in_progress}
    assert {failed.address, *begun} == {"account:a", "account:b", "account:c"}
    requests = {f"account:{each.name}": each.id for each in world.backend.account_requests.values()}
    assert begun == {address: id for address, id in requests.items() if address != failed.address}
    assert f"its creation continues ({requests[failed.address]})" in failed.error
    assert report.exit.code == 7
