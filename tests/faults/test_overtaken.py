"""A write whose answer was lost, and a write that somebody else's change has overtaken: a few calls tell them apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.errors import ServiceError
from reconciler.model.api import Api, Params, Response
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan
from reconciler.model.report import Report
from reconciler.model.resources import Account
from tests.building import deny, org
from tests.faults.injecting import Scripted
from tests.faults.scenario import RULES
from tests.faults.world import World

HELP = "the organization changed after the plan was made: make the plan again"


class AccountNotFound:
    """The service says of an account that is not in the source that it does not exist."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def call(self, operation: str, params: Params) -> Response:
        try:
            return self._api.call(operation, params)
        except ServiceError as error:
            if error.code in ("SourceParentNotFoundException", "DuplicateAccountException"):
                raise ServiceError(operation, "AccountNotFoundException", "no such account", status=400) from None
            raise


def planned(before: Inventory, after: Inventory, **options: Any) -> tuple[World, Plan]:
    world = World(**options)
    world.apply(before)
    world.clock.sleep(options.get("lag", 0.0))
    return world, world.plan(after, RULES).plan


def ids_of(world: World) -> dict[str, str]:
    """By name: OUs, policies; accounts by the part of the e-mail before the `@`."""
    found = {str(each.name): str(each.id) for each in world.backend.units()}
    found |= {str(each.name): str(each.id) for each in world.backend.policies}
    found |= {str(each.email).partition("@")[0]: str(each.id) for each in world.backend.members()}
    return found | {"/": world.backend.root.id}


def only(report: Report) -> tuple[str, str | None]:
    (failed,) = report.failed
    return failed.error, failed.help


# ---- accounts ----

TWO = org(["A", "B", "C"], {"a": "A"})
MOVED = org(["A", "B", "C"], {"a": "B"})


@pytest.mark.parametrize("layer", [AccountNotFound, lambda api: api], ids=["account not found", "source not found"])
@pytest.mark.parametrize("lag", [0.0, 5.0])
def test_a_move_whose_answer_was_lost(layer: Callable[[Api], Api], lag: float) -> None:
    world, plan = planned(TWO, MOVED, lag=lag)
    world.reach(lambda api, clock: Scripted(layer(api), clock, {("MoveAccount", 1): "drop_after"}))
    began = world.clock.now()
    assert world.execute(plan).exit.code == 0
    assert world.counting.calls["MoveAccount"] <= (2 if not lag else 6)
    assert world.clock.now() - began < (2 if not lag else 15)
    world.clock.sleep(lag)
    assert world.plan(MOVED).plan.changes == ()


@pytest.mark.parametrize("layer", [AccountNotFound, lambda api: api], ids=["account not found", "source not found"])
def test_an_account_that_was_moved_meanwhile(layer: Callable[[Api], Api]) -> None:
    world, plan = planned(TWO, MOVED)
    ids = ids_of(world)
    world.call("MoveAccount", AccountId=ids["a"], SourceParentId=ids["A"], DestinationParentId=ids["C"])
    world.reach(lambda api, clock: layer(api))
    began = world.clock.now()
    error, help = only(world.execute(plan))
    assert error.endswith(f"somebody else moved the account {ids['a']}, it is in {ids['C']} now")
    assert help == HELP
    assert world.counting.calls == {"MoveAccount": 1, "ListParents": 1}
    assert world.clock.now() == began


@pytest.mark.parametrize("layer", [AccountNotFound, lambda api: api], ids=["account not found", "duplicate"])
def test_an_account_that_was_moved_to_its_place_meanwhile(layer: Callable[[Api], Api]) -> None:
    world, plan = planned(TWO, MOVED)
    ids = ids_of(world)
    world.call("MoveAccount", AccountId=ids["a"], SourceParentId=ids["A"], DestinationParentId=ids["B"])
    world.reach(lambda api, clock: layer(api))
    assert world.execute(plan).exit.code == 0
    assert world.counting.calls["MoveAccount"] == 1


def test_an_account_that_was_removed_meanwhile() -> None:
    world, plan = planned(TWO, MOVED)
    world.clock.sleep(5 * 86_400)
    world.call("RemoveAccountFromOrganization", AccountId=ids_of(world)["a"])
    world.reach()
    began = world.clock.now()
    error, help = only(world.execute(plan))
    assert "is no longer in the organization" in error
    assert help == HELP
    assert world.counting.calls["MoveAccount"] == 1
    assert world.clock.now() == began


NEW = org(["A"], {"new": "A"})


def taken(world: World, name: str) -> Any:
    """The account that somebody else made with the e-mail, after the plan."""
    world.call("CreateAccount", AccountName=name, Email="New@example.com")
    while not any(each.email == "New@example.com" for each in world.backend.members()):
        world.backend.progress(list(world.backend.account_requests))
    return next(each for each in world.backend.members() if each.email == "New@example.com")


def test_an_email_that_is_taken_by_the_account_that_is_wanted() -> None:
    world, plan = planned(org(["A"]), NEW)
    taken(world, "new")
    world.reach()
    assert world.execute(plan).exit.code == 0
    assert world.plan(NEW).plan.changes == ()


@pytest.mark.parametrize(("name", "state"), [("another", "ACTIVE"), ("new", "CLOSED"), ("new", "PENDING_CLOSURE")])
def test_an_email_that_is_taken_by_another_account_or_one_that_is_closed(name: str, state: str) -> None:
    world, plan = planned(org(["A"]), NEW)
    account = taken(world, name)
    if state == "PENDING_CLOSURE":
        world.backend.closure_seconds = 10**6
    if state != "ACTIVE":
        world.call("CloseAccount", AccountId=account.id)
    if state == "CLOSED":
        world.clock.sleep(3600)
    world.reach()
    error, help = only(world.execute(plan))
    assert error.endswith(
        f'new@example.com is the e-mail of the account {account.id} ("{name}", {state}) of this organization'
    )
    assert str(help).startswith("declare that account by its id")
    assert account.parent_id == world.backend.root.id


class OneRequestAtATime:
    """The service refuses a second request for an e-mail while the first is in progress."""

    def __init__(self, api: Api, world: World) -> None:
        self._api = api
        self._world = world
        self.sent = 0

    def call(self, operation: str, params: Params) -> Response:
        if operation != "CreateAccount":
            return self._api.call(operation, params)
        self.sent += 1
        running = [each for each in self._world.backend.account_requests.values() if each.state == "IN_PROGRESS"]
        if any(each.email == params["Email"] for each in running):
            raise ServiceError(operation, "ConcurrentModificationException", "not now", status=400)
        return self._api.call(operation, params)


def test_a_request_that_runs_is_followed_and_not_sent_again() -> None:
    """Another run asks for the account just after this one looked."""
    world, plan = planned(org(["A"]), NEW)

    class JustBefore(OneRequestAtATime):
        def call(self, operation: str, params: Params) -> Response:
            if operation == "CreateAccount" and not self.sent:
                self._api.call(operation, params)
            return super().call(operation, params)

    layer = JustBefore(world.mock, world)
    world.reach(lambda api, clock: layer)
    assert world.execute(plan).exit.code == 0
    assert layer.sent == 1
    assert world.requests() == {"new@example.com": 1}


def test_another_change_in_progress_delays_a_creation() -> None:
    world, plan = planned(org(["A"]), NEW)
    world.reach(
        lambda api, clock: Scripted(api, clock, {("CreateAccount", place): "conflict" for place in range(1, 5)})
    )
    began = world.clock.now()
    assert world.execute(plan).exit.code == 0
    assert world.counting.calls["CreateAccount"] == 5
    assert world.clock.now() - began < 30


class Failing:
    """The first `times` requests fail, some time after they were made, and make nothing."""

    def __init__(self, api: Api, world: World, reason: str, times: int) -> None:
        self._api, self._world, self._reason, self._times = api, world, reason, times
        self._bad: set[str] = set()

    def call(self, operation: str, params: Params) -> Response:
        if operation == "CreateAccount" and len(self._bad) < self._times:
            request = f"car-{len(self._bad)}"
            self._bad.add(request)
            return {"CreateAccountStatus": {"Id": request, "State": "IN_PROGRESS"}}
        if operation == "DescribeCreateAccountStatus" and params["CreateAccountRequestId"] in self._bad:
            status = {"Id": params["CreateAccountRequestId"], "State": "FAILED", "FailureReason": self._reason}
            return {"CreateAccountStatus": status}
        return self._api.call(operation, params)


@pytest.mark.parametrize("reason", ["CONCURRENT_ACCOUNT_MODIFICATION", "INTERNAL_FAILURE"])
def test_a_request_that_fails_for_a_reason_that_passes_is_made_again(reason: str) -> None:
    world, plan = planned(org(["A"]), NEW)
    world.reach(lambda api, clock: Failing(api, world, reason, 2))
    assert world.execute(plan).exit.code == 0
    assert world.plan(NEW).plan.changes == ()
    world, plan = planned(org(["A"]), NEW)
    world.reach(lambda api, clock: Failing(api, world, reason, 10**6))
    assert reason in only(world.execute(plan))[0]
    assert world.counting.calls["CreateAccount"] == 4


@pytest.mark.parametrize("reason", ["ACCOUNT_LIMIT_EXCEEDED", "INVALID_EMAIL"])
def test_a_request_that_fails_for_good(reason: str) -> None:
    world, plan = planned(org(["A"]), NEW)
    world.reach(lambda api, clock: Failing(api, world, reason, 10**6))
    assert reason in only(world.execute(plan))[0]
    assert world.counting.calls["CreateAccount"] == 1


def test_a_request_of_the_same_name_that_is_for_another_email_is_not_taken() -> None:
    """The answer is lost, nothing was made, and just then somebody asks for an account of that name by hand."""
    world, plan = planned(org(["A"]), NEW)

    class Meanwhile:
        sent = 0

        def __init__(self, api: Api) -> None:
            self._api = api

        def call(self, operation: str, params: Params) -> Response:
            if operation == "CreateAccount":
                self.sent += 1
                if self.sent == 1:
                    self._api.call(operation, {"AccountName": "new", "Email": "by-hand@example.com"})
                    raise ServiceError(operation, "500", "an HTML page", status=500)
            return self._api.call(operation, params)

    world.reach(lambda api, clock: Meanwhile(api))
    report = world.execute(plan)
    assert report.exit.code == 0
    assert world.requests() == {"by-hand@example.com": 1, "new@example.com": 1}
    ids = ids_of(world)
    assert {each.id for each in report.done} == {ids["new"]}
    parents = {str(each.email): each.parent_id for each in world.backend.members()}
    assert (parents["new@example.com"], parents["by-hand@example.com"]) == (ids["A"], ids["/"])


def test_a_creation_whose_answer_has_no_account_is_looked_for() -> None:
    world, plan = planned(org(["A"]), NEW)

    class WithoutId:
        def __init__(self, api: Api) -> None:
            self._api = api

        def call(self, operation: str, params: Params) -> Response:
            answer = self._api.call(operation, params)
            if operation == "DescribeCreateAccountStatus":
                answer["CreateAccountStatus"].pop("AccountId", None)
            return answer

    world.reach(lambda api, clock: WithoutId(api))
    assert world.execute(plan).exit.code == 0
    assert world.requests() == {"new@example.com": 1}


# ---- everything else ----

BEFORE = org(
    ["A", "A/B", "C"],
    {"a": "C", "b": "C"},
    {"p": deny("s3:*"), "q": deny("sqs:*")},
    {"p": ["A"]},
    tags={"A": {"t": "1"}},
)


def call(operation: str, **names: str) -> Callable[[World], None]:
    """A call by hand; values are names where there is such a thing."""

    def made(world: World) -> None:
        ids = ids_of(world)
        world.call(operation, **{key: ids.get(value, value) for key, value in names.items()})

    return made


def without(units: list[str], **kwargs: Any) -> Inventory:
    policies = kwargs.pop("policies", {"p": deny("s3:*"), "q": deny("sqs:*")})
    attached = kwargs.pop("attached", {"p": ["A"]})
    return org(
        units, {"a": "C", "b": "C"}, policies, attached, tags={"A": {"t": "1"}} | kwargs.pop("tags", {}), **kwargs
    )


def closed(state: str) -> Inventory:
    desired = without(["A", "A/B", "C"])
    return desired.with_resources(
        each.model_copy(update={"state": state}) if isinstance(each, Account) and each.address == "account:a" else each
        for each in desired.resources
    )


SCP = "SERVICE_CONTROL_POLICY"
GONE_B = call("DeleteOrganizationalUnit", OrganizationalUnitId="B")
WANTED: dict[str, tuple[Inventory, Callable[[World], None]]] = {
    "an OU of the name was made": (
        without(["A", "A/B", "C", "D"]), call("CreateOrganizationalUnit", ParentId="/", Name="D")),
    "an OU was deleted": (without(["A", "C"]), GONE_B),
    "a policy was deleted": (
        without(["A", "A/B", "C"], policies={"p": deny("s3:*")}), call("DeletePolicy", PolicyId="q")),
    "a policy was attached": (
        without(["A", "A/B", "C"], attached={"p": ["A"], "q": ["C"]}),
        call("AttachPolicy", PolicyId="q", TargetId="C")),
    "a policy was detached": (
        without(["A", "A/B", "C"], attached={}), call("DetachPolicy", PolicyId="p", TargetId="A")),
    "a policy type was enabled": (
        without(["A", "A/B", "C"], types=("scp", "tag")),
        call("EnablePolicyType", RootId="/", PolicyType="TAG_POLICY")),
    "an account was closed": (closed("closed"), call("CloseAccount", AccountId="a")),
    "an account was removed": (closed("removed"), call("RemoveAccountFromOrganization", AccountId="a")),
}  # fmt: skip


@pytest.mark.parametrize("what", WANTED)
def test_what_was_done_meanwhile_as_planned_is_done(what: str) -> None:
    desired, by_hand = WANTED[what]
    world = World()
    world.apply(BEFORE)
    world.clock.sleep(5 * 86_400)
    plan = world.plan(desired, RULES).plan
    assert plan.changes
    by_hand(world)
    world.reach()
    began = world.clock.now()
    report = world.execute(plan)
    assert (report.failed, report.skipped) == ((), ())
    assert world.clock.now() - began < 1
    assert sum(world.counting.calls.values()) <= 4


OVERTAKEN: dict[str, tuple[Inventory, Callable[[World], None], str, int]] = {
    "an account moved into the OU that is deleted": (
        without(["A", "C"]), call("MoveAccount", AccountId="a", SourceParentId="C", DestinationParentId="B"),
        "DeleteOrganizationalUnit", 0),
    "an OU made in the OU that is deleted": (
        without(["A", "C"]), call("CreateOrganizationalUnit", ParentId="B", Name="X"), "DeleteOrganizationalUnit", 0),
    "a policy attached that is deleted": (
        without(["A", "A/B", "C"], policies={"p": deny("s3:*")}), call("AttachPolicy", PolicyId="q", TargetId="b"),
        "DeletePolicy", 0),
    "the target of an attachment deleted": (
        without(["A", "A/B", "C"], attached={"p": ["A"], "q": ["A/B"]}), GONE_B, "AttachPolicy", 5),
    "the policy of an attachment deleted": (
        without(["A", "A/B", "C"], attached={"p": ["A"], "q": ["A/B"]}), call("DeletePolicy", PolicyId="q"),
        "AttachPolicy", 5),
    "the parent of an OU deleted": (
        without(["A", "A/B", "A/B/X", "C"]), GONE_B, "CreateOrganizationalUnit", 5),
    "a tagged OU deleted": (without(["A", "A/B", "C"], tags={"A/B": {"t": "2"}}), GONE_B, "TagResource", 5),
    "the new name of an OU taken": (
        without(["A", "A/N", "C"], previously={"A/N": ["A/B"]}),
        call("CreateOrganizationalUnit", ParentId="A", Name="N"), "UpdateOrganizationalUnit", 0),
    "the new name of a policy taken": (
        without(["A", "A/B", "C"], policies={"p": deny("s3:*"), "n": deny("sqs:*")}, previously={"policy:n": ["q"]}),
        call("CreatePolicy", Type=SCP, Name="n", Description="", Content=json.dumps(deny("sns:*"))),
        "UpdatePolicy", 0),
}  # fmt: skip


@pytest.mark.parametrize("what", OVERTAKEN)
def test_what_can_no_longer_be_done_fails_soon_with_the_reason(what: str) -> None:
    desired, by_hand, operation, seconds = OVERTAKEN[what]
    world, plan = planned(BEFORE, desired)
    assert plan.changes
    by_hand(world)
    world.reach()
    began = world.clock.now()
    report = world.execute(plan)
    (failed,) = report.failed
    assert failed.error.startswith(f"{operation}: ")
    assert "make the plan again" in str(failed.help)
    assert world.clock.now() - began <= seconds
    assert world.counting.calls[operation] <= 4
    assert sum(world.counting.calls.values()) <= 6


def test_a_detach_from_what_was_deleted_is_done() -> None:
    desired = without(["A", "A/B", "C"], attached={})
    world = World()
    world.apply(without(["A", "A/B", "C"], attached={"p": ["A/B"]}))
    plan = world.plan(desired, RULES).plan
    GONE_B(world)
    world.reach()
    assert world.execute(plan).exit.code == 0
    assert world.counting.calls == {"DetachPolicy": 1}
