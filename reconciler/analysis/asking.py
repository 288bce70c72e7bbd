"""The ways in which one action can be asked for, as far as the conditions of policies tell them apart: by whom, and on
whose resource."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from reconciler.analysis import glob
from reconciler.analysis.chains import Chain
from reconciler.analysis.condition import Predicate, patterns_of, predicates_of
from reconciler.analysis.context import Place, Request
from reconciler.analysis.domain import are_all
from reconciler.analysis.evaluate import matches_action
from reconciler.analysis.masks import policies_in

OUTSIDE = "999999999999"
"""An account that is in no organization of ours."""

MOST_PRINCIPALS = 60
"""How many principals of one account are tried."""
MOST_ACCOUNTS = 12
"""How many of the accounts that conditions name are tried."""

_ARN_KEY, _ACCOUNT_KEY, _OWNER_KEY = "aws:principalarn", "aws:principalaccount", "aws:resourceaccount"
_SERVICE_KEY = "aws:principalservicename"
_ACCOUNT_ID = re.compile(r"(?<!\d)\d{12}(?!\d)")


class Ways(NamedTuple):
    """Requests for one action; `gaps` says why there may be others that are decided differently."""

    requests: tuple[Request, ...]
    gaps: tuple[str, ...]


def ways_to_ask(wide: Chain, narrow: Chain, account_id: str, action: str, place: Place) -> Ways:
    """Who may ask for the action, for the account of both chains: its own principals on its own resources and on those
    of others; principals of other accounts, services and unsigned callers on its resources."""
    predicates = tuple(_about(action, (wide, narrow)))
    named = sorted(_accounts({_ARN_KEY, _ACCOUNT_KEY}, predicates) - {account_id})
    owners = sorted(_accounts({_OWNER_KEY}, predicates) - {account_id})
    fellow = next(iter(sorted(place.account_ids - {account_id})), OUTSIDE)
    gaps = []
    if len(named) > MOST_ACCOUNTS or len(owners) > MOST_ACCOUNTS:
        gaps.append("conditions name more accounts than are tried")
    own, complete = _principals(account_id, predicates)
    others = dict.fromkeys([OUTSIDE, fellow, *named[:MOST_ACCOUNTS]])
    foreign = [_principals(each, predicates) for each in others]
    if not (complete and all(each.complete for each in foreign)):
        gaps.append("conditions on aws:PrincipalArn that are too intricate to compare")
    asked = [(caller, owner) for caller in own for owner in (account_id, OUTSIDE, fellow, *owners[:MOST_ACCOUNTS])]
    asked += [(caller, account_id) for each in foreign for caller in each.arns]
    asked += [(caller, account_id) for caller in (*_services(predicates), "*")]
    requests = (
        Request(account=wide.account, action=action, principal=caller, resource_account=owner)
        for caller, owner in dict.fromkeys(asked)
    )
    return Ways(tuple(requests), tuple(gaps))


class _Principals(NamedTuple):
    arns: tuple[str, ...]
    complete: bool


def _principals(account: str, predicates: Iterable[Predicate]) -> _Principals:
    """Roles, users and the root user of an account, inside and outside each pattern on aws:PrincipalArn."""
    on_arn = tuple(each for each in predicates if each.key == _ARN_KEY)
    patterns = tuple(dict.fromkeys(pattern for each in on_arn for pattern in patterns_of(each) or ()))
    found: dict[str, None] = {}
    for kind in (glob.glob(f"arn:aws:iam::{account}:{kind}/*") for kind in ("role", "user")):
        near = tuple(each for each in patterns if not glob.disjoint(each, kind))
        found[glob.witness((kind,), near) or ""] = None
        for each in near:
            others = tuple(other for other in near if other != each)
            found[glob.witness((kind, each), others) or glob.witness((kind, each)) or ""] = None
        for pair in combinations(near[:MOST_PRINCIPALS], 2):
            found[glob.witness((kind, *pair)) or ""] = None
    named = [arn for arn in found if arn and not arn.endswith("/")]
    complete = len(named) <= MOST_PRINCIPALS and are_all(on_arn)
    return _Principals((*named[:MOST_PRINCIPALS], f"arn:aws:iam::{account}:root"), complete)


def _about(action: str, chains: Iterable[Chain]) -> Iterator[Predicate]:
    """The predicates of every statement about the action."""
    for policy in policies_in(chains):
        for statement in policy.document.statements:
            if matches_action(statement, action.lower()):
                yield from predicates_of(statement) or ()


def _accounts(keys: set[str], predicates: Iterable[Predicate]) -> set[str]:
    """The accounts that conditions on these keys name."""
    return {
        found
        for each in predicates
        if each.key in keys
        for value in each.values
        for found in _ACCOUNT_ID.findall(value)
    }


def _services(predicates: Iterable[Predicate]) -> tuple[str, ...]:
    """A service that may call, and every one that conditions name."""
    named = {value for each in predicates if each.key == _SERVICE_KEY for value in each.values if "*" not in value}
    return tuple(dict.fromkeys(("cloudtrail.amazonaws.com", *sorted(named))))
