"""What a change of policies means for people: which actions each group of accounts loses, gains, or has only on a
condition from now on.

Exact over the whole catalogue of actions and, through its unlisted bits, for actions that are not in it. A loss or
gain is certain (`lost`, `gained`) or depends on the request (`restricted`, `relaxed`). That a statement is covered by
another one is recognised statement by statement; where only several together cover it, the change is reported although
it makes no difference. Nothing is ever left out: what `domain` cannot compare is taken to differ, and an account that
moves is compared at both places where conditions read its path. Accounts to which the same happens for the same
reasons form one group; chains that are equal are compared once. Where policies were not read that accounts lose or get
by a move, the change is not known, which is a line of its own (`unknown`).
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from reconciler.model.address import Address
from reconciler.model.impact import About, AccessChange, ActionSet, AllowList, Cause, Impact, ImpactLine, Risk, Version
from reconciler.policy.evaluation.chains import Chain, Level
from reconciler.policy.evaluation.evaluate import NEVER_DENIED
from reconciler.policy.impact.difference import Part, difference
from reconciler.policy.impact.masks import Masks, Side, SideName, allowed_by, denying, patterns_in, policies_in
from reconciler.policy.impact.risk import Risks, in_production
from reconciler.policy.impact.summary import Summarizer
from reconciler.policy.impact.unread import not_read, unknown_changes
from reconciler.policy.language.catalogue import Catalogue, catalogue
from reconciler.policy.language.conditions import Predicate, truth
from reconciler.policy.language.context import FEDERATED, SIGNING_IN, Context, OrganizationContext
from reconciler.policy.language.words import condition_clause, conjunction

_SIDES: tuple[tuple[SideName, About], ...] = (("scp", "principals"), ("rcp", "resources"))
_RANK = {"high": 0, "medium": 1, "low": 2}
_ORDER = {"lost": 0, "gained": 1, "restricted": 2, "relaxed": 3}


def impact(
    before: Mapping[Address, Chain],
    after: Mapping[Address, Chain],
    *,
    actions: Catalogue | None = None,
    protected: Iterable[str] = (),
    places: tuple[OrganizationContext, OrganizationContext] | None = None,
) -> tuple[Impact, ...]:
    """The impact on every account that is in both, the riskiest group first; empty where nothing changes.

    `protected` are the keys of policies whose statements are not to be lost (`guards.protected`). `places` has the
    organization before and after.
    """
    policies = policies_in(each for chains in (before, after) for each in chains.values())
    patterns = list(dict.fromkeys(patterns_in(policies)))
    universe = (actions or catalogue()).including(patterns)
    builder = _ImpactBuilder(universe, patterns, frozenset(protected))
    found = [
        builder.impact(group, about)
        for name, about in _SIDES
        for group in _groups(_Reasons(builder.masks, name), before, after, _moves(before, after, places))
    ]
    found += _not_known(before, after)
    return tuple(sorted(found, key=lambda each: (_RANK[each.risk], -len(each.accounts), each.about, each.accounts)))


def _not_known(before: Mapping[Address, Chain], after: Mapping[Address, Chain]) -> Iterator[Impact]:
    for unread, accounts in unknown_changes(before, after).items():
        yield Impact(
            about="principals" if unread.kind == "scp" else "resources",
            accounts=accounts,
            lines=(
                ImpactLine(
                    change="unknown",
                    actions=ActionSet(text="any action", count=0, include=("*",)),
                    risk="high",
                    why=not_read(unread),
                    text="not known what changes for any action",
                ),
            ),
            risk="high",
        )


class _Reason(NamedTuple):
    """What happens and why, whatever the actions: what accounts of a group have in common."""

    change: AccessChange
    predicates: tuple[Predicate, ...]
    allows: bool
    several: bool
    because: tuple[Cause, ...]
    allow_lists: tuple[AllowList, ...]
    where: str = ""


class _Group:
    """Accounts to which the same happens for the same reasons, with the actions of each reason."""

    def __init__(self, production: bool) -> None:
        self.production = production
        self.members: list[Address] = []
        self.masks: dict[_Reason, int] = {}
        self.varying: set[_Reason] = set()

    def add(self, members: Iterable[Address], masks: Mapping[_Reason, int]) -> None:
        self.members += members
        for reason, mask in masks.items():
            if self.masks.setdefault(reason, mask) != mask:
                self.masks[reason] |= mask
                self.varying.add(reason)


_Moves = Mapping[Address, tuple[str, str]]
"""The path of each account that moves, before and after."""


def _moves(
    before: Mapping[Address, Chain],
    after: Mapping[Address, Chain],
    places: tuple[OrganizationContext, OrganizationContext] | None,
) -> _Moves:
    found = {}
    for account in after if places else ():
        if account in before and places:
            chains = (before[account], after[account])
            old, new = (each.paths.get(chain.account_id or "") for each, chain in zip(places, chains, strict=True))
            if old and new and old != new:
                found[account] = (old, new)
    return found


def _groups(
    reasons: _Reasons, before: Mapping[Address, Chain], after: Mapping[Address, Chain], moves: _Moves
) -> Iterable[_Group]:
    alike: dict[tuple[object, ...], list[Address]] = defaultdict(list)
    for account, chain in after.items():
        if account in before:
            old, new = reasons.side(before[account]), reasons.side(chain)
            if old is not new or account in moves:
                names = reasons.policies(before[account]), reasons.policies(chain)
                alike[old, new, names, in_production(chain), moves.get(account)].append(account)
    differences = functools.cache(difference)
    groups: dict[tuple[bool, frozenset[_Reason]], _Group] = {}
    for members in alike.values():
        one, other = before[members[0]], after[members[0]]
        masks: dict[_Reason, int] = defaultdict(int)
        for part in differences(*reasons.sides(one, other, moves.get(members[0]))):
            masks[reasons.of(part, one, other)] |= part.mask
        for mask, reason in reasons.elsewhere(members, after, moves.get(members[0])):
            masks[reason] |= mask
        for reason in [reason for reason, mask in masks.items() if not mask & ~reasons.never_denied]:
            del masks[reason]
        if masks:
            production = in_production(other) and any(each.change in ("lost", "restricted") for each in masks)
            groups.setdefault((production, frozenset(masks)), _Group(production)).add(members, masks)
    return groups.values()


_OWN_PATH = {"scp": "aws:principalorgpaths", "rcp": "aws:resourceorgpaths"}
_OTHER_PATH = {"scp": "aws:resourceorgpaths", "rcp": "aws:principalorgpaths"}
_ELSEWHERE = {
    "scp": "for principals of other accounts on their resources, ",
    "rcp": "for their principals on resources of other accounts, ",
}


class _Reasons:
    """Finds the statements that cause the parts of a difference, on one side."""

    def __init__(self, masks: Masks, name: SideName) -> None:
        self._masks = masks
        self._name = name
        self._named: dict[int, tuple[str, ...]] = {}
        self.never_denied = masks.catalogue.union(NEVER_DENIED)

    def sides(self, before: Chain, after: Chain, path: tuple[str, str] | None) -> tuple[Side, Side]:
        """The policies above an account before and after; those of one that moves for where it is then."""
        old, new = self.side(before), self.side(after)
        return (old, new) if path is None else self._at(old, new, _OWN_PATH[self._name], path)

    def _at(self, old: Side, new: Side, key: str, path: tuple[str, str]) -> tuple[Side, Side]:
        contexts = (Context({key: (each,)}) for each in path)
        one, other = (self._masks.simplified(*each) for each in zip((old, new), contexts, strict=True))
        return one, other

    def elsewhere(
        self, members: list[Address], after: Mapping[Address, Chain], path: tuple[str, str] | None
    ) -> Iterator[tuple[int, _Reason]]:
        """What changes between accounts that move and all others, whose policies read the path of the other account:
        the actions, and why."""
        moving = set(members)
        others = {} if path is None else {self.side(each): each for key, each in after.items() if key not in moving}
        key = _OTHER_PATH[self._name]
        for side, chain in others.items():
            if not self._masks.depends_on(side, key):
                continue
            for part in difference(*self._at(side, side, key, path or ("", ""))):
                yield part.mask, self.of(part, chain, chain)._replace(where=_ELSEWHERE[self._name])

    def side(self, chain: Chain) -> Side:
        return self._masks.side(chain, self._name)

    def policies(self, chain: Chain) -> tuple[str, ...]:
        """The names of the policies above an account, since equal sides can come from different policies."""
        return tuple(name for level in chain.levels for name in self._names(level))

    def _names(self, level: Level) -> tuple[str, ...]:
        known = self._named.get(id(level))
        if known is None:
            policies = level.scps if self._name == "scp" else level.rcps
            known = self._named[id(level)] = tuple(each.key for each in policies if each.document.restricts)
        return known

    def of(self, part: Part, before: Chain, after: Chain) -> _Reason:
        """The reason for a part of the difference between these chains."""
        version: Version = "after" if part.change in ("lost", "restricted") else "before"
        missing = tuple(self._missing(part, after)) if self._name == "scp" and part.change == "lost" else ()
        chain = after if version == "after" else before
        because = dict.fromkeys(self._because(part, chain, version, of_all=bool(missing)))
        where = "" if self._name == "scp" else "on their resources, "
        return _Reason(part.change, part.predicates, part.allows, part.several, tuple(because), missing, where)

    def _because(self, part: Part, chain: Chain, version: Version, *, of_all: bool) -> Iterator[Cause]:
        """The statements that deny some of the actions, or with `of_all` each of them: where no SCP allows the actions,
        a Deny of a few of them is not the reason."""
        for policy, statement in denying(chain, self._name):
            rule = self._masks.rule(statement, of_rcp=self._name == "rcp")
            if of_all and rule and part.mask & ~rule.mask:
                continue
            certain = part.rule is None or part.change == "gained"
            if rule and (
                (not rule.predicates and rule.mask & part.mask) if certain else self._masks.is_behind(rule, part.rule)
            ):
                yield Cause(policy=policy.key, statement=statement.name, version=version)

    def _missing(self, part: Part, chain: Chain) -> Iterator[AllowList]:
        """The levels that are why something is lost: no SCP there allows it."""
        for level in chain.levels if chain.scps_enabled else ():
            allowed, perhaps, _ = allowed_by(map(self._masks.policy, level.scps))
            if part.mask & ~(allowed | perhaps):
                yield AllowList(level=level.name, scps=tuple(each.key for each in level.scps))


class _ImpactBuilder:
    """Builds the impact on groups of accounts."""

    def __init__(self, universe: Catalogue, patterns: Iterable[str], protected: frozenset[str]) -> None:
        self.masks = Masks(universe)
        self._risks = Risks(universe)
        self._summarize = Summarizer(universe, patterns)
        self._protected = protected

    def impact(self, group: _Group, about: About) -> Impact:
        """The group with a line for each of its reasons, the riskiest first."""
        lines = [
            self._line(reason, mask, group.production, reason in group.varying) for reason, mask in group.masks.items()
        ]
        lines.sort(key=lambda each: (_RANK[each.risk], _ORDER[each.change], each.text))
        accounts = tuple(sorted(group.members))
        return Impact(about=about, accounts=accounts, lines=tuple(lines), risk=lines[0].risk)

    def _line(self, reason: _Reason, mask: int, production: bool, varies: bool) -> ImpactLine:
        ended = self._ended_sign_in(reason, mask)
        risk, why = self._risk(reason, mask, production, ended)
        actions = self._summarize(mask)
        return ImpactLine(
            change=reason.change,
            actions=actions,
            condition=_condition(reason),
            because=reason.because,
            missing_allow_at=tuple(each.level for each in reason.allow_lists),
            allow_lists=reason.allow_lists,
            ends_sign_in=ended,
            risk=risk,
            why=why,
            varies=varies,
            text=_text(reason, actions),
        )

    def _risk(self, reason: _Reason, mask: int, production: bool, ended: tuple[str, ...]) -> tuple[Risk, str | None]:
        if ended:
            return "high", f"nobody can sign in any more with {' or '.join(ended)}"
        certain = reason.change in ("lost", "gained")
        if reason.change in ("lost", "restricted"):
            return self._risks.of_loss(mask, certain=certain, production=production)
        guarded = next((each.policy for each in reason.because if each.policy in self._protected), None)
        return self._risks.of_gain(mask, certain=certain, protected=guarded)

    def _ended_sign_in(self, reason: _Reason, mask: int) -> tuple[str, ...]:
        """The sign-in calls (SAML, web identity) that RCPs deny every caller from now on."""
        if reason.change not in ("lost", "restricted") or reason.allows or not reason.where.startswith("on their"):
            return ()
        names = self.masks.catalogue.names(mask & self.masks.catalogue.union(FEDERATED))
        return tuple(each for each in names if all(truth(one, SIGNING_IN) for one in reason.predicates))


def _condition(reason: _Reason) -> str | None:
    if reason.several:
        return "on conditions of other statements"
    if reason.allows:
        return f"only if {conjunction(reason.predicates)}"
    if reason.change == "relaxed" and reason.predicates:
        return f"if {conjunction(reason.predicates)}"
    return condition_clause(reason.predicates).strip() or None


def _text(reason: _Reason, actions: ActionSet) -> str:
    where, condition = reason.where, _condition(reason)
    if reason.allows and reason.change == "relaxed":
        return f"{where}allowed without the condition that {conjunction(reason.predicates)}: {actions.text}"
    if reason.allows:
        return f"{where}newly allowed {condition}: {actions.text}"
    match reason.change:
        case "lost":
            return f"{where}can no longer: {actions.text}"
        case "gained":
            but = f", {condition}" if reason.several else f", but denied {condition}" if condition else ""
            return f"{where}can newly{but}: {actions.text}"
        case "restricted":
            return f"{where}newly denied {condition}: {actions.text}"
        case _:
            return f"{where}no longer denied {condition}: {actions.text}"
