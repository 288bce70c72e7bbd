"""Drift as a short notification, the most severe first: the content, and as a message in a chat."""

from __future__ import annotations

from reconciler.errors import ReconcilerError
from reconciler.model.drift import by_severity
from reconciler.model.inventory import Inventory
from reconciler.model.notification import WORDS, Difference, Notification, State
from reconciler.model.plan import BY_HAND, Change, Plan
from reconciler.render.live_side import MARKS, drift_changes, drift_line, drift_state, exposure_lines, subject, who_line
from reconciler.render.safe import safe
from reconciler.render.words import Names

MOST = 10
"""Differences that a notification names."""
_LONGEST = 300
"""Characters of one line."""


def notification(
    plan: Plan, desired_tree: Inventory, state: State, digest: str, link: str | None = None
) -> Notification:
    """The drift of a plan."""
    names, found = Names.of(plan, desired_tree), drift_changes(plan)
    by_hand = [each for each in plan.warnings if each.code in BY_HAND]
    title = drift_line(plan) if state == "detected" else f"{WORDS[state]} in {plan.organization.id}"
    differences = [
        *(
            Difference(address=each.address, severity=each.severity or "other", text=_line(each, names))
            for each in found
        ),
        *(
            Difference(address=each.address or "", severity="other", text=_short(f"{each.code} {each.message}"))
            for each in by_hand
        ),
    ]
    return Notification(
        state=state,
        organization=plan.organization.id,
        digest=digest,
        title=_short(title),
        exposure=tuple(map(_short, exposure_lines(plan))),
        severity=by_severity(each.severity for each in differences),
        differences=tuple(differences[:MOST]),
        left_out=max(0, len(differences) - MOST),
        link=link,
    )


def failure(error: ReconcilerError, link: str | None = None) -> Notification:
    """A drift that could not be looked for."""
    return Notification(state="failed", title=_short(f"{WORDS['failed']}: {error.message}"), link=link)


def _line(change: Change, names: Names) -> str:
    state, about = drift_state(change), subject(change, names)
    who = f" ({who_line(change.changed_by)})" if change.changed_by and not change.changed_by.unknown else ""
    named = " ".join(filter(None, (about.kind, about.name)))
    return _short(f"{MARKS[state]} {state} {named}{about.colon} {about.problem}{who}")


def _short(text: str) -> str:
    shown = safe(text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def plain_text(found: Notification) -> str:
    """As a message of plain text."""
    return "\n".join([found.title, "", *found.lines()]).strip() + "\n"


def chat_text(found: Notification) -> str:
    """As a message in a chat that reads Slack's format, Mattermost and others included: nothing in it is a mention or a
    link but the notification's own link.
    https://docs.slack.dev/messaging/formatting-message-text"""
    own = found.link
    body = plain_text(found.model_copy(update={"link": None})).rstrip("\n")
    escaped = body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "@\u200b")
    return f"{escaped}\n<{own}>" if own else escaped
