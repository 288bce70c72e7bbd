"""Changes of which only a certain kind of request tells the difference: each is refuted with an example that the
evaluator confirms, is never silent in the impact, and the opposite claim is proven."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.policy.impact.impact import impact
from reconciler.policy.impact.proof import prove
from tests.unit.policy.changes import IDS, ORGANIZATION, OU_A, OU_B, ROOT, Account, World
from tests.unit.policy.organizations import FULL, document
from tests.unit.policy.test_claims import CLAIMS, confirm, organization

PATH_A, PATH_B = (f"{ORGANIZATION}/{ROOT}/{ou}/" for ou in (OU_A, OU_B))


def world(kind: str, statements: list[Any] | None, *, a2: str = PATH_A) -> World:
    """An organization with the statements in a policy at the root, and perhaps the account a2 elsewhere."""
    attached = [] if statements is None else [document(*statements)]
    root = {"scp": [FULL, *(attached if kind == "scp" else [])], "rcp": attached if kind == "rcp" else []}
    levels = [root, {"scp": [FULL], "rcp": []}]
    return {
        "a1": Account(IDS["a1"], PATH_A, levels),
        "a2": Account(IDS["a2"], a2, levels),
        "b1": Account(IDS["b1"], PATH_B, levels),
        "management": Account(IDS["management"], f"{ORGANIZATION}/{ROOT}/", [root]),
    }


def scp(action: Any = "s3:*", /, **condition: Any) -> list[Any]:
    return [{"Effect": "Deny", "Action": action, "Resource": "*", **({"Condition": condition} if condition else {})}]


def rcp(action: Any = "s3:*", /, **condition: Any) -> list[Any]:
    return [{**each, "Principal": "*"} for each in scp(action, **condition)]


def both(name: str, old: Any, new: Any, **more: Any) -> tuple[list[Any], list[Any]]:
    """The same Deny with two conditions under one operator."""
    return scp(**{name: old}, **more), scp(**{name: new}, **more)


TAG, TLS = "aws:PrincipalTag/zone", "s3:TlsVersion"
ARN, TEAM = "aws:PrincipalArn", "aws:TagKeys"
CASES: dict[str, tuple[Any, Any]] = {
    "letters in another case": (scp(StringEqualsIgnoreCase={TAG: "blocked"}), scp(StringEquals={TAG: "blocked"})),
    "a text and its other case": (
        scp(StringLike={TAG: "B*"}),
        scp(StringLike={TAG: "B*"}, StringNotEqualsIgnoreCase={TAG: "block"}),
    ),
    "a pattern with one character": both("StringLike", {TAG: "a*"}, {TAG: ["a?", "a"]}),
    "three patterns that overlap": both("StringLike", {TAG: ["a*", "*b", "*c*"]}, {TAG: ["a*", "*b", "*cc*"]}),
    "numbers between two limits": (scp(NumericLessThan={TLS: "1.2"}), scp(NumericLessThanEquals={TLS: "1.0"})),
    "numbers in a window": (scp(NumericGreaterThan={TLS: "1"}, NumericLessThan={TLS: "1.5"}), None),
    "a number that is a limit": (scp(NumericLessThanEquals={TLS: "1.2"}), scp(NumericLessThan={TLS: "1.2"})),
    "a value that is not a number": (
        scp(NumericNotEquals={"aws:RequestTag/n": "1"}),
        [*scp(NumericLessThan={"aws:RequestTag/n": "1"}), *scp(NumericGreaterThan={"aws:RequestTag/n": "1"})],
    ),
    "dates between two limits": both(
        "DateLessThan", {"aws:CurrentTime": "2026-06-01T00:00:00Z"}, {"aws:CurrentTime": "2026-01-01T00:00:00Z"}
    ),
    "a second between two dates": (
        scp(DateGreaterThan={"aws:CurrentTime": "2026-01-01T00:00:00Z"}),
        scp(DateGreaterThanEquals={"aws:CurrentTime": "2026-01-01T00:00:01Z"}),
    ),
    "addresses at the end of a range": both(
        "IpAddress", {"aws:SourceIp": "10.0.0.0/8"}, {"aws:SourceIp": "10.0.0.0/9"}
    ),
    "addresses of the other version": both(
        "NotIpAddress", {"aws:SourceIp": "10.0.0.0/8"}, {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]}
    ),
    "a key that is absent": (scp(StringNotEquals={TAG: "a"}), scp(StringNotEquals={TAG: "a"}, Null={TAG: "false"})),
    "IfExists": (scp(BoolIfExists={"aws:SecureTransport": "false"}), scp(Bool={"aws:SecureTransport": "false"})),
    "bytes": both("BinaryEquals", {"s3:bytes": ["QUJD", "QQ=="]}, {"s3:bytes": "QUJD"}),
    "a set with one more value": (
        scp(**{"ForAnyValue:StringEquals": {TEAM: "a"}}),
        scp(**{"ForAllValues:StringEquals": {TEAM: "a"}, "Null": {TEAM: "false"}}),
    ),
    "an empty set": (
        scp(**{"ForAllValues:StringEquals": {TEAM: "a"}}),
        scp(**{"ForAllValues:StringEquals": {TEAM: "a"}, "Null": {TEAM: "false"}}),
    ),
    "two values at once": (
        scp(**{"ForAnyValue:StringEquals": {TEAM: "a"}, "ForAnyValue:StringLike": {TEAM: "b*"}}),
        None,
    ),
    "a pattern inside another": (
        scp(ArnLike={ARN: "arn:aws:iam::*:role/*"}),
        [
            *scp(ArnLike={ARN: "arn:aws:iam::*:role/*"}, ArnNotLike={ARN: "arn:aws:iam::*:role/org/*"}),
            *scp(ArnLike={ARN: "arn:aws:iam::*:role/org/x*"}),
        ],
    ),
    "every role": (scp(), scp(ArnNotLike={ARN: "arn:aws:iam::*:role/*"})),
    "roles with a path": (scp(), scp(ArnNotLike={ARN: "arn:aws:iam::*:role/org/*"})),
    "roles of the Identity Center": (
        scp(), scp(ArnNotLike={ARN: "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*"}),
    ),
    "users": (scp(ArnLike={ARN: "arn:aws:iam::*:user/*"}), None),
    "the root user": (scp(StringLike={ARN: "arn:aws:iam::*:root"}), None),
    "federated users": (scp(ArnLike={ARN: "arn:aws:sts::*:federated-user/*"}), None),
    "the name of a user": (scp(StringEquals={"aws:username": "bob"}), None),
    "the type of a principal": (scp(StringEquals={"aws:PrincipalType": "FederatedUser"}), None),
    "the id of a session": both("StringLike", {"aws:userid": ["AROAX:*", "AROAY:*"]}, {"aws:userid": "AROAX:*"}),
    "a role of one account": (scp(), scp(ArnNotLike={ARN: f"arn:aws:iam::{IDS['a2']}:role/Admin"})),
    "one account": (scp(), scp(StringNotEquals={"aws:PrincipalAccount": IDS["a2"]})),
    "accounts by a pattern": (scp(), scp(StringNotLike={"aws:PrincipalAccount": "*2"})),
    "an OU": (
        scp(),
        scp(**{"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": f"{PATH_B}*"}}),
    ),
    "resources of one account": (scp(StringEquals={"aws:ResourceAccount": IDS["b1"]}), None),
    "resources outside": (scp(StringNotEquals={"aws:ResourceOrgID": ORGANIZATION}), None),
    "resources in an OU": (scp(**{"ForAnyValue:StringLike": {"aws:ResourceOrgPaths": f"{PATH_B}*"}}), None),
    "an action that nobody has listed": (
        [{"Effect": "Deny", "Action": "s3:Create*", "Resource": "*"}],
        [{"Effect": "Deny", "NotAction": "s3:*Bogus", "Resource": "*"}],
    ),
    "services but one": (
        rcp(
            Bool={"aws:PrincipalIsAWSService": "true"},
            StringNotEquals={"aws:PrincipalServiceName": "cloudtrail.amazonaws.com"},
        ),
        None,
    ),
    "a service by a pattern": (rcp(StringLike={"aws:PrincipalServiceName": "*.config.amazonaws.com"}), None),
    "the names of a service": (
        rcp(**{"ForAnyValue:StringEquals": {"aws:PrincipalServiceNamesList": "logs.amazonaws.com"}}),
        None,
    ),
    "callers of one OU more": (
        rcp(**{"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": [f"{PATH_A}*"]}}),
        rcp(**{"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": [f"{PATH_A}*", f"{PATH_B}*"]}}),
    ),
    "callers of another organization": (rcp(StringEquals={"aws:PrincipalOrgID": "o-other"}), None),
    "callers of no organization": (
        rcp(Null={"aws:PrincipalOrgID": "true", "aws:PrincipalAccount": "false"}),
        None,
    ),
    "the management account": (rcp(StringEquals={"aws:PrincipalAccount": IDS["management"]}), None),
    "an account outside by a pattern": (rcp(StringLike={"aws:PrincipalAccount": "77*"}), None),
    "a role outside by a pattern": (rcp(ArnLike={ARN: "arn:aws:iam::7?????????7?:role/x"}), None),
    "nobody": (rcp(StringEquals={"aws:PrincipalType": "Anonymous"}), None),
    "who signs in": (rcp("sts:*", Null={ARN: "true"}, StringNotLike={"aws:PrincipalType": "*"}), None),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_only_a_certain_kind_of_request_tells_the_difference(name: str) -> None:
    old, new = CASES[name]
    kind = "rcp" if "Principal" in old[0] else "scp"
    before, after = (organization(world(kind, each)) for each in (old, new))
    gain, loss = (prove(claim, before, after) for claim in ("no-gain", "no-loss"))
    assert (gain.verdict, gain.reason) == ("refuted", None)
    confirm(gain, before, after)
    assert impact(before.chains, after.chains)
    assert loss.verdict == ("refuted" if name in GAINS_AND_LOSES else "proven")
    back = prove("no-loss", after, before)
    assert back.verdict == "refuted"


GAINS_AND_LOSES = {"an action that nobody has listed"}


def test_an_account_that_moves_away_from_a_deny() -> None:
    inside = scp(**{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{PATH_A}*"}})
    before, after = (organization(world("scp", inside, a2=path)) for path in (PATH_A, PATH_B))
    gain = prove("no-gain", before, after)
    assert gain.example is not None
    assert gain.example.account == "account:a2"
    confirm(gain, before, after)
    assert prove("no-loss", before, after).verdict == "proven"
    assert impact(before.chains, after.chains, places=(before.place, after.place))


@pytest.mark.parametrize("to", [PATH_A, PATH_B])
def test_an_account_that_moves_is_a_caller_of_the_others(to: str) -> None:
    """Wherever it arrives, there is an account already that policies take for the same then."""
    outside = rcp(**{"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": f"{PATH_A}*"}})
    paths = (PATH_B, PATH_A) if to == PATH_A else (PATH_A, PATH_B)
    before, after = (organization(world("rcp", outside, a2=path)) for path in paths)
    for claim in CLAIMS:
        proof = prove(claim, before, after)
        assert proof.verdict == ("refuted" if (claim == "no-gain") == (to == PATH_A) else "proven")
        if proof.example:
            confirm(proof, before, after)
            assert f":{IDS['a2']}:" in str(proof.example.request.principal)
    assert impact(before.chains, after.chains, places=(before.place, after.place))


@pytest.mark.parametrize("scope", ["account:a1", "account:b1"])
def test_what_changes_above_another_account_counts_for_that_one(scope: str) -> None:
    """The callers of a2 gain, also on the resources of the others; these gain nothing themselves."""
    before, after = (world("scp", None) for _ in range(2))
    closed = [*before["a2"].levels, {"scp": [FULL, document(*scp())], "rcp": []}]
    before["a2"] = before["a2"]._replace(levels=closed)
    old, new = organization(before), organization(after)
    assert prove("no-gain", old, new, [scope]).verdict == "proven"
    assert prove("no-gain", old, new, ["account:a2"]).verdict == "refuted"


SAME: dict[str, tuple[Any, Any]] = {
    "another order": (scp(StringLike={TAG: ["a*", "b"]}), scp(StringLike={TAG: ["b", "a*"]})),
    "one Deny more": (None, scp(StringLike={TAG: "a*"})),
    "more actions": (scp("s3:Get*"), scp("s3:*")),
    "a wider condition": (scp(StringEquals={TAG: "a"}), scp(StringLike={TAG: ["a*"]})),
    "one exemption less": (
        scp(ArnNotLike={ARN: ["arn:aws:iam::*:role/a", "arn:aws:iam::*:role/b"]}),
        scp(ArnNotLike={ARN: "arn:aws:iam::*:role/a"}),
    ),
    "two halves": (scp(), [*scp(Null={TAG: "true"}), *scp(Null={TAG: "false"})]),
    "numbers in two halves": (
        scp(NumericLessThan={TLS: "3"}),
        [*scp(NumericLessThan={TLS: "2"}), *scp(NumericGreaterThanEquals={TLS: "2"})],
    ),
    "addresses in two halves": (
        scp(IpAddress={"aws:SourceIp": "10.0.0.0/8"}),
        [*scp(IpAddress={"aws:SourceIp": "10.0.0.0/9"}), *scp(IpAddress={"aws:SourceIp": "10.128.0.0/9"})],
    ),
    "true and false": (
        scp(Null={"aws:SecureTransport": "false"}),
        [*scp(Bool={"aws:SecureTransport": "true"}), *scp(Bool={"aws:SecureTransport": "false"})],
    ),
    "service-linked roles": (scp(), scp(ArnNotLike={ARN: "arn:aws:iam::*:role/aws-service-role/*"})),
    "services never pass SCPs": (scp(), scp(Bool={"aws:PrincipalIsAWSService": "false"})),
    "the organization's own principals": (scp(), scp(StringEquals={"aws:PrincipalOrgID": ORGANIZATION})),
    "roles of accounts outside": (scp(), scp(ArnNotLike={ARN: "arn:aws:iam::777777777777:role/x"})),
    "a variable that stays": (
        scp(StringNotEquals={"aws:ResourceTag/t": "${aws:PrincipalTag/t}"}),
        scp(StringNotEquals={"aws:ResourceTag/t": "${aws:PrincipalTag/t}"}, Null={TAG: "false"})
        + scp(StringNotEquals={"aws:ResourceTag/t": "${aws:PrincipalTag/t}"}, Null={TAG: "true"}),
    ),
    "what cannot be denied": (scp("sts:GetCallerIdentity"), None),
    "sixty patterns": both("StringLike", {TAG: [f"*{n}*" for n in range(60)]}, {TAG: [f"*{n}*" for n in range(61)]}),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_nobody_gains(name: str) -> None:
    before, after = (organization(world("scp", each)) for each in SAME[name])
    proof = prove("no-gain", before, after)
    assert (proof.verdict, proof.reason) == ("proven", None)


def test_what_is_too_much_is_not_proven() -> None:
    """Sixty patterns that cross each other, of which one goes."""
    many = [f"*{n}*" for n in range(60)]
    before, after = (organization(world("scp", scp(StringLike={TAG: each}))) for each in (many, many[1:]))
    proof = prove("no-gain", before, after)
    assert proof.verdict == "not_proven"
    assert TAG in str(proof.reason)
