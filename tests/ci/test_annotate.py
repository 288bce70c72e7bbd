"""Findings of saved results as workflow commands, and the exit code of the check."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ci.conftest import Program
from tests.ci.test_comment import BLOCKED, INVALID, SPEC, write_plan

pytestmark = pytest.mark.slow


def test_an_invalid_spec_is_shown_at_its_columns(program: Program) -> None:
    Path("org.yaml").write_text(INVALID, "utf-8")
    program("validate", "--output", "json", "--out", "validate.json")
    ran = program("ci", "annotate", "validate.json", "--check")
    assert ran.code == 3
    first = ran.out.splitlines()[0]
    assert first.startswith("::error file=org.yaml,line=5,col=14,endLine=5,endColumn=18,title=E")
    assert "%0Adid you mean" in first
    assert program("ci", "annotate", "validate.json").code == 0


def test_files_are_named_from_the_top_of_the_repository(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    (tmp_path / "live").mkdir()
    monkeypatch.chdir(tmp_path / "live")
    Path("org.yaml").write_text(INVALID, "utf-8")
    program("validate", "--output", "json", "--out", "validate.json")
    assert "file=live/org.yaml," in program("ci", "annotate", "validate.json").out


def test_a_blocked_plan_is_an_error_with_what_to_allow(program: Program) -> None:
    write_plan(program, SPEC)
    ran = program("ci", "annotate", "plan.json", "--check")
    assert (ran.code, ran.out) == (0, "")
    assert program("apply", "--mock", "--auto-approve").code == 0
    write_plan(program, BLOCKED)
    ran = program("ci", "annotate", "plan.json", "--check")
    assert ran.code == 4
    assert "title=BLOCKED%3A deletes.attachments::" in ran.out
    assert "%0Ato allow it, add --allow deletes.attachments=1" in ran.out


def test_no_plan_is_an_error_of_the_check(program: Program) -> None:
    assert program("ci", "annotate", "plan.json", "--check").code == 1
    Path("plan.json").write_text('{"error": "cannot\\nread", "exit": {"code": 8, "reason": "x"}}', "utf-8")
    ran = program("ci", "annotate", "plan.json", "--check")
    assert (ran.code, ran.out) == (8, "::error title=No plan::cannot%0Aread\n")


def test_the_summary_needs_no_token(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_plan(program, SPEC)
    assert "### reconciler plan for" in program("ci", "summary", "plan.json").out
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    assert program("ci", "summary", "plan.json").out == ""
    assert "### reconciler plan for" in (tmp_path / "summary.md").read_text("utf-8")


def test_a_difference_is_a_warning_with_its_severity(program: Program) -> None:
    Path("org.yaml").write_text(SPEC, "utf-8")
    assert program("apply", "--mock", "--auto-approve").code == 0
    Path("org.yaml").write_text(SPEC.replace("root:", "root:\n  organizational_units: {New: {}}"), "utf-8")
    assert program("drift", "--mock", "--output", "json", "--out", "drift.json").code == 2
    ran = program("ci", "annotate", "drift.json")
    assert ran.out.startswith("::warning file=org.yaml,line=")
    assert ran.out.endswith("title=Drift%3A other::missing: OU New does not exist\n")
