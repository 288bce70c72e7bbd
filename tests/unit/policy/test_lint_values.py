"""Placeholders, values, keys, operators and resources that cannot be what is meant."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.base import Json
from reconciler.policy.language.values import placeholders_in
from reconciler.policy.lint.check import check
from reconciler.policy.lint.document_lint import lint
from tests.unit.policy.organizations import deny, document

HOME = ("iam:*", "organizations:*", "sts:*", "cloudfront:*", "route53:*", "support:*")


def codes(written: Json) -> list[str]:
    return [each.code for each in (*check("scp", written), *lint("scp", written))]


def helps(written: Json) -> list[str | None]:
    return [each.help for each in (*check("scp", written), *lint("scp", written))]


def when(operator: str, key: str, *values: Any, action: str = "s3:*") -> Json:
    return deny(action, condition={operator: {key: list(values)}})


def regions(*values: str, but: tuple[str, ...] = HOME) -> Json:
    condition = {"StringNotEquals": {"aws:RequestedRegion": list(values)}}
    return document({"Effect": "Deny", "NotAction": list(but), "Resource": "*", "Condition": condition})


@pytest.mark.parametrize(
    "text",
    ["${AWS::Region}", "${AWS::AccountId}", "!Ref Bucket", "!Sub x", "%ACCOUNT%", "$ACCOUNT_ID", "${Env}", "<account>",
     "[ROLE]", "{region}", "CHANGEME", "REPLACE_ME", "TODO", "__ACCOUNT__"],
)  # fmt: skip
def test_placeholders(text: str) -> None:
    assert placeholders_in(text) == [text]
    assert codes(when("StringNotEquals", "aws:PrincipalTag/x", text)) == ["W451"]


@pytest.mark.parametrize("text", ["inf", "-Infinity", "nan", "1_000", " 1", "1e999", "0x10", "\u0661"])
def test_what_is_no_number(text: str) -> None:
    assert "W453" in codes(when("NumericLessThan", "s3:max-keys", text))


@pytest.mark.parametrize("text", ["1", "-1", "+1.5", ".5", "1.", "1e3"])
def test_numbers(text: str) -> None:
    assert codes(when("NumericLessThan", "s3:max-keys", text)) == []


@pytest.mark.parametrize(
    "text",
    ["${aws:PrincipalTag/team}", "${aws:username}", "${*}", "$account", "arn:aws:iam::$account:role/x", "50%",
     "a%2Fb%20c", "todo-list", "⟨account:shop.id⟩", "costs $5"],
)  # fmt: skip
def test_what_is_no_placeholder(text: str) -> None:
    assert placeholders_in(text) == []


@pytest.mark.parametrize(
    ("written", "code", "help"),
    [
        (when("StringEquals", "aws:RequestedRegion", "eu-west1"), "W474", "did you mean eu-west-1?"),
        (when("StringEquals", "aws:RequestedRegion", "eu-west-1 "), "W474", "write 'eu-west-1'"),
        (when("StringLike", "aws:RequestedRegion", "eu-wst-*"), "W474", None),
        (
            when("StringEquals", "aws:PrincipalAccount", 12345678901),
            "W474",
            'write "012345678901" in quotes, if zeros in front were lost',
        ),
        (when("StringEquals", "aws:SourceAccount", "1111-2222-3333"), "W474", "write the 12 digits in quotes"),
        (when("StringEquals", "aws:PrincipalOrgID", "123"), "W474", "write it like o-a1b2c3d4e5"),
        (when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "ou-ab12-11111111/*"), "W474", None),
        (
            when("ForAnyValue:StringEquals", "aws:CalledVia", "cloudformation"),
            "W474",
            "write cloudformation.amazonaws.com",
        ),
        (when("StringEquals", "aws:SourceIp", "10.0.0.0/8"), "W474", "write IpAddress"),
        (
            when("ArnLike", "aws:PrincipalArn", "arn:aws:sts::111122223333:assumed-role/Admin/*"),
            "W474",
            "write arn:aws:iam::111122223333:role/Admin",
        ),
        (when("ArnLike", "aws:PrincipalArn", "arn:awz:iam::*:role/Admin"), "W474", "did you mean aws?"),
        (when("StringEquals", "aws:RequestRegion", "eu-west-1"), "W473", "did you mean aws:RequestedRegion?"),
        (when("ArnLike", "aws:PrincipleArn", "arn:aws:iam::*:role/a"), "W473", "did you mean aws:PrincipalArn?"),
        (when("StringEquals", "aws:PrincipalTag", "a"), "W473", "write aws:PrincipalTag/KEY"),
        (
            when("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-abcdefghij"),
            "W475",
            "write StringEquals, or StringEqualsIfExists",
        ),
        (when("ForAnyValue:StringLike", "aws:PrincipalTag/x", "a"), "W475", "write StringLike, or StringLikeIfExists"),
        (when("StringEquals", "aws:TagKeys", "a"), "W475", None),
        (when("StringLike", "aws:PrincipalOrgPaths", "o-abcdefghij/*"), "W475", None),
        (when("StringEquals", "dynamodb:LeadingKeys", "a", action="dynamodb:GetItem"), "W475", None),
        (when("ForAllValues:StringEquals", "s3:x-amz-acl", "private", action="s3:PutObject"), "W475", None),
        (when("StringEquals", "aws:RequestedRegion"), "W477", "add the values, or remove the condition"),
        (deny("s3:*", condition={"StringEquals": {}}), "W477", "add a key, or remove the operator"),
        (deny("s3:*", resource="arn:awz:s3:::b"), "W472", "did you mean aws?"),
        (deny("s3:*", resource="arn:aws:s3:::my bucket"), "W472", "remove the blank"),
        (deny("s3:*", resource="arn:aws:s3:::b "), "W472", "remove them"),
        (deny("s3:*", resource="arn:aws:sqs:*:*:q"), "W472", "write the ARN of such a resource, or *"),
        (
            regions("eu-west-1", but=("iam:*", "sts:*")),
            "W476",
            "exempt them with NotAction (cloudfront:*, organizations:*, route53:*, support:*), or allow us-east-1",
        ),
        (when("StringNotEquals", "aws:RequestedRegion", "eu-west-1", action="*"), "W476", None),
        (deny("s3:*", resource="arn:aws:s3"), "E459", None),
        (deny("s3:*", resource="arn:foo"), "E459", None),
    ],
)
def test_findings(written: Json, code: str, help: str | None) -> None:
    assert code in codes(written)
    assert help is None or help in helps(written)


@pytest.mark.parametrize(
    "written",
    [
        when("StringLike", "aws:RequestedRegion", "eu-west-1", "us-gov-*", "ap-*-?"),
        when("StringEquals", "AWS:principalaccount", "111122223333", "⟨account:shop.id⟩"),
        when("StringLike", "aws:PrincipalOrgID", "o-*"),
        when("ForAnyValue:StringEquals", "aws:CalledVia", "cloudformation.amazonaws.com"),
        when("ForAllValues:StringLike", "aws:TagKeys", "team*"),
        when("Null", "aws:TagKeys", "true"),
        when("IpAddress", "aws:SourceIp", "10.0.0.0/8", "2001:db8::/32"),
        when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/a", "arn:*:iam::*:role/b", "arn:aws:iam:*:*:role/a"),
        when("ForAnyValue:StringLike", "ram:Principal", "a", action="ram:CreateResourceShare"),
        when("StringEquals", "lambda:Principal", "*", action="lambda:AddPermission"),
        deny("s3:*", resource="arn:aws:s3:::bucket/with blanks/*"),
        deny("s3:*", "sqs:*", resource="arn:aws:sqs:*:*:q"),
        deny("s3:*", resource="arn:aws:*"),
        deny("*", resource="arn:aws:sqs:*:*:q"),
        deny("backup:DeleteRecoveryPoint", resource="arn:aws:ec2:*::snapshot/*"),
        deny("iam:*", resource="arn:aws:iam::⟨account:shop.id⟩:role/x"),
        regions("eu-west-1"),
        regions("eu-west-1", "us-east-1", but=()),
        deny("*", condition={"StringNotLike": {"aws:RequestedRegion": "us-*"}}),
    ],
)
def test_what_is_meant_is_left_alone(written: Json) -> None:
    assert [each for each in codes(written) if each not in ("W463", "W464", "E456")] == []
