"""What one account may be allowed newly: the search for a request that is denied in one organization and allowed in
another. `proof` has the argument that it is complete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from reconciler.model.address import Address
from reconciler.model.decision import Request
from reconciler.policy.evaluation.chains import AttachedPolicy, Chain, Level, OrganizationChains
from reconciler.policy.evaluation.evaluate import NEVER_DENIED, decide, matches_action, permission
from reconciler.policy.evaluation.formula import Formula, all_of, negation, predicates_in
from reconciler.policy.impact.accounts import Accounts, Part
from reconciler.policy.impact.callers import RequestKind, own_requests, requests_to_resources
from reconciler.policy.impact.difference import widened
from reconciler.policy.impact.example import requests
from reconciler.policy.impact.masks import Masks, Side, SideName, patterns_in, policies_in
from reconciler.policy.impact.satisfiability import Candidate, Search
from reconciler.policy.language import patterns
from reconciler.policy.language.catalogue import UNLISTED, Catalogue
from reconciler.policy.language.conditions import Predicate, keys_read, predicates_of
from reconciler.policy.language.context import FEDERATED, Context, OrganizationContext

Gaps = Mapping[str, None]
"""Why an example cannot be excluded, each reason once."""

_MOST_EXAMPLES = 40
"""How many examples of one kind of request are put to the evaluator before it is given up."""
_MOST_SEARCHES = 20_000
"""How many kinds of requests are searched for one claim."""
_MOST_STEPS = 500_000
"""How many steps all searches for one claim take."""

_ORGANIZATION_KEYS = frozenset(
    f"aws:{part}{key}" for part in ("principal", "resource") for key in ("orgid", "orgpaths")
)


class ClaimSearch:
    """Looks for requests that the organization `narrow` denies and the organization `wide` allows."""

    def __init__(self, narrow: OrganizationChains, wide: OrganizationChains, actions: Catalogue) -> None:
        policies = policies_in(each for one in (narrow, wide) for each in one.chains.values())
        universe = actions.including(dict.fromkeys(patterns_in(policies)))
        self.masks = Masks(universe)
        self.narrow, self.wide = narrow, wide
        self.places = (narrow.place, wide.place)
        self.reasons: dict[str, None] = dict.fromkeys(universe.gaps)
        self.impossible: set[tuple[object, ...]] = set()
        self.searches = self.steps = 0
        self._searched: set[tuple[object, ...]] = set()
        moved = _moved(narrow.place, wide.place)
        self.moved = moved & set(narrow.by_id) & set(wide.by_id)
        self.joined = moved & set(narrow.by_id) ^ moved & set(wide.by_id)
        self._predicates: dict[tuple[object, ...], tuple[Predicate, ...]] = {}

    def example(self, account: Address) -> Request | None:
        """A request of, or to, the account. Adds to `reasons` why it cannot be excluded that there is one."""
        for name in ("scp", "rcp"):
            found = AccountSearch(self, account, name).example()
            if found is not None:
                return found
        return None

    def is_new(self, comparison: AccountSearch) -> bool:
        """Whether no account of the same class was searched before."""
        key = comparison.key()
        known = key in self._searched
        self._searched.add(key)
        return not known

    def predicates(self, chains: Iterable[Chain], name: SideName, action: str | None = None) -> tuple[Predicate, ...]:
        """Those of all statements on one side of the chains (about the action)."""
        policies = tuple(_policies(chains, name))
        key = (action, *map(id, policies))
        if key not in self._predicates:
            self._predicates[key] = tuple(dict.fromkeys(_predicates(policies, action)))
        return self._predicates[key]


class AccountSearch:
    """One account and one side: the SCPs for what its principals do, the RCPs for what is done to its resources."""

    def __init__(self, run: ClaimSearch, account: Address, name: SideName) -> None:
        self._shared = run
        self._account = account
        self._name: SideName = name
        self._narrow, self._wide = run.narrow.chains[account], run.wide.chains[account]
        self._id = str(self._wide.account_id)
        self._sides = tuple(run.masks.side(chain, name) for chain in (self._narrow, self._wide))

    def key(self) -> tuple[object, ...]:
        """Equal for accounts that conditions do not distinguish."""
        of_all = self._shared.predicates((self._narrow, self._wide), self._name)
        parts: tuple[Part, ...] = ("principal", "resource")
        signatures = (Accounts(of_all, part, self._shared.places).signature(self._id) for part in parts)
        other: SideName = "rcp" if self._name == "scp" else "scp"
        sides = (*self._sides, self._shared.masks.side(self._wide, other))
        return (self._name, *map(id, sides), frozenset(of_all), *signatures)

    def example(self) -> Request | None:
        zone = self._zone()
        if not zone or not self._shared.is_new(self):
            return None
        for mask, action in self._actions(zone, self._sides):
            predicates = self._shared.predicates((self._narrow, self._wide), self._name, action)
            kinds_of = own_requests if self._name == "scp" else requests_to_resources
            try:
                for kind in kinds_of(self._id, predicates, self._shared.places, action):
                    found = self._of_kind(kind, mask, action)
                    if found is not None:
                        return found
            except patterns.TooLargeError:
                self._shared.reasons["conditions distinguish too many accounts"] = None
        return None

    def _zone(self) -> int:
        """The actions that may be allowed newly."""
        zone = widened(*self._sides)
        if self._shared.moved or self._shared.joined:
            placed = self._by_place()
            if placed and self._shared.joined:
                self._shared.reasons["accounts join or leave the organization, and conditions depend on that"] = None
            zone |= placed
        return zone

    def _by_place(self) -> int:
        """The actions whose decision depends on where in the organization accounts are."""
        mask = 0
        for policy in _policies((self._narrow, self._wide), self._name):
            for statement in policy.document.statements:
                keys = {key for each in predicates_of(statement) or () for key in keys_read(each)}
                rule = self._shared.masks.rule(statement, of_rcp=self._name == "rcp")
                if rule is not None and keys & _ORGANIZATION_KEYS:
                    mask |= rule.mask
        return mask

    def _actions(self, zone: int, sides: Iterable[Side]) -> Iterator[tuple[int, str]]:
        """An action for each class of actions in `zone` that the statements of the sides treat alike, and the class."""
        universe = self._shared.masks.catalogue
        classes = [zone]
        special = (*NEVER_DENIED, *FEDERATED, "kms:RetireGrant", "kms:*")
        for mask in {*map(universe.match, special), *(mask for side in sides for mask in _masks_of(side))}:
            classes = [part for each in classes for part in (each & mask, each & ~mask) if part]
        classes.sort(key=lambda each: (not each & universe.listed, -each.bit_count(), each))
        for each in classes:
            for action in self._representatives(each & universe.listed or each):
                if action.lower() not in NEVER_DENIED:
                    yield each, action

    def _representatives(self, mask: int) -> Iterator[str]:
        name = self._shared.masks.catalogue.name((mask & -mask).bit_length() - 1)
        if UNLISTED in name:
            yield name.replace(UNLISTED, "unlisted")
        yield name

    def _of_kind(self, kind: RequestKind, mask: int, action: str) -> Request | None:
        """An example of one kind of request: first as if only this side of this account counted, then with the
        policies above the other account."""
        found, possible = self._search(kind, action, None)
        if found is not None or not possible:
            return found
        # Policies of resources do not apply to AWS managed keys, which only the resource shows.
        managed = self._name == "scp" and action.lower().startswith("kms:")
        gaps: dict[str, None] = dict(possible) if managed or not kind.others else {}
        for other in self._by_policies(kind.others, action):
            side = self._shared.masks.side(self._shared.wide.by_id[other], "rcp" if self._name == "scp" else "scp")
            for _, each in self._actions(mask, (*self._sides, side)):
                found, possible = self._search(kind.about(self._id, other), each, other)
                if found is not None:
                    return found
                gaps |= possible
        self._shared.reasons |= gaps
        return None

    def _by_policies(self, others: Iterable[str], action: str) -> Iterable[str]:
        """One account for all that have the same policies above them on their side of the request."""
        name: SideName = "rcp" if self._name == "scp" else "scp"
        part: Part = "resource" if self._name == "scp" else "principal"
        known: dict[tuple[object, ...], str] = {}
        for other in others:
            chain = self._shared.wide.by_id.get(other)
            if chain is None:
                continue
            predicates = self._shared.predicates((chain,), name, action)
            key = (
                id(self._shared.masks.side(chain, name)),
                Accounts(predicates, part, self._shared.places).signature(other),
            )
            known.setdefault(key, other)
        return known.values()

    def _search(self, kind: RequestKind, action: str, other: str | None) -> tuple[Request | None, Gaps]:
        """A confirmed example, or why there may be one: nothing where there is none for sure. Without `other`, only the
        policies on this side of this account count."""
        formula, context = self._formula(kind, action, other)
        if formula is False:
            return None, {}
        keys = {key for each in predicates_in(formula) for key in keys_read(each)}
        open_keys = tuple((key, context.find(key)) for key in sorted(keys))
        if (formula, open_keys) in self._shared.impossible:
            return None, {}
        self._shared.searches += 1
        if self._shared.searches > _MOST_SEARCHES or self._shared.steps > _MOST_STEPS:
            return None, {"too many kinds of requests to search": None}
        found, gaps = self._found(kind, action, formula, context)
        if found is None and not gaps:
            self._shared.impossible.add((formula, open_keys))
        return found, gaps

    def _formula(self, kind: RequestKind, action: str, other: str | None) -> tuple[Formula, Context]:
        """When a request of this kind is allowed by `wide` and denied by `narrow`, and what is known of it."""
        request = Request(account=self._account, action=action, resource_account=kind.owner)
        run = self._shared
        alone = _without_rcps if self._name == "scp" else _without_scps
        narrow, once = permission(
            alone(self._narrow), request, place=run.narrow.place, principal=kind.principal, facts=kind.facts
        )
        wide, now = permission(
            alone(self._wide) if other is None else self._wide,
            request,
            place=run.wide.place,
            others={} if other is None else {other: run.wide.by_id[other]},
            principal=kind.principal,
            facts=kind.facts,
        )
        known = {key: found for key, found in now.known.items() if once.find(key) == found}
        return all_of((wide, negation(narrow))), replace(now, known=known)

    def _found(self, kind: RequestKind, action: str, formula: Formula, context: Context) -> tuple[Request | None, Gaps]:
        search = Search(context)
        possible = list(islice(search.candidates(formula), _MOST_EXAMPLES))
        self._shared.steps += search.steps
        if not possible and not search.gaps:
            return None, {}
        for each in possible:
            if each.is_concrete:
                given = {key: found for key, found in each.found.items() if found is not None}
                for request in requests(self._account, action, kind, given):
                    if self._is_example(request):
                        return request, {}
        if any(each.guessed for each in possible):
            for given in islice(search.examples(formula), _MOST_EXAMPLES):
                for request in requests(self._account, action, kind, given):
                    if self._is_example(request):
                        return request, {}
        return None, search.gaps | dict.fromkeys(map(_why, possible[:1]))

    def _is_example(self, request: Request) -> bool:
        verdicts = []
        for one in (self._shared.narrow, self._shared.wide):
            chain = one.chains[self._account]
            decision = decide(chain, request, place=one.place, others=one.by_id, closed_context=True)
            verdicts.append(decision.decision)
        return verdicts == ["denied", "allowed"]


def _why(possible: Candidate) -> str:
    """Why what seems possible is no example."""
    if possible.guessed:
        keys = dict.fromkeys(each.shown or each.key for each in possible.guessed)
        return f"conditions on {', '.join(keys)} that cannot be compared (policy variables, operators, many patterns)"
    unknown = [key for key, found in possible.found.items() if found is None]
    if unknown:
        return f"no value of {', '.join(unknown)} is known that would make the difference"
    return "an example that was found could not be confirmed"


def _moved(narrow: OrganizationContext, wide: OrganizationContext) -> set[str]:
    """The accounts that are not at the same place in both."""
    ids = narrow.account_ids | wide.account_ids
    return {
        each
        for each in ids
        if narrow.paths.get(each) != wide.paths.get(each) or (each in narrow.account_ids) != (each in wide.account_ids)
    }


def _without_rcps(chain: Chain) -> Chain:
    return replace(chain, levels=tuple(Level(each.name, each.scps) for each in chain.levels))


def _without_scps(chain: Chain) -> Chain:
    return replace(chain, scps_enabled=False)


def _policies(chains: Iterable[Chain], name: SideName) -> Iterator[AttachedPolicy]:
    """Every policy on one side of the chains, each once."""
    levels = {id(level): level for chain in chains if not chain.management for level in chain.levels}
    policies = (each for level in levels.values() for each in (level.scps if name == "scp" else level.rcps))
    return iter({id(each): each for each in policies}.values())


def _predicates(policies: Iterable[AttachedPolicy], action: str | None) -> Iterator[Predicate]:
    for policy in policies:
        for statement in policy.document.statements:
            if action is None or matches_action(statement, action.lower()):
                yield from predicates_of(statement) or ()


def _masks_of(side: Side) -> Iterator[int]:
    yield side.denied
    yield from (rule.mask for rule in side.denied_if)
    for allow in side.allowed_if:
        yield allow.allowed
        yield from (rule.mask for rule in allow.allowed_if)
