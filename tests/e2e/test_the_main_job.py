"""Validate, plan, apply, no changes, drift: on the mocked organization and over HTTP, through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import SPEC, Program

BACKENDS = ["mock", "server"]


@pytest.fixture(params=BACKENDS)
def where(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The options that lead to the organization."""
    if request.param == "mock":
        return ("--mock",)
    request.getfixturevalue("server")
    return ()


def test_apply_then_plan_finds_nothing_and_a_second_apply_writes_nothing(
    program: Program, where: tuple[str, ...]
) -> None:
    assert program("validate").code == 0
    planned = program("plan", *where, "--detailed-exitcode", "--output", "json")
    assert planned.code == 2
    assert planned.json["summary"]["create"] >= 7
    applied = program("apply", *where, "--auto-approve", "--output", "json")
    assert applied.code == 0, applied.err
    assert applied.json["failed"] == applied.json["skipped"] == []
    again = program("plan", *where, "--detailed-exitcode")
    assert again.code == 0, again.out
    assert "No changes" in again.out
    second = program("apply", *where, "--auto-approve", "--output", "json")
    assert second.code == 0
    assert second.json["calls"] == {}


def test_drift_is_found_and_repaired(program: Program, where: tuple[str, ...]) -> None:
    assert program("apply", *where, "--auto-approve").code == 0
    assert program("drift", *where).code == 0
    spec = Path("org.yaml").read_text()
    Path("other.yaml").write_text(spec.replace("  policies: [deny-leaving]\n", ""))
    assert program("apply", *where, "--auto-approve", "--spec", "other.yaml").code == 0
    drift = program("drift", *where, "--output", "json")
    assert drift.code == 2
    assert [(each["action"], each["address"]) for each in drift.json["changes"]] == [
        ("attach", "attachment:deny-leaving@/")
    ]
    assert program("apply", *where, "--auto-approve").code == 0
    assert program("drift", *where).code == 0


def test_a_saved_plan_is_applied_as_it_was_made(program: Program, where: tuple[str, ...]) -> None:
    assert program("plan", *where, "--save", "plan.json").code == 0
    Path("org.yaml").unlink()
    applied = program("apply", "plan.json", *where, "--output", "json")
    assert applied.code == 0, applied.err
    assert applied.json["digest"] == json.loads(Path("plan.json").read_text())["digest"]
    Path("org.yaml").write_text(SPEC)
    assert program("plan", *where, "--detailed-exitcode").code == 0


def test_a_plan_is_refused_once_the_organization_changed_by_hand(program: Program, server: Any) -> None:
    assert program("apply", "--auto-approve").code == 0
    changed = Path("org.yaml").read_text().replace("tags: {team: shop}", "tags: {team: store}")
    Path("org.yaml").write_text(changed)
    assert program("plan", "--save", "plan.json").code == 0
    account = next(each for each in server.list_accounts()["Accounts"] if each["Name"] == "shop-prod")
    parent = server.list_parents(ChildId=account["Id"])["Parents"][0]["Id"]
    root = server.list_roots()["Roots"][0]["Id"]
    server.move_account(AccountId=account["Id"], SourceParentId=parent, DestinationParentId=root)
    refused = program("apply", "plan.json")
    assert refused.code == 5
    assert "account:shop-prod: parent changed" in refused.err


def test_a_plan_that_was_edited_is_refused(program: Program) -> None:
    assert program("plan", "--mock", "--save", "plan.json").code == 0
    text = Path("plan.json").read_text()
    Path("plan.json").write_text(text.replace("sandbox-a@example.com", "other@example.com"))
    refused = program("apply", "plan.json", "--mock")
    assert refused.code == 5
    assert "was modified" in refused.err


def test_only_the_reviewed_digest_is_applied(program: Program) -> None:
    digest = program("plan", "--mock", "--output", "json").json["digest"]
    wrong = program("apply", "--mock", "--auto-approve", "--expect-digest", "sha256:" + "0" * 64)
    assert wrong.code == 5
    assert program("apply", "--mock", "--auto-approve", "--expect-digest", digest).code == 0


def test_a_snapshot_stands_for_the_live_organization(program: Program) -> None:
    assert program("apply", "--mock", "--auto-approve").code == 0
    assert program("snapshot", "--mock", "--out", "live.json").code == 0
    assert program("plan", "--snapshot", "live.json", "--detailed-exitcode").code == 0
    assert program("plan", "--mock-state", "live.json", "--detailed-exitcode").code == 0
    assert program("apply", "--snapshot", "live.json", "--auto-approve").code == 64


def test_a_dry_run_shows_each_call_and_makes_none(program: Program) -> None:
    dry = program("apply", "--mock", "--dry-run", "--output", "json")
    assert dry.code == 0
    operations = [each["operation"] for each in dry.json["would_call"]]
    assert operations[0] == "EnablePolicyType"
    assert operations.count("CreateAccount") == 2
    assert program("plan", "--mock", "--detailed-exitcode").code == 2


def test_without_a_terminal_apply_does_not_ask(program: Program) -> None:
    refused = program("apply", "--mock")
    assert refused.code == 64
    assert "--auto-approve" in refused.err


def test_a_blocked_plan_is_shown_and_only_apply_refuses(program: Program) -> None:
    spec = Path("org.yaml").read_text() + "guards: {max_account_creations: 1}\n"
    Path("org.yaml").write_text(spec)
    planned = program("plan", "--mock")
    assert planned.code == 0
    assert "--allow account_creations=2" in planned.out
    assert program("apply", "--mock", "--auto-approve").code == 4
    assert program("plan", "--mock", "--detailed-exitcode").code == 2
    assert program("apply", "--mock", "--auto-approve", "--allow", "account_creations=2").code == 0


def test_the_wrong_organization_is_refused(program: Program) -> None:
    assert program("apply", "--mock", "--auto-approve").code == 0
    spec = Path("org.yaml").read_text()
    Path("org.yaml").write_text(spec.replace("version: 1", "version: 1\norganization: {id: o-zzzzzzzzzz}"))
    for command in ("plan", "apply", "drift"):
        refused = program(command, "--mock")
        assert refused.code == 4
        assert "o-zzzzzzzzzz" in refused.err


def test_a_read_that_fails_is_never_an_empty_organization(
    program: Program, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.delete_organization()
    failed = program("plan", "--output", "json")
    assert failed.code == 8
    assert "no organization" in failed.json["error"]


def test_without_credentials_the_exit_code_is_8(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
    refused = program("plan")
    assert refused.code == 8
    assert "--mock" in refused.err


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["--help"], 0),
        (["plan", "--help"], 0),
        (["--version"], 0),
        (["plna"], 64),
        (["plan", "--unknown"], 64),
        (["plan", "--output", "xml"], 64),
        (["apply", "missing.json", "--mock"], 1),
        (["plan", "--spec", "missing.yaml", "--mock"], 3),
        (["plan", "--snapshot", "missing.json"], 1),
        (["apply", "--mock", "--allow", "deletes"], 64),
    ],
)
def test_exit_codes_of_wrong_usage(program: Program, args: list[str], code: int) -> None:
    ran = program(*args)
    assert ran.code == code, ran
    assert code == 0 or ran.err.startswith("error")


def test_a_global_option_may_stand_before_the_command(program: Program) -> None:
    ran = program("--mock", "--output", "json", "plan")
    assert ran.code == 0
    assert ran.json["command"] == "plan"


def test_the_smallest_spec_that_makes_an_ou(program: Program) -> None:
    Path("org.yaml").write_text("version: 1\nroot:\n  organizational_units:\n    A: {}\n")
    assert program("plan", "--mock", "--output", "json").json["summary"]["create"] == 1
    assert program("apply", "--mock", "--auto-approve").code == 0
    assert program("plan", "--mock", "--detailed-exitcode").code == 0


def test_what_is_to_be_typed_can_be_typed(program: Program) -> None:
    import shlex

    spec = Path("org.yaml").read_text().replace("    Sandbox:", "    My Team:")
    Path("org.yaml").write_text(spec)
    assert program("apply", "--mock", "--auto-approve").code == 0
    guarded = spec.replace("    My Team:", "    Other:").replace("sandbox-a: {email", "sandbox-a: {email")
    guarded += 'unmanaged: {organizational_units: delete}\nguards: {protected: ["ou:My Team"]}\n'
    Path("org.yaml").write_text(guarded)
    (violation,) = program("plan", "--mock", "--output", "json").json["guards"]["violations"]
    assert program("apply", "--mock", "--auto-approve").code == 4
    assert program("apply", "--mock", "--auto-approve", *shlex.split(violation["allow"])).code == 0


def test_a_target_that_is_nothing_is_an_error(program: Program) -> None:
    refused = program("plan", "--mock", "--target", "ou:Worklaods")
    assert refused.code == 64
    assert "did you mean ou:Workloads?" in refused.err
    assert program("plan", "--mock", "--target", "ou:Work*").code == 0


def test_an_account_that_was_closed_by_hand_is_drift(program: Program) -> None:
    from reconciler.mock import MockOrganization, Seed

    assert program("apply", "--mock", "--auto-approve").code == 0
    organization = MockOrganization.open(Path(".reconciler/mock.json"), seed=Seed())
    accounts = organization.call("ListAccounts", {})["Accounts"]
    closed = next(each["Id"] for each in accounts if each["Name"] == "sandbox-a")
    organization.call("CloseAccount", {"AccountId": closed})
    organization.save()
    drift = program("drift", "--mock")
    assert drift.code == 2
    assert "1 to correct by hand" in drift.out
    assert "matches" not in program("plan", "--mock").out
