"""Whether a plan takes away the access through which its own caller came in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from reconciler.kinds.identity_center.resources import Assignment, PermissionSet, named
from reconciler.model.address import Address, local
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Guards, Violation, Warning_
from reconciler.model.resources import Account
from reconciler.model.wording import few
from reconciler.planning.guards import GuardOverrides, allow_option
from reconciler.planning.planner import PlanResult
from reconciler.use_cases.connection import Connection

GUARD = "own_access"
_ROLE = re.compile(r"arn:[^:]+:sts::(\d{12}):assumed-role/AWSReservedSSO_(.+)_[0-9a-f]{16}/.*")
"""The session of somebody who came in through IAM Identity Center
(https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html)."""


def with_own_access(result: PlanResult, connection: Connection, allowed: GuardOverrides) -> PlanResult:
    """The result with a violation where no assignment of the caller's permission set in its account is left, and a
    warning where some are: which of them let the caller in is not known."""
    violations = own_access(result, connection, allowed)
    warnings = list(_perhaps(result, connection))
    if not violations and not warnings:
        return result
    update = {
        "guards": Guards(violations=(*result.plan.guards.violations, *violations)),
        "warnings": (*result.plan.warnings, *warnings),
    }
    return replace(result, plan=result.plan.model_copy(update=update))


def own_access(result: PlanResult, connection: Connection, allowed: GuardOverrides) -> list[Violation]:
    """The violation of the guard, where there is one."""
    removed = _removed(result, connection)
    if not removed or _left(result.after, removed[0]) or allowed.lets(GUARD, 1):
        return []
    first = removed[0]
    text = (
        f"nobody would have {local(first.permission_set)} in {local(first.account)} any more, and who runs this came "
        "in through it"
    )
    return [
        Violation(
            guard=GUARD,
            message=text,
            addresses=tuple(each.address for each in removed),
            allow=allow_option(GUARD, 1),
        )
    ]


def _perhaps(result: PlanResult, connection: Connection) -> Iterator[Warning_]:
    removed = _removed(result, connection)
    if removed and _left(result.after, removed[0]):
        people = few([named(each.principal) for each in removed])
        text = (
            f"who runs this came in with {local(removed[0].permission_set)} in {local(removed[0].account)}, perhaps "
            f"through {people}, which would lose it"
        )
        yield Warning_(code="W386", message=text, address=removed[0].address)


def _removed(result: PlanResult, connection: Connection) -> list[Assignment]:
    """The assignments that the plan deletes of the permission set and in the account of the caller's role."""
    deleted = [
        each.before for each in result.plan.changes if isinstance(each.before, Assignment) and each.after is None
    ]
    if not deleted or (match := _ROLE.fullmatch(connection.caller or "")) is None:
        return []
    id, name = match.groups()
    account = next((each.address for each in result.before.of(Account) if each.id == id), None)
    permission_set: Address = f"{PermissionSet.prefix}:{name}"
    return [each for each in deleted if (each.permission_set, each.account) == (permission_set, account)]


def _left(after: Inventory, removed: Assignment) -> bool:
    return any(
        (each.permission_set, each.account) == (removed.permission_set, removed.account)
        for each in after.of(Assignment)
    )
