"""`reconciler ci`: what the workflows call. The only commands that talk to a code host, and none talks to AWS."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.commands.options import Options
from reconciler.commands.pipeline import access, outputs, place, summary, top_folder
from reconciler.commands.planning import parsed_allowances
from reconciler.commands.running import command
from reconciler.commands.streams import to_stdout
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.use_cases.ci.runs import Workflows

_AUTHOR = "github-actions[bot]"

files_argument = click.argument("files", nargs=-1, required=True, metavar="FILE...")
label_option = click.option(
    "--label", default="organization", metavar="NAME", help="Which organization this is (default organization)."
)
author_option = click.option(
    "--author", default=_AUTHOR, metavar="LOGIN", help=f"Who the token writes as (default {_AUTHOR})."
)
check_option = click.option(
    "--check", is_flag=True, help="Fail as the results do: exit 4 where the plan is BLOCKED, 3 for an invalid spec."
)
branch_option = click.option("--branch", default="main", metavar="NAME", help="The protected branch (default main).")
pull_request_option = click.option(
    "--pull-request", "number", type=click.IntRange(min=1), required=True, metavar="N", help="The pull request."
)


@click.group(
    "ci",
    help="What the workflows of a pipeline call. They read saved results and talk to GitHub, never to AWS.",
    short_help="What the workflows of a pipeline call.",
)
def ci() -> None:
    pass


@check_option
@click.option(
    "--allow-workflow",
    default="organization allow",
    metavar="NAME",
    help="The workflow that takes an allowance, named where the plan is BLOCKED (default organization allow).",
)
@click.option("--commit", default="", metavar="SHA", help="The commit that the results are of.")
@author_option
@label_option
@pull_request_option
@files_argument
@command("Write or edit the one comment of a pull request, its labels, and the job summary.")
def comment(
    options: Options,
    files: tuple[str, ...],
    number: int,
    label: str,
    author: str,
    commit: str,
    allow_workflow: str,
    check: bool,
) -> int:
    from reconciler.use_cases.ci import pull_request
    from reconciler.use_cases.ci.results import comment_text, load_results, summary_text

    results = load_results([*map(Path, files)])
    request = pull_request.CommentRequest(number, place(label, commit), author, allow_workflow)
    text = comment_text(results, request.place, allow_workflow)
    summary(summary_text(results, request.place, allow_workflow))
    written = pull_request.comment(results, request, access(), text)
    options.info(f"comment on pull request {number}: {written}")
    return results.exit.code if check else 0


@label_option
@files_argument
@command("Write the job summary.")
def summary_command(options: Options, files: tuple[str, ...], label: str) -> int:
    from reconciler.use_cases.ci.results import load_results, summary_text

    text = summary_text(load_results([*map(Path, files)]), place(label))
    if not summary(text):
        options.write(text)
    return 0


@check_option
@files_argument
@command("Show findings at the lines of the spec, as workflow commands of GitHub.")
def annotate(options: Options, files: tuple[str, ...], check: bool) -> int:
    from reconciler.render.annotations import workflow_commands
    from reconciler.use_cases.ci.results import annotations_of, load_results, moved_below

    results = load_results([*map(Path, files)])
    if found := workflow_commands([*moved_below(annotations_of(results), top_folder())]):
        to_stdout(found)
    return results.exit.code if check else 0


@author_option
@label_option
@click.argument("file", metavar="DRIFT.json")
@command("Open, update, reopen or close the one issue about drift.")
def drift_issue(options: Options, file: str, label: str, author: str) -> int:
    from reconciler.use_cases.ci import drift_issue
    from reconciler.use_cases.ci.results import load_drift

    drift = load_drift(Path(file))
    outcome = drift_issue.drift_issue(drift, place(label), author, access())
    options.info(f"issue about drift: {outcome}")
    return 0


@click.argument("allowances", metavar="ALLOWANCES")
@command("Check an allowance, as a comment shows it, and write it.")
def allow(options: Options, allowances: str) -> int:
    found = parsed_allowances(allowances)
    if found.only_for is None or not (found.allow or found.close):
        raise UsageError(
            "an allowance is for one plan: it begins with the digest of that plan, and allows something",
            help="copy the whole line from the comment",
        )
    options.write(" ".join(allowances.split()))
    return 0


@branch_option
@pull_request_option
@command("Find the run that gave an allowance for a pull request: output `run`.")
def allowance(options: Options, number: int, branch: str) -> int:
    from reconciler.use_cases.ci.runs import allowing_run

    run = allowing_run(access(), number, _workflows(branch))
    outputs({"run": run})
    options.info(f"allowance for pull request {number}: {f'run {run}' if run else 'none'}")
    return 0


@branch_option
@click.option("--commit", required=True, metavar="SHA", help="The commit on the protected branch.")
@command("Find the plan that was reviewed for a merged commit: outputs `run` and `pull_request`.")
def reviewed(options: Options, commit: str, branch: str) -> int:
    from reconciler.use_cases.ci.runs import reviewed_run

    found = reviewed_run(access(), commit, _workflows(branch))
    outputs({"run": found.run, "pull_request": found.pull_request})
    options.info(f"reviewed plan of {commit}: {f'run {found.run}' if found.run else 'none'}")
    return 0


@click.option("--start", multiple=True, metavar="FILE", help="Start this workflow as well (repeatable).")
@branch_option
@click.option("--pull-request", "number", type=click.IntRange(min=1), default=None, metavar="N", help="Only this one.")
@command("Plan open pull requests again.")
def replan(options: Options, number: int | None, branch: str, start: tuple[str, ...]) -> int:
    from reconciler.use_cases.ci.runs import replan

    for each in replan(access(), _workflows(branch), number, start):
        what = f"run {each.run} starts again" if each.started else f"not planned again: {each.reason}"
        options.info(f"pull request {each.number}: {what}")
    return 0


def _workflows(branch: str) -> Workflows:
    """The workflows, from the environment where their files have other names than those of `init`."""
    from reconciler.use_cases.ci.runs import Workflows

    given: dict[str, Any] = {
        name: value
        for name in ("plan", "allow")
        if (value := os.environ.get(f"RECONCILER_{name.upper()}_WORKFLOW")) is not None
    }
    return Workflows(branch=branch, **given)


for each in (comment, summary_command, annotate, drift_issue, allow, allowance, reviewed, replan):
    ci.add_command(each)
