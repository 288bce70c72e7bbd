"""May a principal do this? One request through the SCPs above the caller and the RCPs above the resource.

Three answers: allowed, denied, or conditional, where the condition is what is not known of the request. The rules:
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.model.address import Address
from reconciler.model.decision import Decision, DenyingStatement, LevelDecision, Request, Verdict
from reconciler.model.scope import Unknown, Unread
from reconciler.policy.evaluation.chains import AttachedPolicy, Chain, Level
from reconciler.policy.evaluation.formula import AnyOf, Formula, all_of, any_of, holds, negation, predicates_in
from reconciler.policy.evaluation.identity import Identity, IdentityLevel
from reconciler.policy.language import patterns, words
from reconciler.policy.language.conditions import Predicate, predicates_of, truth
from reconciler.policy.language.context import (
    FEDERATED,
    Context,
    Found,
    OrganizationContext,
    Principal,
    account_in,
    context_of,
    principal_of,
)
from reconciler.policy.language.statements import RCP_SERVICES, Effect, PolicyDocument, Statement

NEVER_BY_RCP = frozenset({"kms:retiregrant"})
NEVER_DENIED = frozenset({"sts:getcalleridentity"})
"""Actions (in lower case) that need no permission, so that no policy denies them:
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
_LINKED = ("arn:*:iam::*:role/aws-service-role/*",)
_IS_LINKED = Predicate("ArnLike", "aws:principalarn", _LINKED, shown="aws:PrincipalArn")
_IS_NOT_LINKED = Predicate("ArnNotLike", "aws:principalarn", _LINKED, shown="aws:PrincipalArn")
"""Whether a role is a service-linked one, where that depends on its path."""


def decide(
    chain: Chain,
    request: Request,
    *,
    place: OrganizationContext | None = None,
    others: Mapping[str, Chain] | None = None,
    identity: Identity | None = None,
    closed_context: bool = False,
) -> Decision:
    """The decision on `request`, whose account is that of `chain`. With an `identity`, the policies of the caller
    decide too, and the caller is its role, where it has one.

    `others` has the chains of the organization's accounts by id, for a caller or a resource of another account; an
    account that is not in it is taken to be outside of the organization, where no SCP or RCP of ours applies.
    With `closed_context` a context key that does not follow from the request is absent instead of unknown.
    """
    place, action = place or OrganizationContext(), request.action.lower()
    role = identity.role if identity else None
    caller = role.in_account(chain.account_id, place.partition) if role else principal_of(request, chain.account_id)
    scope = _scope(chain, request, caller, others or {})
    context = context_of(request, scope.principal, scope.resource_account, place, closed_context)
    found = [_at_level(scoped, action, context) for scoped in scope.levels]
    if identity is not None and action not in NEVER_DENIED:
        found += [_at_identity_level(each, action, context) for each in identity.levels]
    return _decision(request, found, scope.exempt)


def permission(
    chain: Chain,
    request: Request,
    *,
    place: OrganizationContext | None = None,
    others: Mapping[str, Chain] | None = None,
    principal: Principal | None = None,
    facts: Mapping[str, Found] | None = None,
) -> tuple[Formula, Context]:
    """The formula that `decide` evaluates for this request in an open context, and that context. `principal` is the
    caller where it is known in part only; `facts` are further values of context keys."""
    scope = _scope(chain, request, principal or principal_of(request, chain.account_id), others or {})
    context = context_of(request, scope.principal, scope.resource_account, place or OrganizationContext(), closed=False)
    if facts:
        context = replace(context, known={**context.known, **facts})
    action = request.action.lower()
    levels = (_at_level(scoped, action, context) for scoped in scope.levels)
    return _permitted(levels), context


@dataclass(frozen=True, slots=True)
class _LevelInScope:
    """A level, whether the request passes its SCPs and its RCPs at all, and which of its policies were not
    read; with `unless_linked` only where the caller is no service-linked role."""

    level: Level
    scps_apply: bool
    rcps_apply: bool
    unread: tuple[Unread, ...] = ()
    unless_linked: bool = False


@dataclass(frozen=True, slots=True)
class _Scope:
    """The caller, the owner of the resource, and the levels whose policies apply to the request."""

    principal: Principal
    resource_account: str | None
    levels: tuple[_LevelInScope, ...]
    exempt: str | None


@dataclass(frozen=True, slots=True)
class _Denial:
    policy: AttachedPolicy
    statement: Statement
    level: Address
    formula: Formula

    def reported(self) -> DenyingStatement:
        return DenyingStatement(
            policy=self.policy.key,
            statement=self.statement.name,
            index=self.statement.index,
            level=self.level,
            type=self.policy.type,
        )


@dataclass(frozen=True, slots=True)
class _LevelResult:
    """One level: what it allows, and each of its statements that denies, perhaps on a condition."""

    name: Address
    scps: tuple[str, ...]
    rcps: tuple[str, ...]
    allow: Formula
    denials: tuple[_Denial, ...]
    unread: tuple[Unread, ...] = ()
    identity: tuple[str, ...] | None = None

    @property
    def allowed(self) -> bool | None:
        if self.allow is False or any(each.formula is True for each in self.denials):
            return False
        return None if self.unread else True

    @property
    def conditional(self) -> bool:
        """Whether it depends on a condition that the level lets the request pass."""
        return bool(self.allowed) and not isinstance(_permitted((self,)), bool)


def _scope(chain: Chain, request: Request, principal: Principal, others: Mapping[str, Chain]) -> _Scope:
    foreign = principal.account is not None and principal.account != chain.account_id
    caller = others.get(principal.account) if foreign and principal.account else chain
    if not principal.is_named:
        caller = None
    ours = chain.account_id if caller is not chain else None
    owner = request.resource_account or account_in(request.resource) or ours
    resource = chain if owner in (None, chain.account_id) else others.get(owner)
    levels = tuple(_levels(chain, caller, resource, principal, request))
    return _Scope(principal, owner, levels, _exempt(principal, caller, resource, request))


def _levels(
    chain: Chain, caller: Chain | None, resource: Chain | None, principal: Principal, request: Request
) -> Iterator[_LevelInScope]:
    """The levels of the account of the request; those of two accounts for a cross-account request."""
    limited = caller is not None and not caller.management and not principal.service_linked
    reached = resource is not None and not resource.management and _reached_by_rcps(principal, request)
    if request.action.lower() in NEVER_DENIED:
        limited = reached = False
    no_scps = tuple(each for each in caller.unread if each.kind == "scp") if caller and limited else ()
    no_rcps = tuple(each for each in resource.unread if each.kind == "rcp") if resource and reached else ()
    limited = limited and caller is not None and caller.scps_enabled
    perhaps = principal.service_linked is None
    if caller is None or resource is None or caller is resource:
        for level in (caller or resource or chain).levels:
            yield _LevelInScope(level, limited, reached, (*no_scps, *no_rcps), perhaps)
        return
    for level in caller.levels:
        yield _LevelInScope(
            Level(level.name, level.scps),
            scps_apply=limited,
            rcps_apply=False,
            unread=no_scps,
            unless_linked=perhaps,
        )
    for level in resource.levels:
        yield _LevelInScope(
            Level(level.name, (), level.rcps),
            scps_apply=False,
            rcps_apply=reached,
            unread=no_rcps,
            unless_linked=perhaps,
        )


def _exempt(principal: Principal, caller: Chain | None, resource: Chain | None, request: Request) -> str | None:
    if request.action.lower() in NEVER_DENIED:
        return f"{request.action} needs no permission: no policy can deny it"
    if principal.service_linked:
        return "neither SCPs nor RCPs apply to service-linked roles"
    if caller is not None and caller.management:
        both = resource is caller
        return f"SCPs {'and RCPs ' if both else ''}do not apply to the management account"
    if request.action.lower() in FEDERATED:
        return f"SCPs do not apply to {request.action}: who signs in is not a principal of AWS yet"
    if not principal.is_named:
        return f"SCPs do not apply to {'AWS services' if principal.kind == 'service' else 'unsigned requests'}"
    if caller is None:
        return "SCPs do not apply to callers outside the organization"
    if resource is None:
        return "RCPs do not apply to resources outside the organization"
    if resource.management:
        return "RCPs do not apply to resources of the management account"
    return "RCPs do not apply to AWS managed KMS keys" if _is_managed_key(request) else None


def _reached_by_rcps(principal: Principal, request: Request) -> bool:
    action = request.action.lower()
    supported = action.partition(":")[0] in RCP_SERVICES and action not in NEVER_BY_RCP
    return supported and not principal.service_linked and not _is_managed_key(request)


def _is_managed_key(request: Request) -> bool:
    return request.action.lower().startswith("kms:") and ":alias/aws/" in (request.resource or "")


def _at_level(scoped: _LevelInScope, action: str, context: Context) -> _LevelResult:
    level = scoped.level
    scps = level.scps if scoped.scps_apply else ()
    rcps = level.rcps if scoped.rcps_apply else ()
    allow = any_of(_formulas(scps, "Allow", action, context)) if scoped.scps_apply else True
    denials = tuple(_denials((*scps, *rcps), level.name, action, context))
    if scoped.unless_linked:
        allow = any_of((allow, holds(_IS_LINKED, truth(_IS_LINKED, context))))
        limit = holds(_IS_NOT_LINKED, truth(_IS_NOT_LINKED, context))
        denials = tuple(replace(each, formula=all_of((each.formula, limit))) for each in denials)
    names = tuple(each.key for each in level.scps), tuple(each.key for each in level.rcps)
    return _LevelResult(level.name, *names, allow, denials, scoped.unread)


def _at_identity_level(level: IdentityLevel, action: str, context: Context) -> _LevelResult:
    """What is not known may allow the request, and deny it."""
    allow = True if level.unread else any_of(_formulas(level.policies, "Allow", action, context))
    denials = tuple(_denials(level.policies, level.name, action, context))
    names = tuple(each.key for each in level.policies)
    return _LevelResult(level.name, (), (), allow, denials, level.unread, names)


def _formulas(policies: Iterable[AttachedPolicy], effect: Effect, action: str, context: Context) -> Iterator[Formula]:
    for policy in policies:
        for _, predicates in about(policy.document, effect, action):
            yield all_of([holds(each, truth(each, context)) for each in predicates])


def _denials(policies: Iterable[AttachedPolicy], level: Address, action: str, context: Context) -> Iterator[_Denial]:
    for policy in policies:
        for statement, predicates in about(policy.document, "Deny", action):
            formula = all_of([holds(each, truth(each, context)) for each in predicates])
            if formula is not False:
                yield _Denial(policy, statement, level, formula)


@functools.lru_cache(maxsize=262_144)
def about(document: PolicyDocument, effect: Effect, action: str) -> tuple[tuple[Statement, tuple[Predicate, ...]], ...]:
    """The statements with this effect and action (in lower case), with the predicates that have to hold as well."""
    found = []
    for statement in document.statements:
        if statement.effect == effect and matches_action(statement, action):
            predicates = predicates_of(statement)
            if predicates is not None:
                found.append((statement, predicates))
    return tuple(found)


def matches_action(statement: Statement, action: str) -> bool:
    """Whether Action has, or NotAction has not, the action (in lower case)."""
    if statement.actions is not None:
        return any(_is_like(pattern, action) for pattern in statement.actions)
    return not any(_is_like(pattern, action) for pattern in statement.not_actions or ())


def _is_like(pattern: str, action: str) -> bool:
    return pattern == "*" or (":" in pattern and patterns.matches(patterns.pattern(pattern.lower()), action))


def _permitted(found: Iterable[_LevelResult]) -> Formula:
    """Looks at no further level once one denies."""
    return all_of(
        part for level in found for part in (level.allow, *(negation(each.formula) for each in level.denials))
    )


def _decision(request: Request, found: Sequence[_LevelResult], exempt: str | None) -> Decision:
    formula = _permitted(found)
    denials = [each for level in found for each in level.denials]
    verdict: Verdict = "conditional" if not isinstance(formula, bool) else "allowed" if formula else "denied"
    unknown = _unknown(found)
    possible = (each for each in denials if each.formula is True or verdict == "conditional")
    blocker = next(possible, None)
    return Decision(
        account=request.account,
        action=request.action,
        decision="unknown" if unknown and verdict != "denied" else verdict,
        levels=tuple(
            LevelDecision(
                target=each.name,
                scps=each.scps,
                rcps=each.rcps,
                identity=each.identity,
                allowed=each.allowed,
                conditional=each.conditional,
            )
            for each in found
        ),
        blocked_by=blocker.reported() if blocker else None,
        missing_allow_at=tuple(each.name for each in found if each.allow is False),
        condition=_condition(found) if verdict == "conditional" else None,
        exempt=exempt,
        unknown=unknown,
    )


def _unknown(found: Iterable[_LevelResult]) -> tuple[Unknown, ...]:
    """What was not read of all that the request passes, a policy type at a time."""
    at: dict[Unread, dict[Address, None]] = {}
    for level in found:
        for each in level.unread:
            at.setdefault(each, {})[level.name] = None
    return tuple(Unknown(kind=each.kind, addresses=tuple(names), reason=each.reason) for each, names in at.items())


def _condition(found: Sequence[_LevelResult]) -> str:
    """Every condition that the answer still depends on: `denied unless …; allowed at ou:… only if …`."""
    denied = [tuple(predicates_in(each.formula)) for level in found for each in level.denials]
    sentences = [f"denied{words.condition_clause(each)}" for each in _weakest(denied)]
    for level in found:
        if not isinstance(level.allow, bool):
            options = level.allow.parts if isinstance(level.allow, AnyOf) else (level.allow,)
            options_text = " or ".join(words.conjunction(predicates_in(each)) for each in options)
            sentences.append(f"allowed at {level.name} only if {options_text}")
    return "; ".join(dict.fromkeys(sentences))


def _weakest(conjunctions: Sequence[tuple[Predicate, ...]]) -> list[tuple[Predicate, ...]]:
    """Those that are implied by no other one: a denial if A includes a denial if A and B."""
    sets = [frozenset(each) for each in conjunctions]
    return [each for each, mine in zip(conjunctions, sets, strict=True) if not any(other < mine for other in sets)]
