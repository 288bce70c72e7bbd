"""What the service and the network do to an apply: it ends as if nothing had happened, or says what did."""

from __future__ import annotations

from functools import cache

import pytest

from reconciler.model.api import Api
from reconciler.model.clock import Clock
from reconciler.model.report import Report
from tests.building import deny, org
from tests.faults.injecting import Fault, Injecting, Scripted
from tests.faults.scenario import RULES, after, start
from tests.faults.world import World

PASSING: tuple[Fault, ...] = (
    "throttle", "conflict", "policy_changes", "fault", "http_500", "drop_before", "drop_after", "slow",
)  # fmt: skip
LOSSY: frozenset[Fault] = frozenset({"fault", "http_500", "drop_before", "drop_after"})


@cache
def undisturbed() -> tuple[World, dict[str, int]]:
    world, report = applied({})
    assert (report.failed, report.skipped) == ((), ())
    return world, dict(world.script.calls)


class Disturbed(World):
    """A world whose apply, and only that, meets the faults of a script."""

    script: Scripted


def applied(script: dict[tuple[str, int], Fault]) -> tuple[Disturbed, Report]:
    world = Disturbed(state=start())
    plan = world.plan(after(), RULES).plan

    def layer(api: Api, clock: Clock) -> Api:
        world.script = Scripted(api, clock, script)
        return world.script

    world.reach(layer)
    return world, world.execute(plan)


def check(script: dict[tuple[str, int], Fault]) -> list[str]:
    world, report = applied(script)
    expected, _ = undisturbed()
    found = [f"{script}: {each.address}: {each.error}" for each in report.failed]
    if world.picture() != expected.picture():
        found.append(f"{script}: another organization")
    if world.requests() != expected.requests():
        found.append(f"{script}: accounts asked for: {world.requests()}")
    return found


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_changes_nothing_at_the_first_calls_of_each_operation(fault: Fault) -> None:
    operations = list(undisturbed()[1])
    assert check({(each, 1): fault for each in operations}) == []
    assert check({(each, place): fault for each in operations for place in (2, 3)}) == []


@pytest.mark.nightly
@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_changes_nothing_at_any_call(fault: Fault) -> None:
    calls = [(name, place) for name, count in undisturbed()[1].items() for place in range(1, count + 1)]
    assert [each for call in calls for each in check({call: fault})] == []


@pytest.mark.parametrize("fault", sorted(LOSSY))
def test_an_account_whose_creation_got_no_answer_is_looked_for_and_requested_again(fault: Fault) -> None:
    """Some of the requests took effect, some did not: each account is asked for once in the end."""
    world, report = applied({("CreateAccount", place): fault for place in (1, 2, 4)})
    assert (report.failed, report.skipped, report.exit.code) == ((), (), 0)
    assert world.picture() == undisturbed()[0].picture()
    assert world.requests() == undisturbed()[0].requests()


def test_an_account_that_cannot_be_requested_is_given_up_within_the_budget() -> None:
    world, report = applied({("CreateAccount", 0): "http_500"})
    failed = [each for each in report.failed if each.action == "create"]
    assert len(failed) == 7
    assert {each.help for each in failed} == {
        "whether the account is being created is unknown: run apply again in a few minutes, which finds it by its "
        "name and its e-mail, or requests it if there is none"
    }
    assert world.script.calls["CreateAccount"] <= 7 * 12
    assert ("attachment:lock@account:new-1", "account:new-1") in [
        (each.address, each.because) for each in report.skipped
    ]
    assert report.exit.code == 7
    world.reach()
    world.apply(after(), RULES)
    assert world.picture() == undisturbed()[0].picture()
    assert world.requests() == undisturbed()[0].requests()


RATES: dict[Fault, float] = {
    "throttle": 0.06, "conflict": 0.05, "policy_changes": 0.03, "fault": 0.03, "http_500": 0.02, "drop_before": 0.03,
    "drop_after": 0.05, "slow": 0.02,
}  # fmt: skip


def check_weather(seed: int) -> None:
    """Everything at once, at every call of the reads and of the writes, until an apply gets through."""
    world = World(lambda api, clock: Injecting(api, clock, seed, RATES), state=start())
    for _ in range(6):
        report = world.execute(world.plan(after(), RULES).plan)
        if report.exit.code == 0:
            break
        assert {each.action for each in report.failed} == {"create"}, report.failed
    world.reach()
    assert world.plan(after(), RULES).plan.changes == ()
    assert world.picture() == undisturbed()[0].picture()
    assert world.requests() == undisturbed()[0].requests()


@pytest.mark.parametrize("seed", range(4))
def test_random_faults_delay_an_apply_and_change_nothing_else(seed: int) -> None:
    check_weather(seed)


@pytest.mark.nightly
def test_bad_weather_of_every_kind() -> None:
    for seed in range(100, 200):
        check_weather(seed)


def test_a_denied_call_fails_its_change_and_the_rest_continues() -> None:
    _, report = applied({("CreatePolicy", 1): "denied"})
    (failed,) = report.failed
    assert failed.address == "policy:batch"
    assert failed.error == "not allowed to call organizations:CreatePolicy: a policy says no"
    assert failed.help is not None
    assert '"Action": "organizations:CreatePolicy"' in failed.help
    skipped = {each.address: each.because for each in report.skipped}
    assert skipped.pop("attachment:batch@Apps/Batch") == "policy:batch"
    assert set(skipped) <= {"account:web", "account:web-eu", "account:new-7"}, "moves into the less protected OU"
    assert len(report.done) > 50
    assert report.exit.code == 7


def test_what_depends_on_a_failed_change_is_skipped_and_names_the_first_cause() -> None:
    desired = org(
        ["A", "A/B", "A/B/C", "Z"],
        {"a": "A/B/C"},
        {"deny": deny("s3:*")},
        {"deny": ["A/B/C", "Z"]},
    )
    world = World(lambda api, clock: Scripted(api, clock, {("CreateOrganizationalUnit", 1): "denied"}))
    report = world.execute(world.plan(desired).plan)
    assert [each.address for each in report.failed] == ["ou:A"]
    assert {each.because for each in report.skipped} == {"ou:A"}
    assert {each.address for each in report.skipped} == {
        "ou:A/B", "ou:A/B/C", "account:a", "attachment:deny@A/B/C",
    }  # fmt: skip
    assert [each.address for each in report.done] == ["policy:deny", "ou:Z", "attachment:deny@Z"]
    world.reach()
    world.apply(desired)
    assert world.plan(desired).plan.changes == ()


def test_a_service_that_never_recovers_is_given_up_within_the_budget() -> None:
    desired = org([], {}, {"deny": deny("s3:*")})
    world = World()
    plan = world.plan(desired).plan
    world.reach(lambda api, clock: Scripted(api, clock, {("CreatePolicy", 0): "throttle"}), budget=120.0)
    began = world.clock.now()
    report = world.execute(plan)
    assert 120.0 <= world.clock.now() - began < 121.0
    assert [each.error for each in report.failed] == ["CreatePolicy: TooManyRequestsException: not now"]
    assert [each.request_id for each in report.failed] == ["r-1"]
    assert world.notices[-1].startswith("CreatePolicy: TooManyRequestsException, given up after")
