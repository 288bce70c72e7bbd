"""Drift: the plan seen from the live side, with what each difference means."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from reconciler.drift.severity import exposure_of, severities
from reconciler.model.plan import BY_HAND, Exit, Plan
from reconciler.planning.planner import PlanRequest, PlanResult
from reconciler.policy.impact.settings import settings_impact
from reconciler.spec import Desired
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.permissions import affects_permissions, impact_between
from reconciler.use_cases.plan import make_plan
from reconciler.use_cases.read import Progress, silent
from reconciler.use_cases.who import with_changed_by


def find_drift(
    desired: Desired, connection: Connection, progress: Progress = silent, who_since: datetime | None = None
) -> PlanResult:
    """What differs, each difference with its severity and, where `who_since` is given, who made it since then. Raises
    as `make_plan`, and `UsageError` where a snapshot is to show who made it."""
    result = make_plan(desired, connection, PlanRequest(command="drift"), progress)
    result = with_severity(result, desired.settings.guards.protected)
    return with_changed_by(result, connection, who_since) if who_since is not None else result


def with_severity(result: PlanResult, protected: tuple[str, ...] = ()) -> PlanResult:
    """The drift with the severity of each difference, and what accounts may do compared with what is declared.
    `protected` are the protected addresses of the spec."""
    plan, declared, live = result.plan, result.after, result.before
    if not plan.changes:
        return result
    impact = impact_between(declared, live, protected) if affects_permissions(result) else ()
    rated = severities(plan.changes, impact, plan.access, (declared, live))
    changes = tuple(each.model_copy(update={"severity": rated.get(each.key)}) for each in plan.changes)
    impact = (*impact, *settings_impact(declared, live))
    update = {"changes": changes, "exposure": exposure_of(impact) if impact else None}
    return replace(result, plan=plan.model_copy(update=update))


def is_drift(plan: Plan) -> bool:
    """Whether anything differs, be it something that apply cannot correct."""
    return bool(plan.changes) or any(each.code in BY_HAND for each in plan.warnings)


def exit_of(plan: Plan) -> Exit:
    """How `drift` ends."""
    return Exit(code=2, reason="drift") if is_drift(plan) else Exit()
