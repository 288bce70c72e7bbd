"""The comment and the labels of a pull request, and the labels' meaning."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.github import comments
from reconciler.github.client import repository
from reconciler.github.comments import Written
from reconciler.model.code_host import Access
from reconciler.model.plan import DESTRUCTIVE
from reconciler.model.results import PipelineResults
from reconciler.render.markdown.comment_markdown import Place, comment_marker


@dataclass(frozen=True)
class CommentRequest:
    """The pull request to comment on, by whom, and the name of the workflow that takes an allowance for it."""

    number: int
    place: Place
    author: str = "github-actions[bot]"
    allow_workflow: str = ""


def comment(results: PipelineResults, request: CommentRequest, access: Access, text: str) -> Written:
    """Writes or edits the one comment, and sets the labels."""
    there = repository(access)
    marker = comment_marker(request.place.label)
    written = comments.write_comment(there, request.number, marker, request.author, text)
    named = {name: f"{request.place.label}:{name}" for name in ("blocked", "invalid", "destructive")}
    wanted = [named[each] for each in sorted(_states(results))]
    comments.set_labels(there, request.number, wanted, named.values())
    return written


def _states(results: PipelineResults) -> set[str]:
    found = set()
    if any(each.severity == "error" for each in results.diagnostics):
        found.add("invalid")
    if results.plan is not None and results.plan.guards.blocked:
        found.add("blocked")
    if results.plan is not None and any(
        each.action in DESTRUCTIVE and not each.temporary for each in results.plan.changes
    ):
        found.add("destructive")
    return found
