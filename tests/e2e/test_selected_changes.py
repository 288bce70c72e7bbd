"""A plan of a part of the changes: what was left out is reported, and the next command has the same options."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.e2e.conftest import Program

DOCUMENT = '{Version: "2012-10-17", Statement: [{Sid: All, Effect: Deny, Action: "s3:*", Resource: "*"}]}'
LIVE = f"""\
version: 1
policies:
  deny-s3: {{type: scp, content: {DOCUMENT}}}
  deny-all: {{type: scp, content: {DOCUMENT}}}
root:
  policies: [deny-s3]
  organizational_units:
    Old: {{policies: [deny-s3, deny-all]}}
    Gone: {{}}
"""
WANTED = f"""\
version: 1
unmanaged: {{organizational_units: delete, policies: delete}}
policies:
  deny-s3: {{type: scp, content: {DOCUMENT}}}
guards: {{max_deletes: {{attachments: 0, organizational_units: 0}}}}
root:
  policies: [deny-s3]
  organizational_units:
    Old: {{policies: [deny-s3]}}
    New unit: {{}}
"""


@pytest.fixture
def live(program: Program) -> Program:
    Path("org.yaml").write_text(LIVE, "utf-8")
    assert program("apply", "--mock", "--auto-approve").code == 0
    Path("org.yaml").write_text(WANTED, "utf-8")
    return program


@pytest.mark.parametrize(
    ("options", "left_out"),
    [
        (["--no-delete"], ["3 changes are left out by --no-delete"]),
        (["--target", "ou:New unit"], ["3 changes are left out by --target"]),
        (
            ["--target", "ou:New unit", "--no-delete"],
            ["3 changes are left out by --no-delete"],
        ),
        (["--target", "ou:Gone", "--target", "ou:New*"], ["2 changes are left out by --target"]),
        ([], []),
    ],
)
def test_what_is_left_out_is_counted(live: Program, options: list[str], left_out: list[str]) -> None:
    found = live("plan", "--mock", "--output", "json", *options).json["warnings"]
    assert [each["message"] for each in found if each["code"] == "I503"] == left_out
    assert {each["severity"] for each in found if each["code"] == "I503"} <= {"info"}
    for output in ("text", "markdown"):
        text = " ".join(live("plan", "--mock", "--output", output, *options).out.split())
        assert all(each in text for each in left_out)
        assert ("I503" in text) is bool(left_out)


def test_a_plan_from_which_all_is_left_out_does_not_report_a_match(live: Program) -> None:
    ran = live("plan", "--mock", "--target", "ou:Old")
    assert "No changes with these options" in ran.out
    assert "matches" not in ran.out


@pytest.mark.parametrize(
    ("options", "more"),
    [
        (["--no-delete"], ["--no-delete", "--mock"]),
        (["--target", "ou:New unit"], ["--target", "ou:New unit", "--mock"]),
        (
            ["--allow-close", "--allow", "deletes.attachments=3"],
            [
                "--mock",
                "--allow-close",
                "--allow",
                "deletes.attachments=3",
                "--allow",
                "deletes.organizational_units=1",
            ],
        ),
        (
            ["--target", "ou:Gone", "--target", "ou:N*", "--allow", "deletes.organizational_units=0"],
            ["--target", "ou:Gone", "--target", "ou:N*", "--mock", "--allow", "deletes.organizational_units=1"],
        ),
    ],
)
def test_the_next_command_applies_this_plan(live: Program, options: list[str], more: list[str]) -> None:
    planned = live("plan", "--mock", *options)
    command = next_command(planned.out)
    assert command == ["reconciler", "apply", *more]
    reviewed = digest(live("plan", *command[2:]).out)
    assert (reviewed == digest(planned.out)) == (command[2:] == [*options, "--mock"])
    applied = live(*command[1:], "--auto-approve", "--expect-digest", reviewed)
    assert applied.code == 0


def test_a_saved_plan_has_its_selection_in_the_file(live: Program) -> None:
    options = ["--target", "ou:Gone", "--no-delete"]
    ran = live("plan", "--mock", "--save", "the plan.json", "--target", "ou:Gone", "--allow", "deletes.tags=1")
    command = next_command(ran.out)
    allowing = ["--allow", "deletes.tags=1", "--allow", "deletes.organizational_units=1"]
    assert command == ["reconciler", "apply", "the plan.json", "--mock", *allowing]
    assert live(*command[1:], "--auto-approve").code == 0
    assert "Next:" not in live("plan", "--mock", *options).out


def test_a_guard_that_no_option_allows_blocks_also_where_nothing_changes(live: Program) -> None:
    Path("org.yaml").write_text('version: 1\nroot:\n  accounts: {shop: {id: "210987654329"}}\n', "utf-8")
    planned = live("plan", "--mock", "--output", "json")
    assert (planned.code, planned.json["exit"]) == (0, {"code": 0, "reason": "blocked"})
    applied = live("apply", "--mock", "--auto-approve")
    assert applied.code == 4
    assert "no account of this organization has the id of shop" in applied.err


def next_command(text: str) -> list[str]:
    return shlex.split(text.partition("Next:")[2])


def digest(text: str) -> str:
    return text.partition("Digest:")[2].split()[0]
