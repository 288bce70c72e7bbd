"""May a principal do this? The decision of the SCPs and RCPs above an account, with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import SerializeAsAny

from reconciler.errors import ReconcilerError, UsageError
from reconciler.model import address as addresses
from reconciler.model.base import Frozen
from reconciler.model.decision import Decision
from reconciler.model.decision import Request as Request
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan
from reconciler.planning.planner import aligned
from reconciler.planning.precedence import with_planned_positions
from reconciler.policy.evaluation.chains import FULL_ACCESS
from reconciler.policy.evaluation.identity import Identity, own_policy
from reconciler.policy.language.statements import parse
from reconciler.spec import Desired
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.continue_plan import resume
from reconciler.use_cases.files import reason_of
from reconciler.use_cases.policy_evaluator import PolicyEvaluator as PolicyEvaluator
from reconciler.use_cases.read import Progress, silent

DECIDING = frozenset(FULL_ACCESS)
"""The policy types that decide what is allowed."""

Explain = Callable[[PolicyEvaluator, Request], Decision]


class ExplainedChange(Frozen):
    """The decision before and after a plan; `None` where the account does not exist, or is closed."""

    before: SerializeAsAny[Decision] | None
    after: SerializeAsAny[Decision] | None


def around_plan(
    plan: Plan, desired: Desired | None, connection: Connection, progress: Progress = silent
) -> tuple[PolicyEvaluator, PolicyEvaluator]:
    """The live organization before and after a saved plan. Raises `PlanRefused` where the plan no longer holds."""
    before, after = sides_of_plan(plan, desired, connection, DECIDING, progress)
    statements = desired.statements if desired else {}
    changed = {addresses.local(each.address) for each in plan.changes if each.kind == "policy"}
    unchanged = {key: places for key, places in statements.items() if key not in changed}
    return PolicyEvaluator.of(before, unchanged), PolicyEvaluator.of(after, statements)


def sides_of_plan(
    plan: Plan, desired: Desired | None, connection: Connection, policy_types: frozenset[str], progress: Progress
) -> tuple[Inventory, Inventory]:
    """The live organization before and after a saved plan, with the policies of these types, by the names of the spec
    that the plan was made of, where it is known. Raises `PlanRefused` where the plan no longer holds."""
    resumed = resume(plan, connection, progress, also=policy_types)
    before, after = resumed.before, with_planned_positions(resumed.after, plan.changes)
    if desired is None:
        return before, after
    return aligned(desired.inventory, before)[1], aligned(desired.inventory, after)[1]


def explain_change(
    before: PolicyEvaluator, after: PolicyEvaluator, request: Request, explain: Explain
) -> ExplainedChange:
    """The decision before and after. Raises `UsageError` for an account that is in neither organization."""
    try:
        first = explain(before, request)
    except UsageError:
        return ExplainedChange(before=None, after=explain(after, request))
    try:
        return ExplainedChange(before=first, after=explain(after, request))
    except UsageError:
        return ExplainedChange(before=first, after=None)


def requests_in(path: Path) -> Iterator[Request]:
    """The requests of a file, one JSON object a line. Raises `UsageError` naming the line that is none."""
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeError) as error:
        raise UsageError(f"{path} cannot be read: {reason_of(error)}") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield Request.model_validate(json.loads(line))
            except (ValueError, RecursionError) as error:
                first = str(error).splitlines()[0]
                raise UsageError(f"{path}:{number}: not a request: {first}", help="see docs/explain.md") from error


def identity_policy_in(path: Path) -> Identity:
    """A caller with the IAM policy in a file. Raises `ReconcilerError` where there is none."""
    try:
        return own_policy(parse("scp", json.loads(path.read_text("utf-8"))))
    except (OSError, ValueError, RecursionError) as error:
        raise ReconcilerError(f"{path} is not an IAM policy: {reason_of(error)}") from error
