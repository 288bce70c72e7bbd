"""Small organizations, random requests, and shorthands for documents."""

from __future__ import annotations

import random
from typing import Any

from reconciler.model.base import Json
from reconciler.model.impact import Claim, ClaimProof
from reconciler.policy.evaluation.chains import FULL_ACCESS, AttachedPolicy, Chain, Level, OrganizationChains, attached
from reconciler.policy.impact.proof import prove
from reconciler.policy.language.context import OrganizationContext
from reconciler.policy.language.statements import LANGUAGE_VERSION

ACCOUNT = "account:shop"
ACCOUNT_ID = "111122223333"
OUTSIDE = "999999999999"
LEVELS = ("root:/", "ou:Workloads", ACCOUNT)

Documents = dict[str, list[Any]]
"""The documents of one level, by `scp` and `rcp`."""


def document(*statements: Any) -> Json:
    return {"Version": LANGUAGE_VERSION, "Statement": list(statements)}


def deny(*actions: str, resource: Any = "*", condition: Any = None, **elements: Any) -> Json:
    statement = {"Effect": "Deny", "Action": list(actions), "Resource": resource, **elements}
    return document(statement if condition is None else {**statement, "Condition": condition})


def allow(*actions: str, condition: Any = None) -> Json:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return document(statement if condition is None else {**statement, "Condition": condition})


def deny_rcp(*actions: str, condition: Any = None) -> Json:
    return deny(*actions, condition=condition, Principal="*")


def deny_regions(*regions: str, but: tuple[str, ...] = ("iam:*", "sts:*", "organizations:*")) -> Json:
    condition = {
        "StringNotEquals": {"aws:RequestedRegion": list(regions)},
        "ArnNotLike": {"aws:PrincipalARN": "arn:aws:iam::*:role/Admin"},
    }
    return document(
        {"Sid": "DenyRegions", "Effect": "Deny", "NotAction": list(but), "Resource": "*", "Condition": condition}
    )


FULL = FULL_ACCESS["scp"]


def chain(
    *levels: Documents, account: str = ACCOUNT, account_id: str | None = ACCOUNT_ID, names: tuple[str, ...] = LEVELS
) -> Chain:
    """The chain of an account with these documents at the root, the OU and the account; FullAWSAccess where a level
    names no SCP."""
    padded = [*levels, *({} for _ in range(len(names) - len(levels)))]
    built = tuple(_level(name, each) for name, each in zip(names, padded, strict=True))
    return Chain(account, account_id, built)


def _level(name: str, documents: Documents) -> Level:
    scps = documents.get("scp", [FULL])
    return Level(name, _attached("scp", name, scps), _attached("rcp", name, documents.get("rcp", [])))


def _attached(type_short: str, name: str, documents: list[Any]) -> tuple[AttachedPolicy, ...]:
    return tuple(
        attached("FullAWSAccess" if each == FULL else f"{name}/{type_short}{index}", type_short, each)
        for index, each in enumerate(documents)
    )


def with_full(*documents: Any) -> Documents:
    return {"scp": [FULL, *documents]}


def random_levels(chance: random.Random, scps: list[Any], rcps: list[Any]) -> list[Documents]:
    """A hierarchy of two to five levels with a few of the documents at each; an allow list at some."""
    levels = []
    for _ in range(chance.randint(2, 5)):
        chosen = chance.sample(scps, chance.choice([0, 0, 1, 2]))
        if chance.random() < 0.9:
            chosen.append(FULL)
        elif not chosen:
            chosen.append(allow("s3:*", "ec2:*", "iam:Get*"))
        levels.append({"scp": chosen, "rcp": chance.sample(rcps, chance.choice([0, 0, 1]))})
    return levels


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def proven(claim: Claim, before: Chain, after: Chain, place: OrganizationContext | None = None) -> ClaimProof:
    """The answer to the claim about an organization with this one account."""
    old, new = (OrganizationChains({ACCOUNT: each}, place or OrganizationContext()) for each in (before, after))
    return prove(claim, old, new)
