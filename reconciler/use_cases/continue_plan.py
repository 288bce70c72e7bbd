"""Continuing a reviewed plan: what of it is done, whether the rest still holds, and the guards on the whole.

    resumed = with_guards(resume(plan, connection), connection, desired, allowed)
    apply_plan(resumed.remaining, connection, ...)

Of a saved plan only the operations are trusted: what it relies on and the verdict of the guards come
from the live organization, and the limits from the spec where that is at hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from reconciler.applying.naming import plan_addresses
from reconciler.applying.remaining import progress as progress_of
from reconciler.applying.reviewing import Quotas, as_losses, inconsistencies, problems, simulations
from reconciler.applying.states import is_as
from reconciler.errors import PlanRefused
from reconciler.kinds.comparing import readdressed
from reconciler.model.impact import Claim
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Guards, Plan, Violation
from reconciler.model.report import Done
from reconciler.model.resources import Policy, PolicyType, Resource
from reconciler.model.scope import Scope
from reconciler.planning.evaluation import evaluate_guards
from reconciler.planning.guards import GuardedPlan, GuardOverrides, Limits, declared, limits_from_json
from reconciler.planning.planner import PlanRequest, PlanResult, aligned
from reconciler.planning.preconditions import preconditions, seen_tags, violated
from reconciler.spec import Desired, Settings
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.own_access import own_access
from reconciler.use_cases.permissions import permission_violations
from reconciler.use_cases.plan import check_organization, limits_of, make_plan, planner_settings
from reconciler.use_cases.read import Progress, read_live, silent, with_certain_tags, with_types

_SPEC_GUARDS = frozenset({"unknown_account", "similar_account"})
"""Guards on what the spec declares besides the changes of a plan."""


@dataclass(frozen=True)
class Resumed:
    """A reviewed plan and how far it is carried out. `remaining` has the changes that are left; `before` is the
    organization without those that are done, `after` the one that the plan leads to, both with the plan's addresses."""

    plan: Plan
    remaining: Plan
    done: tuple[Done, ...]
    before: Inventory
    after: Inventory


def resume(
    plan: Plan, connection: Connection, progress: Progress = silent, *, also: frozenset[str] = frozenset()
) -> Resumed:
    """Reads the organization and finds what is left of the plan; the policy types in `also` are in both sides as far as
    they can be read. Raises `PlanRefused`, naming what is different, where something that the plan relies on is not as
    it was, or as the plan leaves it."""
    if contradictions := inconsistencies(plan.changes):
        raise PlanRefused(
            "the plan contradicts itself: it was modified after it was made",
            moved=contradictions,
            help="make the plan again and have it reviewed",
        )
    live = _read(plan, connection, progress)
    found, lines = _compared(plan, live)
    if (found.done or lines) and connection.snapshot is None:
        live = _with_relied_tags(plan, live, connection)
        found, lines = _compared(plan, live)
    if lines:
        raise PlanRefused(
            "the plan is stale: the organization changed after it was made", moved=lines, help="make the plan again"
        )
    if also:
        shown, _ = _compared(plan, with_types(connection, live, also, progress))
        found = replace(found, before=shown.before, after=shown.after)
    return found


def with_guards(resumed: Resumed, connection: Connection, desired: Desired | None, allowed: GuardOverrides) -> Resumed:
    """The same with the verdict of the guards on the whole plan, done and remaining, by the limits of the spec; without
    one by those that the plan was made with, and by the defaults as well, with the quotas that it was made with. Raises
    `Blocked` for the spec of another organization."""
    if desired is not None:
        check_organization(desired, resumed.before)
        named = _by_spec_names(resumed, desired)
        wanted = aligned(desired.inventory, named.before)[0]
        there = declared(wanted, named.before.management_account())
        rules = planner_settings(desired.settings)
        whole = _guarded_plan(named, there, Quotas(rules.quotas, rules.most), wanted)
        found = evaluate_guards(whole, rules.limits, allowed).violations
        claims: Mapping[str, Claim] = dict(desired.settings.guards.impact)
    else:
        named, settings = resumed, resumed.plan.guard_settings
        whole = _guarded_plan(named, settings.declared, Quotas(settings.quotas, settings.most))
        own, default = (
            evaluate_guards(whole, limits, allowed).violations
            for limits in (_stored_limits(resumed.plan), _default_limits())
        )
        found = _once((*_of_the_spec(resumed.plan, allowed), *own, *default))
        claims = settings.impact
    planned = PlanResult(named.plan, named.before, named.after)
    permissions = permission_violations(planned, claims, connection, allowed)
    guards = Guards(violations=(*found, *permissions, *own_access(planned, connection, allowed)))
    return replace(resumed, plan=resumed.plan.model_copy(update={"guards": guards}))


def _read(plan: Plan, connection: Connection, progress: Progress) -> Inventory:
    """The live organization as far as the plan was made from it, without the tags that are out of sight."""
    live = read_live(connection, _scope_of(plan), progress)
    found, expected = live.organization, plan.organization
    if (found.id, found.management_account_id) != (expected.id, expected.management_account_id):
        raise PlanRefused(
            f"the plan is for organization {expected.id}, the credentials lead to {found.id}",
            help="check AWS_PROFILE and --profile",
        )
    return _without_tags(live, plan.scope.ignored_tags)


def _scope_of(plan: Plan) -> Scope:
    """What is read again. Policies of a type that the plan disables exist until they are deleted, though their type is
    no longer enabled; tags matter only where the plan changes, sets or relies on them."""
    disabled = {each.before.type for each in plan.changes if isinstance(each.before, PolicyType) and not each.after}
    deleted = {each.before.type for each in plan.changes if isinstance(each.before, Policy) and not each.after}
    return plan.scope.model_copy(
        update={"disabled_types": tuple(sorted(disabled & deleted)), "tags": bool(_tagged(plan))}
    )


def _tagged(plan: Plan) -> set[str]:
    """The addresses of what has tags that the plan changes, sets or takes along."""
    changed = {
        each.address
        for each in plan.changes
        if "tags" in each.fields or (each.before is None and getattr(each.after, "tags", None))
    }
    return changed | {each.address for each in plan.preconditions if "tags" in (each.fields or {})}


def _without_tags(live: Inventory, ignored: Sequence[str]) -> Inventory:
    def seen(resource: Resource) -> Resource:
        kept = seen_tags(resource, ignored)
        same = kept == (getattr(resource, "tags", None) or {})
        return resource if same else resource.model_copy(update={"tags": kept})

    return live.with_resources(map(seen, live.resources))


def _with_relied_tags(plan: Plan, live: Inventory, connection: Connection) -> Inventory:
    """The inventory with the tags that matter read from the resources themselves: the index may lag behind a run that
    just ended."""
    names, tagged = plan_addresses(plan, live), _tagged(plan)
    relied = [each.address for each in live.resources if names.get(each.address, each.address) in tagged]
    return _without_tags(with_certain_tags(connection, live, relied), plan.scope.ignored_tags)


def _compared(plan: Plan, live: Inventory) -> tuple[Resumed, list[str]]:
    """How far the plan is carried out, and what contradicts it, a line each."""
    made_of = {each.address: each.after for each in plan.changes if each.after is not None}
    live = readdressed(live, plan_addresses(plan, live)).with_tags_of(Inventory().with_resources(made_of.values()))
    state = live.by_address()
    made = {each.address for each in plan.changes if each.before is None}
    ids = {**plan.ids, **{address: each.id for address, each in state.items() if each.id and address in made}}
    found = progress_of(plan, state, ids)
    before = live.with_resources(found.before.values())
    started, ended = simulations(plan.changes, before.resources, before.management_account(), scope=before.scope)
    relied = preconditions(plan.changes, started, ended, plan.scope.ignored_tags)
    lines = violated(plan.preconditions, relied)
    lines += [f"{each} is not as in the plan" for each in found.unknown if not any(each in line for line in lines)]
    done = tuple(Done(address=each.address, action=each.action, id=_id_made(each, state)) for each in found.done)
    remaining = plan.model_copy(update={"changes": found.remaining, "ids": ids})
    return Resumed(plan, remaining, done, before, live.with_resources(ended.state.values())), lines


def _id_made(change: Change, state: Mapping[str, Resource]) -> str | None:
    made = state.get(change.address) if change.before is None else None
    return made.id if made is not None else None


def _by_spec_names(resumed: Resumed, desired: Desired) -> Resumed:
    """The same with the spec's addresses for what exists: what is protected is protected whatever a plan calls it."""
    by_id = {each.id: each.address for each in aligned(desired.inventory, resumed.before)[1].resources if each.id}
    names = {each.address: by_id[each.id] for each in resumed.before.resources if each.id in by_id}
    if all(old == new for old, new in names.items()):
        return resumed

    def named(resource: Resource | None) -> Resource | None:
        return resource and readdressed(Inventory(resources=(resource,)), names).resources[0]

    changes = []
    for each in resumed.plan.changes:
        before, after = named(each.before), named(each.after)
        address = (after or before or each.resource).address
        changes.append(each.model_copy(update={"address": address, "before": before, "after": after}))
    plan = resumed.plan.model_copy(update={"changes": tuple(changes)})
    return replace(
        resumed, plan=plan, before=readdressed(resumed.before, names), after=readdressed(resumed.after, names)
    )


def _guarded_plan(
    resumed: Resumed, counts: Mapping[str, int], quotas: Quotas, desired: Inventory | None = None
) -> GuardedPlan:
    before, changes = resumed.before, resumed.plan.changes
    management = before.management_account()
    started, ended = simulations(changes, before.resources, management, quotas, before.scope)
    live = before if desired is None else before.without_types({each.kind for each in desired.scope.unread})
    found = problems(changes, started, ended)
    losses = as_losses(changes, started.state)
    return GuardedPlan(losses, started, ended, live, counts, desired, management, found.gaps, found.refused)


def _of_the_spec(plan: Plan, allowed: GuardOverrides) -> list[Violation]:
    """The violations that only the spec shows, as the plan has them: without the spec, what stopped it still does."""
    return [
        each
        for each in plan.guards.violations
        if each.guard in _SPEC_GUARDS and not (each.allow and allowed.lets(each.guard, len(each.addresses)))
    ]


def _stored_limits(plan: Plan) -> Limits:
    try:
        return limits_from_json(plan.guard_settings.limits)
    except ValidationError as error:
        raise PlanRefused("the plan has no guard settings that can be read", help="make the plan again") from error


def _default_limits() -> Limits:
    return limits_of(Settings())


def _once(violations: Sequence[Violation]) -> tuple[Violation, ...]:
    """One of each guard: that of the spec, which the plan was made with, where there is one."""
    found: dict[tuple[str, tuple[str, ...]], Violation] = {}
    for each in violations:
        found.setdefault((each.guard, each.addresses), each)
    return tuple(found.values())


def check_spec_agrees(
    resumed: Resumed, desired: Desired, connection: Connection, targets: tuple[str, ...], allowed: GuardOverrides
) -> None:
    """Raises `PlanRefused` where the spec changed after the review and now leads to something else than the plan that
    is continued."""
    if desired.digest != resumed.plan.spec_digest:
        check_leads_to_the_same(resumed, desired, connection, targets, allowed)


def check_leads_to_the_same(
    resumed: Resumed, desired: Desired, connection: Connection, targets: tuple[str, ...], allowed: GuardOverrides
) -> None:
    """Raises `PlanRefused` where the spec leads to something else than the plan, whatever the plan says of itself."""
    result = make_plan(desired, connection, PlanRequest(command="apply", targets=targets, allowed=allowed))
    ours, theirs = _by_spec_names(resumed, desired).after.by_address(), result.after.by_address()
    touched = {each.address for plan in (resumed.remaining, result.plan) for each in plan.changes}
    differing = [
        f"{address}: {'not as declared' if address in ours and address in theirs else 'only one has it'}"
        for address in sorted(touched)
        if not is_as(ours.get(address), theirs.get(address), {}, made=True, tags=True)
    ]
    if differing:
        raise PlanRefused(
            "the spec changed after the review: it leads to something else than the reviewed plan",
            moved=differing,
            help="pass the saved plan to apply it all the same, or make the plan again and have it reviewed",
        )
