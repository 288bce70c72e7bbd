"""A plan told from the live side: what is changed, missing or extra there, and how much of it is declared at all."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from reconciler.model.address import kind_of, local
from reconciler.model.plan import BY_HAND, Change, Plan
from reconciler.model.resources import Account, Attachment
from reconciler.render.words import Names, differing, place

Standing = Literal["changed", "missing", "extra"]
STANDINGS: tuple[Standing, ...] = ("changed", "missing", "extra")
MARKS: dict[Standing, str] = {"changed": "~", "missing": "-", "extra": "+"}

_MISSING = frozenset({"create", "attach", "enable", "invite"})
_EXTRA = frozenset({"delete", "detach", "disable", "remove"})


def standing(change: Change) -> Standing:
    """How the live thing stands to the declared one. What is replaced exists at another place, so it is changed."""
    if change.action in _MISSING:
        return "missing"
    return "extra" if change.action in _EXTRA and change.reason != "replaced" else "changed"


def _asked_for(plan: Plan) -> list[Change]:
    """What only exists while a plan is carried out is no drift."""
    return [each for each in plan.changes if not each.temporary]


def by_standing(plan: Plan) -> list[Change]:
    """The changes in the order in which drift is told."""
    return sorted(_asked_for(plan), key=lambda each: (STANDINGS.index(standing(each)), each.address))


def drift_line(plan: Plan) -> str:
    """`Drift in o-...: 2 changed, 1 missing, 1 extra`, or `No drift.`"""
    counts = Counter(map(standing, _asked_for(plan)))
    parts = [f"{counts[each]:,} {each}" for each in STANDINGS if counts[each]]
    if by_hand := sum(each.code in BY_HAND for each in plan.warnings):
        parts.append(f"{by_hand:,} to correct by hand")
    return f"Drift in {plan.organization.id}: {', '.join(parts)}" if parts else "No drift."


def coverage_line(plan: Plan, spec: str) -> str:
    """How many of the live things the spec declares."""
    total = plan.managed + len(plan.unmanaged)
    percent = 100 * plan.managed // total if total else 100
    return f"Coverage {percent}%: {plan.managed:,} of {total:,} live objects are declared in {spec}"


def subject(change: Change, names: Names) -> tuple[str, str, str]:
    """What drifted, in three parts: its kind, its name, and what is wrong with it."""
    kind, resource, thing = kind_of(change.address), change.resource, names.thing(change.address)
    if isinstance(resource, Attachment):
        policy, target = names.thing(resource.policy), place(resource.target)
        return policy.kind, policy.name, f"is {'not ' if change.before is None else ''}attached to {target}"
    name = local(change.address) if kind == "ou" else "" if thing.kind == "root" else thing.name
    if isinstance(resource, Account) and thing.id:
        name = f"{name} ({thing.id})"
    said = {
        "create": "does not exist",
        "invite": "is not in the organization",
        "enable": "is not enabled",
        "disable": "is enabled, but not declared",
        "delete": "exists, but is not declared",
        "close": "is open, declared closed",
        "remove": "is in the organization, declared removed",
        "replace": "is declared under another parent",
        "move": "is elsewhere",
    }.get(change.action) or f": {differing(change)}"
    return thing.kind, name, "is declared under another parent" if change.reason == "replaced" else said
