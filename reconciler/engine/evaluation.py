"""All guards in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reconciler.engine.account_guards import closures, creations, management, similar, unknown
from reconciler.engine.guards import Allowed, GuardedPlan, Limits, deletes, emptied, gap, refused
from reconciler.engine.names import refused_names
from reconciler.engine.protection import protected
from reconciler.model.plan import Guards, Violation

Guard = Callable[[GuardedPlan, Limits, Allowed], Iterator[Violation]]

GUARDS: tuple[Guard, ...] = (
    unknown,
    similar,
    deletes,
    closures,
    creations,
    protected,
    management,
    refused_names,
    emptied,
    gap,
    refused,
)


def evaluate_guards(plan: GuardedPlan, limits: Limits, allowed: Allowed) -> Guards:
    """The verdict of every guard on a whole plan."""
    return Guards(violations=tuple(found for guard in GUARDS for found in guard(plan, limits, allowed)))
