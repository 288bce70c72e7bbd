"""AWS Control Tower: what it owns is not renamed, deleted or disabled, and what would be drift there is reported.

It is recognised by the names of its policies and by its trusted access. An OU with one of its policies attached is
governed. https://docs.aws.amazon.com/controltower/latest/userguide/governance-drift.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.kinds.trusted_access import TrustedAccess
from reconciler.model.address import Address
from reconciler.model.globs import matches
from reconciler.model.plan import Change, Violation, Warning_
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType, Resource
from reconciler.planning.guards import GuardedPlan, GuardOverrides, Limits, allow_option

POLICIES = "aws-guardrails-*"
"""The names of its policies, which are always out of sight (`ignore.policies`)."""
_ITSELF = "controltower.amazonaws.com"
_SERVICES = frozenset({
    _ITSELF,
    "cloudtrail.amazonaws.com",
    "config.amazonaws.com",
    "member.org.stacksets.cloudformation.amazonaws.com",
    "sso.amazonaws.com",
})  # fmt: skip
"""Services that it works through."""
BREAKING = frozenset({"rename", "replace", "delete"})
"""What is not done to an OU that it governs."""

State = Mapping[Address, Resource]


def control_tower(plan: GuardedPlan, limits: Limits, allowed: GuardOverrides) -> Iterator[Violation]:
    """Changes of what Control Tower governs that it does not survive: its OUs, its services, its policy types."""
    state = plan.before.state
    governed = _governed(state)
    principals = {each.principal for each in state.values() if isinstance(each, TrustedAccess)}
    in_use = bool(governed) or _ITSELF in principals
    types = {each.type for each in state.values() if isinstance(each, Policy) and _is_guardrail(each)}
    found = tuple(each.address for each in plan.changes if in_use and _breaks(each, governed, types))
    if found and not allowed.lets("control_tower", len(found)):
        one = len(found) == 1
        yield Violation(
            guard="control_tower",
            message=f"{len(found)} change{'' if one else 's'} would break what AWS Control Tower governs",
            addresses=found,
            allow=allow_option("control_tower", len(found)),
        )


def drift_of_control_tower(changes: Iterable[Change], state: State) -> Iterator[Warning_]:
    """A warning for each account that leaves, or enters, a governed OU."""
    governed = _governed(state)
    for change in changes:
        before, after = change.before, change.after
        if not isinstance(before, Account) or change.action not in ("move", "close", "remove"):
            continue
        places = {before.parent, *([after.parent] if isinstance(after, Account) else [])}
        if concerned := sorted(places & governed):
            yield Warning_(
                code="W556",
                message=f"{change.action} {change.address} is drift in AWS Control Tower, which governs "
                f"{' and '.join(concerned)}: do it there, or repair it there afterwards",
                address=change.address,
                source=change.source,
            )


def _breaks(change: Change, governed: frozenset[Address], types: set[str]) -> bool:
    resource = change.before
    match resource:
        case OrganizationalUnit():
            return change.action in BREAKING and resource.address in governed
        case TrustedAccess():
            return change.after is None and resource.principal in _SERVICES
        case PolicyType():
            return change.after is None and resource.type in types
        case _:
            return False


def _governed(state: State) -> frozenset[Address]:
    guardrails = {address for address, each in state.items() if _is_guardrail(each)}
    return frozenset(
        each.target for each in state.values() if isinstance(each, Attachment) and each.policy in guardrails
    )


def _is_guardrail(resource: Resource) -> bool:
    return isinstance(resource, Policy) and matches(POLICIES, resource.name)
