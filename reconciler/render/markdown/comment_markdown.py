"""The comment on a pull request: the results of its pipeline in one, found again by its first line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from reconciler.model.diagnostic import Diagnostic
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan
from reconciler.model.resources import Policy
from reconciler.model.results import Failure, PipelineResults
from reconciler.render.markdown import plan_markdown
from reconciler.render.markdown.blocks import alert, code, joined, marker
from reconciler.render.markdown.diagnostics_markdown import diagnostics
from reconciler.render.safe import fenced, markdown_text, safe

MOST_CHARACTERS = 65_536
"""What GitHub takes as a comment or the text of an issue."""
MOST_OF_A_SUMMARY = 1_000_000
"""What a job summary takes, in bytes, is 1 MiB: most characters of a plan are one byte."""
_DIAGNOSTICS_BESIDE_A_PLAN = 8_000
_MOST_MOVED = 20


class Place(NamedTuple):
    """Where a comment belongs: the `label` that tells it from those of other organizations, the `commit` that the
    results are of, and the address of the run."""

    label: str
    commit: str = ""
    run_url: str = ""


def comment_marker(label: str) -> str:
    """The hidden first line of the comment."""
    return marker("comment", {"label": label})


def comment(
    results: PipelineResults,
    place: Place,
    *,
    allowances: str | None = None,
    workflow: str = "",
    limit: int = MOST_CHARACTERS,
) -> str:
    """The plan, or why there is none, with what was found about the spec. Within `limit` characters: the plan is made
    shorter as on its own. `allowances` is what lets a blocked plan pass, to be given to the `workflow`."""
    invalid = any(each.severity == "error" for each in results.diagnostics)
    found = results.diagnostics
    foot = [_how_to_allow(allowances, workflow), _foot(place, planned=results.plan is not None)]
    if results.plan is None or invalid:
        body = [_no_plan(results.failure, place, invalid=invalid), _findings(found, limit - _DIAGNOSTICS_BESIDE_A_PLAN)]
        return joined([comment_marker(place.label), *body, *foot])
    beside = [_findings(found, _DIAGNOSTICS_BESIDE_A_PLAN), *foot]
    head = [comment_marker(place.label)]
    left = limit - len(joined([*head, *beside])) - 2
    complete = f"The summary of {f'[the run]({place.run_url})' if place.run_url else 'the run'} has all of it."
    shown = plan_markdown.plan(
        results.plan, desired_tree=known_resources(results.plan), limit=left, complete_in=complete
    )
    return joined([*head, shown.rstrip("\n"), *beside])


def known_resources(plan: Plan) -> Inventory:
    """What a saved plan tells of the organization besides its changes: the policies that it relies on."""
    found = []
    for each in plan.preconditions:
        if each.address.startswith("policy:") and each.fields and isinstance(each.fields.get("type"), str):
            name, type = str(each.fields.get("name")), str(each.fields["type"])
            found.append(Policy(address=each.address, id=each.id, name=name, type=type))
    return Inventory().with_resources(found)


def _no_plan(failure: Failure | None, place: Place, *, invalid: bool) -> str:
    run = f" See [the run]({place.run_url})." if place.run_url else ""
    if invalid:
        return alert("CAUTION", [f"**The spec is invalid: there is no plan of this commit.**{run}"])
    if failure is None:
        return alert("CAUTION", [f"**There is no plan of this commit**: the run ended before it was made.{run}"])
    lines = [f"**There is no plan of this commit**: {markdown_text(failure.error)}"]
    lines += [f"- {markdown_text(each)}" for each in failure.moved[:_MOST_MOVED]]
    lines += [f"**Help:** {markdown_text(failure.help)}"] if failure.help else []
    return alert("CAUTION", [*lines, *([run.strip()] if run else [])])


def _findings(found: Sequence[Diagnostic], limit: int) -> str:
    return diagnostics(found, limit=limit).rstrip("\n") if found else ""


def _how_to_allow(allowances: str | None, workflow: str) -> str:
    """What to type where, for a plan that is blocked and may be what is wanted."""
    if allowances is None or not workflow:
        return ""
    text = (
        f"**If this is what you want**, start the workflow {code(workflow)} for this pull request with the allowance "
        "below. The reviewers of its environment decide. It counts for exactly this plan."
    )
    return "\n".join([text, "", fenced([safe(allowances)], "text")])


def _foot(place: Place, *, planned: bool) -> str:
    commit = f"Commit {markdown_text(place.commit)}. " if place.commit else ""
    run = f"[The run{', with the plan as a file' if planned else ''}]({place.run_url})" if place.run_url else ""
    return f"<sub>{commit}{run}</sub>" if commit or run else ""


def drift_issue(body: str, label: str, place: Place) -> str:
    """The text of the issue: the drift as it is rendered on its own, and what to do about it."""
    what = "Declare it in a pull request, or undo it by an apply; this issue closes itself once the drift is gone."
    found = f"Found by [this run]({place.run_url}). " if place.run_url else ""
    return joined([issue_marker(label), body.rstrip("\n"), f"<sub>{found}{what}</sub>"])


def issue_marker(label: str) -> str:
    """The hidden first line of the issue about drift."""
    return marker("drift-issue", {"label": label})
