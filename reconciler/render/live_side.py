"""A plan from the live side: what is changed, missing or extra there, and how much of it is declared at all."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from reconciler.model.address import kind_of, local
from reconciler.model.plan import BY_HAND, NOT_COMPARED, Change, Plan
from reconciler.model.resources import Account, Attachment
from reconciler.render.actions import DriftState, action
from reconciler.render.words import Names, differing, place

MARKS: dict[DriftState, str] = {"changed": "~", "missing": "-", "extra": "+"}
"""The states of live objects in the order in which they are listed."""


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
    """The changes without temporary ones, by state."""
    order = list(MARKS)
    found = [each for each in plan.changes if not each.temporary]
    return sorted(found, key=lambda each: (order.index(drift_state(each)), each.address))


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
