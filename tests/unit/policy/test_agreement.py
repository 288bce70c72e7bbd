"""The evaluator agrees with the slow one, which was written from the documentation, on random requests over random
hierarchies made from the corpus; and what it says of an open context holds however the context is completed."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from reconciler.model.decision import Request
from reconciler.policy.evaluation.chains import Chain
from reconciler.policy.evaluation.evaluate import decide
from tests.unit.policy import slow
from tests.unit.policy.corpus import documents, needs_corpus
from tests.unit.policy.organizations import ACCOUNT_ID, Documents, allow, chain, deny, many, random_levels

ODD = [
    deny("s3:*", condition={"NumericLessThanEquals": {"s3:signatureAge": ["10", "20"]}}),
    deny("ec2:*", condition={"DateGreaterThan": {"aws:CurrentTime": "2026-06-01T00:00:00Z"}}),
    deny("*", condition={"BinaryEquals": {"aws:Bytes": "QUJD"}}),
    deny("iam:*", condition={"StringEqualsIgnoreCase": {"aws:PrincipalTag/team": ["Red", "BLUE"]}}),
    deny("iam:*", condition={"ForAnyValue:StringNotLike": {"aws:TagKeys": ["a*", "b"]}}),
    deny("iam:*", condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a1", "b"]}}),
    deny("iam:*", condition={"ForAllValues:StringNotEqualsIfExists": {"aws:TagKeys": ["a1", "b"]}}),
    deny("s3:*", resource=["arn:aws:s3:::${aws:PrincipalTag/team}/*", "arn:aws:s3:::open${*}"]),
    deny("s3:*", condition={"StringLike": {"s3:prefix": "${aws:PrincipalTag/team, 'none'}/*"}}),
    deny("s3:*", condition={"StringNotEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}}),
    {**deny("s3:*", resource="arn:aws:s3:::${aws:PrincipalTag/team}/*"), "Version": "2008-10-17"},  # type: ignore[dict-item]
    deny("*", condition={"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]}}),
    deny("*", condition={"ArnEquals": {"aws:SourceArn": "arn:aws:*:*:111122223333:x/*"}}),
    allow("s3:*", "ec2:*", condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
]
VALUES = [
    "true", "false", "eu-west-1", "us-east-1", "10.1.2.3", "192.0.2.9", "a1", "b", "red", "Blue", "15", "3",
    "2026-07-01T00:00:00Z", "1700000000", "QUJD", "none/x", "team/x", "o-abc", ACCOUNT_ID,
]  # fmt: skip
RESOURCES = [
    "*", "arn:aws:s3:::red/x", "arn:aws:s3:::open*", "arn:aws:s3:::openx", "arn:aws:iam::111122223333:role/Admin",
    "arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
]  # fmt: skip


class Asker:
    """Random hierarchies from the corpus, and random requests that their statements are about."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.scps = [each.document for each in documents() if each.type == "scp"] + ODD
        self.rcps = [each.document for each in documents() if each.type == "rcp"]

    def levels(self) -> list[Documents]:
        return random_levels(self.chance, self.scps, self.rcps)

    def asked(self, levels: list[Documents]) -> slow.Asked:
        written = [each for level in levels for each in (*level["scp"], *level["rcp"])]
        statements = [each for one in written for each in many(one["Statement"])]
        about = self.chance.choice(statements)
        pattern = self.chance.choice(many(about.get("Action") or about.get("NotAction")))
        action = re.sub(r"[*?]", "X", pattern) if ":" in pattern else "ec2:RunInstances"
        return slow.Asked(action, self._resource(about), dict(self.context(statements)))

    def _resource(self, about: Any) -> str:
        written = self.chance.choice([*many(about.get("Resource", "*")), *RESOURCES])
        return written.replace("*", self.chance.choice(["", "x", "*"])) or "*"

    def context(self, statements: list[Any]) -> list[tuple[str, list[str]]]:
        found = []
        for statement in statements:
            for keys in statement.get("Condition", {}).values():
                for key, values in keys.items():
                    if self.chance.random() < 0.6:
                        near = [slow.text(each).replace("*", "x") for each in many(values)]
                        chosen = self.chance.choices([*near, *VALUES], k=self.chance.choice([1, 1, 1, 2, 0]))
                        found.append((key.lower(), chosen))
        return found


def request_of(asked: slow.Asked, principal: dict[str, list[str]]) -> Request:
    """The request whose context is exactly that of the slow one: what would be derived is absent there unless given."""
    return Request(
        account="shop",
        action=asked.action,
        resource=asked.resource,
        context={**principal, **asked.context},  # type: ignore[dict-item]
    )


DERIVED: dict[str, list[str]] = {
    key: []
    for key in (
        "aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalisawsservice", "aws:username",
        "aws:principalservicename", "aws:principalservicenameslist", "aws:resourceaccount",
    )
}  # fmt: skip


def compare(count: int, seed: int) -> None:
    asker = Asker(seed)
    verdicts = {"allowed": 0, "denied": 0}
    for _ in range(count // 10):
        levels = asker.levels()
        built = _chain(levels)
        for _ in range(10):
            asked = asker.asked(levels)
            # Some calls have no principal unless one is given, and then no SCP applies.
            request = request_of(asked, DERIVED).model_copy(update={"principal": "role/x"})
            decision = decide(built, request, closed_context=True)
            expected = "allowed" if slow.is_allowed(levels, asked) else "denied"
            assert decision.decision == expected, (asked, decision, levels)
            verdicts[expected] += 1
    assert min(verdicts.values()) > count // 10


def _chain(levels: list[Documents]) -> Chain:
    names = tuple(f"ou:{index}" for index in range(len(levels)))
    return chain(*levels, names=names)


@needs_corpus
def test_agrees_with_the_slow_evaluator() -> None:
    compare(5_000, seed=1)


@needs_corpus
@pytest.mark.nightly
def test_agrees_with_the_slow_evaluator_on_a_hundred_thousand_requests() -> None:
    compare(100_000, seed=random.SystemRandom().randrange(1 << 32))


@needs_corpus
def test_an_open_answer_holds_however_the_context_is_completed() -> None:
    asker = Asker(2)
    certain = 0
    for _ in range(60):
        levels = asker.levels()
        built = _chain(levels)
        for _ in range(8):
            asked = asker.asked(levels)
            known = {key: values for key, values in asked.context.items() if asker.chance.random() < 0.5}
            opened = decide(built, request_of(asked._replace(context=known), DERIVED))
            if opened.decision == "conditional":
                assert opened.condition
                continue
            certain += 1
            for _ in range(4):
                more = {key: each for key, each in asker.context(_statements(levels)) if key not in DERIVED}
                completed = asked._replace(context={**more, **known})
                assert slow.is_allowed(levels, completed) == (opened.decision == "allowed")
    assert certain > 100


def _statements(levels: list[Documents]) -> list[Any]:
    return [
        statement for level in levels for one in (*level["scp"], *level["rcp"]) for statement in many(one["Statement"])
    ]
