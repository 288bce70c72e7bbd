"""Carrying a plan out: which calls, when, what is made of every error, and what the report and the journal say."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from typing import Any

from reconciler.applying.executor import Executor, dry_run
from reconciler.aws.operations import OPERATIONS
from reconciler.kinds.base import UnmanagedRules
from reconciler.kinds.policy import PolicyKind
from reconciler.model.api import Api, Params, Response
from reconciler.model.plan import Change
from reconciler.model.progress import Untold
from reconciler.planning.planner import PlannerSettings
from tests.building import deny, org
from tests.faults.injecting import Scripted
from tests.faults.world import World
from tests.harness import BY_KIND
from tests.unit.applying.executing import DENY, BrokenJournal, Remembering, execute


def test_no_more_than_five_accounts_are_in_creation_and_the_rest_continues_meanwhile() -> None:
    accounts = {f"a{number}": "A" for number in range(12)}
    world = World()
    most = 0

    class Counted:
        def __init__(self, api: Api) -> None:
            self._api = api

        def call(self, operation: str, params: Params) -> Response:
            nonlocal most
            answer = self._api.call(operation, params)
            most = max(most, sum(each.state == "IN_PROGRESS" for each in world.backend.account_requests.values()))
            return answer

    plan = world.plan(org(["A", "B"], accounts, {"deny": DENY}, {"deny": ["B"]})).plan
    world.backend.creation_polls = 40
    world.reach(lambda api, clock: Counted(api))
    report = execute(world, plan)
    assert report.exit.code == 0
    assert most == 5
    assert len(world.backend.members()) == 13


def test_a_stop_finishes_the_call_in_flight_and_reports_what_was_not_done() -> None:
    world = World()
    plan = world.plan(org(["A", "B", "C"], {"a": "A"})).plan
    journal = Remembering()
    report = execute(world, plan, journal, stopped=lambda: world.counting.calls["CreateOrganizationalUnit"] >= 2)
    assert report.exit.code == 130
    assert report.exit.reason == "interrupted"
    assert [each.address for each in report.done] == ["ou:A", "ou:B"]
    assert [(each.address, each.because) for each in report.skipped] == [
        ("ou:C", "interrupted"),
        ("account:a", "interrupted"),
    ]
    assert journal.events("call", "answer")[-2:] == ["call CreateOrganizationalUnit", "answer CreateOrganizationalUnit"]
    assert [each.name for each in world.backend.units()] == ["A", "B"]


def test_a_stop_after_the_last_call_is_a_success() -> None:
    world = World()
    plan = world.plan(org(["A"])).plan
    report = execute(world, plan, stopped=lambda: world.counting.calls["CreateOrganizationalUnit"] == 1)
    assert (report.exit.code, report.skipped) == (0, ())


def test_the_journal_has_a_line_before_and_after_each_call() -> None:
    world = World()
    desired = org(["A", "B"], {"a": "A"}, {"deny": DENY}, {"deny": ["B"]})
    plan = world.plan(desired).plan
    journal = Remembering()
    world.reach(
        lambda api, clock: Scripted(api, clock, {("CreatePolicy", 1): "drop_after", ("AttachPolicy", 0): "denied"})
    )
    execute(world, plan, journal)
    lines = [(event, details.get("operation")) for event, details in journal.lines]
    for place, (event, operation) in enumerate(lines):
        if event == "call":
            assert lines[place + 1] in (("answer", operation), ("error", operation))
    assert ("error", "CreatePolicy") in lines
    assert lines[lines.index(("error", "CreatePolicy")) + 1] == ("found", "CreatePolicy")
    assert ("error", "AttachPolicy") in lines
    answers = [details["answer"] for event, details in journal.lines if event == "answer" and details["answer"]]
    assert {key for answer in answers for key in answer} >= {"OrganizationalUnit.Id", "CreateAccountStatus.AccountId"}


def test_without_a_journal_no_call_is_made() -> None:
    world = World()
    plan = world.plan(org(["A"], {}, {"deny": DENY})).plan
    before = world.counting.calls.copy()
    report = execute(world, plan, BrokenJournal())
    assert {each.error for each in report.failed} == {"the journal cannot be written: No space left on device"}
    assert world.counting.calls == before
    assert report.exit.code == 7


def test_a_bug_in_one_change_is_an_entry_of_the_report_and_the_rest_continues() -> None:
    class Buggy(PolicyKind):
        def calls(self, change: Change, ids: Any) -> Iterator[Any]:
            if change.address == "policy:bad":
                raise KeyError("ou:Nowhere")
            yield from super().calls(change, ids)

    world = World()
    plan = world.plan(org(["A"], {}, {"bad": DENY, "good": DENY}, {"bad": ["A"], "good": ["A"]})).plan
    journal = Remembering()
    report = Executor(
        plan=plan,
        kinds={**BY_KIND, "policy": Buggy()},
        operations=OPERATIONS,
        api=world.api,
        clock=world.clock,
        journal=journal,
        read=lambda operation, params, member: iter(()),
    ).run()
    (failed,) = report.failed
    assert (failed.address, failed.error) == ("policy:bad", "unexpected KeyError: 'ou:Nowhere'")
    assert failed.help is not None
    assert "bug" in failed.help
    assert [each.address for each in report.skipped] == ["attachment:bad@A"]
    assert "attachment:good@A" in [each.address for each in report.done]
    (trace,) = [details["trace"] for event, details in journal.lines if event == "bug"]
    assert "KeyError: 'ou:Nowhere'" in trace


def test_progress_is_reported_once_for_each_change() -> None:
    world = World(lambda api, clock: Scripted(api, clock, {("CreatePolicy", 1): "denied"}))
    plan = world.plan(org(["A", "B"], {"a": "B"}, {"deny": DENY}, {"deny": ["A"]})).plan
    told: list[str] = []

    class Told(Untold):
        def started(self, change: Change) -> None:
            told.append(f"started {change.address}")

        def ended(self, change: Change, outcome: str, why: str = "") -> None:
            told.append(f"{outcome} {change.address}")
            assert bool(why) is (outcome == "failed")

    execute(world, plan, progress=Told())
    assert sorted(told) == [
        "done account:a", "done ou:A", "done ou:B", "failed policy:deny", "skipped attachment:deny@A",
        "started account:a", "started ou:A", "started ou:B", "started policy:deny",
    ]  # fmt: skip


def test_a_dry_run_names_every_write_that_an_apply_makes() -> None:
    world = World()
    world.apply(org(["Old", "Old/P"], {"a": "Old/P"}, {"deny": DENY}, {"deny": ["Old/P"]}))
    desired = org(
        ["New", "New/P"],
        {"a": "New/P", "b": "New"},
        {"deny": deny("ec2:*"), "more": DENY},
        {"deny": ["New/P"], "more": ["@b"]},
        tags={"New": {"x": "1"}, "@a": {"y": "2"}},
        previously={"New/P": ["Old/P"]},
    )
    plan = world.plan(desired).plan
    before = world.counting.calls.copy()
    world.execute(plan)
    made = {name: count for name, count in (world.counting.calls - before).items() if OPERATIONS[name].writes}
    assert Counter(each.operation for each in dry_run(plan, BY_KIND)) == made


TIDY = PlannerSettings(
    policies=UnmanagedRules({"attachments": "delete", "organizational_units": "delete", "policies": "delete"})
)


def test_an_undeclared_policy_goes_with_the_undeclared_ou_that_holds_it() -> None:
    world = World()
    world.apply(org(["A", "A/B"], {}, {"deny": DENY}, {"deny": ["A/B"]}))
    world.apply(org(["A"]), TIDY)
    assert world.plan(org(["A"]), TIDY).plan.changes == ()
    assert [each.name for each in world.backend.policies] == ["FullAWSAccess"]


def test_an_undeclared_policy_stays_while_a_closed_account_holds_it() -> None:
    world = World()
    before = org(["A"], {"a": "A"}, {"deny": DENY}, {"deny": ["@a"]})
    world.apply(before)
    closed = org(["A"], {"a": "A"})
    closed = closed.with_resources(
        each.model_copy(update={"state": "closed"}) if each.address == "account:a" else each
        for each in closed.resources
    )
    plan = world.apply(closed, TIDY)
    assert [each.code for each in plan.warnings] == ["W505"]
    assert "it stays attached to account:a" in plan.warnings[0].message
    assert world.plan(closed, TIDY).plan.changes == ()


def test_an_undeclared_policy_stays_while_something_out_of_sight_holds_it() -> None:
    world = World()
    world.apply(org(["Legacy"], {}, {"deny": DENY}, {"deny": ["Legacy"]}))
    rules = dataclasses.replace(TIDY, ignore={"organizational_units": ["Legacy"]})
    plan = world.apply(org(), rules)
    assert [each.action for each in plan.changes] == []
    assert [each.code for each in plan.warnings] == ["W511"]
