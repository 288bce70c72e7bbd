"""An allowance is a part of the digest: it counts for the plan that was reviewed with it, and for no other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.use_cases.files import load_plan, plan_text
from tests.e2e.conftest import SPEC, Program

DELETING = (
    SPEC.replace("  policies: [deny-leaving]\n", "  policies: []\n") + "unmanaged: {organizational_units: delete}\n"
)
ALLOW = ("--allow", "deletes.attachments=1")
GUARDED = DELETING + "guards: {max_deletes: {attachments: 0}}\n"


@pytest.fixture
def blocked(program: Program) -> Program:
    """A plan that detaches one policy, which the guards block."""
    assert program("apply", "--mock", "--auto-approve").code == 0
    Path("org.yaml").write_text(GUARDED, "utf-8")
    return program


def saved(program: Program, *options: str) -> str:
    assert program("plan", "--mock", "--save", "plan.json", *options).code == 0
    digest: str = json.loads(Path("plan.json").read_text("utf-8"))["digest"]
    return digest


def test_an_allowance_changes_the_digest_and_the_plan_without_one_keeps_its_own(blocked: Program) -> None:
    without, given = saved(blocked), saved(blocked, *ALLOW)
    assert without != given
    assert saved(blocked, "--allow", "deletes.attachments=2") not in (without, given)
    assert saved(blocked) == without
    assert "allowed" not in json.loads(Path("plan.json").read_text("utf-8"))


def test_the_digest_that_was_reviewed_brings_its_allowances(blocked: Program) -> None:
    digest = saved(blocked, *ALLOW)
    assert blocked("apply", "plan.json", "--mock").code == 4
    assert blocked("apply", "plan.json", "--mock", "--expect-digest", digest).code == 0
    assert blocked("apply", "plan.json", "--mock", "--expect-digest", digest).code == 0


def test_a_digest_that_was_reviewed_without_an_allowance_does_not_get_one(blocked: Program) -> None:
    digest = saved(blocked)
    ran = blocked("apply", "plan.json", "--mock", "--expect-digest", digest, *ALLOW)
    assert ran.code == 5
    assert "reviewed without the allowance for deletes.attachments" in ran.err
    assert blocked("apply", "--mock", "--auto-approve", "--expect-digest", digest, *ALLOW).code == 5
    assert blocked("apply", "plan.json", "--mock", *ALLOW).code == 0


def test_more_than_was_reviewed_is_refused(blocked: Program) -> None:
    digest = saved(blocked, *ALLOW)
    for more in (["--allow", "deletes.attachments=2"], ["--allow-close"]):
        assert blocked("apply", "plan.json", "--mock", "--expect-digest", digest, *more).code == 5
    assert blocked("apply", "plan.json", "--mock", "--expect-digest", digest, *ALLOW).code == 0


def test_an_edited_allowance_is_noticed(blocked: Program) -> None:
    digest = saved(blocked)
    data = json.loads(Path("plan.json").read_text("utf-8"))
    data["allowed"] = {"numbers": {"deletes.attachments": 1}, "close": False}
    Path("plan.json").write_text(json.dumps(data), "utf-8")
    assert blocked("apply", "plan.json", "--mock", "--expect-digest", digest).code == 5


def test_the_options_can_be_given_as_one_text(blocked: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = saved(blocked, *ALLOW, "--allow", "protected:ou:My OU=2", "--allow-close")
    text = "--allow deletes.attachments=1 --allow-close --allow='protected:ou:My OU=2'"
    assert saved(blocked, "--allowances", text) == digest
    monkeypatch.setenv("RECONCILER_ALLOWANCES", text)
    assert saved(blocked) == digest
    monkeypatch.setenv("RECONCILER_ALLOWANCES", "")
    assert "allowed" not in blocked("plan", "--mock", "--output", "json").json


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("--spec other.yaml", "`--spec` is not an allowance"),
        ("deletes.policies=1", "`deletes.policies=1` is not an allowance"),
        ("--allow", "expected GUARD=N"),
        ("--allow deletes.policy=1", "there is no guard"),
        ("--allow 'deletes.policies=1", "No closing quotation"),
    ],
)
def test_anything_but_allowances_in_the_text_is_refused(blocked: Program, text: str, message: str) -> None:
    ran = blocked("plan", "--mock", "--allowances", text)
    assert ran.code == 64
    assert message in ran.err


@pytest.mark.parametrize(
    ("output", "shown"), [("text", "Allowed for this digest only:"), ("markdown", "**Allowed, for")]
)
def test_the_plan_shows_what_is_allowed(blocked: Program, output: str, shown: str) -> None:
    ran = blocked("plan", "--mock", "--output", output, *ALLOW)
    assert shown in ran.out
    assert "--allow deletes.attachments=1" in ran.out
    assert shown not in blocked("plan", "--mock", "--output", output).out


class TestVerifySpec:
    """`--verify-spec` trusts a saved plan no further than the spec at hand and the options that are given."""

    def apply(self, program: Program, *options: str) -> int:
        digest = json.loads(Path("plan.json").read_text("utf-8"))["digest"]
        command = ("apply", "plan.json", "--mock", "--expect-digest", digest, "--verify-spec", *options)
        return program(*command).code

    def test_a_plan_of_this_spec_is_applied(self, program: Program) -> None:
        saved(program)
        assert self.apply(program) == 0

    def test_a_plan_of_another_spec_is_refused_even_where_it_claims_to_be_of_this_one(self, program: Program) -> None:
        saved(program)
        ours = json.loads(Path("plan.json").read_text("utf-8"))["spec_digest"]
        Path("org.yaml").write_text(SPEC.replace("Sandbox:", "Elsewhere:"), "utf-8")
        saved(program)
        forged = load_plan(Path("plan.json")).model_copy(update={"spec_digest": ours})
        Path("plan.json").write_text(plan_text(forged), "utf-8")
        Path("org.yaml").write_text(SPEC, "utf-8")
        assert self.apply(program, "--dry-run") == 5
        assert self.apply(program) == 5

    def test_an_allowance_has_to_be_given_again(self, blocked: Program) -> None:
        saved(blocked, *ALLOW)
        assert self.apply(blocked) == 5
        assert self.apply(blocked, "--allow", "deletes.attachments=2") == 5
        assert self.apply(blocked, *ALLOW) == 0

    def test_it_needs_the_spec(self, program: Program) -> None:
        saved(program)
        Path("org.yaml").unlink()
        assert self.apply(program) == 64


def test_an_allowance_for_another_saved_plan_is_refused(blocked: Program) -> None:
    saved(blocked)
    other = "sha256:" + "0" * 64
    ran = blocked("apply", "plan.json", "--mock", "--allowances", f"{other} --allow deletes.attachments=1")
    assert ran.code == 5
    assert "not for this one" in ran.err


def test_check_fails_where_the_plan_is_blocked_and_shows_it_all_the_same(blocked: Program) -> None:
    ran = blocked("plan", "--mock", "--check", "--save", "checked.json", "--output", "json")
    assert (ran.code, ran.json["exit"]) == (4, {"code": 4, "reason": "blocked"})
    assert ran.json["changes"]
    assert Path("checked.json").exists()
    assert blocked("plan", "--mock", "--output", "json").code == 0
