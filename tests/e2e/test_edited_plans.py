"""A saved plan that was edited, with its digest and its seal renewed: what it says of itself is not trusted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.kinds import KINDS
from reconciler.model.plan import Plan
from reconciler.use_cases.files import plan_text
from tests.e2e.conftest import Program, Ran
from tests.e2e.test_staleness import STATE, Hand

Edit = Callable[[dict[str, Any]], None]

DENY = '{Version: "2012-10-17", Statement: [{Effect: Deny, Action: "s3:*", Resource: "*"}]}'
SPEC = f"""\
version: 1
policies:
  lock: {{type: scp, content: {DENY}}}
  other: {{type: scp, content: {DENY.replace("s3", "ec2")}}}
root:
  policies: [lock]
  organizational_units:
    Security:
      policies: [lock]
      accounts:
        log: {{email: log@example.com}}
    Sandbox:
      policies: [other]
      tags: {{a: "1", b: "2"}}
guards:
  protected: ["ou:Security", "policy:lock"]
  max_deletes: {{attachments: 0, organizational_units: 0}}
"""
HARMLESS = SPEC.replace("    Sandbox:\n", "    New: {}\n    Sandbox:\n")


def edited(edit: Edit) -> None:
    """Rewrites plan.json as somebody who has this program can."""
    data = json.loads(Path("plan.json").read_text())
    edit(data)
    plan = Plan.load(data, [kind.resource for kind in KINDS])
    Path("plan.json").write_text(plan_text(plan))


def refused(program: Program, code: int, *args: str) -> Ran:
    before = STATE.read_bytes()
    ran = program("apply", "plan.json", "--mock", "--output", "json", *args)
    assert ran.code == code, ran
    assert STATE.read_bytes() == before
    return ran


@pytest.fixture
def applied(program: Program) -> Program:
    Path("org.yaml").write_text(SPEC)
    assert program("apply", "--mock", "--auto-approve").code == 0
    return program


@pytest.fixture
def plan(applied: Program) -> Program:
    """A plan that makes one OU."""
    Path("org.yaml").write_text(HARMLESS)
    assert applied("plan", "--mock", "--save", "plan.json").code == 0
    return applied


def real_plan(program: Program, spec: str) -> dict[str, Any]:
    """The plan for another spec, as data."""
    Path("org.yaml").write_text(spec)
    assert program("plan", "--mock", "--save", "real.json").code == 0
    Path("org.yaml").write_text(HARMLESS)
    data: dict[str, Any] = json.loads(Path("real.json").read_text())
    return data


def test_violations_that_were_removed_from_a_plan(applied: Program) -> None:
    Path("org.yaml").write_text(SPEC.replace("      policies: [other]\n", ""))
    assert applied("plan", "--mock", "--save", "plan.json").code == 0
    edited(lambda data: data["guards"].update(violations=[]))
    assert "deletes.attachments" in refused(applied, 4).err
    assert applied("apply", "plan.json", "--mock", "--allow", "deletes.attachments=1").code == 0


@pytest.mark.parametrize(
    "lie", [{}, {"temporary": True}, {"reason": "replaced"}, {"reason": "no_gap", "temporary": True}]
)
def test_a_detach_that_was_added(plan: Program, lie: dict[str, Any]) -> None:
    real = real_plan(plan, SPEC.replace("      policies: [other]\n", ""))
    (detach,) = real["changes"]
    preconditions = {each["address"]: each for each in real["preconditions"]}

    def add(data: dict[str, Any]) -> None:
        preconditions.update({each["address"]: each for each in data["preconditions"]})
        data["changes"].append(detach | lie)
        data["preconditions"] = [preconditions[each] for each in sorted(preconditions)]
        data["ids"] |= real["ids"]
        data["guards"]["violations"] = []

    edited(add)
    assert "deletes.attachments" in refused(plan, 4).err


def test_a_management_account_that_is_closed(plan: Program) -> None:
    """No spec leads to such a plan, so it is made of one that closes another account."""
    hand = Hand()
    management = "123456789012"
    text = HARMLESS.replace("{email: log@example.com}", "{email: log@example.com, state: closed}")
    real = real_plan(plan, text)
    close = next(each for each in real["changes"] if each["action"] == "close")
    before = next(each for each in hand.live.resources if each.id == management).model_dump(mode="json")
    for side in ("before", "after"):
        close[side] = before | {"state": close[side]["state"], "tags": None}
    close["address"] = before["address"]

    def add(data: dict[str, Any]) -> None:
        data["changes"].append(close)
        data["ids"][before["address"]] = management
        known = {each["address"]: each for each in (*real["preconditions"], *data["preconditions"])}
        fields = {"name": before["name"], "email": before["email"], "parent": "root:/", "state": "active"}
        attached = {"attached": ["p-FullAWSAccess"]}
        known[before["address"]] = {"address": before["address"], "id": management, "fields": fields | attached}
        named = {each["address"] for each in data["preconditions"]} | {before["address"], "root:/", "policy:lock"}
        data["preconditions"] = [known[each] for each in sorted(named | {"policy:FullAWSAccess"} & known.keys())]

    edited(add)
    for extra in ((), ("--allow-close", "--allow", "account_closures=9")):
        ran = program_without_spec(plan, *extra)
        assert ran.code == 4, ran
        assert "the management account is never moved, closed or removed" in ran.err


def program_without_spec(program: Program, *args: str) -> Ran:
    """`apply plan.json` in a directory that has nothing else."""
    state, before = STATE.resolve(), STATE.read_bytes()
    fresh = Path("fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    shutil.copy("plan.json", fresh)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(fresh)
        ran = program("apply", "plan.json", "--mock-state", str(state), *args)
    if ran.code:
        assert STATE.read_bytes() == before
    return ran


def _delete_called_update(data: dict[str, Any]) -> None:
    data["changes"][0] |= {"action": "update"}


def _other_address(data: dict[str, Any]) -> None:
    data["changes"][0]["after"]["address"] = "ou:Else"


def _no_preconditions(data: dict[str, Any]) -> None:
    data["preconditions"] = []


@pytest.mark.parametrize("edit", [_delete_called_update, _other_address, _no_preconditions])
def test_a_plan_that_contradicts_itself_or_says_less_than_it_relies_on(plan: Program, edit: Edit) -> None:
    edited(edit)
    refused(plan, 5)


def test_a_change_of_nothing(plan: Program) -> None:
    data = json.loads(Path("plan.json").read_text())
    data["changes"][0] |= {"after": None, "before": None}
    Path("plan.json").write_text(json.dumps(data))
    assert "it has neither before nor after" in refused(plan, 5).err


def test_a_before_that_is_not_live(applied: Program) -> None:
    Path("org.yaml").write_text(SPEC.replace('a: "1", b: "2"', 'a: "9", b: "2"'))
    assert applied("plan", "--mock", "--save", "plan.json").code == 0

    def lie(data: dict[str, Any]) -> None:
        (change,) = data["changes"]
        change["before"]["tags"] = {"a": "9", "b": "2", "c": "3"}

    edited(lie)
    refused(applied, 5)


def test_an_id_of_something_else_under_a_harmless_name(applied: Program) -> None:
    """The detach from Sandbox is sent to Security, which is protected."""
    hand = Hand()
    Path("org.yaml").write_text(SPEC.replace("      policies: [other]\n", ""))
    assert applied("plan", "--mock", "--save", "plan.json").code == 0
    edited(lambda data: data["ids"].update({"ou:Sandbox": hand.id("ou:Security")}))
    refused(applied, 5, "--allow", "deletes.attachments=1")


def test_a_protected_thing_under_another_name(applied: Program) -> None:
    """A whole plan that calls a protected policy by another name, in every place."""
    text = SPEC.replace(DENY, DENY.replace("s3:*", "s3:x"))
    Path("org.yaml").write_text(text)
    assert applied("plan", "--mock", "--save", "plan.json").code == 0
    Path("plan.json").write_text(Path("plan.json").read_text().replace("policy:lock", "policy:free"))
    edited(lambda data: data["guards"].update(violations=[]))
    assert "policy:lock is protected" in refused(applied, 4).err


class TestLimits:
    """Which limits count: those of the spec as it is now; without one those of the plan, and the defaults."""

    def blocked(self, program: Program) -> None:
        Path("org.yaml").write_text(SPEC.replace("      policies: [other]\n", ""))
        assert program("plan", "--mock", "--save", "plan.json").code == 0

    def test_a_limit_that_was_loosened_after_the_plan(self, applied: Program) -> None:
        self.blocked(applied)
        refused(applied, 4)
        text = Path("org.yaml").read_text()
        Path("org.yaml").write_text(text.replace("attachments: 0", "attachments: 1"))
        assert applied("apply", "plan.json", "--mock").code == 0

    def test_a_limit_that_was_tightened_after_the_plan(self, plan: Program) -> None:
        Path("org.yaml").write_text(
            SPEC.replace("      policies: [other]\n", "").replace("attachments: 0", "attachments: 1")
        )
        assert plan("plan", "--mock", "--save", "plan.json").code == 0
        Path("org.yaml").write_text(SPEC)
        refused(plan, 4)

    def test_without_the_spec_the_limits_of_the_plan_count(self, applied: Program) -> None:
        self.blocked(applied)
        assert program_without_spec(applied).code == 4
        assert program_without_spec(applied, "--allow", "deletes.attachments=1").code == 0

    def test_without_the_spec_limits_that_were_loosened_in_the_plan_do_not(self, applied: Program) -> None:
        many = "".join(f"    U{number}: {{policies: [other]}}\n" for number in range(11))
        Path("org.yaml").write_text(SPEC.replace("    Sandbox:\n", f"{many}    Sandbox:\n"))
        assert applied("apply", "--mock", "--auto-approve").code == 0
        text = Path("org.yaml").read_text().replace("{policies: [other]}", "{}")
        Path("org.yaml").write_text(text)
        assert applied("plan", "--mock", "--save", "plan.json").code == 0
        edited(lambda data: data["guard_settings"]["limits"].update(max_deletes={}))
        ran = program_without_spec(applied)
        assert ran.code == 4
        assert "11 attachments would be detached, the limit is 10" in ran.err

    def test_a_spec_that_is_named_has_to_be_there_and_valid(self, plan: Program) -> None:
        assert plan("apply", "plan.json", "--mock", "--spec", "missing.yaml").code == 3
        Path("org.yaml").write_text("version: 1\nroot: [")
        refused(plan, 3)

    def test_a_spec_of_another_organization(self, plan: Program) -> None:
        Path("org.yaml").write_text(HARMLESS + "organization: {id: o-zzzzzzzzzz}\n")
        refused(plan, 4)


def test_guards_count_the_whole_plan_when_it_is_continued(applied: Program) -> None:
    """Half of the detachments were made by an earlier run that was allowed to: the rest is not below the limit."""
    text = SPEC.replace("      policies: [other]\n", "").replace(
        "root:\n  policies: [lock]\n", "root:\n  policies: []\n"
    )
    Path("org.yaml").write_text(text.replace("attachments: 0", "attachments: 1"))
    assert applied("plan", "--mock", "--save", "plan.json").code == 0
    hand = Hand()
    hand.call("DetachPolicy", PolicyId=hand.id("policy:other"), TargetId=hand.id("ou:Sandbox"))
    assert "2 attachments would be detached, the limit is 1" in refused(applied, 4).err
