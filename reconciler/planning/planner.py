"""From two organizations to a plan.

1. Align: both sides get the same addresses for the same things (renames, accounts found by e-mail).
2. Resolve: references in policy documents become ids where those are known.
3. Leave out: what the spec ignores is out of sight, but still counts towards quotas.
4. Compare: each kind yields its changes; what the service will do of itself is added before the next kind looks.
5. Order: `planning.order`; every step is checked in a simulation.
6. Guards: `planning.guards`.
7. Preconditions: the live values that the plan relies on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from reconciler.kinds import BY_KIND, KINDS
from reconciler.kinds.base import Comparison, UnmanagedRules
from reconciler.kinds.identity_center.resources import Assignment
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.globs import matches
from reconciler.model.inventory import Inventory
from reconciler.model.plan import (
    DESTRUCTIVE,
    LEFT_OUT,
    Change,
    ChangeKey,
    Gap,
    Organization,
    Plan,
    Proof,
    Unmanaged,
    Warning_,
)
from reconciler.model.reference import MANAGEMENT, ORGANIZATION
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, Resource, Root
from reconciler.planning.control_tower import drift_of_control_tower
from reconciler.planning.denies import DenyIndex
from reconciler.planning.evaluation import evaluate_guards
from reconciler.planning.guards import GuardedPlan, GuardOverrides, Limits, declared
from reconciler.planning.ignored import without_ignored
from reconciler.planning.joining import needing_all_features, of_members
from reconciler.planning.left_behind import left_behind
from reconciler.planning.needs import following, taking_over
from reconciler.planning.order import Ordering, ordered
from reconciler.planning.precedence import other_precedence, with_planned_positions
from reconciler.planning.preconditions import preconditions
from reconciler.planning.references import check_principals, check_references
from reconciler.planning.similar import similar
from reconciler.planning.simulation import Simulation, documents
from reconciler.planning.temporary_changes import Bounds


@dataclass(frozen=True)
class PlannerSettings:
    """The settings of a spec for planning, besides the resources themselves. `ignore` has globs by the
    spec's plural; `quotas` the attachments per node and `sizes` the largest document, in characters, by policy type."""

    policies: UnmanagedRules = field(default_factory=UnmanagedRules)
    ignore: Mapping[str, Sequence[str]] = field(default_factory=dict)
    quotas: Mapping[str, int | None] = field(default_factory=dict)
    sizes: Mapping[str, int | None] = field(default_factory=dict)
    most: Mapping[str, int | None] = field(default_factory=dict)
    """How many resources of a kind there may be, by kind; `None` is not known."""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class PlanRequest:
    """What is asked of the planner for this run."""

    command: Literal["plan", "drift", "apply"] = "plan"
    targets: tuple[str, ...] = ()
    allowed: GuardOverrides = field(default_factory=GuardOverrides)
    spec_digest: str = ""


@dataclass(frozen=True)
class PlanResult:
    """A plan, and both sides in the plan's own names: the live organization, and as it will be."""

    plan: Plan
    before: Inventory
    after: Inventory


def plan(
    desired: Inventory,
    live: Inventory,
    rules: PlannerSettings,
    request: PlanRequest,
    check: Callable[[], None] = lambda: None,
) -> PlanResult:
    """The plan that leads from `live` to `desired`. Pure: the same input gives the same plan. `check` is called
    often, and raises where the time for planning is over."""
    desired, live = aligned(desired, live, rules.policies)
    management = live.management_account()
    deny_index = DenyIndex(documents((*live.resources, *desired.resources)))
    seen_desired, seen_live = without_ignored(desired, live, rules.ignore)
    check_principals(seen_desired, live)
    found = _compared(of_members(seen_desired, seen_live), seen_live, rules.policies)
    possible, waiting, impossible = needing_all_features(found.changes, seen_desired, seen_live)
    permitted = _permitted(possible, request.allowed.no_delete)
    targeted = _targeted(permitted, request.targets)
    resting = _at_rest(live, targeted)
    moving = (each for each in live.resources if each.address not in resting)
    simulation = Simulation(moving, rules.quotas, management, deny_index, rules.most, live.scope)
    wanted, held = _possible(targeted, simulation)
    ordering = ordered(wanted, simulation, Bounds(rules.sizes, _managed(seen_desired)), check)
    changes = tuple(
        _with_reach(change, ordering.after, management)
        for change in _in_sequence(ordering.changes, seen_live.by_address())
    )
    check_references(changes, ordering.after.state)
    guarded = GuardedPlan(
        changes,
        simulation,
        ordering.after,
        live.without_types({each.kind for each in desired.scope.unread}),
        declared(desired, management),
        desired,
        management,
        gaps=[gap.account for gap in ordering.gaps],
        refused=[*impossible, *((change.address, problem.text) for change, problem in ordering.refused)],
    )
    guards = evaluate_guards(guarded, rules.limits, request.allowed)
    left = (*ordering.after.state.values(), *resting.values())
    after = with_planned_positions(live.with_resources(left), changes)
    relied = preconditions(changes, simulation, ordering.after, rules.ignore.get("tags", ()))
    result = Plan(
        command=request.command,
        organization=Organization(
            id=live.organization.id or "",
            management_account_id=live.organization.management_account_id or "",
            root_id=next(live.of(Root)).id or "",
        ),
        spec_digest=request.spec_digest,
        changes=changes,
        pending=tuple(sorted(found.pending, key=lambda each: each.address)),
        unmanaged=_unmanaged(found.unmanaged, rules.policies),
        warnings=(
            *found.warnings,
            *waiting,
            *held,
            *left_behind(wanted, desired, live, seen_live),
            *similar(wanted, desired, live),
            *drift_of_control_tower(changes, simulation.state),
            *_refusals(ordering),
            *other_precedence(desired, after),
            *_left_out(len(found.changes) - len(permitted), "--no-delete"),
            *_left_out(len(permitted) - len(targeted), "--target"),
        ),
        guards=guards,
        proof=_proof(ordering),
        preconditions=relied,
        ids=_ids(changes, {**desired.by_address(), **simulation.state}),
        scope=desired.scope.model_copy(update={"unread": ()}),
        managed=len(desired.by_address().keys() & live.by_address().keys()),
    )
    return PlanResult(result, live, after)


def aligned(desired: Inventory, live: Inventory, policies: UnmanagedRules | None = None) -> tuple[Inventory, Inventory]:
    """Both sides with the same address for the same thing, and references resolved where the id is known."""
    for kind in KINDS:
        desired, live = kind.align(desired, live, policies or UnmanagedRules())
    live = live.with_tags_of(desired)
    known: dict[Address, str | None] = {each.address: each.id for each in live.resources if each.id}
    known |= {each.address: each.id for each in desired.resources if each.id}
    known[ORGANIZATION] = live.organization.id
    known[MANAGEMENT] = live.organization.management_account_id
    return desired.with_resources(_with_ids(each, known) for each in desired.resources), live


def _with_ids(resource: Resource, known: Mapping[Address, str | None]) -> Resource:
    return resource if type(resource).with_ids is Resource.with_ids else resource.with_ids(known.get)


def _managed(desired: Inventory) -> frozenset[Address]:
    """The nodes and policies that the spec decides on."""
    return frozenset(
        each.address
        for each in desired.resources
        if isinstance(each, Root | OrganizationalUnit)
        or (isinstance(each, Account) and each.state == "active")
        or (isinstance(each, Policy) and not each.aws_managed and each.content is not None)
    )


def _compared(desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
    total = Comparison()
    seen, state = live.by_address(), live.by_address()
    for kind in KINDS:
        found = kind.compare(desired, live, policies)
        effects = 0
        for change in found.changes:
            state[change.address] = change.resource
            for resource, appears in list(BY_KIND[change.kind].consequences(change, state)):
                effects += 1
                for side in (seen, state):
                    if appears:
                        side.setdefault(resource.address, resource)
                    else:
                        side.pop(resource.address, None)
        live = live.with_resources(seen.values()) if effects else live
        total.changes += found.changes
        total.unmanaged += found.unmanaged
        total.warnings += found.warnings
        total.pending += found.pending
    return total


def _at_rest(live: Inventory, changes: Iterable[Change]) -> dict[Address, Assignment]:
    """The assignments that the changes do not touch: no order and no quota depends on one, and there can be a hundred
    thousand."""
    touched = {each.address for each in changes}
    return {
        each.address: each
        for each in live.of(Assignment)
        if touched.isdisjoint((each.address, each.permission_set, each.account))
    }


def _permitted(changes: Iterable[Change], no_delete: bool) -> list[Change]:
    if not no_delete:
        return list(changes)
    return [each for each in changes if each.action not in DESTRUCTIVE and not BY_KIND[each.kind].removes(each)]


def _targeted(changes: list[Change], targets: Sequence[str]) -> list[Change]:
    """The changes that the targets name (globs over addresses), with all that has to be there, or gone, first."""
    if not targets:
        return changes
    makers = {each.address: each for each in changes if each.before is None}
    leavers: dict[Address, list[Change]] = {}
    for each in changes:
        before, after = each.before, each.after
        for used in (*(before.references() if before else ()), *(after.releases() if after else ())):
            leavers.setdefault(used, []).append(each)
    followers = following(changes)
    successors = taking_over(changes)
    chosen = {each.key: each for each in changes if any(matches(pattern, each.address) for pattern in targets)}
    waiting = list(chosen.values())
    while waiting:
        change = waiting.pop()
        for side in (change.before, change.after):
            for reference in (*side.references(), *side.follows()) if side else ():
                needed = [makers[reference]] if reference in makers else []
                _add(needed, chosen, waiting)
        if change.after is None:
            _add(followers.get(change.address, []), chosen, waiting)
        if change.action in {"delete", "remove"}:
            _add(leavers.get(change.address, []), chosen, waiting)
            _add(successors.get(change.address, []), chosen, waiting)
    return [each for each in changes if each.key in chosen]


def _left_out(number: int, option: str) -> Iterator[Warning_]:
    if number:
        are = "1 change is" if number == 1 else f"{number:,} changes are"
        yield Warning_(code=LEFT_OUT, message=f"{are} left out by {option}")


def _add(needed: Iterable[Change], chosen: dict[ChangeKey, Change], waiting: list[Change]) -> None:
    for each in needed:
        if each.key not in chosen:
            chosen[each.key] = each
            waiting.append(each)


def _possible(changes: list[Change], live: Simulation) -> tuple[list[Change], list[Warning_]]:
    """The changes without deletes of what something still needs after the plan, be it out of sight; and a warning for
    each of those."""
    warnings: list[Warning_] = []
    while True:
        after = live.copy()
        for change in changes:
            after.step(change)
        gone = {each.address for each in changes if each.action == "delete"}
        holders = {
            reference: each.address
            for each in after.state.values()
            for reference in each.references()
            if reference in gone
        }
        if not holders:
            return changes, warnings
        changes = [each for each in changes if each.action != "delete" or each.address not in holders]
        warnings += [
            Warning_(code="W511", message=f"{address} cannot be deleted: {holder} still needs it", address=address)
            for address, holder in sorted(holders.items())
        ]


def _in_sequence(changes: Iterable[Change], live: Mapping[Address, Resource]) -> Iterator[Change]:
    """The changes with `before` and `after` as they are when it is each change's turn: each kind compares on its own,
    and what the order adds comes in between."""
    made: dict[Address, Resource] = {}
    for change in changes:
        before = change.before and made.get(change.address, live.get(change.address, change.before))
        after = change.after and change.onto(before)
        if after is not None:
            made[change.address] = after
        yield change.model_copy(update={"before": before, "after": after})


def _with_reach(change: Change, after: Simulation, management: Address | None) -> Change:
    """The change with the number of accounts that it reaches; SCPs and RCPs do not reach the management account."""
    resource = change.resource
    if isinstance(resource, Attachment):
        nodes: Iterable[Address] = (resource.target,)
    elif isinstance(resource, Policy):
        nodes = after.targets(change.address)
    else:
        nodes = (change.address,)
    reached = {account for node in nodes for account in after.below(node)}
    if isinstance(resource, Attachment | Policy) and after.denies_by(getattr(resource, "policy", change.address)):
        reached.discard(management or "")
    return change.model_copy(update={"accounts": len(reached)})


def _reported(resource: Resource, policies: UnmanagedRules) -> bool:
    return policies.unmanaged.get(resource.plural, "report") != "ignore"


def _unmanaged(found: Iterable[Resource], policies: UnmanagedRules) -> tuple[Unmanaged, ...]:
    return tuple(
        Unmanaged(
            address=each.address,
            kind=each.kind,
            id=each.id,
            name=getattr(each, "name", None),
            parent=getattr(each, "parent", None) or getattr(each, "target", None),
        )
        for each in sorted(found, key=lambda resource: resource.address)
        if _reported(each, policies)
    )


def _proof(ordering: Ordering) -> Proof:
    names = [each.address for each in ordering.changes]
    return Proof(
        steps=len(names),
        gaps=tuple(
            Gap(
                account=gap.account,
                opened_by=names[gap.start],
                closed_by=names[gap.end],
                steps=gap.end - gap.start,
            )
            for gap in sorted(ordering.gaps)
        ),
        refused=tuple(change.address for change, _ in ordering.refused),
    )


def _refusals(ordering: Ordering) -> list[Warning_]:
    return [
        Warning_(
            code="W510",
            message=f"{change.action} {change.address}: {problem.text}; the service will refuse it",
            address=change.address,
            source=change.source,
        )
        for change, problem in ordering.refused
    ]


def _ids(changes: Iterable[Change], state: Mapping[Address, Resource]) -> dict[Address, str]:
    """The ids of everything existing that the changes name."""
    named: set[Address] = {addresses.ROOT}
    for change in changes:
        named.add(change.address)
        for side in (change.before, change.after):
            if side is not None:
                named.update((*side.references(), *side.releases()))
    return {address: found.id for address in sorted(named) if (found := state.get(address)) is not None and found.id}
