"""Callers and owners of resources: the kinds of requests that the conditions of policies distinguish.

A caller is a role, a user, the root user or a federated user of an account, an AWS service, or without
credentials (unsigned, or signing in). Of each, the context keys that the service sets together are known together:
aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalOrgID, aws:PrincipalOrgPaths, aws:PrincipalType, aws:username,
aws:PrincipalIsAWSService and aws:PrincipalServiceName. What is open in it (names and paths of roles and users, the
names of services, the other organization of an account outside) is left to the search. A session is treated as
its role. A service-linked role is none of them, for no policy applies to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from reconciler.policy.impact.accounts import Accounts, partitions
from reconciler.policy.language import patterns
from reconciler.policy.language.conditions import Predicate, keys_read
from reconciler.policy.language.context import (
    FEDERATED,
    SERVICE_ENDINGS,
    Found,
    Missing,
    OrganizationContext,
    PartlyKnown,
    Principal,
    foreign_organization,
)

_LINKED_PATH = patterns.pattern("arn:*:iam::*:role/aws-service-role/*")
_NAMELESS = patterns.pattern("*/")
_OF_RESOURCE = ("aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths")


class RequestKind(NamedTuple):
    """A kind of request: the caller, the account that owns the resource, and other known context keys. `others` are the
    accounts of the organization that can be the other one of the two, of which conditions do not distinguish any."""

    principal: Principal
    owner: str
    facts: Mapping[str, Found] = {}
    others: tuple[str, ...] = ()

    def about(self, account: str, other: str) -> RequestKind:
        """The same with another one of `others`, of which there is only this one then."""
        if other == account or other in (self.principal.account, self.owner):
            return self._replace(others=(other,))
        if self.owner != account:
            return self._replace(owner=other, others=(other,))
        return self._replace(principal=_moved(self.principal, other), others=(other,))


def own_requests(
    account: str, predicates: Sequence[Predicate], places: Sequence[OrganizationContext], action: str
) -> Iterator[RequestKind]:
    """The kinds of requests by principals of the account: on its own resources first, then on those of others. Raises
    `patterns.TooLargeError` where conditions distinguish too many accounts."""
    if action.lower() not in FEDERATED:
        yield from _with_and_without_resource(tuple(_own_requests(account, predicates, places)), predicates)


def _own_requests(
    account: str, predicates: Sequence[Predicate], places: Sequence[OrganizationContext]
) -> Iterator[RequestKind]:
    principals = tuple(principals_of(account, predicates, places))
    for principal in principals:
        yield RequestKind(principal, account, others=(account,))
    accounts = Accounts(predicates, "resource", places)
    for others in _classes(accounts, account, places):
        for principal in principals:
            yield RequestKind(principal, others[0], others=others)
    for outside in accounts.outside():
        for facts in _organizations("resource", predicates, places):
            for principal in principals:
                yield RequestKind(principal, outside, facts)


def requests_to_resources(
    account: str, predicates: Sequence[Predicate], places: Sequence[OrganizationContext], action: str
) -> Iterator[RequestKind]:
    """The kinds of requests on resources of the account: by its own principals first, then by all others. Raises
    `patterns.TooLargeError` where conditions distinguish too many accounts."""
    yield from _with_and_without_resource(
        tuple(_requests_to_resources(account, predicates, places, action)), predicates
    )


def _requests_to_resources(
    account: str, predicates: Sequence[Predicate], places: Sequence[OrganizationContext], action: str
) -> Iterator[RequestKind]:
    if action.lower() in FEDERATED:
        yield RequestKind(Principal("unsigned"), account)
        return
    for principal in principals_of(account, predicates, places):
        yield RequestKind(principal, account, others=(account,))
    accounts = Accounts(predicates, "principal", places)
    for others in _classes(accounts, account, places):
        for principal in principals_of(others[0], predicates, places):
            yield RequestKind(principal, account, others=others)
    for outside in accounts.outside():
        for facts in _organizations("principal", predicates, places):
            for principal in principals_of(outside, predicates, places):
                yield RequestKind(principal, account, facts)
    for ending in SERVICE_ENDINGS:
        tokens = patterns.literal(f".{ending}")
        yield RequestKind(Principal("service", service=PartlyKnown((patterns.STAR, *tokens), (tokens,))), account)
    yield RequestKind(Principal("unsigned"), account)


def _with_and_without_resource(kinds: Sequence[RequestKind], predicates: Sequence[Predicate]) -> Iterator[RequestKind]:
    """The kinds of requests as they are, then those without the owner of the resource: some actions do not have
    aws:ResourceAccount, aws:ResourceOrgID and aws:ResourceOrgPaths.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount
    """
    yield from kinds
    if any(key in _OF_RESOURCE for each in predicates for key in keys_read(each)):
        nothing = dict.fromkeys(_OF_RESOURCE, Missing.ABSENT)
        yield from (kind._replace(facts={**kind.facts, **nothing}) for kind in kinds)


def principals_of(
    account: str, predicates: Sequence[Predicate], places: Sequence[OrganizationContext]
) -> Iterator[Principal]:
    """Every kind of principal of an account."""
    for partition in partitions(predicates, places):
        iam, sts = f"arn:{partition}:iam::{account}:", f"arn:{partition}:sts::{account}:"
        role, user, federated = (
            (*patterns.literal(each), patterns.STAR) for each in (f"{iam}role/", f"{iam}user/", f"{sts}federated-user/")
        )
        yield Principal("role", account, PartlyKnown(role, (_LINKED_PATH, _NAMELESS)))
        yield Principal("user", account, PartlyKnown(user, (_NAMELESS,)))
        yield Principal("federated-user", account, PartlyKnown(federated, (_NAMELESS,)))
        yield Principal("root", account, f"{iam}root")


def _moved(principal: Principal, account: str) -> Principal:
    """The same kind of principal in another account."""
    old, arn = principal.account or "", principal.arn
    if isinstance(arn, PartlyKnown):
        at = "".join(each if len(each) == 1 else "*" for each in arn.accept).index(f":{old}:") + 1
        arn = replace(arn, accept=(*arn.accept[:at], *account, *arn.accept[at + len(old) :]))
    elif arn is not None:
        arn = arn.replace(f":{old}:", f":{account}:")
    return replace(principal, account=account, arn=arn)


def _classes(accounts: Accounts, account: str, places: Sequence[OrganizationContext]) -> Iterable[tuple[str, ...]]:
    """The accounts of the organization other than this one, by class."""
    known: dict[tuple[object, ...], tuple[str, ...]] = {}
    for other in sorted(frozenset[str]().union(*(place.account_ids for place in places)) - {account}):
        signature = accounts.signature(other)
        known[signature] = (*known.get(signature, ()), other)
    return known.values()


def _organizations(
    part: str, predicates: Sequence[Predicate], places: Sequence[OrganizationContext]
) -> Iterator[Mapping[str, Found]]:
    """An account outside of the organization is in none, or in another one."""
    keys = f"aws:{part}orgid", f"aws:{part}orgpaths"
    ours = places[-1].organization_id
    if ours is None or not any(each.key in keys for each in predicates):
        yield {}
        return
    yield dict.fromkeys(keys, Missing.ABSENT)
    yield dict(zip(keys, foreign_organization(ours), strict=True))
