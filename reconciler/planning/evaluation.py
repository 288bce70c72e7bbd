"""All guards in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reconciler.model.plan import Guards, Violation
from reconciler.planning.account_guards import (
    closure_quota,
    closures,
    creations,
    invitations,
    management,
    similar,
    unknown,
)
from reconciler.planning.control_tower import control_tower
from reconciler.planning.guards import GuardedPlan, GuardOverrides, Limits, deletes, emptied, gap, refused
from reconciler.planning.names import refused_names
from reconciler.planning.protection import protected

Guard = Callable[[GuardedPlan, Limits, GuardOverrides], Iterator[Violation]]

GUARDS: tuple[Guard, ...] = (
    unknown,
    similar,
    deletes,
    closures,
    closure_quota,
    creations,
    invitations,
    protected,
    control_tower,
    management,
    refused_names,
    emptied,
    gap,
    refused,
)


def evaluate_guards(plan: GuardedPlan, limits: Limits, allowed: GuardOverrides) -> Guards:
    """The verdict of every guard on a whole plan."""
    return Guards(violations=tuple(found for guard in GUARDS for found in guard(plan, limits, allowed)))
