"""Mistakes that people make in policies are found; documents without them are left alone."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.base import Json
from reconciler.policy import CODES
from reconciler.policy.language.catalogue import catalogue
from reconciler.policy.lint.document_lint import lint, nearest_action
from tests.unit.policy.corpus import documents, needs_corpus
from tests.unit.policy.organizations import allow, deny, deny_rcp, deny_regions, document

ORG = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-ours"}}
BACKWARDS = {"StringNotEquals": {"ec2:InstanceType": "t3.micro"}}


def found(written: Json, type_short: str = "scp") -> list[tuple[str, tuple[str | int, ...]]]:
    return [(each.code, each.path) for each in lint(type_short, written)]


def statements(*documents: Any) -> Json:
    return document(*(each["Statement"][0] for each in documents))


@pytest.mark.parametrize(
    "written",
    [
        deny_regions("eu-west-1", but=("iam:*", "organizations:*", "sts:*", "cloudfront:*", "route53:*", "support:*")),
        deny("ec2:RunInstances", resource="arn:aws:ec2:*:*:instance/*", condition=BACKWARDS),
        deny(
            "s3:*",
            condition={"NotIpAddressIfExists": {"aws:SourceIp": "192.0.2.0/24"}, "Null": {"aws:SourceIp": "false"}},
        ),
        deny("*", condition={"ArnLike": {"ec2:SourceInstanceARN": "arn:aws:ec2:*:*:instance/*"}}),
        deny(
            "sts:AssumeRoleWithWebIdentity",
            condition={"StringNotLike": {"token.actions.githubusercontent.com:sub": "x"}},
        ),
        allow("s3:*", "ec2:Describe*"),
        statements(deny("s3:Get*"), deny("s3:Put*")),
    ],
)
def test_a_sound_policy_is_left_alone(written: Json) -> None:
    assert found(written) == []


@pytest.mark.parametrize(
    ("written", "code", "path"),
    [
        (deny("ec2:RunInstance"), "W460", ("Action", 0)),
        (deny("s3:*", "ec3:*"), "W460", ("Action", 1)),
        (document({"Effect": "Deny", "NotAction": "iamm:*", "Resource": "*"}), "W460", ("NotAction",)),
        (document({"Effect": "Deny", "NotAction": "*", "Resource": "*"}), "W461", ("NotAction",)),
        (document({"Effect": "Deny", "Action": "s3:*", "NotResource": ["*"]}), "W461", ("NotResource",)),
        (deny("s3:*", condition={"StringEquals": {"aws:userid": "a"}, "StringNotLike": {"AWS:UserId": "a*"}}), "W461",
         ("Condition", "StringNotLike", "AWS:UserId")),
        (deny("s3:*", condition={"StringEquals": {"s3:NoSuchKey": "a"}}), "W462",
         ("Condition", "StringEquals", "s3:NoSuchKey")),
        (deny("ec2:DescribeVpcs", condition={"StringEquals": {"ec2:InstanceType": "a"}}), "W462",
         ("Condition", "StringEquals", "ec2:InstanceType")),
        (deny("*", condition={"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}), "W463",
         ("Condition", "NotIpAddress", "aws:SourceIp")),
        (allow("s3:*", condition={"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}), "W463",
         ("Condition", "ForAllValues:StringEquals", "aws:TagKeys")),
        (deny("ec2:*", condition=BACKWARDS), "W464", ("Condition", "StringNotEquals", "ec2:InstanceType")),
        (deny("s3:*", "s3:GetObject"), "W466", ("Action", 1)),
        (deny("s3:GetObject", "s3:getobject"), "W466", ("Action", 1)),
        (statements(deny("s3:*"), deny("s3:Get*", condition={"Bool": {"aws:SecureTransport": "false"}})), "W467", ()),
        (deny("s3:*", condition={"StringNotEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/A"}}), "W469",
         ("Condition", "StringNotEquals", "aws:PrincipalArn")),
    ],
)  # fmt: skip
def test_mistakes(written: Json, code: str, path: tuple[str | int, ...]) -> None:
    index = 1 if code == "W467" else 0
    assert found(written) == [(code, ("Statement", index, *path))]


class TestRcps:
    def test_a_perimeter_that_hits_aws_services(self) -> None:
        assert found(deny_rcp("s3:*", condition=ORG), "rcp") == [("W465", ("Statement", 0))]

    @pytest.mark.parametrize(
        "exemption",
        [
            {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
            {"Null": {"aws:PrincipalServiceName": "true"}},
            {"StringNotEqualsIfExists": {"aws:SourceOrgID": "o-ours"}},
        ],
    )
    def test_unless_they_are_exempt(self, exemption: dict[str, Any]) -> None:
        condition = {**ORG, **exemption}
        if "StringNotEqualsIfExists" in exemption:
            condition = {"StringNotEqualsIfExists": {**ORG["StringNotEqualsIfExists"], "aws:SourceOrgID": "o-ours"}}
        assert found(deny_rcp("s3:*", condition=condition), "rcp") == []

    def test_or_the_statement_is_not_about_who_calls(self) -> None:
        assert found(deny_rcp("s3:*", condition={"Bool": {"aws:SecureTransport": "false"}}), "rcp") == []


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("ec2:RunInstance", "ec2:RunInstances"),
        ("ec2:Descibe*", "ec2:Describe*"),
        ("eks2:CreateCluster", "eks:CreateCluster"),
        ("s33:NoSuchThing", "s3:*"),
        ("zzzzzzzz:Foo", None),
        ("s3:Qqqqqqqqqqq", None),
    ],
)
def test_the_nearest_right_name(written: str, near: str | None) -> None:
    assert nearest_action(written, catalogue()) == near


def test_of_two_equal_statements_the_second_is_too_much() -> None:
    assert found(statements(deny("s3:*"), deny("s3:*"))) == [("W467", ("Statement", 1))]


class TestSize:
    def wide(self, count: int) -> Json:
        resources = [f"arn:aws:s3:::bucket-{index:04d}/*" for index in range(count)]
        parts = [
            {"Sid": f"S{index}", "Effect": "Deny", "Action": ["s3:Put*"], "Resource": [each]}
            for index, each in enumerate(resources)
        ]
        return document(*parts)

    def test_a_document_near_its_quota_says_what_would_help(self) -> None:
        (finding,) = [each for each in lint("scp", self.wide(100)) if each.code == "W468"]
        assert finding.message == "9,328 of 10,240 characters, without white space"
        assert finding.help == (
            "leaving out the Sids saves 1,190; writing lists of one as a text saves 400; "
            "its 100 statements can be split over 3 policies"
        )

    def test_quotas_move(self) -> None:
        assert not [each for each in lint("scp", self.wide(100), max_characters=20_000) if each.code == "W468"]
        assert [each.code for each in lint("tag", {"tags": {"a": {}}}, max_characters=10)] == ["W468"]

    def test_a_type_without_a_published_limit(self) -> None:
        assert lint("guardduty", {"x": {}}) == []


def test_a_statement_that_is_not_in_a_list() -> None:
    assert found({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "ec2:Nope", "Resource": "*"}}) == [
        ("W460", ("Statement", "Action"))
    ]
    assert lint("scp", "not a document") == []


@needs_corpus
def test_the_corpus_is_linted_with_explained_codes_and_few_alarms() -> None:
    explained = {each.code for each in CODES}
    counts: dict[str, int] = {}
    for written in documents():
        for finding in lint(written.type, written.document):
            assert finding.code in explained
            counts[finding.code] = counts.get(finding.code, 0) + 1
    assert sum(counts.values()) - counts["W460"] < len(documents()) / 10
