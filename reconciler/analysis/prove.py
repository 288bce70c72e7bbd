"""Whether a change can give anyone a permission, or take one away: proven, refuted with an example, or neither.

`proven` covers every request: of principals of the account to resources anywhere, and of anyone to resources of the
account; all actions of the catalogue and, through its unlisted bits, all others. `refuted` always has an example that
`decide` confirms. What cannot be shown either way within bounds is `not_proven`, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Literal

from reconciler.analysis.asking import ways_to_ask
from reconciler.analysis.catalogue import UNLISTED, Catalogue, catalogue
from reconciler.analysis.chains import Chain
from reconciler.analysis.context import Place, Request
from reconciler.analysis.difference import Part, difference
from reconciler.analysis.evaluate import Verdict, decide, permission
from reconciler.analysis.formula import all_of, negation
from reconciler.analysis.masks import Masks, Side, SideName, patterns_in, policies_in
from reconciler.analysis.satisfy import Search
from reconciler.model.address import Address
from reconciler.model.base import Frozen

Claim = Literal["no-gain", "no-loss"]

_SOMEWHERE = "000000000000"
"""The id of an account that has none yet."""
_MOST_EXAMPLES = 50
"""How many examples of one request are put to the evaluator before it is given up."""
_SIDES: tuple[SideName, ...] = ("scp", "rcp")


class Example(Frozen):
    """A request that is decided differently before and after, asked with a closed context."""

    account: Address
    request: Request
    before: Verdict
    after: Verdict


class Proof(Frozen):
    """The answer to one claim about some accounts; `example` where it is refuted, `reason` where it is not proven."""

    claim: Claim
    verdict: Literal["proven", "refuted", "not_proven"]
    accounts: int
    example: Example | None = None
    reason: str | None = None


def no_gain(
    before: Mapping[Address, Chain],
    after: Mapping[Address, Chain],
    *,
    place: Place | None = None,
    actions: Catalogue | None = None,
) -> Proof:
    """Whether no request is allowed after that was denied before, for every account in both."""
    return _prove("no-gain", before, after, place or Place(), actions)


def no_loss(
    before: Mapping[Address, Chain],
    after: Mapping[Address, Chain],
    *,
    place: Place | None = None,
    actions: Catalogue | None = None,
) -> Proof:
    """Whether no request is denied after that was allowed before, for every account in both."""
    return _prove("no-loss", before, after, place or Place(), actions)


def _prove(
    claim: Claim,
    before: Mapping[Address, Chain],
    after: Mapping[Address, Chain],
    place: Place,
    actions: Catalogue | None,
) -> Proof:
    accounts = [each for each in after if each in before]
    policies = policies_in(each for chains in (before, after) for each in chains.values())
    masks = Masks((actions or catalogue()).including(dict.fromkeys(patterns_in(policies))))
    reasons: dict[str, None] = {}
    tried: set[tuple[Side, ...]] = set()
    for account in accounts:
        old, new = (before[account], after[account]) if claim == "no-gain" else (after[account], before[account])
        sides = tuple(masks.side(chain, name) for chain in (old, new) for name in _SIDES)
        if sides in tried:
            continue
        tried.add(sides)
        found = _Comparison(masks, old, new, place).example(reasons)
        if found is not None:
            first, last = ("denied", "allowed") if claim == "no-gain" else ("allowed", "denied")
            example = Example.model_validate({"account": account, "request": found, "before": first, "after": last})
            return Proof(claim=claim, verdict="refuted", accounts=len(accounts), example=example)
    if reasons:
        return Proof(claim=claim, verdict="not_proven", accounts=len(accounts), reason="; ".join(reasons))
    return Proof(claim=claim, verdict="proven", accounts=len(accounts))


class _Comparison:
    """Looks for a request which the chain `narrow` denies and the chain `wide` allows."""

    def __init__(self, masks: Masks, narrow: Chain, wide: Chain, place: Place) -> None:
        self._masks = masks
        self._narrow, self._wide = (replace(each, account_id=each.account_id or _SOMEWHERE) for each in (narrow, wide))
        self._place = place
        self._account = self._wide.account_id or _SOMEWHERE

    def example(self, reasons: dict[str, None]) -> Request | None:
        """The request, if there is one. Adds to `reasons` why it cannot be excluded that there is one."""
        for action in self._actions():
            ways = ways_to_ask(self._wide, self._narrow, self._account, action, self._place)
            for request in ways.requests:
                found = self._search(request, reasons)
                if found is not None:
                    return found
            reasons.update(dict.fromkeys(ways.gaps))
        return None

    def _actions(self) -> Iterator[str]:
        """An action for each class of actions that all statements treat alike and the chains may treat differently."""
        zone, masks = 0, set()
        for name in _SIDES:
            narrow, wide = self._masks.side(self._narrow, name), self._masks.side(self._wide, name)
            for side in (narrow, wide):
                masks |= set(_masks_of(side))
            for part in difference(narrow, wide):
                if _may_widen(part):
                    zone |= part.mask
        classes = [zone] if zone else []
        for mask in masks:
            classes = [part for each in classes for part in (each & mask, each & ~mask) if part]
        listed = self._masks.catalogue.listed
        classes.sort(key=lambda each: (not each & listed, -each.bit_count()))
        for each in classes:
            yield from self._representative(each & listed or each)

    def _representative(self, mask: int) -> Iterator[str]:
        name = self._masks.catalogue.name((mask & -mask).bit_length() - 1)
        if UNLISTED in name:
            yield name.replace(UNLISTED, "unlisted")
        yield name

    def _search(self, request: Request, reasons: dict[str, None]) -> Request | None:
        wide, context = permission(self._wide, request, place=self._place)
        narrow, _ = permission(self._narrow, request, place=self._place)
        search = Search(context)
        for assigned in islice(search.solutions(all_of((wide, negation(narrow)))), _MOST_EXAMPLES):
            found = request.model_copy(update=assigned)
            if self._verdict(self._wide, found) == "allowed" and self._verdict(self._narrow, found) == "denied":
                return found
            reasons["an example that was found could not be confirmed"] = None
        reasons.update(dict.fromkeys(search.gaps))
        return None

    def _verdict(self, chain: Chain, request: Request) -> Verdict:
        return decide(chain, request, place=self._place, closed_context=True).decision


def _may_widen(part: Part) -> bool:
    return part.change in ("gained", "relaxed") or part.allows


def _masks_of(side: Side) -> Iterator[int]:
    yield side.denied
    yield from (rule.mask for rule in side.denied_if)
    for allow in side.allowed_if:
        yield allow.allowed
        yield from (rule.mask for rule in allow.allowed_if)
