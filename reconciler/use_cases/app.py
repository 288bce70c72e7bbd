"""The use cases as plain functions: the composition root, and the Python API.

    desired = load_spec(path)
    with connect(where, desired) as connection:
        outcome = make_plan(desired, connection, Request())
        report = carry_out(outcome.plan, connection, ...)

Nothing here prints or exits. What plans and shows gets a client on which no write exists (`Connection.reads`).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.errors import Blocked, ReconcilerError, SpecInvalid, UsageError
from reconciler.model.globs import matches
from reconciler.model.impact import Claim
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Guards, GuardSettings, Plan, Violation
from reconciler.model.resources import Policy, PolicyType
from reconciler.model.scope import ReadScope
from reconciler.use_cases.connection import STATE_FOLDER
from reconciler.use_cases.connection import Connection as Connection
from reconciler.use_cases.connection import ConnectionOptions as ConnectionOptions
from reconciler.use_cases.connection import connect as connect
from reconciler.use_cases.live import Progress as Progress
from reconciler.use_cases.live import managed_types, manages_tags, silent, with_types
from reconciler.use_cases.live import read_live as read_live
from reconciler.use_cases.live import read_view as read_view

if TYPE_CHECKING:
    from reconciler.applying.journal import JournalFile
    from reconciler.applying.stopping import Stopping
    from reconciler.model.report import Done, MadeCall, Report
    from reconciler.planning.guards import GuardOverrides, Limits
    from reconciler.planning.planner import PlanRequest, PlanResult
    from reconciler.spec import Desired
    from reconciler.spec.settings import Settings


def load_spec(path: Path, *, lint: bool = False, tests: bool = True) -> Desired:
    """The spec, checked offline; with `lint` also for what looks wrong in policies that the service would take, and
    without `tests` not by its own tests. Raises `SpecInvalid` with every finding where it has an error."""
    from reconciler import spec
    from reconciler.policy.lint.check import check

    checks: list[spec.Check] = [check]
    if lint:
        from reconciler.policy.lint.document_lint import lint as lint_policy

        checks.append(lint_policy)
    desired = spec.load(path, checks=checks)
    if lint:
        from reconciler.use_cases import meaning

        found = meaning.linted(desired.inventory)
        desired = desired.model_copy(update={"warnings": (*desired.warnings, *found)})
    if tests and desired.tests:
        from reconciler.use_cases import meaning

        desired = desired.model_copy(update={"warnings": (*desired.warnings, *meaning.odd_tests(desired.tests))})
        if failed := meaning.failed_tests(desired.inventory, desired.statements, desired.tests):
            raise SpecInvalid((*desired.warnings, *failed))
    return desired


def make_plan(
    desired: Desired, connection: Connection, request: PlanRequest, progress: Progress = silent
) -> PlanResult:
    """The plan that makes the live organization what the spec wants."""
    from reconciler.kinds import KINDS
    from reconciler.planning import planner
    from reconciler.planning.guards import declared, limits_as_json

    live = read_live(connection, desired, progress)
    check_organization(desired, live)
    rules = rules_of(desired)
    scope = ReadScope(
        policy_types=tuple(sorted(managed_types(desired))),
        ignored_tags=desired.settings.ignore.tags,
        parts=desired.inventory.scope.parts or (),
    )
    request = replace(request, spec_digest=desired.digest, scope=scope)
    planned = planner.plan(desired.inventory, live, KINDS, rules, request, connection.check_time)
    _check_targets(request.targets, desired, planned)
    if connection.reads is not None and _replaces(planned) and not manages_tags(desired):
        live = read_live(connection, desired, progress, tags=True)
        planned = planner.plan(desired.inventory, live, KINDS, rules, request, connection.check_time)
    if further := _further_types(planned) - managed_types(desired):
        before, live = live, with_types(connection, live, further, progress)
        relied = {*scope.policy_types, *(each for each in further if live.scope.has(each))}
        request = replace(request, scope=scope.model_copy(update={"policy_types": tuple(sorted(relied))}))
        if live is before:
            planned = replace(planned, plan=planned.plan.model_copy(update={"scope": request.scope}))
        else:
            planned = planner.plan(desired.inventory, live, KINDS, rules, request, connection.check_time)
    if connection.reads is not None and (parts := _further_parts(planned, live)):
        from reconciler.aws import reader

        live = reader.with_parts(connection.reads, live, parts)
        known = tuple(sorted({*request.scope.parts, *(each for each in parts if live.scope.has_part(each))}))
        request = replace(request, scope=request.scope.model_copy(update={"parts": known}))
        planned = planner.plan(desired.inventory, live, KINDS, rules, request, connection.check_time)
    if connection.reads is not None and (suspects := _tag_suspects(desired, planned)):
        from reconciler.aws import reader

        asked = [each.address for each in live.resources if each.id in suspects]
        live = reader.confirmed_tags(connection.reads, live, asked)
        planned = planner.plan(desired.inventory, live, KINDS, rules, request, connection.check_time)
    told = _told(planned, desired, connection, request)
    settings = GuardSettings(
        limits=limits_as_json(rules.limits),
        quotas=dict(rules.quotas),
        most=dict(rules.most),
        declared=dict(declared(desired.inventory, planned.before.management_account())),
        impact=dict(desired.settings.guards.impact),
    )
    update = {**told, "reads": connection.calls, "guard_settings": settings}
    return replace(planned, plan=planned.plan.model_copy(update=update))


def _told(planned: PlanResult, desired: Desired, connection: Connection, request: PlanRequest) -> dict[str, Any]:
    """What the plan means: its impact, and whether it would lock its own caller out."""
    from reconciler.use_cases import meaning

    if not _changes_permissions(planned):
        return {}
    found = meaning.told_impact(planned.before, planned.after, desired.settings.guards.protected)
    claims = desired.settings.guards.impact
    caller = _caller(connection)
    violations = _violations(planned, claims, caller, request.allowed)
    guards = Guards(violations=(*planned.plan.guards.violations, *violations))
    doubt = meaning.possible_lockout(planned, caller) if caller else None
    warnings = (*planned.plan.warnings, *([doubt] if doubt else []))
    return {"impact": found, "guards": guards, "warnings": warnings}


def permission_violations(
    planned: PlanResult, claims: Mapping[str, Claim], connection: Connection, allowed: GuardOverrides
) -> list[Violation]:
    """The violations of the guards that look at permissions: the plan's own caller locked out, and `claims`, the
    spec's `guards.impact`, that do not hold."""
    return _violations(planned, claims, _caller(connection), allowed) if _changes_permissions(planned) else []


def _violations(
    planned: PlanResult, claims: Mapping[str, Claim], caller: str | None, allowed: GuardOverrides
) -> list[Violation]:
    from reconciler.use_cases import meaning

    locked_out = meaning.lockout(planned, caller) if caller and "lockout" not in allowed.numbers else None
    gained_or_lost = meaning.refuted_claims(planned, claims, allowed.numbers)
    return [*([locked_out] if locked_out else []), *gained_or_lost]


def _changes_permissions(planned: PlanResult) -> bool:
    from reconciler.use_cases import meaning

    policies = {each.address: each for each in (*planned.before.of(Policy), *planned.after.of(Policy))}
    return meaning.changes_permissions(planned.plan.changes, policies.values())


def _further_types(planned: PlanResult) -> frozenset[str]:
    """The policy types that the plan depends on, whether the spec manages them or not: what it does to permissions, and
    whether an account loses a Deny, is for SCPs and RCPs to say; an OU that is replaced takes along what it has."""
    types = {"scp", "rcp"} if _changes_permissions(planned) or _replaces(planned) else set()
    if _replaces(planned):
        types |= {each.type for each in planned.before.of(PolicyType)}
    return frozenset(types)


def _further_parts(planned: PlanResult, live: Inventory) -> list[str]:
    """What the changes depend on of other kinds, beyond what the spec manages and what is known."""
    from reconciler.kinds import KINDS

    parts = {part for kind in KINDS for part in kind.further_parts(planned.plan.changes)}
    return sorted(each for each in parts if not live.scope.has_part(each))


def _caller(connection: Connection) -> str | None:
    """The ARN of who runs this; `None` where it is not known, for a snapshot or an endpoint that does not tell."""
    if connection.reads is None:
        return None
    try:
        return str(connection.reads.call("sts:GetCallerIdentity", {})["Arn"])
    except ReconcilerError:
        return None


def _check_targets(targets: Sequence[str], desired: Desired, planned: PlanResult) -> None:
    """Raises `UsageError` for a target that is nothing: a typing error must not read as "no changes"."""
    known = {each.address for each in (*desired.inventory.resources, *planned.before.resources)}
    for target in targets:
        if not any(matches(target, each) for each in known):
            near = difflib.get_close_matches(target, known, 1)
            raise UsageError(
                f"--target {target} is not an address in the spec or the organization",
                help=f"did you mean {near[0]}?" if near else "an address looks like ou:Workloads/Production",
            )


def _replaces(planned: PlanResult) -> bool:
    """True where an OU is replaced, or an interrupted replacement is completed: the new one gets the tags and the
    attachments of the old one, whether the spec manages them or not."""
    return any(each.action == "replace" or each.reason == "replaced" for each in planned.plan.changes)


def _tag_suspects(desired: Desired, planned: PlanResult) -> set[str]:
    """The ids of what to ask for its tags once more: the tag index may lag, and where it knows nothing at all, nothing
    that is to have no tags is taken on its word."""
    suspects = {each.before.id for each in planned.plan.changes if each.before and "tags" in each.fields}
    if not any(getattr(each, "tags", None) for each in planned.before.resources):
        bare = {each.address for each in desired.inventory.resources if getattr(each, "tags", None) == {}}
        suspects |= {each.id for each in planned.before.resources if each.address in bare}
    return {each for each in suspects if each is not None}


def check_organization(desired: Desired, live: Inventory) -> None:
    """Refuses another organization than the spec's."""
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
    if wanted.feature_set and found.feature_set and wanted.feature_set != found.feature_set:
        raise Blocked(
            f"the spec wants feature_set {wanted.feature_set}, the organization has {found.feature_set}",
            help="every account has to agree to that change: start it with `aws organizations enable-all-features`",
        )


def rules_of(desired: Desired) -> Any:
    """The spec's settings as the planner wants them."""
    from reconciler.kinds.base import UnmanagedRules
    from reconciler.planning.planner import PlannerSettings

    settings = desired.settings
    return PlannerSettings(
        policies=UnmanagedRules(
            unmanaged=settings.unmanaged, disabled_policy_types=frozenset(settings.disabled_policy_types)
        ),
        ignore=settings.ignore.model_dump(),
        quotas={short: quota.attached for short, quota in settings.quotas.policy_types.items()},
        sizes={short: quota.characters for short, quota in settings.quotas.policy_types.items()},
        most={"account": settings.quotas.accounts, "organizational_unit": settings.quotas.organizational_units},
        limits=limits_of(settings),
    )


def limits_of(settings: Settings) -> Limits:
    """The limits of the guards."""
    from reconciler.planning.guards import Limits

    guards = settings.guards
    return Limits(
        protected=guards.protected,
        max_deletes=guards.max_deletes,
        max_account_closures=guards.max_account_closures,
        max_account_creations=guards.max_account_creations,
        minimum=guards.minimum,
    )


def refuse_if_blocked(plan: Plan) -> None:
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


def would_call(plan: Plan) -> tuple[MadeCall, ...]:
    """Every call that applying the plan would make."""
    from reconciler.applying.executor import dry_run
    from reconciler.kinds import KINDS

    return dry_run(plan, {kind.resource.kind: kind for kind in KINDS})


@dataclass(frozen=True)
class Run:
    """How an apply is run: where its journal goes (a file below `folder` where it is not named), when to stop, who is
    told of each change that ends. Where the plan is what is left of a reviewed one, `digest` is that one's, and
    `done_before` what earlier runs did of it."""

    journal: Path | None = None
    folder: Path = Path(STATE_FOLDER)
    digest: str | None = None
    done_before: tuple[Done, ...] = ()
    stopped: Callable[[], bool] = field(default=lambda: False)
    progress: Callable[[Change, str], None] = field(default=lambda change, outcome: None)


def carry_out(plan: Plan, connection: Connection, run: Run) -> Report:
    """Applies the plan. Raises only for what happens before the first call; all else is in the report."""
    from datetime import UTC, datetime

    from reconciler.applying.executor import Executor
    from reconciler.applying.journal import JournalFile, default_path
    from reconciler.aws.operations import OPERATIONS
    from reconciler.aws.pages import items
    from reconciler.kinds import KINDS

    api = connection.writes
    if api is None:
        raise ReconcilerError("a snapshot cannot be changed", help="apply without --snapshot")
    before = dict(connection.calls)
    api.stopped = run.stopped
    digest = run.digest or plan.digest

    def listed(operation: str, params: dict[str, Any], member: str) -> Iterator[dict[str, Any]]:
        return items(api, operation, params, member)

    with JournalFile(run.journal or default_path(datetime.now(UTC), run.folder)) as journal:
        stopping = _stopping(run, connection, journal)
        journal.record("apply", digest=digest, organization=plan.organization.id, changes=len(plan.changes))
        report = Executor(
            plan=plan,
            kinds={kind.resource.kind: kind for kind in KINDS},
            operations=OPERATIONS,
            api=api,
            clock=connection.clock,
            journal=journal,
            read=listed,
            stopped=stopping,
            progress=run.progress,
        ).run()
        with suppress(ReconcilerError):
            journal.record("end", done=len(report.done), failed=len(report.failed), skipped=len(report.skipped))
    calls = {name: made for name, count in connection.calls.items() if (made := count - before.get(name, 0))}
    report = stopping.with_reason(report, wrote=any(OPERATIONS[name].writes for name in calls))
    update = {"digest": digest, "done_before": run.done_before, "calls": calls, "journal": str(journal.path)}
    return report.model_copy(update=update)


def _stopping(run: Run, connection: Connection, journal: JournalFile) -> Stopping:
    """What ends the run early, in the order in which it is told."""
    from reconciler.applying.stopping import INTERRUPTED, JOURNAL, LOCK_LOST, TIMEOUT, Stopping

    lock, deadline, clock = connection.lock, connection.deadline, connection.clock
    return Stopping(
        {
            INTERRUPTED: run.stopped,
            LOCK_LOST: lambda: lock is not None and lock.lost() is not None,
            JOURNAL: lambda: journal.failure is not None,
            TIMEOUT: lambda: deadline is not None and clock.now() >= deadline,
        }
    )
