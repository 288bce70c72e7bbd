"""What a permission set allows: managed and inline policies, cut by the boundary and by the organization's policies."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.base import Json
from reconciler.model.decision import Decision, Request
from reconciler.model.scope import Unread
from reconciler.policy.evaluation.evaluate import decide
from reconciler.policy.evaluation.identity import ReservedRole, offline, permission_set_identity, unread
from reconciler.policy.language.statements import PolicyDocument, parse
from tests.building import deny
from tests.identity_center import permission_set
from tests.unit.policy.organizations import chain, with_full

KNOWN: dict[str, Json] = {
    "S3": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}},
    "Ec2": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}},
}


def documents(name: str) -> PolicyDocument | Unread:
    return parse("scp", KNOWN[name]) if name in KNOWN else offline(name)


def inline(effect: str, action: str, **more: Any) -> Json:
    statement = {"Sid": "Own", "Effect": effect, "Action": action, "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def ask(action: str, *scps: Json, region: str | None = "eu-west-1", **parts: Any) -> Decision:
    identity = permission_set_identity(permission_set("Deploy", **parts), region, documents)
    request = Request(account="shop", action=action)
    return decide(chain(with_full(*scps)), request, identity=identity)


class TestThePolicies:
    def test_administrator_access_is_known_offline(self) -> None:
        assert ask("ec2:RunInstances", managed=("AdministratorAccess",)).decision == "allowed"

    def test_an_scp_denies_what_they_allow(self) -> None:
        found = ask("s3:PutObject", deny("s3:Put*"), managed=("AdministratorAccess",))
        assert found.decision == "denied"
        assert found.blocked_by is not None
        assert found.blocked_by.level == "root:/"

    def test_they_allow_together(self) -> None:
        both: dict[str, Any] = {"managed": ("S3",), "inline": inline("Allow", "ec2:*")}
        assert [ask(each, **both).decision for each in ("s3:GetObject", "ec2:RunInstances", "sqs:SendMessage")] == [
            "allowed", "allowed", "denied",
        ]  # fmt: skip

    def test_what_none_allows_is_missing_at_the_permission_set(self) -> None:
        found = ask("sqs:SendMessage", managed=("S3",))
        assert (found.decision, found.missing_allow_at) == ("denied", ("permission_set:Deploy",))
        assert [each.identity for each in found.levels_without_own_allow] == [("S3",)]
        assert found.missing_scp_allow_at == ()

    def test_a_set_without_policies_allows_nothing(self) -> None:
        assert ask("s3:GetObject").missing_allow_at == ("permission_set:Deploy",)

    def test_its_own_deny_names_the_permission_set(self) -> None:
        blocked = ask("s3:GetObject", managed=("S3",), inline=inline("Deny", "s3:Get*")).blocked_by
        assert blocked is not None
        assert (blocked.policy, blocked.statement, blocked.level) == ("inline policy", "Own", "permission_set:Deploy")

    def test_the_boundary_has_to_allow_too(self) -> None:
        bounded: dict[str, Any] = {"managed": ("AdministratorAccess",), "boundary": {"managed": "S3"}}
        assert ask("s3:GetObject", **bounded).decision == "allowed"
        found = ask("ec2:RunInstances", **bounded)
        assert (found.decision, found.missing_allow_at) == ("denied", ("permission_set:Deploy (boundary)",))


class TestWhatIsNotKnown:
    def test_a_policy_of_aws_that_was_not_read(self) -> None:
        found = ask("s3:GetObject", managed=("ReadOnlyAccess",))
        assert found.decision == "unknown"
        (unknown,) = found.unknown
        assert (unknown.kind, unknown.addresses) == ("identity_policy", ("permission_set:Deploy",))
        assert "ReadOnlyAccess" in unknown.reason

    def test_a_customer_managed_policy_is_in_the_account(self) -> None:
        found = ask("s3:GetObject", managed=("AdministratorAccess",), customer_managed=({"name": "base"},))
        assert found.decision == "unknown"
        assert "/base is in the account" in found.unknown[0].reason

    def test_a_boundary_of_the_account(self) -> None:
        boundary = {"customer_managed": {"name": "limit"}}
        found = ask("s3:GetObject", managed=("AdministratorAccess",), boundary=boundary)
        assert (found.decision, found.unknown[0].addresses) == ("unknown", ("permission_set:Deploy (boundary)",))

    @pytest.mark.parametrize(
        ("scp", "own"),
        [(deny("s3:Get*"), {}), (deny("x:y"), inline("Deny", "s3:*"))],
        ids=["of an SCP", "of the set itself"],
    )
    def test_a_deny_that_is_known_decides(self, scp: Json, own: Json) -> None:
        assert ask("s3:GetObject", scp, managed=("ReadOnlyAccess",), inline=own).decision == "denied"

    def test_a_boundary_that_is_known_and_does_not_allow_decides(self) -> None:
        found = ask("s3:GetObject", managed=("ReadOnlyAccess",), boundary={"managed": "Ec2"})
        assert (found.decision, found.missing_allow_at) == ("denied", ("permission_set:Deploy (boundary)",))

    def test_parts_that_a_spec_does_not_manage_are_named(self) -> None:
        declared = permission_set("Deploy", managed=("S3",), inline=None, boundary=None, customer_managed=None)
        assert permission_set_identity(declared, None, documents).not_managed == (
            "permission_set/customer_managed", "permission_set/inline", "permission_set/boundary",
        )  # fmt: skip

    def test_the_reason_is_kept(self) -> None:
        def refused(name: str) -> Unread:
            return unread(f"{name}: not authorised")

        identity = permission_set_identity(permission_set("Deploy", managed=("X",)), None, refused)
        request = Request(account="shop", action="s3:GetObject")
        found = decide(chain(with_full()), request, identity=identity)
        assert [each.reason for each in found.unknown] == ["X: not authorised"]


def exempting(arn: str) -> Json:
    return deny("s3:*", ArnNotLike={"aws:PrincipalArn": arn})


ROLES = "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/"
EXACT = f"{ROLES}eu-west-1/AWSReservedSSO_Deploy_0123456789abcdef"


class TestTheRole:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html"""

    ADMIN = ("AdministratorAccess",)

    @pytest.mark.parametrize(
        ("region", "arn", "decision"),
        [
            ("eu-west-1", f"{ROLES}*/AWSReservedSSO_Deploy_*", "allowed"),
            ("eu-west-1", f"{ROLES}eu-west-1/AWSReservedSSO_Deploy_*", "allowed"),
            ("us-east-1", f"{ROLES}AWSReservedSSO_Deploy_*", "allowed"),
            (None, "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Deploy_*", "allowed"),
            (None, f"{ROLES}eu-west-1/AWSReservedSSO_Deploy_*", "conditional"),
            ("eu-west-1", EXACT, "conditional"),
            ("eu-west-1", f"{ROLES}us-west-2/AWSReservedSSO_Deploy_*", "denied"),
            ("eu-west-1", f"{ROLES}*/AWSReservedSSO_Other_*", "denied"),
            ("eu-west-1", f"{ROLES}*/AWSReservedSSO_Deploy_Prod_*", "denied"),
            ("eu-west-1", "arn:aws:iam::*:role/break-glass", "denied"),
        ],
    )
    def test_conditions_on_its_arn_are_evaluated(self, region: str | None, arn: str, decision: str) -> None:
        found = ask("s3:GetObject", exempting(arn), region=region, managed=self.ADMIN)
        assert found.decision == decision

    def test_it_is_a_role_of_the_account(self) -> None:
        found = ReservedRole("Deploy", "eu-west-1").in_account("111122223333", "aws-cn")
        assert (found.kind, found.account, found.service_linked) == ("role", "111122223333", False)
