"""The one issue about drift: opened, updated, closed, opened again; a check that failed is never "no drift"."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ci.conftest import Program
from tests.ci.fake_github import FakeGithub, Fault
from tests.ci.test_comment import SPEC

pytestmark = pytest.mark.slow

ISSUE = ("ci", "drift-issue", "drift.json")
OTHER = SPEC.replace("root:", "root:\n  organizational_units: {New: {}}")


@pytest.fixture
def organization(github: FakeGithub, program: Program) -> FakeGithub:
    Path("org.yaml").write_text(SPEC, "utf-8")
    assert program("apply", "--mock", "--auto-approve").code == 0
    return github


def look(program: Program, spec: str) -> None:
    """What the workflow does: the check, then the issue."""
    Path("org.yaml").write_text(spec, "utf-8")
    assert program("drift", "--mock", "--output", "json", "--out", "drift.json").code in (0, 2)


def ours(github: FakeGithub) -> list[tuple[int, str]]:
    return [(number, each["state"]) for number, each in sorted(github.issues.items())]


def test_the_life_of_an_issue(organization: FakeGithub, program: Program) -> None:
    look(program, SPEC)
    assert "none" in program(*ISSUE).err
    assert ours(organization) == []

    look(program, OTHER)
    assert "opened" in program(*ISSUE).err
    issue = organization.issues[1]
    assert organization.labels(1) == {"organization-drift"}
    assert issue["body"].splitlines()[0] == "<!-- reconciler:drift-issue label=organization -->"
    assert "OU `New`" in issue["body"]
    assert "Found by [this run](https://github.example/us/organization/actions/runs/77)" in issue["body"]

    writes = len(organization.writes)
    assert "unchanged" in program(*ISSUE).err
    assert len(organization.writes) == writes

    look(program, OTHER.replace("New:", "Newer:"))
    assert "updated" in program(*ISSUE).err
    assert "OU `Newer`" in organization.issues[1]["body"]
    assert organization.bodies(1)[-1].startswith("The drift is another one now.")

    look(program, SPEC)
    assert "closed" in program(*ISSUE).err
    assert ours(organization) == [(1, "closed")]
    assert organization.bodies(1)[-1].startswith("The organization is as declared again.")

    look(program, OTHER)
    assert "reopened" in program(*ISSUE).err
    assert ours(organization) == [(1, "open")]


def test_issues_of_others_are_left_alone(organization: FakeGithub, program: Program) -> None:
    body = "<!-- reconciler:drift-issue label=organization -->\n\nmine"
    organization.issues[1] = organization._issue(1, "x", body, ["organization-drift"], user={"login": "mallory"})
    organization.issues[2] = organization._issue(2, "x", body, ["organization-drift"], pull_request={"url": "x"})
    organization.issues[3] = organization._issue(3, "x", "text", ["organization-drift"])
    look(program, OTHER)
    assert "opened" in program(*ISSUE).err
    assert ours(organization) == [(1, "open"), (2, "open"), (3, "open"), (4, "open")]
    look(program, SPEC)
    program(*ISSUE)
    assert ours(organization) == [(1, "open"), (2, "open"), (3, "open"), (4, "closed")]


def test_two_open_ones_become_one(organization: FakeGithub, program: Program) -> None:
    body = "<!-- reconciler:drift-issue label=organization -->\n\nold"
    for number in (1, 2):
        organization.issues[number] = organization._issue(number, "x", body, ["organization-drift"])
    look(program, OTHER)
    assert "updated" in program(*ISSUE).err
    assert ours(organization) == [(1, "open"), (2, "closed")]


def test_a_lost_answer_opens_no_second_one(organization: FakeGithub, program: Program) -> None:
    organization.faults.append(Fault("POST", "issues", 502, carried_out=True))
    look(program, OTHER)
    assert program(*ISSUE).code == 0
    assert ours(organization) == [(1, "open")]


@pytest.mark.parametrize(
    "content",
    [None, '{"error": "no credentials", "exit": {"code": 8, "reason": "not_allowed"}}', '{"command": "plan"}', "{}"],
)
def test_a_check_that_failed_is_not_the_end_of_drift(
    organization: FakeGithub, program: Program, content: str | None
) -> None:
    look(program, OTHER)
    program(*ISSUE)
    Path("drift.json").unlink()
    if content is not None:
        Path("drift.json").write_text(content, "utf-8")
    ran = program(*ISSUE)
    assert ran.code == 1
    assert "the check failed: that is not drift" in ran.err
    assert ours(organization) == [(1, "open")]


def test_a_check_that_ended_with_another_exit_code_is_an_error(organization: FakeGithub, program: Program) -> None:
    look(program, SPEC)
    from reconciler.model.plan import Exit
    from reconciler.use_cases.files import load_plan, plan_text

    drift = load_plan(Path("drift.json")).model_copy(update={"exit": Exit(code=3, reason="warnings")})
    Path("drift.json").write_text(plan_text(drift), "utf-8")
    assert program(*ISSUE).code == 1


def test_a_very_long_drift_fits(organization: FakeGithub, program: Program) -> None:
    units = ", ".join(f"{'U' * 100}{index}: {{}}" for index in range(700))
    look(program, SPEC.replace("root:", f"root:\n  organizational_units: {{{units}}}"))
    assert "opened" in program(*ISSUE).err
    body = organization.issues[1]["body"]
    assert len(body) <= 65_536
    assert "truncated=true" in body.splitlines()[2]
    assert json.loads(Path("drift.json").read_text("utf-8"))["digest"] in body
