"""Runs of workflows: the one whose plan was reviewed, the one that gave an allowance, and starting them again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from github import GithubException
from github.PullRequest import PullRequest
from github.Repository import Repository
from github.WorkflowRun import WorkflowRun

from reconciler.github.client import own_errors


class Merged(NamedTuple):
    """A pull request whose merge made a commit: its number, and the last commit that was reviewed."""

    number: int
    head: str


def merged_pull_request(repository: Repository, commit: str, branch: str) -> Merged | None:
    """The pull request of this repository that was merged into the branch as this commit."""
    with own_errors(f"find the pull request of {commit}"):
        for each in repository.get_commit(commit).get_pulls():
            if each.merged_at is not None and each.base.ref == branch and each.merge_commit_sha == commit:
                return Merged(each.number, each.head.sha)
    return None


def head_of(repository: Repository, number: int) -> str:
    """The last commit of a pull request from a branch of this repository. Raises `ReconcilerError`."""
    with own_errors(f"read pull request {number}"):
        return repository.get_pull(number).head.sha


def planned_run(repository: Repository, workflow: str, head: str, artifact: str) -> int | None:
    """The newest successful run of the workflow for the last commit of a pull request from this repository, which
    still has the artifact."""
    with own_errors("find the run that made the reviewed plan"):
        for run in repository.get_workflow(workflow).get_runs(event="pull_request", status="success", head_sha=head):
            if _is_own(run.head_repository, repository) and _has(run, artifact):
                return run.id
    return None


def allowing_run(repository: Repository, workflow: str, branch: str, artifact: str) -> int | None:
    """The newest run of the workflow that was started by hand on the protected branch and has the artifact: its jobs
    are those of that branch, and the job that makes the artifact waits for the reviewers of its environment. The run
    may be under way; `None` also where there is no such workflow yet."""
    with own_errors("find the run that gave an allowance"):
        runs = repository.get_workflow(workflow).get_runs(event="workflow_dispatch", branch=branch)
        for run in _unless_missing(runs):
            if _is_own(run.head_repository, repository) and run.head_branch == branch and _has(run, artifact):
                return run.id
    return None


def _unless_missing(runs: Iterable[WorkflowRun]) -> Iterator[WorkflowRun]:
    """The runs of a workflow; none where the protected branch does not have it."""
    try:
        yield from runs
    except GithubException as error:
        if error.status != 404:
            raise


def _is_own(head: Repository | None, repository: Repository) -> bool:
    """False for a fork, also one that was deleted."""
    return head is not None and head.full_name == repository.full_name


def _has(run: WorkflowRun, artifact: str) -> bool:
    return any(each.name == artifact and not each.expired for each in run.get_artifacts())


class Replanned(NamedTuple):
    """What became of the newest run for an open pull request; `run` is `None` where there is none."""

    number: int
    run: int | None
    started: bool
    reason: str = ""


def run_again(repository: Repository, workflow: str, branch: str, number: int | None = None) -> Iterator[Replanned]:
    """Starts the newest run of the workflow again for each open pull request to the branch from this repository, or for
    one of them. A run that is under way is left alone: it reads the organization itself."""
    with own_errors("plan open pull requests again"):
        if number is not None:
            pulls = [repository.get_pull(number)]
        else:
            pulls = [*repository.get_pulls(state="open", base=branch)]
        for pull in pulls:
            if _is_own(pull.head.repo, repository):
                yield _again(repository, workflow, pull)


def _again(repository: Repository, workflow: str, pull: PullRequest) -> Replanned:
    runs = repository.get_workflow(workflow).get_runs(event="pull_request", head_sha=pull.head.sha)
    run = next((each for each in runs if _is_own(each.head_repository, repository)), None)
    if run is None:
        return Replanned(pull.number, None, started=False, reason="it has no run yet")
    if run.status != "completed":
        return Replanned(pull.number, run.id, started=False, reason=f"its run is {run.status}")
    try:
        started = run.rerun()
    except GithubException as error:
        if error.status != 403:
            raise
        return Replanned(pull.number, run.id, started=False, reason="GitHub does not run it again: it is too old")
    return Replanned(pull.number, run.id, started=started, reason="" if started else "GitHub did not start it")


def start(repository: Repository, workflow: str, branch: str) -> None:
    """Starts a workflow on a branch."""
    with own_errors(f"start the workflow {workflow}"):
        repository.get_workflow(workflow).create_dispatch(branch, throw=True)
