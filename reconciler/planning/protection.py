"""The guard `protected`: what a spec protects is not deleted, closed, replaced or rewritten, and keeps every policy.

What a node loses is read from the policies in force at both ends of the plan, inherited ones included, not from the
kinds of changes: an account that moves from the root into an OU keeps all that it had, and loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.kinds import BY_KIND
from reconciler.model.address import Address, attachment, policy_type
from reconciler.model.document import deny_statements, listed
from reconciler.model.globs import matches
from reconciler.model.plan import Change, Violation
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, Root
from reconciler.planning.guards import GuardedPlan, GuardOverrides, Limits, allow_option
from reconciler.planning.simulation import Simulation

_DIRECT = frozenset({"delete", "disable", "close", "remove", "replace"})


def protected(plan: GuardedPlan, limits: Limits, allowed: GuardOverrides) -> Iterator[Violation]:
    """A violation for each pattern of `guards.protected` that the plan weakens."""
    for pattern in limits.protected:
        found = tuple(dict.fromkeys(each.address for each in _weakening(pattern, plan)))
        guard = f"protected:{pattern}"
        if found and not allowed.lets(guard, len(found)):
            yield Violation(
                guard="protected",
                message=f"{pattern} is protected, and {len(found)} change{'s' * (len(found) != 1)} would weaken it",
                addresses=found,
                allow=allow_option(guard, len(found)),
            )


def _weakening(pattern: str, plan: GuardedPlan) -> Iterator[Change]:
    """The changes that weaken what the pattern names."""
    causes: set[Address] = set()
    for node, resource in plan.before.state.items():
        if isinstance(resource, Root | OrganizationalUnit | Account) and matches(pattern, node):
            causes |= _causes(node, plan)
    for change in plan.changes:
        if not change.temporary and (change.address in causes or _names(pattern, change, plan)):
            yield change


def _causes(node: Address, plan: GuardedPlan) -> set[Address]:
    """The addresses of changes by which the node loses a policy, or by which a level above it that had an allow list
    allows everything; some of them may not be in the plan."""
    if node not in plan.after.state:
        return set()
    chain = list(plan.before.chain(node))
    lost = list(_lost(node, plan.before, plan.after))
    causes = {attachment(policy.address, level) for policy in lost for level in chain}
    causes |= {policy_type(policy.type) for policy in lost}
    causes |= set(chain) if lost else set()
    return causes | {
        attachment(policy, level)
        for level in chain
        if level in plan.after.state
        for policy, _ in plan.after.attached_policies(level)
        if _is_default(policy, plan.after) and policy not in dict(plan.before.attached_policies(level))
    }


def _names(pattern: str, change: Change, plan: GuardedPlan) -> bool:
    """True where the change itself takes away, replaces or rewrites what the pattern names, or puts a protected policy
    out of force on a node."""
    after = plan.after
    if change.action in _DIRECT or "content" in change.fields:
        replaced = _replaced(change, plan.before) if change.action == "replace" else ()
        return any(matches(pattern, each) for each in (change.address, *replaced))
    if change.action == "detach" and isinstance(change.before, Attachment):
        policy, target = change.before.policy, change.before.target
        if matches(pattern, policy):
            return target in after.state and policy not in _in_force(target, after)
        return matches(pattern, change.address)
    return False


def _replaced(change: Change, before: Simulation) -> Iterator[Address]:
    for resource, appears in BY_KIND[change.kind].consequences(change, before.state):
        if not appears:
            yield resource.address


def _lost(node: Address, before: Simulation, after: Simulation) -> Iterator[Policy]:
    """The policies in force for a node before the plan, and not after it, whose Denies nothing else has taken over."""
    for address in sorted(_in_force(node, before) - _in_force(node, after)):
        policy = before.state.get(address)
        if not isinstance(policy, Policy) or policy.aws_managed:
            continue
        if not (_only_denies(policy) and after.denies_all_of(policy, node)):
            yield policy


def _is_default(policy: Address, state: Simulation) -> bool:
    resource = state.state.get(policy)
    return isinstance(resource, Policy) and resource.aws_managed


def _in_force(node: Address, state: Simulation) -> set[Address]:
    return {policy for level in state.chain(node) for policy, _ in state.attached_policies(level)}


def _only_denies(policy: Policy) -> bool:
    content = policy.content
    statements = listed(content.get("Statement")) if isinstance(content, dict) else []
    return bool(statements) and len(deny_statements(content)) == len(statements)
