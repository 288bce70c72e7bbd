"""Whether a change can add or remove a permission: proven, refuted with an example, or neither.

A claim about some accounts is about every request to which the SCPs above one of them (as the caller's account) or the
RCPs above one of them (as the account that owns the resource) apply. `no-gain` is false where such a request was denied
before and is allowed after; what changes above the other account of the two counts for that account, not for this one.

`proven` rests on a finite set of requests that has one of every kind that policies distinguish:

- Actions: those in a class are in the same statements of all policies that count (`masks`); the catalogue has a place
  for what it does not list. Classes that nothing may widen (`difference`) need no search. `sts:GetCallerIdentity` is
  always allowed, and who signs in with `sts:AssumeRoleWithSAML` is no principal.
- Callers and owners: `callers` has every kind, `accounts` an account of every class.
- Resources and all other context keys: `domain` has every combination of truths that the conditions on a key can have,
  and `satisfiability` combines those of all keys. That keys depend on each other is left out, as is what policy
  variables become: so there can be fewer requests than are tried, never more.

So where nothing makes "allowed after and denied before" true, no request does. `refuted` always has an example that
`decide` confirms and that is valid: its keys are consistent (`example`). What cannot be shown either way, or
not within bounds, is `not_proven`, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconciler.model.address import Address
from reconciler.model.impact import Claim, ClaimProof, CounterExample
from reconciler.policy.evaluation.chains import OrganizationChains
from reconciler.policy.impact.claim_search import ClaimSearch
from reconciler.policy.language.catalogue import Catalogue, catalogue

_SOMEWHERE = "000000000000"
"""The id of an account that has none yet."""


def prove(
    claim: Claim,
    before: OrganizationChains,
    after: OrganizationChains,
    accounts: Iterable[Address] | None = None,
    *,
    actions: Catalogue | None = None,
) -> ClaimProof:
    """The answer to the claim about these accounts (all without them) as far as they are in both organizations."""
    both = before.chains.keys() & after.chains.keys()
    claimed = [each for each in (after.chains if accounts is None else accounts) if each in both]
    narrow, wide = (before, after) if claim == "no-gain" else (after, before)
    run = ClaimSearch(_with_ids(narrow), _with_ids(wide), actions or catalogue())
    for account in claimed:
        found = run.example(account)
        if found is not None:
            first, last = ("denied", "allowed") if claim == "no-gain" else ("allowed", "denied")
            example = CounterExample.model_validate(
                {"account": account, "request": found, "before": first, "after": last}
            )
            return ClaimProof(claim=claim, verdict="refuted", accounts=len(claimed), example=example)
    if run.reasons:
        return ClaimProof(claim=claim, verdict="not_proven", accounts=len(claimed), reason="; ".join(run.reasons))
    return ClaimProof(claim=claim, verdict="proven", accounts=len(claimed))


def _with_ids(organization: OrganizationChains) -> OrganizationChains:
    """The same with an id for every account, all of them known to be in the organization."""
    chains = {
        account: chain if chain.account_id else replace(chain, account_id=_SOMEWHERE)
        for account, chain in organization.chains.items()
    }
    place = organization.place
    ids = place.account_ids | {chain.account_id or _SOMEWHERE for chain in chains.values()}
    return OrganizationChains(chains, replace(place, account_ids=ids))
