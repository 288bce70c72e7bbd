"""Whether a change takes actions from one caller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from reconciler.model.address import Address
from reconciler.model.decision import Request
from reconciler.policy.evaluation.chains import Chain, OrganizationChains
from reconciler.policy.evaluation.evaluate import decide
from reconciler.policy.impact.masks import policies_in
from reconciler.policy.language import patterns
from reconciler.policy.language.conditions import patterns_of, predicates_of
from reconciler.policy.language.context import PartlyKnown, principal_of
from reconciler.policy.language.partition import parts

NEEDED = ("organizations:DescribeOrganization", "organizations:ListAccounts", "organizations:AttachPolicy")
"""The actions that the caller of an apply needs to undo it."""


class LostActions(NamedTuple):
    """The actions that a caller loses: surely, or for some of the roles that it may be. `account` is its own, `before`
    and `after` are what is above it."""

    account: Address
    surely: tuple[str, ...]
    perhaps: tuple[str, ...]
    before: Chain
    after: Chain


def lost_by(
    caller: str, before: OrganizationChains, after: OrganizationChains, actions: Iterable[str]
) -> LostActions | None:
    """What the caller, by ARN, may do before and can no longer do after, whatever else its requests have; `None` where
    its account is not in both organizations."""
    account = account_of(caller)
    chains = before.by_id.get(account), after.by_id.get(account)
    if chains[0] is None or chains[1] is None:
        return None
    surely, perhaps = [], []
    for action in actions:
        lost = [
            _verdict(after, action, each) == "denied"
            for each in _principals(caller, (chains[0], chains[1]))
            if _verdict(before, action, each) != "denied"
        ]
        if lost and all(lost):
            surely.append(action)
        elif any(lost):
            perhaps.append(action)
    return LostActions(chains[1].account, tuple(surely), tuple(perhaps), chains[0], chains[1])


def account_of(caller: str) -> str:
    """The id of the account of a principal, by ARN; empty where it has none."""
    sections = caller.split(":")
    return sections[4] if len(sections) > 4 else ""


def _verdict(organization: OrganizationChains, action: str, principal: str) -> str:
    chain = organization.by_id[principal.split(":")[4]]
    request = Request(account=chain.account, action=action, principal=principal)
    return decide(chain, request, place=organization.place, others=organization.by_id).decision


def _principals(caller: str, chains: Sequence[Chain]) -> Iterator[str]:
    """The caller, or for a session a role of each kind that policies distinguish by its possible path."""
    arn = principal_of(Request(account="", action="", principal=caller), None).arn
    if not isinstance(arn, PartlyKnown):
        yield caller
        return
    accepted = {
        pattern
        for policy in policies_in(chains)
        for statement in policy.document.statements
        for predicate in predicates_of(statement) or ()
        if predicate.key == "aws:principalarn"
        for pattern in patterns_of(predicate) or ()
    }
    try:
        yield from parts(accepted, arn.accept, arn.reject)
    except patterns.TooLargeError:
        yield caller
