"""Policies as sets of actions: what a chain of levels denies for certain, and what it denies on a condition.

Equal meanings are the same object, whichever inventory or account they come from, so comparing what is above two
accounts is comparing identities. Objects are numbered in the order of their creation: sets of them are iterated
in it, so that the same input gives the same output in every process. SCPs (what the principals of an account
may do) and RCPs (what may be done to its resources) are two sides that are never mixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

from reconciler.policy.evaluation.chains import AttachedPolicy, Chain, Level
from reconciler.policy.language.catalogue import Catalogue
from reconciler.policy.language.conditions import Predicate, predicates_of, truth
from reconciler.policy.language.context import OWN_PRINCIPAL, Context
from reconciler.policy.language.statements import RCP_SERVICES, Statement

SideName = Literal["scp", "rcp"]


@dataclass(frozen=True, eq=False, slots=True)
class Rule:
    """One or more equal statements: these actions, when all the predicates hold."""

    mask: int
    predicates: tuple[Predicate, ...]
    number: int


@dataclass(frozen=True, eq=False, slots=True)
class PolicyMasks:
    """One policy: what it allows and denies for certain, and on conditions."""

    allowed: int
    allowed_if: tuple[Rule, ...]
    denied: int
    denied_if: tuple[Rule, ...]
    number: int


@dataclass(frozen=True, eq=False, slots=True)
class ConditionalAllow:
    """A level that allows some actions only on conditions: `allowed` are those it allows for certain."""

    allowed: int
    allowed_if: tuple[Rule, ...]
    number: int


@dataclass(frozen=True, eq=False, slots=True)
class Side:
    """Everything above an account: `denied` is what is denied for certain (by a statement, or by a missing Allow at
    some level), `denied_if` and `allowed_if` what depends on conditions."""

    denied: int
    denied_if: frozenset[Rule]
    allowed_if: frozenset[ConditionalAllow]


class Masks:
    """Compiles policies, levels and chains to masks, each meaning once.

    The chains that are passed in must stay alive as long as this object: they are known by identity.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._rcp_reach = catalogue.union(f"{service}:*" for service in RCP_SERVICES) & ~catalogue.match(
            "kms:RetireGrant"
        )
        self._rules: dict[tuple[int, tuple[Predicate, ...]], Rule] = {}
        self._statements: dict[tuple[int, bool], Rule | None] = {}
        self._policies: dict[int, PolicyMasks] = {}
        self._same_policies: dict[object, PolicyMasks] = {}
        self._allows: dict[object, ConditionalAllow] = {}
        self._levels: dict[tuple[int, SideName], tuple[PolicyMasks, ...]] = {}
        self._chains: dict[tuple[int, SideName], tuple[Chain, Side]] = {}
        """By the identity of the chain, which is kept here so that no other one gets it."""
        self._sides: dict[object, Side] = {}
        self._same_sides: dict[object, Side] = {}
        self.nothing = Side(0, frozenset(), frozenset())
        self._simplified_from: dict[Rule, set[Rule]] = {}

    def side(self, chain: Chain, name: SideName) -> Side:
        """The policies above the account of a chain."""
        if chain.management or (name == "scp" and not chain.scps_enabled):
            return self.nothing
        key = (id(chain), name)
        if key not in self._chains:
            side = self.nothing
            for level in chain.levels:
                side = self._with_level(side, self._level(level, name), name)
            self._chains[key] = (chain, side)
        return self._chains[key][1]

    def depends_on(self, side: Side, key: str) -> bool:
        """False only where the value of a context key, in lower case, makes no difference."""
        rules = (*side.denied_if, *(rule for allow in side.allowed_if for rule in allow.allowed_if))
        return any(each.key == key or each.variables for rule in rules for each in rule.predicates)

    def simplified(self, side: Side, context: Context) -> Side:
        """The side for requests of which the context is known."""
        denied, denied_if, allowed_if = side.denied, [], []
        for rule in in_order(side.denied_if):
            rest = self._simplified(rule, context)
            if rest is not None and rest.predicates:
                denied_if.append(rest)
            elif rest is not None:
                denied |= rest.mask
        for allow in in_order(side.allowed_if):
            rules = [rest for each in allow.allowed_if if (rest := self._simplified(each, context)) is not None]
            allowed = perhaps = allow.allowed
            for rule in rules:
                perhaps |= rule.mask
                allowed |= 0 if rule.predicates else rule.mask
            denied |= self.catalogue.everything & ~perhaps
            if perhaps & ~allowed:
                allowed_if.append(self._allow(allowed, _unique(each for each in rules if each.predicates)))
        return self._same_side(denied, frozenset(denied_if), frozenset(allowed_if))

    def _simplified(self, rule: Rule, context: Context) -> Rule | None:
        truths = [(each, truth(each, context)) for each in rule.predicates]
        if any(known is False for _, known in truths):
            return None
        found = self._same_rule(rule.mask, tuple(each for each, known in truths if known is None))
        self._simplified_from.setdefault(found, set()).add(rule)
        return found

    def is_behind(self, rule: Rule, other: Rule | None) -> bool:
        """Whether the second rule is the first, or what is left of it for some requests."""
        return rule is other or (other is not None and rule in self._simplified_from.get(other, ()))

    def policy(self, policy: AttachedPolicy) -> PolicyMasks:
        """One policy by itself."""
        known = self._policies.get(id(policy))
        if known is None:
            known = self._policies[id(policy)] = self._policy(policy)
        return known

    def rule(self, statement: Statement, *, of_rcp: bool) -> Rule | None:
        """One statement; `None` where it is about nothing."""
        known = self._statements.get((id(statement), of_rcp), self)
        if not isinstance(known, Masks):
            return known
        rule = self._statements[id(statement), of_rcp] = self._rule(statement, of_rcp)
        return rule

    def _rule(self, statement: Statement, of_rcp: bool) -> Rule | None:
        mask = self._mask(statement) & (self._rcp_reach if of_rcp else -1)
        predicates = predicates_of(statement)
        if predicates is not None and not of_rcp:
            predicates = _of_own_principals(predicates)
        if not mask or predicates is None:
            return None
        return self._same_rule(mask, tuple(sorted(predicates, key=_order)))

    def _same_rule(self, mask: int, predicates: tuple[Predicate, ...]) -> Rule:
        return self._rules.setdefault((mask, predicates), Rule(mask, predicates, len(self._rules)))

    def _allow(self, allowed: int, rules: tuple[Rule, ...]) -> ConditionalAllow:
        return self._allows.setdefault((allowed, rules), ConditionalAllow(allowed, rules, len(self._allows)))

    def _mask(self, statement: Statement) -> int:
        if statement.actions is not None:
            return self.catalogue.union(statement.actions)
        return self.catalogue.everything & ~self.catalogue.union(statement.not_actions or ())

    def _policy(self, policy: AttachedPolicy) -> PolicyMasks:
        sure: dict[str, int] = {"Allow": 0, "Deny": 0}
        conditional: dict[str, list[Rule]] = {"Allow": [], "Deny": []}
        for statement in policy.document.statements:
            rule = self.rule(statement, of_rcp=policy.type == "rcp")
            if rule is None:
                continue
            if rule.predicates:
                conditional[statement.effect].append(rule)
            else:
                sure[statement.effect] |= rule.mask
        key = (sure["Allow"], _unique(conditional["Allow"]), sure["Deny"], _unique(conditional["Deny"]))
        return self._same_policies.setdefault(key, PolicyMasks(*key, len(self._same_policies)))

    def _level(self, level: Level, name: SideName) -> tuple[PolicyMasks, ...]:
        key = (id(level), name)
        known = self._levels.get(key)
        if known is None:
            policies = level.scps if name == "scp" else level.rcps
            known = self._levels[key] = tuple(in_order({self.policy(each) for each in policies}))
        return known

    def _with_level(self, above: Side, level: tuple[PolicyMasks, ...], name: SideName) -> Side:
        key = (id(above), *map(id, level), name)
        known = self._sides.get(key)
        if known is None:
            known = self._sides[key] = self._same_side(*self._joined(above, level, name))
        return known

    def _same_side(self, denied: int, denied_if: frozenset[Rule], allowed_if: frozenset[ConditionalAllow]) -> Side:
        return self._same_sides.setdefault((denied, denied_if, allowed_if), Side(denied, denied_if, allowed_if))

    def _joined(
        self, above: Side, level: tuple[PolicyMasks, ...], name: SideName
    ) -> tuple[int, frozenset[Rule], frozenset[ConditionalAllow]]:
        denied, allowed_if = above.denied, above.allowed_if
        for policy in level:
            denied |= policy.denied
        if name == "scp":
            allowed, perhaps, rules = allowed_by(level)
            denied |= self.catalogue.everything & ~(allowed | perhaps)
            if perhaps & ~allowed:
                allowed_if |= {self._allow(allowed, rules)}
        denied_if = above.denied_if.union(*(policy.denied_if for policy in level))
        return denied, denied_if, allowed_if


def allowed_by(level: Iterable[PolicyMasks]) -> tuple[int, int, tuple[Rule, ...]]:
    """What the SCPs of a level allow for certain, what they allow on conditions, and those conditions."""
    allowed = perhaps = 0
    rules: list[Rule] = []
    for policy in level:
        allowed |= policy.allowed
        rules += policy.allowed_if
    for rule in rules:
        perhaps |= rule.mask
    return allowed, perhaps, _unique(rules)


def denying(chain: Chain, name: SideName) -> Iterator[tuple[AttachedPolicy, Statement]]:
    """Every statement above the account that denies, with its policy, the root's first."""
    if chain.management or (name == "scp" and not chain.scps_enabled):
        return
    for level in chain.levels:
        for policy in level.scps if name == "scp" else level.rcps:
            for statement in policy.document.statements:
                if statement.effect == "Deny":
                    yield policy, statement


def patterns_in(policies: Iterable[AttachedPolicy]) -> Iterator[str]:
    """Every action pattern that the policies write."""
    for policy in policies:
        for statement in policy.document.statements:
            yield from statement.actions or ()
            yield from statement.not_actions or ()


def policies_in(chains: Iterable[Chain]) -> list[AttachedPolicy]:
    """Every policy of the chains, each once."""
    levels = {id(level): level for chain in chains for level in chain.levels}
    return list({id(each): each for level in levels.values() for each in (*level.scps, *level.rcps)}.values())


def _unique(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(in_order(set(rules)))


N = TypeVar("N", Rule, ConditionalAllow, PolicyMasks)


def in_order(found: Iterable[N]) -> list[N]:
    """The members of a set in the order of their numbers."""
    return sorted(found, key=lambda each: each.number)


def _of_own_principals(predicates: tuple[Predicate, ...]) -> tuple[Predicate, ...] | None:
    """The predicates that are open for requests that SCPs apply to: the caller is never an AWS service. `None` where
    the statement does not apply to them."""
    truths = [(each, truth(each, OWN_PRINCIPAL)) for each in predicates]
    return (
        None if any(known is False for _, known in truths) else tuple(each for each, known in truths if known is None)
    )


def _order(predicate: Predicate) -> tuple[str, str, str, bool, tuple[str, ...]]:
    return predicate.key, predicate.name, predicate.qualifier or "", predicate.if_exists, predicate.values
