"""The effective policy of an account: what the declarative policies of one type mean for it."""

from __future__ import annotations

import difflib
from contextlib import suppress

from reconciler.errors import UsageError
from reconciler.model.effective import EffectiveChange, EffectivePolicy
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan
from reconciler.model.policy_types import BY_API
from reconciler.policy.effective.organization import DECLARATIVE, effective_policies
from reconciler.spec import Desired
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.explain import sides_of_plan
from reconciler.use_cases.policy_evaluator import account_named
from reconciler.use_cases.read import Progress


def checked_type(name: str) -> str:
    """The short name of a policy type, by it or by the API's. Raises `UsageError` for one without effective policies:
    SCPs and RCPs are evaluated level by level."""
    short = BY_API[name].short if name in BY_API else name
    if short in DECLARATIVE:
        return short
    near = difflib.get_close_matches(short, DECLARATIVE, 1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(DECLARATIVE)}"
    raise UsageError(f"there is no effective policy of type {name}", help=hint)


def effective_policy(inventory: Inventory, short: str, account: str) -> EffectivePolicy:
    """The effective policy of an account, by its key, id or name. Raises `UsageError` for one that there is not, or
    that is closed."""
    address = account_named(inventory, account)
    found = effective_policies(inventory, short).get(address)
    if found is None:
        raise UsageError(f"{address} is closed: it has no effective policy")
    return found


def effective_change(
    plan: Plan, desired: Desired | None, connection: Connection, short: str, account: str, progress: Progress
) -> EffectiveChange:
    """The effective policy before and after a saved plan. Raises `UsageError` for an account that is in neither, and
    `PlanRefused` where the plan no longer holds."""
    before, after = sides_of_plan(plan, desired, connection, frozenset({short}), progress)
    first = last = None
    with suppress(UsageError):
        first = effective_policy(before, short, account)
    if first is None:
        return EffectiveChange(before=None, after=effective_policy(after, short, account))
    with suppress(UsageError):
        last = effective_policy(after, short, account)
    return EffectiveChange(before=first, after=last)
