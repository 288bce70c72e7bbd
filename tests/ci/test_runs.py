"""Which run had the reviewed plan, which one gave an allowance, and planning again: found by event, branch and
workflow, never by a text that a pull request brings along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ci.conftest import Program
from tests.ci.fake_github import FakeGithub, Fault

PLAN, ALLOW = "organization-plan.yml", "organization-allow.yml"
DIGEST = "sha256:" + "a" * 64


def outputs(tmp_path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (tmp_path / "output").read_text("utf-8").splitlines())


class TestReviewed:
    @pytest.fixture
    def merged(self, github: FakeGithub) -> FakeGithub:
        github.pull_request(7, "head")
        github.merge(7, "merged")
        return github

    def find(self, program: Program, tmp_path: Path) -> dict[str, str]:
        ran = program("ci", "reviewed", "--commit", "merged")
        assert ran.code == 0, ran.err
        return outputs(tmp_path)

    def test_it_is_the_newest_run_of_the_merged_pull_request(
        self, merged: FakeGithub, program: Program, tmp_path: Path
    ) -> None:
        merged.run(PLAN, ["organization-plan"], head_sha="head")
        run = merged.run(PLAN, ["other", "organization-plan"], head_sha="head")
        assert self.find(program, tmp_path) == {"run": str(run), "pull_request": "7"}

    @pytest.mark.parametrize(
        "run",
        [
            {"head_sha": "other"},
            {"event": "workflow_dispatch"},
            {"conclusion": "failure"},
            {"status": "in_progress", "conclusion": None},
            {"head_repository": {"full_name": "fork/organization"}},
            {"head_repository": None},
            {"path": ".github/workflows/other.yml"},
        ],
        ids=str,
    )
    def test_another_run_is_not_it(
        self, merged: FakeGithub, program: Program, tmp_path: Path, run: dict[str, Any]
    ) -> None:
        merged.run(PLAN, ["organization-plan"], **{"head_sha": "head", **run})
        assert self.find(program, tmp_path) == {"run": "", "pull_request": "7"}

    def test_an_artifact_that_expired_is_not_it(self, merged: FakeGithub, program: Program, tmp_path: Path) -> None:
        run = merged.run(PLAN, ["organization-plan"], head_sha="head")
        merged.artifacts[run][0]["expired"] = True
        assert self.find(program, tmp_path)["run"] == ""

    @pytest.mark.parametrize(
        "pull", [{"merged_at": None}, {"merge_commit_sha": "another"}, {"base": {"ref": "topic"}}], ids=str
    )
    def test_a_commit_that_no_pull_request_made_has_none(
        self, merged: FakeGithub, program: Program, tmp_path: Path, pull: dict[str, Any]
    ) -> None:
        merged.run(PLAN, ["organization-plan"], head_sha="head")
        merged.pulls[7].update(pull)
        assert self.find(program, tmp_path) == {"run": "", "pull_request": ""}


STARTED = {"event": "workflow_dispatch", "head_branch": "main"}


class TestAllowance:
    def find(self, program: Program, tmp_path: Path) -> str:
        ran = program("ci", "allowance", "--pull-request", "7")
        assert ran.code == 0, ran.err
        return outputs(tmp_path)["run"]

    def test_it_is_the_newest_run_by_hand_on_the_protected_branch(
        self, github: FakeGithub, program: Program, tmp_path: Path
    ) -> None:
        github.run(ALLOW, ["organization-allowance-7"], **STARTED)
        run = github.run(ALLOW, ["organization-allowance-7"], **STARTED)
        github.run(ALLOW, ["organization-allowance-8"], **STARTED)
        assert self.find(program, tmp_path) == str(run)

    @pytest.mark.parametrize(
        "run",
        [
            {"head_branch": "change"},
            {"event": "pull_request"},
            {"head_repository": {"full_name": "fork/organization"}},
            {"path": f".github/workflows/{PLAN}"},
        ],
        ids=str,
    )
    def test_what_a_branch_or_a_pull_request_brings_along_is_not_one(
        self, github: FakeGithub, program: Program, tmp_path: Path, run: dict[str, Any]
    ) -> None:
        github.run(ALLOW, ["organization-allowance-7"], **{**STARTED, **run})
        assert self.find(program, tmp_path) == ""

    def test_without_the_workflow_there_is_none(self, github: FakeGithub, program: Program, tmp_path: Path) -> None:
        github.workflows.remove(ALLOW)
        assert self.find(program, tmp_path) == ""

    def test_what_is_given_is_checked(self, program: Program, tmp_path: Path) -> None:
        line = f"{DIGEST} --allow deletes.policies=1\t --allow-close"
        assert program("ci", "allow", "--out", "allowances.txt", "--", line).code == 0
        assert (tmp_path / "allowances.txt").read_text() == f"{DIGEST} --allow deletes.policies=1 --allow-close\n"

    @pytest.mark.parametrize(
        "line",
        [
            "",
            DIGEST,
            "--allow deletes.policies=1",
            f"{DIGEST} --allow deletes=1",
            f"{DIGEST} {DIGEST} --allow-close",
            f"{DIGEST} --allow-close --spec x",
            f"{DIGEST} --allow-close; rm",
        ],
    )
    def test_anything_but_an_allowance_for_one_plan_is_refused(
        self, program: Program, tmp_path: Path, line: str
    ) -> None:
        assert program("ci", "allow", "--out", "allowances.txt", "--", line).code == 64
        assert not (tmp_path / "allowances.txt").exists()


class TestReplan:
    def test_every_open_pull_request_of_the_repository_is_planned_again(
        self, github: FakeGithub, program: Program
    ) -> None:
        github.page_size = 2
        for number in (1, 2, 3):
            github.pull_request(number, f"head{number}")
            github.run(PLAN, [], head_sha=f"head{number}", conclusion="failure")
        github.pull_request(4, "head4", repository="fork/organization")
        github.pull_request(5, "head5", base="topic")
        github.pull_request(6, "head6")
        busy = github.run(PLAN, [], head_sha="head6", status="in_progress", conclusion=None)
        github.pull_request(7, "head7")
        for number in (4, 5):
            github.run(PLAN, [], head_sha=f"head{number}")
        ran = program("ci", "replan", "--start", "organization-drift.yml")
        assert ran.code == 0, ran.err
        assert [path for _, path, _ in github.writes] == [
            *(f"actions/runs/{run}/rerun" for run in sorted(github.runs)[:3]),
            "actions/workflows/organization-drift.yml/dispatches",
        ]
        assert github.writes[-1][2] == {"ref": "main", "inputs": {}}
        assert "pull request 6: not planned again: its run is in_progress" in ran.err
        assert "pull request 7: not planned again: it has no run yet" in ran.err
        assert str(busy) not in ran.err

    def test_only_one_is_planned_again(self, github: FakeGithub, program: Program) -> None:
        for number in (1, 2):
            github.pull_request(number, f"head{number}")
            github.run(PLAN, [], head_sha=f"head{number}")
        assert program("ci", "replan", "--pull-request", "2").code == 0
        assert [path for _, path, _ in github.writes] == [f"actions/runs/{max(github.runs)}/rerun"]

    def test_a_run_that_is_too_old_does_not_keep_the_others(self, github: FakeGithub, program: Program) -> None:
        for number in (1, 2):
            github.pull_request(number, f"head{number}")
            github.run(PLAN, [], head_sha=f"head{number}")
        github.faults.append(Fault("POST", r"actions/runs/\d+/rerun", 403, "Unable to retry this workflow run"))
        ran = program("ci", "replan")
        assert ran.code == 0, ran.err
        assert "pull request 1: not planned again: GitHub does not run it again" in ran.err
        assert len(github.writes) == 1

    def test_a_workflow_that_is_not_there_is_an_error(self, github: FakeGithub, program: Program) -> None:
        ran = program("ci", "replan", "--start", "nothing.yml")
        assert ran.code == 1
        assert "cannot start the workflow nothing.yml" in ran.err
