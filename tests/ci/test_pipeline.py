"""A repository of `reconciler init`, from its first plan to drift: the `run` steps of its own workflows, in order,
against a mocked organization and a GitHub over HTTP."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import run
from reconciler.mock.organization import MockOrganization
from reconciler.mock.seed import Seed
from reconciler.model.plan import Allowances, Guards
from reconciler.use_cases.files import load_plan, plan_text
from tests.ci.fake_github import FakeGithub, serving
from tests.ci.runner import JobRan, Runner

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(shutil.which, ("bash", "git", "jq", "tar"))), reason="the runners have bash, git, jq and tar"
    ),
]

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "tests" / "ci" / "program.py"
PLAN, ALLOW, APPLY, DRIFT = (f"organization-{name}.yml" for name in ("plan", "allow", "apply", "drift"))
SANDBOX = "    Suspended: {}\n"
NEW = "    Suspended: {}\n    Sandbox:\n      organizational_units: {Interns: {}, Guests: {}}\n"


class Organization:
    """A repository with the files of `init` on main, its GitHub, and its mocked organization."""

    def __init__(self, github: FakeGithub, place: Path) -> None:
        repository, tools = place / "repository", place / "tools"
        tools.mkdir()
        self.state = place / "mock.json"
        program = tools / "reconciler"
        self._folder = tempfile.TemporaryDirectory()  # the address of a socket is short
        served = Path(self._folder.name, "socket")
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -S {SERVER} {served} "$@"\n')
        program.chmod(0o755)
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, str(SERVER), "serve", str(served), str(self.state)]
        self._server = subprocess.Popen(command, env=env, stdout=subprocess.PIPE)
        assert self._server.stdout is not None
        assert self._server.stdout.readline() == b"ready\n"
        assert run(["init", str(repository), "--quiet"]) == 0
        self.github = github
        self.runner = Runner(github, repository, place / "runs", tools, env={})
        self.spec = repository / "org.yaml"
        self.runner.git("init", "--quiet", "--initial-branch", "main")
        self.commit()

    def close(self) -> None:
        with self._server, self._folder:
            self._server.kill()

    def commit(self) -> str:
        self.runner.git("add", "--all")
        self.runner.git("commit", "--quiet", "--allow-empty", "--message", "A change")
        return self.runner.git("rev-parse", "HEAD")

    def edit(self, old: str, new: str) -> None:
        text = self.spec.read_text("utf-8")
        assert old in text
        self.spec.write_text(text.replace(old, new, 1), "utf-8")

    def propose(self, number: int, old: str, new: str) -> dict[str, JobRan]:
        """A pull request with an edit of the spec, or another commit on it; what its workflow does, without code
        scanning, which the repository does not have."""
        branch = f"change-{number}"
        self.runner.git("checkout", "--quiet", *([] if number in self.github.pulls else ["-b"]), branch)
        self.edit(old, new)
        head = self.commit()
        self.runner.git("checkout", "--quiet", "main")
        if number in self.github.pulls:
            self.github.pulls[number]["head"]["sha"] = head
        else:
            self.github.pull_request(number, head)
        pull = self.github.pulls[number]
        event = {"event_name": "pull_request", "sha": head, "branch": branch, "event": {"pull_request": pull}}
        tree = self.runner.tree_of(f"refs/pull/{number}/merge")
        ran = self.runner.run(PLAN, {**event, "ref": f"refs/pull/{number}/merge", "tree": tree})
        assert ran.pop("code-scanning").result == "skipped"
        return ran

    def merge(self, number: int) -> dict[str, JobRan]:
        """Merges a pull request; what the workflow of main does."""
        self.runner.git("merge", "--quiet", "--no-ff", "--message", "Merge", f"change-{number}")
        self.github.merge(number, self.runner.git("rev-parse", "HEAD"))
        return self.on_main(APPLY, "push")

    def on_main(self, workflow: str, event_name: str, **inputs: str) -> dict[str, JobRan]:
        event = {"event_name": event_name, "sha": self.runner.git("rev-parse", "main"), "inputs": inputs, "event": {}}
        return self.runner.run(workflow, {**event, "tree": self.runner.tree_of("main")})

    def started(self) -> list[str]:
        """Carries out what the API was asked to start since the last time: the paths."""
        asked = [path for _, path, _ in self.github.writes if path.startswith("actions/")]
        self.github.writes.clear()
        for path in asked:
            if match := re.fullmatch(r"actions/runs/(\d+)/rerun", path):
                self.runner.again(int(match[1]))
            elif match := re.fullmatch(r"actions/workflows/(.+)/dispatches", path):
                self.on_main(match[1], "workflow_dispatch")
        return asked

    def comment(self, number: int) -> str:
        (body,) = self.github.bodies(number)
        return str(body)

    def by_hand(self, change: Callable[[MockOrganization], Any]) -> None:
        """A change that somebody makes in the console."""
        mock = MockOrganization.open(self.state, seed=Seed())
        change(mock)
        mock.save()

    def last_run(self, workflow: str) -> int:
        return max(id for id, each in self.github.runs.items() if each["path"].endswith(f"/{workflow}"))


@pytest.fixture
def organization(tmp_path: Path) -> Iterator[Organization]:
    with serving() as github:
        made = Organization(github, tmp_path)
        try:
            yield made
        finally:
            made.close()


@pytest.fixture
def applied(organization: Organization) -> Organization:
    """The organization as `init` declares it: the first plan was read and applied by its digest."""
    refused = organization.on_main(APPLY, "push")
    assert [refused[name].result for name in ("plan", "apply", "after")] == ["failure", "skipped", "skipped"]
    assert "Not what was reviewed" in refused["plan"].log
    (digest,) = set(re.findall(r"by hand with the digest (sha256:\w+)", refused["plan"].log))
    assert "### reconciler plan for" in refused["plan"].summary
    ran = organization.on_main(APPLY, "workflow_dispatch", digest=digest)
    assert {each.result for each in ran.values()} == {"success"}, ran
    assert organization.runner.approvals == ["organization"]
    organization.started()
    assert organization.github.issues == {}
    return organization


def test_from_a_pull_request_to_drift(applied: Organization) -> None:
    github, runner = applied.github, applied.runner

    ran = applied.propose(1, "policies: [deny-regions]", "policies: [deny-region]")
    assert [each.result for each in ran.values()] == ["failure", "skipped", "success"]
    assert re.search(
        r"^::error file=org.yaml,line=\d+,col=\d+,endLine=\d+,endColumn=\d+,title=E\d+::", ran["validate"].log, re.M
    )
    assert "The spec is invalid" in applied.comment(1)
    assert "deny-region" in applied.comment(1)
    assert github.labels(1) == {"organization:invalid"}

    ran = applied.propose(1, "policies: [deny-region]\n", "policies: [deny-regions]\n")
    assert {each.result for each in ran.values()} == {"success"}, ran
    assert "No changes." in applied.comment(1)
    ran = applied.propose(1, SANDBOX, NEW)
    assert {each.result for each in ran.values()} == {"success"}, ran
    assert "3 to create" in applied.comment(1)
    assert "truncated=false" in applied.comment(1)
    assert github.labels(1) == set()

    applied.propose(2, "            shop-dev: {}\n", "            shop-dev: {}\n            shop-test: {}\n")
    assert "1 to create" in applied.comment(2)

    runner.env["KILLED_AFTER"] = "2"
    ran = applied.merge(1)
    del runner.env["KILLED_AFTER"]
    assert [ran[name].result for name in ("plan", "apply")] == ["success", "failure"]
    assert runner.approvals == ["organization", "organization"]
    killed = applied.last_run(APPLY)

    applied.started()
    assert [each["state"] for each in github.issues.values() if "pull_request" not in each] == ["open"]

    ran = runner.again(killed)
    assert {each.result for each in ran.values()} == {"success"}, ran
    assert "the rest of it is applied" in ran["plan"].log
    assert "2 of 3 changes of the plan are done, 1 to do:" in ran["apply"].log
    assert f"actions/runs/{applied.last_run(PLAN)}/rerun" in applied.started()
    assert "1 to create" in applied.comment(2)
    assert [each["state"] for each in github.issues.values() if "pull_request" not in each] == ["closed"]

    ran = applied.merge(2)
    assert {each.result for each in ran.values()} == {"success"}, ran
    applied.started()


def test_the_plan_of_an_unapplied_main_is_made_again_after_the_apply(applied: Organization) -> None:
    applied.propose(1, SANDBOX, NEW)
    runner = applied.runner
    runner.git("merge", "--quiet", "--no-ff", "--message", "Merge", "change-1")
    applied.github.merge(1, runner.git("rev-parse", "HEAD"))
    applied.propose(2, "            shop-dev: {}\n", "            shop-dev: {}\n            shop-test: {}\n")
    assert "`Sandbox`" in applied.comment(2)
    ran = applied.on_main(APPLY, "push")
    assert {each.result for each in ran.values()} == {"success"}, ran
    applied.started()
    assert "`Sandbox`" not in applied.comment(2)
    assert "`shop-test`" in applied.comment(2)
    ran = applied.merge(2)
    assert {each.result for each in ran.values()} == {"success"}, ran


def test_a_blocked_plan_passes_with_the_allowance_that_reviewers_approve_and_once(applied: Organization) -> None:
    github, runner = applied.github, applied.runner
    guards = "guards:\n  max_deletes: {attachments: 0}\n"
    edit = ("  attachments: report\n\nguards:\n", f"  attachments: delete\n\n{guards}")
    applied.propose(1, *edit)
    assert {each.result for each in applied.merge(1).values()} <= {"success", "skipped"}

    ran = applied.propose(2, "      policies: [deny-regions]\n", "")
    assert [each.result for each in ran.values()] == ["success", "failure", "success"]
    assert "title=BLOCKED%3A deletes.attachments::" in ran["plan"].log
    assert github.labels(2) == {"organization:blocked", "organization:destructive"}
    (line,) = re.findall(r"^sha256:\w{64} --allow .*$", applied.comment(2), re.M)

    asked = len(runner.approvals)
    ran = applied.on_main(ALLOW, "workflow_dispatch", pull_request="2", allowances="--spec x")
    assert [each.result for each in ran.values()] == ["failure", "skipped", "skipped"]
    ran = applied.on_main(ALLOW, "workflow_dispatch", pull_request="2", allowances=line)
    assert {each.result for each in ran.values()} == {"success"}, ran
    assert line in ran["check"].summary
    assert runner.approvals[asked:] == ["organization"]
    planned = applied.last_run(PLAN)
    assert applied.started() == [f"actions/runs/{planned}/rerun"]
    assert github.runs[planned]["conclusion"] == "success"
    assert "Allowed, for this digest only" in applied.comment(2)
    assert github.labels(2) == {"organization:destructive"}

    ran = applied.merge(2)
    assert {each.result for each in ran.values()} == {"success"}, ran
    assert "Allowed, for this digest only" in ran["plan"].summary
    applied.started()

    ran = applied.propose(
        3, "policies: [deny-leaving-organization, deny-root-user]", "policies: [deny-leaving-organization]"
    )
    assert ran["plan"].result == "failure"
    assert "W557" not in applied.comment(3)


def test_an_allowance_that_a_pull_request_brings_along_is_none(applied: Organization) -> None:
    """The saved plan of a pull request is what its own branch makes of it."""
    applied.propose(
        1, "  attachments: report\n\nguards:\n", "  attachments: delete\n\nguards:\n  max_deletes: {attachments: 0}\n"
    )
    applied.merge(1)
    ran = applied.propose(2, "      policies: [deny-regions]\n", "")
    assert ran["plan"].result == "failure"
    run_id = applied.last_run(PLAN)
    stored = applied.runner.place / "artifacts" / str(run_id) / "organization-plan" / "plan.json"
    text = stored.read_text("utf-8")
    forged = load_plan(stored).model_copy(
        update={"allowed": Allowances(numbers={"deletes.attachments": 9}), "guards": Guards()}
    )
    assert plan_text(forged) != text
    stored.write_text(plan_text(forged), "utf-8")
    applied.github.runs[run_id]["conclusion"] = "success"
    asked = len(applied.runner.approvals)
    before = applied.state.read_text("utf-8")
    ran = applied.merge(2)
    assert [ran[name].result for name in ("plan", "apply", "after")] == ["failure", "skipped", "skipped"]
    assert "which is not what is given" in ran["plan"].log
    assert applied.runner.approvals[asked:] == []
    assert applied.state.read_text("utf-8") == before


def test_drift_is_found_reported_undone_and_closed(applied: Organization) -> None:
    github = applied.github

    def describe(text: str) -> Callable[[MockOrganization], Any]:
        def change(mock: MockOrganization) -> None:
            found = mock.call("ListPolicies", {"Filter": "SERVICE_CONTROL_POLICY"})["Policies"]
            (id,) = [each["Id"] for each in found if each["Name"] == "deny-root-user"]
            mock.call("UpdatePolicy", {"PolicyId": id, "Description": text})

        return change

    applied.by_hand(describe("edited by hand"))
    ran = applied.on_main(DRIFT, "schedule")
    assert {each.result for each in ran.values()} == {"success"}, ran
    assert "### Drift in" in ran["drift"].summary
    ((number, issue),) = github.issues.items()
    assert "edited by hand" in issue["body"]
    applied.by_hand(describe("edited again"))
    applied.on_main(DRIFT, "schedule")
    assert "edited again" in github.issues[number]["body"]

    looked = applied.on_main(APPLY, "workflow_dispatch")
    (digest,) = set(re.findall(r"by hand with the digest (sha256:\w+)", looked["plan"].log))
    ran = applied.on_main(APPLY, "workflow_dispatch", digest=digest)
    assert {each.result for each in ran.values()} == {"success"}, ran
    assert applied.started() == ["actions/workflows/organization-drift.yml/dispatches"]
    assert github.issues[number]["state"] == "closed"
    assert applied.on_main(DRIFT, "schedule")["issue"].log.endswith("issue about drift: none\n")
