"""The plan that makes the live organization what the spec declares; drift is the same plan, seen from the live side."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from reconciler.aws.quotas import account_quota
from reconciler.errors import Blocked, UsageError
from reconciler.kinds import ACCOUNT_PARTS, KINDS, PARTS
from reconciler.kinds.base import UnmanagedRules
from reconciler.kinds.identity_center.assignment import doubtful
from reconciler.kinds.identity_center.coverage import coverage_of
from reconciler.kinds.identity_center.resources import IdentityCenter, by_pair, pair
from reconciler.model.base import Source
from reconciler.model.globs import matches
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Allowances, Change, Exit, GuardSettings, Plan, Warning_
from reconciler.model.resources import Account, OrganizationalUnit, Policy, PolicyType, tags_of
from reconciler.model.scope import Scope
from reconciler.planning import planner
from reconciler.planning.control_tower import BREAKING
from reconciler.planning.guard_names import mistake_in as mistake_in
from reconciler.planning.guards import GuardOverrides as GuardOverrides
from reconciler.planning.guards import Limits, declared, limits_as_json
from reconciler.planning.guards import allow_options as allow_options
from reconciler.planning.ignored import out_of_sight
from reconciler.planning.planner import PlannerSettings
from reconciler.planning.planner import PlanRequest as PlanRequest
from reconciler.planning.planner import PlanResult as PlanResult
from reconciler.policy.impact.access import access_impact
from reconciler.policy.impact.settings import settings_impact
from reconciler.policy.lint.organization import lint_organization
from reconciler.spec import Desired, Settings
from reconciler.use_cases.account_parts import with_account_parts
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.delegate import with_limits_of_a_delegate
from reconciler.use_cases.load_spec import lint_context
from reconciler.use_cases.own_access import with_own_access
from reconciler.use_cases.permissions import affects_permissions, with_permissions
from reconciler.use_cases.read import Progress, read_live, silent, with_certain_tags, with_parts, with_tags, with_types


def make_plan(
    desired: Desired, connection: Connection, request: PlanRequest, progress: Progress = silent
) -> PlanResult:
    """The plan, with what it does to permissions and the verdict of the guards. Allowances for another plan do not
    count, and a warning says so. Raises `UsageError` for a target that does not exist, `Blocked` for another
    organization than the spec's, `PlanningTimeout`, and as `aws.reader.read`."""
    result = _made(desired, connection, request, progress)
    only_for = request.allowed.only_for
    if only_for is None or only_for == result.plan.digest_without_allowances:
        return result
    without = GuardOverrides(no_delete=request.allowed.no_delete)
    result = _made(desired, connection, replace(request, allowed=without), progress)
    text = f"the allowance that was given is for the plan {only_for}, and does not count for this one"
    warning = Warning_(code="W557", message=text)
    return replace(result, plan=result.plan.model_copy(update={"warnings": (warning, *result.plan.warnings)}))


def _made(desired: Desired, connection: Connection, request: PlanRequest, progress: Progress) -> PlanResult:
    request = replace(request, spec_digest=desired.digest)
    desired = _complete_for(request, desired)
    live = read_live(connection, desired.inventory.scope.only_parts(PARTS), progress)
    check_organization(desired, live)
    live = with_account_parts(connection, desired, live)
    desired, live = _with_deleted_principals(desired, live, connection)
    settings = _with_account_quota(planner_settings(desired.settings), connection, desired.inventory, live)

    def plan_from(live: Inventory) -> PlanResult:
        result = planner.plan(desired.inventory, live, settings, request, connection.check_time)
        _check_targets(request.targets, desired, result)
        return result

    result, scope = _complete(plan_from, live, desired.inventory, connection, progress)
    guards = desired.settings.guards
    result = with_permissions(result, guards.impact, guards.protected, connection, request.allowed)
    result = with_own_access(result, connection, request.allowed)
    result = with_limits_of_a_delegate(result, connection)
    guard_settings = GuardSettings(
        limits=limits_as_json(settings.limits),
        quotas=dict(settings.quotas),
        most=dict(settings.most),
        declared=dict(declared(desired.inventory, result.before.management_account())),
        impact=dict(guards.impact),
    )
    changed = settings_impact(result.before, result.after) if result.plan.changes else ()
    update = {
        "scope": scope,
        "allowed": request.allowed.as_allowances(),
        "reads": connection.calls,
        "guard_settings": guard_settings,
        "warnings": (*_spec_warnings(desired), *result.plan.warnings, *_findings(desired, result)),
        "impact": (*result.plan.impact, *changed),
        "access": access_impact(result.before, result.after, result.plan.changes) if result.plan.changes else (),
        "coverage": coverage_of(result.before.scope) if coverage_of(scope) else None,
    }
    return replace(result, plan=result.plan.model_copy(update=update))


def _complete_for(request: PlanRequest, desired: Desired) -> Desired:
    """What drift is compared with: access that nobody asked about is drift too."""
    if request.command != "drift":
        return desired
    scope = by_pair(desired.inventory.scope)
    return desired.model_copy(update={"inventory": desired.inventory.model_copy(update={"scope": scope})})


def _with_deleted_principals(desired: Desired, live: Inventory, connection: Connection) -> tuple[Desired, Inventory]:
    """Both sides with the pairs in which a group or user that was deleted may still have what the spec declares."""
    found = doubtful(desired.inventory, live) if any(live.of(IdentityCenter)) else []
    if not found:
        return desired, live
    ids = {each.address: each.id for each in planner.aligned(desired.inventory, live)[1].of(Account)}
    parts = {pair(each.permission_set, str(ids[each.account])) for each in found if ids.get(each.account)}
    scope = desired.inventory.scope.with_parts(parts)
    inventory = desired.inventory.model_copy(update={"scope": scope})
    return desired.model_copy(update={"inventory": inventory}), with_parts(connection, live, parts)


def _spec_warnings(desired: Desired) -> Iterator[Warning_]:
    """The warnings of the spec, each with the address of what is declared at its place, if anything is."""
    placed = ((each.source, each.address) for each in desired.inventory.resources)
    declared = {(source.file, source.line): address for source, address in placed if source is not None}
    for each in desired.warnings:
        yield Warning_(
            code=each.code,
            message=f"{each.message} ({each.label})" if each.label else each.message,
            address=declared.get((each.file, each.line)),
            source=Source(file=each.file, line=each.line, column=each.column),
            help=each.help,
        )


def _findings(desired: Desired, result: PlanResult) -> Iterator[Warning_]:
    """What looks wrong about the organization as it will be."""
    sources = {each.address: each.source for each in desired.inventory.resources}
    after = result.after.with_resources(
        each.model_copy(update={"source": sources.get(each.address)}) if isinstance(each, Policy) else each
        for each in result.after.resources
    )
    context = lint_context(desired.settings, out_of_sight(after, desired.settings.ignore.model_dump()))
    for each in lint_organization(after, context, desired.settings.findings_off):
        yield Warning_(code=each.code, message=each.message, address=each.address, source=sources.get(each.address))


def _with_account_quota(
    settings: PlannerSettings, connection: Connection, desired: Inventory, live: Inventory
) -> PlannerSettings:
    """The settings with the quota of accounts, where accounts are to be created and the spec does not have it."""
    there = {(each.email or "").lower() for each in live.of(Account)}
    created = (each for each in desired.of(Account) if each.state == "active" and not each.id and not each.invite)
    if connection.reads is None or settings.most.get(Account.kind) is not None:
        return settings
    if all((each.email or "").lower() in there for each in created):
        return settings
    return replace(settings, most={**settings.most, Account.kind: account_quota(connection.reads)})


def _complete(
    plan_from: Callable[[Inventory], PlanResult],
    live: Inventory,
    desired: Inventory,
    connection: Connection,
    progress: Progress,
) -> tuple[PlanResult, Scope]:
    """Plans, reads what the plan depends on and what is not known yet, and plans again, until nothing is missing: the
    tags of an OU that is replaced, further policy types and parts, and, from the resources themselves, the tags that
    the index may not have. What cannot be read stays unknown. Also the scope that the plan relies on."""
    scope = desired.scope
    confirmed: set[str] = set()
    while True:
        result, before = plan_from(live), live
        if _replaces(result) and not live.scope.tags:
            live = with_tags(connection, live)
        if further := {each for each in _further_types(result) if not scope.selects(each)}:
            live = with_types(connection, live, further, progress)
            scope = scope.with_types(further)
        if more := _further_parts(result) - set(scope.parts or ()):
            live = with_parts(connection, live, more)
            scope = scope.with_parts(more)
        if doubtful := _doubtful_tags(desired, result) - confirmed:
            live = with_certain_tags(connection, live, [each.address for each in live.resources if each.id in doubtful])
            confirmed |= doubtful
        if live is before:
            break
    known = [each for each in scope.policy_types or () if desired.scope.selects(each) or live.scope.has(each)]
    relied = {*(scope.parts or ()), *(live.scope.only_parts(ACCOUNT_PARTS).parts or ())}
    parts = tuple(sorted(each for each in relied if live.scope.has_part(each)))
    update = {"policy_types": tuple(known), "tags": live.scope.tags, "parts": parts, "unread": ()}
    return result, scope if scope.policy_types is None else scope.model_copy(update=update)


def _replaces(result: PlanResult) -> bool:
    """True where an OU is replaced, or an interrupted replacement is completed: the new one gets the tags and the
    attachments of the old one, whether the spec manages them or not."""
    units = (each for each in result.plan.changes if isinstance(each.resource, OrganizationalUnit))
    return any(each.action == "replace" or each.reason == "replaced" for each in units)


def _further_types(result: PlanResult) -> frozenset[str]:
    """The policy types that the plan depends on, whether the spec manages them or not: SCPs and RCPs decide on
    permissions, and on whether an account loses a Deny; SCPs show which OUs AWS Control Tower governs; an account that
    moves inherits other policies of all enabled types; an OU that is replaced takes along what it has."""
    types = {"scp", "rcp"} if _replaces(result) or affects_permissions(result) else set()
    if any(_may_break_control_tower(each) for each in result.plan.changes):
        types.add("scp")
    if _replaces(result) or any(_moves(each) for each in result.plan.changes):
        types |= {each.type for each in result.before.of(PolicyType)}
    return frozenset(types)


def _may_break_control_tower(change: Change) -> bool:
    return isinstance(change.before, OrganizationalUnit) and change.action in BREAKING


def _moves(change: Change) -> bool:
    return isinstance(change.before, Account) and "parent" in change.fields


def _further_parts(result: PlanResult) -> set[str]:
    """What the changes of each kind depend on beyond what the spec manages."""
    return {part for kind in KINDS for part in kind.further_parts(result.plan.changes)}


def _doubtful_tags(desired: Inventory, result: PlanResult) -> set[str]:
    """The ids of what has tags to be read from the resource itself: the tag index may lag, and where it lists nothing
    at all, it is no evidence that something has no tags."""
    doubtful = {each.before.id for each in result.plan.changes if each.before and "tags" in each.fields}
    if not any(map(tags_of, result.before.resources)):
        bare = {each.address for each in desired.resources if tags_of(each) == {}}
        doubtful |= {each.id for each in result.before.resources if each.address in bare}
    return {each for each in doubtful if each is not None}


def _check_targets(targets: Sequence[str], desired: Desired, result: PlanResult) -> None:
    """Raises `UsageError` for a target that does not exist: a typing error must not read as "no changes"."""
    known = {each.address for each in (*desired.inventory.resources, *result.before.resources)}
    for target in targets:
        if not any(matches(target, each) for each in known):
            near = difflib.get_close_matches(target, known, 1)
            raise UsageError(
                f"--target {target} is not an address in the spec or the organization",
                help=f"did you mean {near[0]}?" if near else "an address looks like ou:Workloads/Production",
            )


def check_organization(desired: Desired, live: Inventory) -> None:
    """Raises `Blocked` for another organization than the spec's."""
    wanted, found = desired.inventory.organization, live.organization
    for name, expected, actual in (
        ("organization", wanted.id, found.id),
        ("management account", wanted.management_account_id, found.management_account_id),
    ):
        if expected is not None and expected != actual:
            raise Blocked(
                f"the spec is for {name} {expected}, the credentials lead to {name} {actual}",
                help="check AWS_PROFILE, --profile and --spec; nothing was planned or changed",
            )
    if wanted.feature_set == "consolidated_billing" and found.feature_set == "all":
        raise Blocked(
            "the spec wants feature_set consolidated_billing, the organization has all features",
            help="there is no way back from all features: write `feature_set: all`, or leave it out",
        )


def written_allowances(plan: Plan) -> str | None:
    """What `--allowances` takes so that this plan passes, and no other; `None` where nothing blocks it, or something
    that nothing allows."""
    violations = plan.guards.violations
    if not violations or not all(each.allow for each in violations):
        return None
    given = plan.allowed or Allowances()
    options = allow_options(GuardOverrides(numbers=given.numbers, close=given.close), violations)
    return " ".join([plan.digest_without_allowances, *options])


def check_guards(plan: Plan) -> None:
    """Raises `Blocked` where a guard refuses the plan."""
    if plan.guards.blocked:
        options = " ".join(each.allow for each in plan.guards.violations if each.allow)
        final = sorted({each.guard for each in plan.guards.violations if each.allow is None})
        raise Blocked(
            f"blocked by {len(plan.guards.violations)} guard{'s' * (len(plan.guards.violations) != 1)}: "
            + "; ".join(each.message for each in plan.guards.violations),
            help=f"no option lets {' or '.join(final)} pass: correct the spec"
            if final
            else f"if this is what you want, add {options}",
        )


def with_exit(result: PlanResult, exit: Exit) -> PlanResult:
    """The result with how the command ends."""
    return replace(result, plan=result.plan.model_copy(update={"exit": exit}))


def planner_settings(settings: Settings) -> PlannerSettings:
    """The settings of a spec, for the planner."""
    return PlannerSettings(
        policies=UnmanagedRules(unmanaged=settings.unmanaged, disabled_policy_types=settings.disabled_policy_types),
        ignore=settings.ignore.model_dump(),
        quotas={short: quota.attached for short, quota in settings.quotas.policy_types.items()},
        sizes={short: quota.characters for short, quota in settings.quotas.policy_types.items()},
        most={"account": settings.quotas.accounts, "organizational_unit": settings.quotas.organizational_units},
        limits=limits_of(settings),
    )


def limits_of(settings: Settings) -> Limits:
    """The limits of the guards."""
    guards = settings.guards
    return Limits(
        protected=guards.protected,
        max_deletes=guards.limits,
        max_account_closures=guards.max_account_closures,
        max_account_creations=guards.max_account_creations,
        max_account_invitations=guards.max_account_invitations,
        minimum=guards.minimum,
    )
