"""What a plan does to permissions: its impact, and the guards against a lockout and against claims that do not hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.model.impact import Claim, Impact, ImpactLine
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Guards, Violation, Warning_
from reconciler.model.resources import Attachment, Policy, PolicyType
from reconciler.planning.guards import GuardOverrides, allow_option
from reconciler.planning.planner import PlanResult
from reconciler.policy.evaluation.chains import FULL_ACCESS
from reconciler.policy.evaluation.stand_ins import both_organizations, stand_ins_of, with_references
from reconciler.policy.impact.impact import impact
from reconciler.policy.impact.lockout import NEEDED, LostActions, account_of, lost_by
from reconciler.policy.impact.unread import not_read, unknown_changes
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.impact import prove_claim


def with_permissions(
    result: PlanResult,
    claims: Mapping[str, Claim],
    protected: Sequence[str],
    connection: Connection,
    allowed: GuardOverrides,
) -> PlanResult:
    """The result with its impact, the violations of the guards on permissions, and a warning where it is not known
    whether the caller is locked out. `claims` is the spec's `guards.impact`, `protected` its protected addresses."""
    if not affects_permissions(result):
        return result
    caller = connection.caller
    violations = (*result.plan.guards.violations, *_violations(result, claims, caller, allowed))
    doubt = possible_lockout(result, caller) if caller else None
    update = {
        "impact": impact_between(result.before, result.after, protected),
        "guards": Guards(violations=violations),
        "warnings": (*result.plan.warnings, *([doubt] if doubt else [])),
    }
    return replace(result, plan=result.plan.model_copy(update=update))


def permission_violations(
    result: PlanResult, claims: Mapping[str, Claim], connection: Connection, allowed: GuardOverrides
) -> list[Violation]:
    """The violations of the guards on permissions alone."""
    return _violations(result, claims, connection.caller, allowed) if affects_permissions(result) else []


def _violations(
    result: PlanResult, claims: Mapping[str, Claim], caller: str | None, allowed: GuardOverrides
) -> list[Violation]:
    locked_out = lockout(result, caller) if caller and "lockout" not in allowed.numbers else None
    return [*([locked_out] if locked_out else []), *refuted_claims(result, claims, allowed.numbers)]


def affects_permissions(result: PlanResult) -> bool:
    """True where the plan can change what anybody may do: only then are SCPs and RCPs read that the spec does not
    manage, and is the catalogue of actions loaded."""
    policies = {each.address: each for each in (*result.before.of(Policy), *result.after.of(Policy))}
    return changes_permissions(result.plan.changes, policies.values())


def changes_permissions(changes: Iterable[Change], policies: Iterable[Policy] = ()) -> bool:
    """True where one of the changes can change what anybody may do. `policies` are those that the changes name; one
    that is not among them may be of any type."""
    harmless = {each.address for each in policies if each.type not in FULL_ACCESS}
    return any(_changes_permissions(each, harmless) for each in changes)


def _changes_permissions(change: Change, harmless: set[str]) -> bool:
    resource = change.resource
    match resource:
        case Attachment():
            return resource.policy not in harmless
        case PolicyType():
            return resource.type in FULL_ACCESS
        case Policy():
            return resource.type in FULL_ACCESS and change.before is not None and "content" in change.fields
        case _:
            return change.action == "move"


def impact_between(before: Inventory, after: Inventory, protected: Sequence[str]) -> tuple[Impact, ...]:
    """What the way from one organization to the other means for accounts that are in both."""
    keys = [each.removeprefix("policy:") for each in protected if each.startswith("policy:")]
    old, new = both_organizations(before, after)
    found = impact(old.chains, new.chains, protected=keys, places=(old.place, new.place))
    stand_ins = stand_ins_of(after) | stand_ins_of(before)
    if not stand_ins:
        return found

    def shown(line: ImpactLine) -> ImpactLine:
        texts = {"text": line.text, "condition": line.condition}
        return line.model_copy(update={name: with_references(text, stand_ins) for name, text in texts.items()})

    return tuple(each.model_copy(update={"lines": tuple(map(shown, each.lines))}) for each in found)


def refuted_claims(result: PlanResult, claims: Mapping[str, Claim], allowed: Mapping[str, int]) -> list[Violation]:
    """A guard violation for each of the spec's `guards.impact` that does not provably hold of the plan."""
    found = []
    for scope, claim in claims.items():
        guard = f"impact:{scope}"
        proof = prove_claim(claim, result.before, result.after, scope)
        if proof.verdict == "proven" or guard in allowed:
            continue
        example = proof.example
        shown = f", for example {example.request.action} in {example.account}" if example else f": {proof.reason}"
        verb = "gain" if claim == "no-gain" else "lose"
        sure = "would" if example else "could"
        found.append(
            Violation(
                guard=guard,
                message=f"accounts in {scope} {sure} {verb} permissions{shown}",
                addresses=(example.account,) if example else (),
                allow=allow_option(guard, 1),
            )
        )
    return found


def _lost_by_caller(result: PlanResult, caller: str) -> LostActions | None:
    """What the caller loses of what it needs; `None` in the management account, which no SCP binds."""
    if account_of(caller) == result.plan.organization.management_account_id:
        return None
    return lost_by(caller, *both_organizations(result.before, result.after), NEEDED)


def lockout(result: PlanResult, caller: str) -> Violation | None:
    """A guard violation where the plan takes from its own caller, by ARN, what it needs to undo the plan, for certain
    or as far as is known: policies that were not read may take it too."""
    found = _lost_by_caller(result, caller)
    if found is None:
        return None
    if found.surely:
        what = f"could no longer call {', '.join(found.surely)}: no role there could undo it"
    elif unknown := unknown_changes({found.account: found.before}, {found.account: found.after}):
        what = f"may no longer be able to undo it, which is not known: {'; '.join(map(not_read, unknown))}"
    else:
        return None
    return Violation(
        guard="lockout",
        message=f"{caller}, who runs this, {what}",
        addresses=(found.account,),
        allow=allow_option("lockout", 1),
    )


def possible_lockout(result: PlanResult, caller: str) -> Warning_ | None:
    """A warning where it depends on the path of the caller's role, which the ARN of a session does not have."""
    found = _lost_by_caller(result, caller)
    if found is None or found.surely or not found.perhaps:
        return None
    actions = ", ".join(found.perhaps)
    message = f"{caller}, who runs this, may no longer be able to call {actions}: that depends on the path of its role"
    return Warning_(code="W513", message=message, address=found.account)
