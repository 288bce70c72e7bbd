"""A runner of workflows: the jobs and `run` steps of the YAML itself, with bash, as GitHub runs them.

Actions are stand-ins: a checkout takes files out of a git repository, artifacts are directories, credentials are what
the program on the PATH brings along. Expressions are evaluated as far as the workflows use them.
https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.ci.fake_github import REPOSITORY, TOKEN, FakeGithub

_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|\d+|&&|\|\||==|!=|!|>|\(|\)|,|[A-Za-z_][\w.-]*)")
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.S)
_STATUS = re.compile(r"\b(always|cancelled|failure|success)\(\)")


def evaluate(expression: str, contexts: Mapping[str, Any]) -> Any:
    """The value of an expression without its braces; what is missing equals an empty text."""

    def look_up(path: str) -> Any:
        found: Any = contexts
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        return "" if found is None else found

    functions: dict[str, Callable[..., Any]] = {
        "format": lambda text, *values: re.sub(r"\{(\d+)\}", lambda match: str(values[int(match[1])]), text),
        "always": lambda: True,
        "cancelled": lambda: False,
        "success": lambda: contexts["success"],
        "failure": lambda: not contexts["success"],
    }
    parts = []
    for token in _TOKEN.findall(expression):
        words = {"&&": "and", "||": "or", "!": "not", "true": "True", "false": "False"}
        if token[0].isalpha() and token not in words and token not in functions:
            parts.append(f"look_up({token!r})")
        else:
            parts.append(words.get(token, token))
    return eval(" ".join(parts), {"__builtins__": {}}, {"look_up": look_up, **functions})  # noqa: S307  # our own YAML


def filled_in(text: str, contexts: Mapping[str, Any]) -> str:
    """A text with the values of its expressions."""
    return _EXPRESSION.sub(lambda match: _as_text(evaluate(match[1], contexts)), text)


def _as_text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def holds(condition: Any, contexts: Mapping[str, Any]) -> bool:
    """Whether an `if` is true; one without a function of the status asks for success as well."""
    if condition is None:
        return bool(contexts["success"])
    expression = _EXPRESSION.sub(r"\1", str(condition))
    implied = True if _STATUS.search(expression) else contexts["success"]
    return bool(implied and evaluate(expression, contexts))


@dataclass
class JobRan:
    """How a job ended, its outputs, and what its steps printed."""

    result: str
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""
    summary: str = ""


@dataclass
class Runner:
    """Runs workflows for the repository at `repository`. `tools` is the first directory on the PATH, `approvals` the
    environments whose reviewers were asked, `env` what a step gets beside what GitHub gives it."""

    github: FakeGithub
    repository: Path
    place: Path
    tools: Path
    approvals: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    events: dict[int, dict[str, Any]] = field(default_factory=dict)

    def git(self, *command: str) -> str:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        done = subprocess.run(["git", *identity, *command], cwd=self.repository, capture_output=True, check=True)
        return done.stdout.decode().strip()

    def tree_of(self, ref: str) -> str:
        """The files of a ref; those of `refs/pull/N/merge` as merging it into main now would make them."""
        if match := re.fullmatch(r"refs/pull/(\d+)/merge", ref):
            head = self.github.pulls[int(match[1])]["head"]["sha"]
            return self.git("merge-tree", "--write-tree", "main", head).splitlines()[0]
        return self.git("rev-parse", f"{ref}^{{tree}}")

    def run(self, workflow: str, event: dict[str, Any], run_id: int | None = None) -> dict[str, JobRan]:
        """Runs every job. `event` is the `github` context as far as it differs, with `tree`, the files of the commit,
        and `inputs`."""
        if run_id is None:
            head = event.get("event", {}).get("pull_request", {}).get("head", {}).get("sha", event["sha"])
            values = {"event": event["event_name"], "head_sha": head, "head_branch": event.get("branch", "main")}
            run_id = self.github.run(workflow, [], **{**values, "status": "in_progress", "conclusion": None})
            self.events[run_id] = event
        attempt = self.github.runs[run_id].get("attempt", 0) + 1
        self.github.runs[run_id]["attempt"] = attempt
        contexts = self._contexts(event, run_id, attempt)
        definition = yaml.safe_load(self._file(event["tree"], f".github/workflows/{workflow}"))
        jobs: dict[str, JobRan] = {}
        for name, job in definition["jobs"].items():
            needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
            contexts["needs"] = {each: {"result": jobs[each].result, "outputs": jobs[each].outputs} for each in needs}
            contexts["success"] = all(jobs[each].result == "success" for each in needs)
            jobs[name] = self._job(name, job, contexts) if holds(job.get("if"), contexts) else JobRan("skipped")
        failed = any(each.result == "failure" for each in jobs.values())
        self.github.runs[run_id].update(status="completed", conclusion="failure" if failed else "success")
        return jobs

    def again(self, run_id: int) -> dict[str, JobRan]:
        """Re-run all jobs."""
        self.github.runs[run_id].update(status="in_progress", conclusion=None)
        workflow = self.github.runs[run_id]["path"].rpartition("/")[2]
        return self.run(workflow, self.events[run_id], run_id)

    def _contexts(self, event: dict[str, Any], run_id: int, attempt: int) -> dict[str, Any]:
        ref = event.get("ref", "refs/heads/main")
        return {
            "github": {"repository": REPOSITORY, "token": TOKEN, "ref": ref, "run_id": run_id, "run_attempt": attempt}
            | {"server_url": "https://github.example"}
            | event,
            "inputs": event.get("inputs", {}),
            "vars": {"AWS_PLAN_ROLE_ARN": "plan", "AWS_APPLY_ROLE_ARN": "apply"},
        }

    def _file(self, tree: str, path: str) -> str:
        return self.git("show", f"{tree}:{path}")

    def _job(self, name: str, job: dict[str, Any], contexts: dict[str, Any]) -> JobRan:
        if "environment" in job:
            self.approvals.append(filled_in(job["environment"], contexts))
        run_id, attempt = contexts["github"]["run_id"], contexts["github"]["run_attempt"]
        folder = self.place / f"{run_id}-{attempt}-{name}"
        work = folder / "work"
        work.mkdir(parents=True)
        (folder / "summary").touch()
        ran = JobRan("success")
        steps: dict[str, Any] = {}
        for step in job["steps"]:
            state = {**contexts, "steps": steps, "success": ran.result == "success"}
            if not holds(step.get("if"), state):
                continue
            ok, outputs, log = self._step(step, state, folder)
            ran.log += log
            if "id" in step:
                steps[step["id"]] = {"outputs": outputs}
            if not ok:
                ran.result = "failure"
        ran.summary = (folder / "summary").read_text("utf-8")
        final = {**contexts, "steps": steps}
        ran.outputs = {key: filled_in(value, final) for key, value in job.get("outputs", {}).items()}
        return ran

    def _step(self, step: dict[str, Any], contexts: dict[str, Any], folder: Path) -> tuple[bool, dict[str, str], str]:
        if "uses" in step:
            given = {name: filled_in(str(value), contexts) for name, value in step.get("with", {}).items()}
            action = step["uses"].partition("@")[0].rpartition("/")[2]
            stand_ins = {
                "checkout": self._checkout,
                "upload-artifact": self._upload,
                "download-artifact": self._download,
            }
            stand_in = stand_ins.get(action)
            ok = stand_in is None or stand_in(given, contexts["github"], folder / "work")
            return ok, {}, "" if ok else f"{action} failed\n"
        output = folder / "output"
        output.write_text("")
        github = contexts["github"]
        env = {
            **{name: filled_in(str(value), contexts) for name, value in step.get("env", {}).items()},
            **self.env,
            "PATH": f"{self.tools}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "GITHUB_API_URL": self.github.url,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_RUN_ID": str(github["run_id"]),
            "GITHUB_SHA": github["sha"],
            "GITHUB_WORKSPACE": str(folder / "work"),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(
            command, cwd=folder / "work", env=env, capture_output=True, encoding="utf-8", check=False, timeout=200
        )
        outputs = dict(line.split("=", 1) for line in output.read_text("utf-8").splitlines())
        return done.returncode == 0, outputs, f"# {step.get('name', '')}\n{done.stdout}{done.stderr}"

    def _checkout(self, given: dict[str, str], github: dict[str, Any], work: Path) -> bool:
        tree = self.tree_of(given["ref"]) if given.get("ref") else github["tree"]
        archive = subprocess.run(["git", "archive", tree], cwd=self.repository, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x"], cwd=work, input=archive, check=True)
        return True

    def _upload(self, given: dict[str, str], github: dict[str, Any], work: Path) -> bool:
        found = [work / path for path in given["path"].split() if (work / path).exists()]
        if not found:
            return given.get("if-no-files-found") != "error"
        stored = self.place / "artifacts" / str(github["run_id"]) / given["name"]
        shutil.rmtree(stored, ignore_errors=True)
        stored.mkdir(parents=True)
        for each in found:
            shutil.copy(each, stored)
        there = self.github.artifacts[github["run_id"]]
        there[:] = [each for each in there if each["name"] != given["name"]]
        there.append({"id": len(there), "name": given["name"], "expired": False})
        return True

    def _download(self, given: dict[str, str], github: dict[str, Any], work: Path) -> bool:
        place = self.place / "artifacts" / str(given.get("run-id") or github["run_id"])
        found = [*place.glob(given.get("pattern") or given["name"])]
        for each in found:
            shutil.copytree(each, work / given.get("path", "."), dirs_exist_ok=True)
        return bool(found) or "pattern" in given
