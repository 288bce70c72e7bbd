"""The one issue about drift."""

from __future__ import annotations

from reconciler.errors import ReconcilerError
from reconciler.github.client import repository
from reconciler.github.issues import OneIssue, Outcome
from reconciler.model.code_host import Access
from reconciler.model.plan import BY_HAND, Plan
from reconciler.render import markdown
from reconciler.render.markdown.comment_markdown import MOST_CHARACTERS, Place, issue_marker, known_resources

_TITLE = "The organization has drifted"
_FOR_THE_FOOT = 1_000


def issue_text(drift: Plan, place: Place) -> str:
    """The text of the issue, within what GitHub takes."""
    body = markdown.drift(drift, desired_tree=known_resources(drift), limit=MOST_CHARACTERS - _FOR_THE_FOOT)
    return markdown.drift_issue(body, place.label, place)


def drift_issue(drift: Plan, place: Place, author: str, access: Access) -> Outcome:
    """Opens, updates, opens again or closes the issue, by what the drift is now. Raises `ReconcilerError` for a check
    that failed, which says nothing about drift."""
    if drift.exit.code not in (0, 2):
        raise ReconcilerError(
            f"the check for drift ended with exit code {drift.exit.code} ({drift.exit.reason}): that is not drift"
        )
    label = f"{place.label}-drift"
    issue = OneIssue(repository(access), label, issue_marker(place.label), author)
    run = f" [Run]({place.run_url})" if place.run_url else ""
    if drift.changes or any(each.code in BY_HAND for each in drift.warnings):
        return issue.open(_TITLE, issue_text(drift, place), f"The drift is another one now.{run}")
    return issue.close(f"The organization is as declared again.{run}")
