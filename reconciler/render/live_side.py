"""A plan from the live side: what is changed, missing or extra there, and how much of it is declared at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from reconciler.model.address import kind_of, local
from reconciler.model.drift import SEVERITIES, ChangedBy, Severity
from reconciler.model.impact import Impact
from reconciler.model.plan import BY_HAND, NOT_COMPARED, Change, Plan
from reconciler.model.resources import Account, Attachment
from reconciler.render.actions import DriftState, action
from reconciler.render.words import Names, count, differing, place

MARKS: dict[DriftState, str] = {"changed": "~", "missing": "-", "extra": "+"}
"""The states of live objects in the order in which they are listed."""


_HEADINGS: dict[Severity, str] = {
    "exposure": "accounts are less restricted than declared",
    "unknown": "it is not known whether accounts are less restricted than declared",
    "access": "access that is not declared",
    "outage": "less is allowed than declared",
    "other": "nobody may do more or less by it",
}


class Subject(NamedTuple):
    """What differs: its kind, its name, and the problem, after a colon where it is a list of fields."""

    kind: str
    name: str
    problem: str
    colon: str = ""


def drift_state(change: Change) -> DriftState:
    """The state of the live object. What is replaced exists at another place, so it is changed."""
    found = action(change.action).drift
    return "changed" if found == "extra" and change.reason == "replaced" else found


def drift_changes(plan: Plan) -> list[Change]:
    """The changes without temporary ones, the most severe first, then by state."""
    order = list(MARKS)
    found = [each for each in plan.changes if not each.temporary]
    return sorted(found, key=lambda each: (_rank(each), order.index(drift_state(each)), each.address))


def _rank(change: Change) -> int:
    return SEVERITIES.index(change.severity or "other")


def by_severity(plan: Plan) -> list[tuple[str, list[Change]]]:
    """The changes under their headings, the most severe first; without a heading where they are all alike."""
    found = drift_changes(plan)
    if all((each.severity or "other") == "other" for each in found):
        return [("", found)] if found else []
    groups = ((each, [one for one in found if (one.severity or "other") == each]) for each in SEVERITIES)
    return [(f"{each.capitalize()}: {_HEADINGS[each]}", several) for each, several in groups if several]


def exposure_lines(plan: Plan) -> list[str]:
    """How many accounts are less and more restricted than declared, and of how many it is not known."""
    found = plan.exposure
    if found is None:
        return []
    less, more, unknown = (len(each) for each in (found.less_restricted, found.more_restricted, found.not_known))
    why = "; ".join(dict.fromkeys(_reasons(found.impact)))
    return [
        *([f"{count(less, 'account')} {_are(less)} less restricted than declared"] if less else []),
        *(
            [f"Of {count(unknown, 'account')} it is not known whether they are less restricted than declared: {why}"]
            if unknown
            else []
        ),
        *([f"{count(more, 'account')} {_are(more)} more restricted than declared"] if more else []),
    ]


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _reasons(impact: Iterable[Impact]) -> Iterator[str]:
    return (line.why for group in impact for line in group.lines if line.change == "unknown" and line.why)


def who_line(found: ChangedBy) -> str:
    """`by arn:... (alice) 2026-09-13 17:42Z (UpdatePolicy)`, or why that is not known."""
    if found.unknown is not None:
        return f"by whom is not known: {found.unknown}"
    session = f" ({found.session})" if found.session else ""
    at = f"{found.at[:10]} {found.at[11:16]}Z" if found.at else "at an unknown time"
    plan = f", plan {found.plan}" if found.plan else ""
    own = f" with reconciler{plan}" if found.own else ""
    return f"by {found.principal or 'an unknown principal'}{session}{own} {at} ({found.event})"


def drift_line(plan: Plan) -> str:
    """`Drift in o-...: 2 changed, 1 missing, 1 extra`, or `No drift.`, of what was read."""
    counts = Counter(map(drift_state, drift_changes(plan)))
    parts = [f"{counts[each]:,} {each}" for each in MARKS if counts[each]]
    if by_hand := sum(each.code in BY_HAND for each in plan.warnings):
        parts.append(f"{by_hand:,} to correct by hand")
    if parts:
        return f"Drift in {plan.organization.id}: {', '.join(parts)}"
    unread = any(each.code == NOT_COMPARED for each in plan.warnings)
    return "No drift in what was read; what was not read may differ." if unread else "No drift."


def coverage_line(plan: Plan, spec: str) -> str:
    """How many of the live objects the spec declares."""
    total = plan.managed + len(plan.unmanaged)
    percent = 100 * plan.managed // total if total else 100
    return f"Coverage {percent}%: {plan.managed:,} of {total:,} live objects are declared in {spec}"


def subject(change: Change, names: Names) -> Subject:
    """What a change is about, as drift."""
    resource, named = change.resource, names.display(change.address)
    if isinstance(resource, Attachment):
        policy = names.display(resource.policy)
        attached = f"is {'not ' if change.before is None else ''}attached to {place(resource.target)}"
        return Subject(policy.kind, policy.name, attached)
    name = local(change.address) if kind_of(change.address) == "ou" else "" if named.kind == "root" else named.name
    if isinstance(resource, Account) and named.id:
        name = f"{name} ({named.id})"
    moved = change.reason in ("new_parent", "replaced")
    problem = "is declared under another parent" if moved else action(change.action).live
    return Subject(named.kind, name, problem) if problem else Subject(named.kind, name, differing(change), ":")
