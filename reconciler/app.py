"""The use cases as plain functions: the composition root, and the Python API.

    desired = load_spec(path)
    with connect(where, desired) as connection:
        outcome = make_plan(desired, connection, Request())
        report = carry_out(outcome.plan, connection, ...)

Nothing here prints or exits. What plans and shows gets a client on which no write exists (`Connection.reads`).
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.connection import Connection as Connection
from reconciler.connection import Where as Where
from reconciler.connection import connect as connect
from reconciler.errors import Blocked, PlanRefused, ReconcilerError, SpecInvalid, UsageError
from reconciler.model.globs import matches
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Guards, Plan, Scope, Violation
from reconciler.model.resources import Attachment, Policy, Resource

if TYPE_CHECKING:
    from reconciler.engine.guards import Allowed
    from reconciler.engine.planner import Planned, Request
    from reconciler.engine.stopping import Stopping
    from reconciler.model.report import MadeCall, Report
    from reconciler.spec import Desired

LOCK = Path(".reconciler") / "lock"

Progress = Callable[[str, int, int], None]


def _silent(what: str, done: int, total: int) -> None:
    """Tells nobody of progress."""


def load_spec(path: Path, *, lint: bool = False, tests: bool = True) -> Desired:
    """The spec, checked offline; with `lint` also for what looks wrong in policies that the service would take, and
    without `tests` not by its own tests. Raises `SpecInvalid` with every finding where it has an error."""
    from reconciler import spec
    from reconciler.analysis.check import check

    checks: list[spec.Check] = [check]
    if lint:
        from reconciler.analysis.lint import lint as lint_policy

        checks.append(lint_policy)
    desired = spec.load(path, checks=checks)
    if lint:
        from reconciler import meaning

        found = meaning.linted(desired.inventory)
        desired = desired.model_copy(update={"warnings": (*desired.warnings, *found)})
    if tests and desired.tests:
        from reconciler import meaning

        if failed := meaning.failed_tests(desired.inventory, desired.statements, desired.tests):
            raise SpecInvalid((*desired.warnings, *failed))
    return desired


def read_live(
    connection: Connection, desired: Desired | None, progress: Progress = _silent, *, tags: bool = False
) -> Inventory:
    """The live organization, as far as the spec manages it (all of it without a spec)."""
    from reconciler.aws import reader

    if connection.snapshot is not None:
        return connection.snapshot if desired is None else _as_managed(connection.snapshot, _managed_types(desired))
    assert connection.reads is not None
    if desired is None:
        return reader.read(connection.reads, reader.Wanted(certain_tags=True), progress)
    types = _managed_types(desired)
    return reader.read(connection.reads, reader.Wanted(types, tags=tags or _manages_tags(desired)), progress)


def _managed_types(desired: Desired) -> frozenset[str]:
    return frozenset(desired.settings.policy_types) | frozenset(desired.settings.disabled_policy_types)


def _as_managed(snapshot: Inventory, types: frozenset[str]) -> Inventory:
    """The snapshot without the policies, and their attachments, of types that a read for this spec leaves out."""
    foreign = {each.address for each in snapshot.of(Policy) if each.type not in types}
    return snapshot.with_resources(
        each
        for each in snapshot.resources
        if each.address not in foreign and not (isinstance(each, Attachment) and each.policy in foreign)
    )


def make_plan(desired: Desired, connection: Connection, request: Request, progress: Progress = _silent) -> Planned:
    """The plan that makes the live organization what the spec wants."""
    from reconciler.engine import planner
    from reconciler.kinds import KINDS

    live = read_live(connection, desired, progress)
    check_organization(desired, live)
    rules = rules_of(desired)
    request = replace(
        request,
        spec_digest=desired.digest,
        scope=Scope(policy_types=tuple(sorted(_managed_types(desired))), ignored_tags=desired.settings.ignore.tags),
    )
    planned = planner.plan(desired.inventory, live, KINDS, rules, request)
    _check_targets(request.targets, desired, planned)
    if connection.reads is not None and _replaces(planned) and not _manages_tags(desired):
        live = read_live(connection, desired, progress, tags=True)
        planned = planner.plan(desired.inventory, live, KINDS, rules, request)
    if connection.reads is not None and (suspects := _tag_suspects(desired, planned)):
        from reconciler.aws import reader

        asked = [each.address for each in live.resources if each.id in suspects]
        live = reader.confirmed_tags(connection.reads, live, asked)
        planned = planner.plan(desired.inventory, live, KINDS, rules, request)
    told = _told(planned, desired, connection, request)
    return replace(planned, plan=planned.plan.model_copy(update={**told, "reads": connection.calls}))


def _told(planned: Planned, desired: Desired, connection: Connection, request: Request) -> dict[str, Any]:
    """What the plan means: its impact, and whether it would lock its own caller out."""
    from reconciler import meaning

    if not meaning.changes_permissions(planned.plan.changes):
        return {}
    found = meaning.told_impact(planned.before, planned.after, desired.settings.guards.protected)
    caller = _caller(connection)
    locked_out = meaning.lockout(planned, caller) if caller and "lockout" not in request.allowed.numbers else None
    gained_or_lost = meaning.refuted_claims(planned, desired.settings.guards.impact, request.allowed.numbers)
    violations = (*planned.plan.guards.violations, *([locked_out] if locked_out else []), *gained_or_lost)
    return {"impact": meaning.as_json(found), "guards": Guards(violations=violations)}


def _caller(connection: Connection) -> str | None:
    """The ARN of who runs this; `None` where it is not known, for a snapshot or an endpoint that does not tell."""
    if connection.reads is None:
        return None
    try:
        return str(connection.reads.call("sts:GetCallerIdentity", {})["Arn"])
    except ReconcilerError:
        return None


def _check_targets(targets: Sequence[str], desired: Desired, planned: Planned) -> None:
    """Raises `UsageError` for a target that is nothing: a typing error must not read as "no changes"."""
    known = {each.address for each in (*desired.inventory.resources, *planned.before.resources)}
    for target in targets:
        if not any(matches(target, each) for each in known):
            near = difflib.get_close_matches(target, known, 1)
            raise UsageError(
                f"--target {target} is no address of the spec or the organization",
                help=f"did you mean {near[0]}?" if near else "an address looks like ou:Workloads/Production",
            )


def _replaces(planned: Planned) -> bool:
    """True where an OU is made anew: it takes its tags along, whether the spec manages tags or not."""
    return any(each.action == "replace" for each in planned.plan.changes)


def _manages_tags(desired: Desired) -> bool:
    return any(getattr(each, "tags", None) is not None for each in desired.inventory.resources)


def _tag_suspects(desired: Desired, planned: Planned) -> set[str]:
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
    from reconciler.engine.guards import Limits
    from reconciler.engine.planner import Rules
    from reconciler.kinds.base import Policies

    settings = desired.settings
    guards = settings.guards
    deletes = {name: getattr(guards.max_deletes, name) for name in type(guards.max_deletes).model_fields}
    return Rules(
        policies=Policies(
            unmanaged=settings.unmanaged.model_dump(), disabled_policy_types=frozenset(settings.disabled_policy_types)
        ),
        ignore=settings.ignore.model_dump(),
        quotas={short: quota.attached for short, quota in settings.quotas.policy_types.items()},
        sizes={short: quota.characters for short, quota in settings.quotas.policy_types.items()},
        limits=Limits(
            protected=guards.protected,
            max_deletes={
                name: limit.number if limit.percent is None else str(limit) for name, limit in deletes.items()
            },
            max_account_closures=guards.max_account_closures,
            max_account_creations=guards.max_account_creations,
            minimum=guards.minimum,
        ),
    )


def still_holds(plan: Plan, connection: Connection, progress: Progress = _silent) -> None:
    """Reads again what the plan relies on. Raises `PlanRefused`, naming what moved, where it does not hold."""
    from reconciler.aws import reader
    from reconciler.engine.assumptions import moved, named_as
    from reconciler.engine.planner import aligned
    from reconciler.kinds import KINDS
    from reconciler.kinds.comparing import relabelled

    if connection.snapshot is not None:
        live = _as_managed(connection.snapshot, frozenset(plan.scope.policy_types))
    else:
        assert connection.reads is not None
        relied = {each.id for each in plan.assumptions if each.fields and "tags" in each.fields}
        wanted = reader.Wanted(frozenset(plan.scope.policy_types), tags=bool(relied))
        live = reader.read(connection.reads, wanted, progress)
        live = _with_certain_tags(plan, live, connection)
    live = _without_tags(live, plan.scope.ignored_tags)
    found = live.organization
    if (found.id, found.management_account_id) != (plan.organization.id, plan.organization.management_account_id):
        raise PlanRefused(
            f"the plan is for organization {plan.organization.id}, the credentials lead to {found.id}",
            help="check AWS_PROFILE and --profile",
        )
    wanted_resources = [each.after for each in plan.changes if each.after is not None]
    by_address = {each.address: each for each in wanted_resources}
    _, live = aligned(Inventory().with_resources(by_address.values()), live, KINDS)
    lines = moved(plan.assumptions, relabelled(live, named_as(plan.assumptions, live)))
    if lines:
        raise PlanRefused(
            "the plan is stale: the organization changed after it was made", moved=lines, help="make the plan again"
        )


def _without_tags(live: Inventory, ignored: Sequence[str]) -> Inventory:
    def seen(resource: Resource) -> Resource:
        tags = getattr(resource, "tags", None) or {}
        kept = {key: tags[key] for key in tags if not any(matches(each, key, paths=False) for each in ignored)}
        return resource if len(kept) == len(tags) else resource.model_copy(update={"tags": kept})

    return live.with_resources(map(seen, live.resources))


def _with_certain_tags(plan: Plan, live: Inventory, connection: Connection) -> Inventory:
    """The inventory with the tags asked of the resource itself wherever the index says other than the plan."""
    from reconciler.aws import reader

    assert connection.reads is not None
    relied = [(each.id, each.fields) for each in plan.assumptions if each.id and each.fields]
    assumed = {id: fields["tags"] for id, fields in relied if "tags" in fields}
    suspects = [
        each.address
        for each in live.resources
        if each.id in assumed and getattr(each, "tags", None) != assumed[each.id]
    ]
    return reader.confirmed_tags(connection.reads, live, suspects)


def lifted(plan: Plan, allowed: Allowed) -> Plan:
    """The plan without the guard violations that the caller allows by name."""
    kept = tuple(each for each in plan.guards.violations if not _allows(allowed, each))
    return plan.model_copy(update={"guards": Guards(violations=kept)})


def _allows(allowed: Allowed, violation: Violation) -> bool:
    if violation.allow is None:
        return False
    if violation.allow == "--allow-close":
        return allowed.close
    guard, _, number = shlex.split(violation.allow)[1].rpartition("=")
    return allowed.numbers.get(guard, -1) >= int(number)


def refuse_if_blocked(plan: Plan) -> None:
    """Raises `Blocked` where a guard refuses the plan."""
    if plan.guards.blocked:
        options = " ".join(each.allow for each in plan.guards.violations if each.allow)
        hopeless = [each.message for each in plan.guards.violations if each.allow is None]
        raise Blocked(
            f"blocked by {len(plan.guards.violations)} guard{'s' * (len(plan.guards.violations) != 1)}: "
            + "; ".join(each.message for each in plan.guards.violations),
            help="no option lets this pass: " + "; ".join(hopeless)
            if hopeless
            else f"if this is what you want, add {options}",
        )


def would_call(plan: Plan) -> tuple[MadeCall, ...]:
    """Every call that applying the plan would make."""
    from reconciler.engine.execute import dry_run
    from reconciler.kinds import KINDS

    return dry_run(plan, {kind.resource.kind: kind for kind in KINDS})


@dataclass(frozen=True)
class Run:
    """How an apply is run: where its journal goes, when to stop, who is told of each change that ends."""

    journal: Path | None = None
    stopped: Callable[[], bool] = field(default=lambda: False)
    progress: Callable[[Change, str], None] = field(default=lambda change, outcome: None)


def carry_out(plan: Plan, connection: Connection, run: Run) -> Report:
    """Applies the plan. Raises only for what happens before the first call; all else is in the report."""
    from datetime import UTC, datetime

    from reconciler.aws.journal import JournalFile, default_path
    from reconciler.aws.operations import OPERATIONS
    from reconciler.aws.reader import items
    from reconciler.engine.execute import Executor
    from reconciler.kinds import KINDS

    api = connection.writes
    if api is None:
        raise ReconcilerError("a snapshot cannot be changed", help="apply without --live")
    before = dict(connection.calls)
    api.stopped = run.stopped
    stopping = _stopping(run, connection)

    def listed(operation: str, params: dict[str, Any], member: str) -> Iterator[dict[str, Any]]:
        return items(api, operation, params, member)

    with JournalFile(run.journal or default_path(datetime.now(UTC))) as journal:
        journal.record("apply", digest=plan.digest, organization=plan.organization.id, changes=len(plan.changes))
        report = Executor(
            plan=plan,
            kinds={kind.resource.kind: kind for kind in KINDS},
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
    report = stopping.told(report, wrote=any(OPERATIONS[name].writes for name in calls))
    return report.model_copy(update={"calls": calls, "journal": str(journal.path)})


def _stopping(run: Run, connection: Connection) -> Stopping:
    """What ends the run early, in the order in which it is told."""
    from reconciler.engine.stopping import INTERRUPTED, LOCK_LOST, TIMEOUT, Stopping

    lock, deadline, clock = connection.lock, connection.deadline, connection.clock
    return Stopping(
        {
            INTERRUPTED: run.stopped,
            LOCK_LOST: lambda: lock is not None and lock.lost() is not None,
            TIMEOUT: lambda: deadline is not None and clock.now() >= deadline,
        }
    )
