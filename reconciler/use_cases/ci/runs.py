"""Which run made the plan that was reviewed, which gave an allowance, and planning again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.github import runs
from reconciler.github.client import repository
from reconciler.github.runs import Replanned
from reconciler.model.code_host import Access


@dataclass(frozen=True)
class Workflows:
    """The files of the workflows, the names of their artifacts, and the protected branch."""

    plan: str = "organization-plan.yml"
    plan_artifact: str = "organization-plan"
    allow: str = "organization-allow.yml"
    allowance_artifact: str = "organization-allowance"
    branch: str = "main"


@dataclass(frozen=True)
class Found:
    """The pull request whose merge made a commit, and the run that has its reviewed plan; `None`: there is none."""

    pull_request: int | None = None
    run: int | None = None


def reviewed_run(access: Access, commit: str, workflows: Workflows) -> Found:
    """Where the plan is that was reviewed for the pull request that was merged as this commit."""
    there = repository(access)
    merged = runs.merged_pull_request(there, commit, workflows.branch)
    if merged is None:
        return Found()
    run = runs.planned_run(there, workflows.plan, merged.head, workflows.plan_artifact)
    return Found(merged.number, run)


def allowing_run(access: Access, number: int, workflows: Workflows) -> int | None:
    """The run that gave an allowance for a pull request, with the approval of the reviewers of its environment."""
    artifact = f"{workflows.allowance_artifact}-{number}"
    return runs.allowing_run(repository(access), workflows.allow, workflows.branch, artifact)


def replan(
    access: Access, workflows: Workflows, number: int | None = None, start: Sequence[str] = ()
) -> list[Replanned]:
    """Plans the open pull requests again, or one of them, and starts other workflows on the protected branch."""
    there = repository(access)
    found = list(runs.run_again(there, workflows.plan, workflows.branch, number))
    for each in start:
        runs.start(there, each, workflows.branch)
    return found
