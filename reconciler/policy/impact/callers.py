"""Who can call, and on whose resource: the kinds of requests that the conditions of policies can tell apart.

A caller is a role, a user, the root user or a federated user of an account, an AWS service, or nobody (unsigned, or
signing in). Of each, what the service fills into the context together is known together: aws:PrincipalArn,
aws:PrincipalAccount, aws:PrincipalOrgID, aws:PrincipalOrgPaths, aws:PrincipalType, aws:username,
aws:PrincipalIsAWSService and aws:PrincipalServiceName. What is open in it (names and paths of roles and users, the
names of services, the other organization of an account outside) is left to the search. A session is its role here. A
service-linked role is none of them, for no policy applies to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from reconciler.policy.impact.accounts import Accounts, partitions
from reconciler.policy.language import glob
from reconciler.policy.language.condition import Predicate, keys_read
from reconciler.policy.language.context import (
    FEDERATED,
    SERVICE_ENDINGS,
    Found,
    Missing,
    Place,
    Principal,
    Some,
    foreign_organization,
)

_LINKED_PATH = glob.glob("arn:*:iam::*:role/aws-service-role/*")
_NAMELESS = glob.glob("*/")
_OF_RESOURCE = ("aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths")


class Way(NamedTuple):
    """A kind of request: who calls, the account that owns the resource, and what else is known then. `others` are the
    accounts of the organization that can be the other one of the two, as the conditions take them all alike."""

    principal: Principal
    owner: str
    facts: Mapping[str, Found] = {}
    others: tuple[str, ...] = ()

    def about(self, account: str, other: str) -> Way:
        """The same with another one of `others`, of which there is only this one then."""
        if other == account or other in (self.principal.account, self.owner):
            return self._replace(others=(other,))
        if self.owner != account:
            return self._replace(owner=other, others=(other,))
        return self._replace(principal=_moved(self.principal, other), others=(other,))


def own_ways(account: str, predicates: Sequence[Predicate], places: Sequence[Place], action: str) -> Iterator[Way]:
    """The kinds of requests by principals of the account: on its own resources first, then on those of others. Raises
    `glob.TooLargeError` where conditions tell too many accounts apart."""
    if action.lower() not in FEDERATED:
        yield from _with_and_without_resource(tuple(_own_ways(account, predicates, places)), predicates)


def _own_ways(account: str, predicates: Sequence[Predicate], places: Sequence[Place]) -> Iterator[Way]:
    principals = tuple(principals_of(account, predicates, places))
    for principal in principals:
        yield Way(principal, account, others=(account,))
    accounts = Accounts(predicates, "resource", places)
    for others in _classes(accounts, account, places):
        for principal in principals:
            yield Way(principal, others[0], others=others)
    for outside in accounts.outside():
        for facts in _organizations("resource", predicates, places):
            for principal in principals:
                yield Way(principal, outside, facts)


def ways_to_resources(
    account: str, predicates: Sequence[Predicate], places: Sequence[Place], action: str
) -> Iterator[Way]:
    """The kinds of requests on resources of the account: by its own principals first, then by anyone else. Raises
    `glob.TooLargeError` where conditions tell too many accounts apart."""
    yield from _with_and_without_resource(tuple(_ways_to_resources(account, predicates, places, action)), predicates)


def _ways_to_resources(
    account: str, predicates: Sequence[Predicate], places: Sequence[Place], action: str
) -> Iterator[Way]:
    if action.lower() in FEDERATED:
        yield Way(Principal("unsigned"), account)
        return
    for principal in principals_of(account, predicates, places):
        yield Way(principal, account, others=(account,))
    accounts = Accounts(predicates, "principal", places)
    for others in _classes(accounts, account, places):
        for principal in principals_of(others[0], predicates, places):
            yield Way(principal, account, others=others)
    for outside in accounts.outside():
        for facts in _organizations("principal", predicates, places):
            for principal in principals_of(outside, predicates, places):
                yield Way(principal, account, facts)
    for ending in SERVICE_ENDINGS:
        tokens = glob.literal(f".{ending}")
        yield Way(Principal("service", service=Some((glob.STAR, *tokens), (tokens,))), account)
    yield Way(Principal("unsigned"), account)


def _with_and_without_resource(ways: Sequence[Way], predicates: Sequence[Predicate]) -> Iterator[Way]:
    """The kinds of requests as they are, then those that do not say whose resource it is: some actions do not have
    aws:ResourceAccount, aws:ResourceOrgID and aws:ResourceOrgPaths.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount
    """
    yield from ways
    if any(key in _OF_RESOURCE for each in predicates for key in keys_read(each)):
        nothing = dict.fromkeys(_OF_RESOURCE, Missing.ABSENT)
        yield from (way._replace(facts={**way.facts, **nothing}) for way in ways)


def principals_of(account: str, predicates: Sequence[Predicate], places: Sequence[Place]) -> Iterator[Principal]:
    """Every kind of principal of an account."""
    for partition in partitions(predicates, places):
        iam, sts = f"arn:{partition}:iam::{account}:", f"arn:{partition}:sts::{account}:"
        role, user, federated = (
            (*glob.literal(each), glob.STAR) for each in (f"{iam}role/", f"{iam}user/", f"{sts}federated-user/")
        )
        yield Principal("role", account, Some(role, (_LINKED_PATH, _NAMELESS)))
        yield Principal("user", account, Some(user, (_NAMELESS,)))
        yield Principal("federated-user", account, Some(federated, (_NAMELESS,)))
        yield Principal("root", account, f"{iam}root")


def _moved(principal: Principal, account: str) -> Principal:
    """The same kind of principal in another account."""
    old, arn = principal.account or "", principal.arn
    if isinstance(arn, Some):
        at = "".join(each if len(each) == 1 else "*" for each in arn.accept).index(f":{old}:") + 1
        arn = replace(arn, accept=(*arn.accept[:at], *account, *arn.accept[at + len(old) :]))
    elif arn is not None:
        arn = arn.replace(f":{old}:", f":{account}:")
    return replace(principal, account=account, arn=arn)


def _classes(accounts: Accounts, account: str, places: Sequence[Place]) -> Iterable[tuple[str, ...]]:
    """The accounts of the organization other than this one, by class."""
    known: dict[tuple[object, ...], tuple[str, ...]] = {}
    for other in sorted(frozenset[str]().union(*(place.account_ids for place in places)) - {account}):
        signature = accounts.signature(other)
        known[signature] = (*known.get(signature, ()), other)
    return known.values()


def _organizations(
    part: str, predicates: Sequence[Predicate], places: Sequence[Place]
) -> Iterator[Mapping[str, Found]]:
    """An account outside of the organization is in none, or in another one."""
    keys = f"aws:{part}orgid", f"aws:{part}orgpaths"
    ours = places[-1].organization_id
    if ours is None or not any(each.key in keys for each in predicates):
        yield {}
        return
    yield dict.fromkeys(keys, Missing.ABSENT)
    yield dict(zip(keys, foreign_organization(ours), strict=True))
