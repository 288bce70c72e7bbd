"""Whether a change can give anyone a permission, or take one away: proven, refuted with an example, or neither.

A claim about some accounts is about every request that the SCPs above one of them (as the caller's account) or the RCPs
above one of them (as the account that owns the resource) see. `no-gain` is false where one of these denied a request
before that is allowed after; what changes above the other account of the two counts for that account, not for this one.

`proven` rests on a finite set of requests that has one of every kind which policies can tell apart:

- Actions: those in a class are in the same statements of all policies that count (`masks`); the catalogue has a place
  for what it does not list. Classes that nothing may widen (`difference`) need no search. `sts:GetCallerIdentity` is
  always allowed, and who signs in with `sts:AssumeRoleWithSAML` is no principal.
- Callers and owners: `callers` has every kind, `accounts` an account of every class.
- Resources and all other context keys: `domain` has every combination of truths that the conditions on a key can have,
  and `satisfy` combines those of all keys. That keys depend on each other is left out, as is what policy variables
  become: so there can be fewer requests than are tried, never more.

So where nothing makes "allowed after and denied before" true, no request does. `refuted` always has an example that
`decide` confirms and that can be asked: its keys agree with each other (`example`). What cannot be shown either way, or
not within bounds, is `not_proven`, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

from reconciler.model.address import Address
from reconciler.model.base import Frozen
from reconciler.model.plan import Claim
from reconciler.policy.evaluation.chains import Chain, Organization
from reconciler.policy.evaluation.evaluate import Verdict
from reconciler.policy.impact.comparison import Run
from reconciler.policy.language.catalogue import Catalogue, catalogue
from reconciler.policy.language.context import Place, Request

_SOMEWHERE = "000000000000"
"""The id of an account that has none yet."""


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


def prove(
    claim: Claim,
    before: Organization,
    after: Organization,
    accounts: Iterable[Address] | None = None,
    *,
    actions: Catalogue | None = None,
) -> Proof:
    """The answer to the claim about these accounts (all without them) as far as they are in both organizations."""
    asked = [each for each in (after.chains if accounts is None else accounts) if each in before.chains]
    asked = [each for each in asked if each in after.chains]
    narrow, wide = (before, after) if claim == "no-gain" else (after, before)
    run = Run(_with_ids(narrow), _with_ids(wide), actions or catalogue())
    for account in asked:
        found = run.example(account)
        if found is not None:
            first, last = ("denied", "allowed") if claim == "no-gain" else ("allowed", "denied")
            example = Example.model_validate({"account": account, "request": found, "before": first, "after": last})
            return Proof(claim=claim, verdict="refuted", accounts=len(asked), example=example)
    if run.reasons:
        return Proof(claim=claim, verdict="not_proven", accounts=len(asked), reason="; ".join(run.reasons))
    return Proof(claim=claim, verdict="proven", accounts=len(asked))


def no_gain(
    before: Mapping[Address, Chain],
    after: Mapping[Address, Chain],
    *,
    place: Place | None = None,
    actions: Catalogue | None = None,
) -> Proof:
    """Whether no request is allowed after that was denied before, for every account in both."""
    place = place or Place()
    return prove("no-gain", Organization(before, place), Organization(after, place), actions=actions)


def no_loss(
    before: Mapping[Address, Chain],
    after: Mapping[Address, Chain],
    *,
    place: Place | None = None,
    actions: Catalogue | None = None,
) -> Proof:
    """Whether no request is denied after that was allowed before, for every account in both."""
    place = place or Place()
    return prove("no-loss", Organization(before, place), Organization(after, place), actions=actions)


def _with_ids(organization: Organization) -> Organization:
    """The same with an id for every account, all of them known to be in the organization."""
    chains = {
        account: chain if chain.account_id else replace(chain, account_id=_SOMEWHERE)
        for account, chain in organization.chains.items()
    }
    place = organization.place
    ids = place.account_ids | {chain.account_id or _SOMEWHERE for chain in chains.values()}
    return Organization(chains, replace(place, account_ids=ids))
