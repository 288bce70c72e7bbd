"""The use cases about what policies mean: explain a decision, and tell the impact of a plan.

Like `app`, a composition root: plain functions that print nothing.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import ReconcilerError, UsageError
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Source
from reconciler.model.decision import Decision, Request
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.impact import Claim, ClaimProof, Impact, ImpactLine, Replay
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Violation, Warning_
from reconciler.model.policy_test import PolicyTest
from reconciler.model.resources import Account, Attachment, Policy, PolicyType
from reconciler.model.scope import Unknown, Unread
from reconciler.planning.guards import allow_option
from reconciler.policy.evaluation.chains import FULL_ACCESS, Chain, chains, organization_context
from reconciler.policy.evaluation.evaluate import decide
from reconciler.policy.evaluation.stand_ins import both_organizations, stand_ins_of, with_references, with_stand_ins
from reconciler.policy.evaluation.unknown_actions import unknown_action
from reconciler.policy.impact.events import Record, read_records
from reconciler.policy.impact.impact import impact
from reconciler.policy.impact.lockout import NEEDED, LostActions, account_of, lost_by
from reconciler.policy.impact.proof import prove
from reconciler.policy.impact.replay import replay
from reconciler.policy.impact.unread import not_read, sound, unknown_changes
from reconciler.policy.language.catalogue import catalogue
from reconciler.policy.language.context import OrganizationContext
from reconciler.policy.language.statements import PolicyDocument, parse
from reconciler.policy.lint.organization_lint import lint_organization

if TYPE_CHECKING:
    from reconciler.planning.planner import PlanResult

Statements = Mapping[str, tuple[Source, ...]]
"""Where each statement of a policy is written, by the policy's key."""


@dataclass(frozen=True)
class Meaning:
    """One organization, ready to be asked. `statements` names places where the spec is known."""

    inventory: Inventory
    chains: Mapping[Address, Chain]
    place: OrganizationContext
    statements: Statements
    stand_ins: Mapping[Address, str]

    @classmethod
    def of(cls, inventory: Inventory, statements: Statements | None = None) -> Meaning:
        stand_ins = stand_ins_of(inventory)
        inventory = with_stand_ins(inventory, stand_ins)
        return cls(inventory, chains(inventory), organization_context(inventory), statements or {}, stand_ins)

    def account(self, name: str) -> Address:
        """The address of the account with this key, id or name. Raises `UsageError` with the nearest right names."""
        accounts = list(self.inventory.of(Account))
        for each in accounts:
            if name in (addresses.local(each.address), each.id, each.address):
                return each.address
        named = [each.address for each in accounts if name in (each.name, each.create_name)]
        if len(named) == 1:
            return named[0]
        import difflib

        known = [addresses.local(each.address) for each in accounts]
        near = difflib.get_close_matches(name, known, 3)
        hint = f"did you mean {' or '.join(near)}?" if near else "see `reconciler show`"
        raise UsageError(f"there is no account {name}", help=hint)

    def explain(
        self, request: Request, *, closed_context: bool = False, identity_policy: PolicyDocument | None = None
    ) -> Decision:
        """The decision on a request. Raises `UsageError` for an account that there is not."""
        chain, request = self.question(request)
        by_id = {chain.account_id: chain for chain in self.chains.values() if chain.account_id}
        asked = functools.partial(
            decide,
            request=request,
            place=self.place,
            others=by_id,
            identity_policy=identity_policy,
            closed_context=closed_context,
        )
        decision = asked(chain)
        applied = asked(replace(chain, unread=self._not_managed)).unknown if self._not_managed else ()
        return self._explanation(
            decision, () if decision.decision == "denied" else tuple(each.kind for each in applied)
        )

    @functools.cached_property
    def without_rcps(self) -> Meaning:
        """The same organization as if RCPs were not enabled."""
        rcps = addresses.policy_type("rcp")
        known = self.inventory.model_copy(update={"scope": self.inventory.scope.without({"rcp"})})
        kept = known.with_resources(each for each in self.inventory.resources if each.address != rcps)
        return replace(self, inventory=kept, chains=chains(kept))

    def question(self, request: Request) -> tuple[Chain, Request]:
        """The chain of the account that is asked about, and the request with its ids filled in. Raises `UsageError` for
        an account that there is not."""
        address = self.account(request.account)
        if address not in self.chains:
            raise UsageError(f"{address} is closed: no request can be made there")
        return self.chains[address], self._filled(request, self.chains[address])

    def _filled(self, request: Request, chain: Chain) -> Request:
        """The request with `{account}` and `{organization}` as ids, and with `root`, `role/NAME` and `user/NAME` as
        principals of the account: an id need not be known to be asked about."""
        ids = {"{account}": str(chain.account_id), "{organization}": str(self.place.organization_id)}

        def filled(text: str) -> str:
            return functools.reduce(lambda done, each: done.replace(*each), ids.items(), text)

        principal = request.principal
        if principal is not None and (principal == "root" or principal.startswith(("role/", "user/"))):
            principal = f"arn:{self.place.partition}:iam::{{account}}:{principal}"
        given = {"principal": principal, "resource": request.resource, "resource_account": request.resource_account}
        context = {key: tuple(map(filled, values)) for key, values in request.context.items()}
        return request.model_copy(
            update={"context": context, **{name: text and filled(text) for name, text in given.items()}}
        )

    def _explanation(self, decision: Decision, not_managed: tuple[str, ...] = ()) -> Decision:
        blocker = decision.blocked_by
        places = self.statements.get(blocker.policy, ()) if blocker else ()
        place = places[blocker.index] if blocker and blocker.index < len(places) else None
        located = blocker.model_copy(update={"file": place.file, "line": place.line}) if blocker and place else blocker
        return decision.model_copy(
            update={
                "blocked_by": located,
                "condition": with_references(decision.condition, self.stand_ins),
                "not_managed": not_managed,
                "warnings": tuple(filter(None, [unknown_action(decision.action, catalogue())])),
            }
        )

    @functools.cached_property
    def _not_managed(self) -> tuple[Unread, ...]:
        """SCPs and RCPs where the inventory is that of a spec which does not manage them."""
        unread = self.inventory.unread()
        return tuple(each for each in self.inventory.scope.unread if each.kind in FULL_ACCESS and each not in unread)


def failed_tests(inventory: Inventory, statements: Statements, tests: Iterable[PolicyTest]) -> list[Diagnostic]:
    """A diagnostic for each test of the policies that the declared organization does not pass."""
    meaning = Meaning.of(inventory, statements)
    return [found for test in tests if (found := _failure(meaning, test)) is not None]


def odd_tests(tests: Iterable[PolicyTest]) -> list[Diagnostic]:
    """A warning for each test that asks for an action which the catalogue does not have."""
    found = ((test, unknown_action(test.action, catalogue())) for test in tests)
    return [_diagnostic("W310", test, message, None) for test, message in found if message]


def _failure(meaning: Meaning, test: PolicyTest) -> Diagnostic | None:
    fields = test.model_dump(exclude={"source", "name", "expect"}, exclude_none=True)
    try:
        found = meaning.explain(Request.model_validate(fields), closed_context=True)
    except UsageError as error:
        return _diagnostic("E327", test, error.message, error.help)
    if found.decision == test.expect:
        return None
    what = f"{test.action} in {test.account}"
    named = f"{test.name}: " if test.name else ""
    return _diagnostic("E326", test, f"{named}{what} is {found.decision}, not {test.expect}", _why(found))


def _why(found: Decision) -> str | None:
    if found.exempt:
        return found.exempt
    if found.missing_allow_at:
        return f"no SCP allows it at {', '.join(found.missing_allow_at)}; attached there: {found.scps_without_allow}"
    if found.decision == "conditional":
        return f"it depends: {found.condition}; give the test that context"
    if blocked := found.blocked_by:
        place = f" ({blocked.file}:{blocked.line})" if blocked.file else ""
        return f"it is denied by statement {blocked.statement} of {blocked.policy} at {blocked.level}{place}"
    return "no policy denies it"


def _diagnostic(code: str, test: PolicyTest, message: str, help: str | None) -> Diagnostic:
    source = test.source
    return Diagnostic(
        code=code,
        severity="warning" if code.startswith("W") else "error",
        message=message,
        file=source.file,
        line=source.line,
        column=source.column,
        help=help,
    )


def linted(inventory: Inventory) -> list[Diagnostic]:
    """What looks wrong about where policies are attached."""
    sources = {each.address: each.source for each in inventory.resources}
    return [
        Diagnostic(
            code=each.code,
            severity=each.severity,
            message=each.message,
            file=source.file,
            line=source.line,
            column=source.column,
            help=each.help,
        )
        for each in lint_organization(inventory)
        if (source := sources.get(each.address)) is not None
    ]


def requests_in(path: Path) -> Iterator[Request]:
    """The requests of a file, one JSON object a line. Raises `UsageError` naming the line that is none."""
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeError) as error:
        raise UsageError(f"{path} cannot be read: {_reason(error)}") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield Request.model_validate(json.loads(line))
            except (ValueError, RecursionError) as error:
                first = str(error).splitlines()[0]
                raise UsageError(f"{path}:{number}: not a request: {first}", help="see docs/explain.md") from error


def identity_policy_in(path: Path) -> PolicyDocument:
    """The IAM policy in a file. Raises `ReconcilerError` where there is none."""
    try:
        return parse("scp", json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        raise ReconcilerError(f"{path} is not an IAM policy: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """What the system or a parser said, without the number and the path of an `OSError`."""
    deep = "it is nested too deeply" if isinstance(error, RecursionError) else None
    return deep or (isinstance(error, OSError) and error.strerror) or str(error)


def changes_permissions(changes: Iterable[Change], policies: Iterable[Policy] = ()) -> bool:
    """True where a plan can change what anybody may do: only then are SCPs and RCPs read that the spec does not manage,
    and is the catalogue of actions loaded. `policies` are those that the changes name; one that is not among them may
    be of any type."""
    harmless = {each.address for each in policies if each.type not in FULL_ACCESS}
    for change in changes:
        resource = change.resource
        match resource:
            case Attachment():
                found = resource.policy not in harmless
            case PolicyType():
                found = resource.type in FULL_ACCESS
            case Policy():
                found = resource.type in FULL_ACCESS and change.before is not None and "content" in change.fields
            case _:
                found = change.action == "move"
        if found:
            return True
    return False


def told_impact(before: Inventory, after: Inventory, protected: Sequence[str]) -> tuple[Impact, ...]:
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


def proven(claim: Claim, before: Inventory, after: Inventory, scope: str | None) -> ClaimProof:
    """Whether no account below the OU `scope` (all without one) gains, or loses, anything."""
    old, new = both_organizations(before, after)
    found = new.chains
    if scope is not None:
        node = addresses.ROOT if scope == "/" else addresses.ou(scope)
        if node not in {each.address for each in after.resources}:
            raise UsageError(f"there is no account below {node}")
        found = {account: chain for account, chain in found.items() if node in {level.name for level in chain.levels}}
    return sound(prove(claim, old, new, found), old.chains, new.chains)


def replayed(files: Iterable[Path], before: Inventory, after: Inventory, *, looked_up: Iterable[Record] = ()) -> Replay:
    """Recorded CloudTrail events through the change: those of the files, and those that were `looked_up`. Raises
    `UsageError` for a file that holds none."""

    def records() -> Iterator[Record]:
        for file in files:
            try:
                yield from read_records(file)
            except OSError as error:
                raise UsageError(f"{file} cannot be read: {_reason(error)}", help="correct --events") from error
            except (ValueError, RecursionError) as error:
                raise UsageError(f"{file} contains no CloudTrail records: {_reason(error)}") from error
        yield from looked_up

    once, then = chains(before), chains(after)
    found = replay(records(), once, then, places=(organization_context(before), organization_context(after)))
    unknown = tuple(
        Unknown(kind=each.kind, addresses=accounts, reason=each.reason)
        for each, accounts in unknown_changes(once, then).items()
    )
    return found.model_copy(update={"unknown": unknown})


def refuted_claims(planned: PlanResult, claims: Mapping[str, Claim], allowed: Mapping[str, int]) -> list[Violation]:
    """A guard violation for each of the spec's `guards.impact` that does not provably hold of the plan."""
    found = []
    for scope, claim in claims.items():
        guard = f"impact:{scope}"
        proof = proven(claim, planned.before, planned.after, scope)
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


def _lost_by_caller(planned: PlanResult, caller: str) -> LostActions | None:
    """What the caller loses of what it needs; `None` in the management account, which no SCP binds."""
    if account_of(caller) == planned.plan.organization.management_account_id:
        return None
    return lost_by(caller, *both_organizations(planned.before, planned.after), NEEDED)


def lockout(planned: PlanResult, caller: str) -> Violation | None:
    """A guard violation where the plan takes from its own caller, by ARN, what it needs to undo the plan, for certain
    or as far as is known: policies that were not read may take it too."""
    found = _lost_by_caller(planned, caller)
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


def possible_lockout(planned: PlanResult, caller: str) -> Warning_ | None:
    """A warning where it depends on the path of the caller's role, which the ARN of a session does not have."""
    found = _lost_by_caller(planned, caller)
    if found is None or found.surely or not found.perhaps:
        return None
    actions = ", ".join(found.perhaps)
    message = f"{caller}, who runs this, may no longer be able to call {actions}: that depends on the path of its role"
    return Warning_(code="W513", message=message, address=found.account)
