"""One request through a chain: AWS's documented scenarios, who is exempt, and what is told of an answer."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.decision import Decision, DenyingStatement, Request
from reconciler.policy.evaluation.chains import Chain
from reconciler.policy.evaluation.evaluate import decide
from reconciler.policy.evaluation.identity import IDENTITY_POLICY, own_policy
from reconciler.policy.language.context import OrganizationContext
from reconciler.policy.language.statements import parse
from tests.unit.policy.organizations import (
    ACCOUNT_ID,
    FULL,
    OUTSIDE,
    Documents,
    allow,
    chain,
    deny,
    deny_rcp,
    deny_regions,
    document,
    with_full,
)

OURS = OrganizationContext("o-ours", frozenset({ACCOUNT_ID, "222233334444"}))
DENY_S3, DENY_EC2, ALLOW_EC2, ALLOW_S3 = deny("s3:*"), deny("ec2:*"), allow("ec2:*"), allow("s3:*")


def ask(
    above: Chain, action: str, *, closed: bool = False, place: OrganizationContext = OURS, **request: Any
) -> Decision:
    return decide(above, Request(account="shop", action=action, **request), place=place, closed_context=closed)


def passes(above: Chain) -> set[str]:
    """Which of three services the account may use at all."""
    actions = {"s3": "s3:GetObject", "ec2": "ec2:RunInstances", "rds": "rds:CreateDBInstance"}
    return {name for name, action in actions.items() if ask(above, action).decision == "allowed"}


class TestScenariosOfTheDocumentation:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html"""

    def nested(self, *levels: Documents) -> Chain:
        return chain(*levels, names=("root:/", "ou:Workloads", "ou:Workloads/Test", "account:shop"))

    def test_scenario_1_impact_of_deny_policies(self) -> None:
        account_a = chain({}, with_full(DENY_S3))
        account_b = chain({}, with_full(DENY_S3), with_full(DENY_EC2))
        assert passes(account_a) == {"ec2", "rds"}
        assert passes(account_b) == {"rds"}

    def test_scenario_2_allow_policies_must_exist_at_every_level(self) -> None:
        assert passes(chain({}, {"scp": [ALLOW_EC2]})) == {"ec2"}

    def test_scenario_3_missing_an_allow_statement_at_the_root(self) -> None:
        above = chain({"scp": []})
        assert passes(above) == set()
        assert ask(above, "s3:GetObject").missing_allow_at == ("root:/",)

    def test_scenario_4_layered_deny_statements_and_resulting_permissions(self) -> None:
        assert passes(self.nested({}, {}, with_full(DENY_EC2))) == {"s3", "rds"}
        assert passes(self.nested()) == {"s3", "ec2", "rds"}

    def test_scenario_5_allow_policies_at_the_ou_restrict_service_access(self) -> None:
        assert passes(self.nested({}, {}, {"scp": [ALLOW_EC2]})) == {"ec2"}

    def test_scenario_6_root_deny_affects_all_accounts_whatever_is_allowed_below(self) -> None:
        assert passes(self.nested(with_full(DENY_S3), {}, {"scp": [ALLOW_S3]})) == set()
        assert passes(self.nested(with_full(DENY_S3))) == {"ec2", "rds"}


class TestTheReason:
    def test_a_deny_names_policy_statement_and_level(self) -> None:
        decision = ask(
            chain({}, with_full(deny_regions("eu-west-1"))), "ec2:RunInstances", region="us-east-1", closed=True
        )
        assert decision.decision == "denied"
        assert decision.blocked_by == DenyingStatement(
            policy="ou:Workloads/scp1", statement="DenyRegions", index=0, level="ou:Workloads", type="scp"
        )
        assert [each.allowed for each in decision.levels] == [True, False, True]

    def test_a_statement_without_sid_is_named_by_its_number(self) -> None:
        two = document(deny("sqs:*")["Statement"][0], DENY_S3["Statement"][0])  # type: ignore[index,call-overload]
        decision = ask(chain(with_full(two)), "s3:GetObject")
        assert decision.blocked_by is not None
        assert (decision.blocked_by.statement, decision.blocked_by.index) == (2, 1)

    def test_the_statement_is_written_with_its_place(self) -> None:
        found = ask(chain(with_full(DENY_S3)), "s3:GetObject").model_dump(mode="json")["blocked_by"]
        assert list(found) == ["policy", "statement", "level", "file", "line"]

    def test_every_level_is_told_with_its_policies(self) -> None:
        levels = ask(chain({"rcp": [deny_rcp("s3:*")]}), "ec2:RunInstances").levels
        assert [(each.target, each.scps, each.rcps) for each in levels] == [
            ("root:/", ("FullAWSAccess",), ("root://rcp0",)),
            ("ou:Workloads", ("FullAWSAccess",), ()),
            ("account:shop", ("FullAWSAccess",), ()),
        ]

    def test_what_is_unknown_is_a_condition(self) -> None:
        decision = ask(chain({}, with_full(deny_regions("eu-west-1", "eu-central-1"))), "ec2:RunInstances")
        assert decision.decision == "conditional"
        assert decision.condition == (
            "denied unless aws:RequestedRegion is one of eu-central-1, eu-west-1 "
            "or aws:PrincipalARN is arn:aws:iam::*:role/Admin".replace("is arn", "is like arn")
        )
        assert decision.blocked_by is not None

    def test_in_a_closed_context_it_is_absent(self) -> None:
        above = chain({}, with_full(deny_regions("eu-west-1")))
        assert ask(above, "ec2:RunInstances", closed=True).decision == "denied"
        assert ask(above, "ec2:RunInstances", closed=True, region="eu-west-1").decision == "allowed"

    def test_a_conditional_allow_is_told_with_its_level(self) -> None:
        only = allow("s3:*", condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})
        decision = ask(chain({}, {"scp": [only]}), "s3:GetObject")
        assert decision.condition == "allowed at ou:Workloads only if aws:RequestedRegion is eu-west-1"

    def test_a_condition_that_follows_from_another_is_not_said_twice(self) -> None:
        mfa = {"Bool": {"aws:MultiFactorAuthPresent": "false"}}
        both = {**mfa, "StringLike": {"aws:UserAgent": "x*"}}
        decision = ask(
            chain(with_full(deny("iam:*", condition=mfa)), with_full(deny("iam:*", condition=both))), "iam:GetUser"
        )
        assert decision.condition == "denied if aws:MultiFactorAuthPresent is false"


class TestWhoIsExempt:
    ABOVE = chain(with_full(deny("*")), {"rcp": [deny_rcp("s3:*")]})

    def test_the_management_account(self) -> None:
        above = Chain(self.ABOVE.account, ACCOUNT_ID, self.ABOVE.levels, management=True)
        decision = ask(above, "s3:GetObject")
        assert decision.decision == "allowed"
        assert decision.exempt == "SCPs and RCPs do not apply to the management account"

    def test_service_linked_roles(self) -> None:
        linked = f"arn:aws:iam::{ACCOUNT_ID}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
        decision = ask(self.ABOVE, "s3:GetObject", principal=linked)
        assert (decision.decision, decision.exempt) == (
            "allowed", "neither SCPs nor RCPs apply to service-linked roles",
        )  # fmt: skip

    @pytest.mark.parametrize("name", ["AWSServiceRoleForEvil", "team/AWSServiceRoleForEvil"])
    def test_a_role_is_not_service_linked_by_its_name(self, name: str) -> None:
        assert ask(self.ABOVE, "s3:GetObject", principal=f"role/{name}").decision == "denied"

    @pytest.mark.parametrize("closed", [False, True])
    def test_a_session_does_not_say_whether_its_role_is_service_linked(self, closed: bool) -> None:
        session = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/AWSServiceRoleForECS/session"
        decision = ask(self.ABOVE, "ec2:RunInstances", principal=session, closed=closed)
        assert decision.decision == "conditional"
        assert decision.condition == ("denied unless aws:PrincipalArn is like arn:*:iam::*:role/aws-service-role/*")
        allow_list = chain({}, {"scp": [ALLOW_EC2]})
        assert ask(allow_list, "s3:GetObject", principal=session, closed=closed).decision == "conditional"
        assert ask(allow_list, "ec2:RunInstances", principal=session, closed=closed).decision == "allowed"

    def test_services_from_scps_only(self) -> None:
        decision = ask(self.ABOVE, "s3:GetObject", principal="cloudtrail.amazonaws.com")
        assert decision.exempt == "SCPs do not apply to AWS services"
        assert decision.blocked_by is not None
        assert decision.blocked_by.type == "rcp"
        assert ask(self.ABOVE, "ec2:RunInstances", principal="cloudtrail.amazonaws.com").decision == "allowed"

    def test_the_root_user_of_a_member_account_is_not(self) -> None:
        assert ask(self.ABOVE, "ec2:RunInstances", principal=f"arn:aws:iam::{ACCOUNT_ID}:root").decision == "denied"

    def test_organizations_without_scps(self) -> None:
        above = Chain("account:shop", ACCOUNT_ID, chain({"scp": []}).levels, scps_enabled=False)
        assert ask(above, "ec2:RunInstances").decision == "allowed"


class TestWhoHasNoPrincipalYet:
    """Who signs in with SAML or a web identity is no principal of AWS: no SCP applies, and no aws:Principal* key is
    there for RCPs."""

    SIGN_IN = ("sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
    PERIMETER = chain(
        with_full(deny("*")),
        {
            "rcp": [
                deny_rcp(
                    "sts:*",
                    condition={
                        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-ours"},
                        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                    },
                )
            ]
        },
    )

    @pytest.mark.parametrize("action", SIGN_IN)
    @pytest.mark.parametrize("closed", [False, True])
    @pytest.mark.parametrize("principal", [None, "*", "role/app"])
    def test_an_rcp_for_the_organization_locks_them_out(self, action: str, closed: bool, principal: str | None) -> None:
        decision = ask(self.PERIMETER, action, closed=closed, principal=principal)
        assert decision.decision == "denied"
        assert decision.blocked_by is not None
        assert decision.blocked_by.type == "rcp"
        assert decision.exempt == f"SCPs do not apply to {action}: who signs in is not a principal of AWS yet"

    @pytest.mark.parametrize("action", SIGN_IN)
    def test_keys_of_principals_are_absent(self, action: str) -> None:
        for key in ("aws:PrincipalArn", "aws:PrincipalTag/team", "aws:PrincipalAccount", "aws:userid"):
            above = chain({"rcp": [deny_rcp("sts:*", condition={"Null": {key: "true"}})]})
            assert ask(above, action).decision == "denied"

    def test_keys_of_the_provider_are_open(self) -> None:
        only = {"StringNotEquals": {"aws:FederatedProvider": "graph.facebook.com"}}
        above = chain({"rcp": [deny_rcp("sts:AssumeRoleWithWebIdentity", condition=only)]})
        assert ask(above, "sts:AssumeRoleWithWebIdentity").decision == "conditional"

    @pytest.mark.parametrize("action", ["cognito-identity:GetId", "cognito-idp:SignUp", "rolesanywhere:CreateSession"])
    def test_public_calls_are_unsigned_unless_a_principal_is_given(self, action: str) -> None:
        above = chain(
            with_full(deny("*")), {"rcp": [deny_rcp("cognito-identity:*", "cognito-idp:*", "rolesanywhere:*")]}
        )
        assert ask(above, action).exempt == "SCPs do not apply to unsigned requests"
        assert ask(above, action, principal="role/app").exempt is None


@pytest.mark.parametrize("principal", [None, "*", f"arn:aws:iam::{OUTSIDE}:role/x", "cloudtrail.amazonaws.com"])
def test_get_caller_identity_cannot_be_denied(principal: str | None) -> None:
    above = chain(with_full(deny("*")), {"scp": [], "rcp": [deny_rcp("sts:*")]})
    decision = ask(above, "sts:GetCallerIdentity", principal=principal)
    assert decision.decision == "allowed"
    assert decision.exempt == "sts:GetCallerIdentity needs no permission: no policy can deny it"


class TestCallersFromOtherOrganizations:
    """An account outside may be in another organization, with paths of its own, or in none: then it has none."""

    ELSEWHERE = chain(
        {"rcp": [deny_rcp("s3:*", condition={"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": "o-ours/*"}})]}
    )
    THEIRS = chain(
        {"rcp": [deny_rcp("s3:*", condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-theirs/*"}})]}
    )
    CALLER = f"arn:aws:iam::{OUTSIDE}:role/x"

    @pytest.mark.parametrize(("closed", "verdict"), [(True, "allowed"), (False, "conditional")])
    def test_in_a_closed_context_they_have_no_path(self, closed: bool, verdict: str) -> None:
        assert ask(self.ELSEWHERE, "s3:GetObject", principal=self.CALLER, closed=closed).decision == "denied"
        assert ask(self.THEIRS, "s3:GetObject", principal=self.CALLER, closed=closed).decision == verdict

    def test_a_path_can_be_given(self) -> None:
        context = {"aws:PrincipalOrgPaths": ["o-theirs/r-1/"]}
        asked = ask(self.THEIRS, "s3:GetObject", principal=self.CALLER, closed=True, context=context)
        assert asked.decision == "denied"


class TestWhatRcpsReach:
    PERIMETER = deny_rcp(
        "s3:*", "kms:*", "ec2:*",
        condition={
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-ours"},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    )  # fmt: skip
    ABOVE = chain({"rcp": [PERIMETER]})

    @pytest.mark.parametrize(
        ("principal", "verdict"),
        [
            (None, "allowed"),
            ("role/Dev", "allowed"),
            ("222233334444", "allowed"),
            (f"arn:aws:iam::{OUTSIDE}:role/x", "denied"),
            ("*", "denied"),
            ("cloudtrail.amazonaws.com", "allowed"),
        ],
    )
    def test_an_organization_perimeter(self, principal: str | None, verdict: str) -> None:
        assert ask(self.ABOVE, "s3:GetObject", principal=principal).decision == verdict

    def test_a_caller_from_outside_is_not_under_our_scps(self) -> None:
        decision = ask(chain(with_full(deny("*"))), "s3:GetObject", principal=f"arn:aws:iam::{OUTSIDE}:role/x")
        assert (decision.decision, decision.exempt) == (
            "allowed", "SCPs do not apply to callers outside the organization",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("action", "resource"),
        [
            ("ec2:RunInstances", None),
            ("kms:RetireGrant", None),
            ("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"),
        ],
    )
    def test_what_they_do_not_reach(self, action: str, resource: str | None) -> None:
        caller = f"arn:aws:iam::{OUTSIDE}:role/x"
        decision = ask(self.ABOVE, action, resource=resource, principal=caller, resource_account=ACCOUNT_ID)
        assert decision.decision == "allowed"

    def test_a_resource_outside_is_not_under_our_rcps(self) -> None:
        above = chain({"rcp": [deny_rcp("s3:*")]})
        assert ask(above, "s3:GetObject").decision == "denied"
        decision = ask(above, "s3:GetObject", resource_account=OUTSIDE)
        assert decision.decision == "allowed"
        assert decision.exempt == "RCPs do not apply to resources outside the organization"

    def test_two_accounts_of_the_organization(self) -> None:
        """The caller's SCPs and the owner's RCPs, and neither the other way round."""
        caller = chain(with_full(deny("s3:Put*")), {"rcp": [deny_rcp("s3:*")]}, account_id="222233334444")
        owner = chain(with_full(deny("*")), {"rcp": [deny_rcp("s3:Delete*")]})
        verdicts = {
            action: decide(
                owner,
                Request(account="shop", action=action, principal="222233334444"),
                place=OURS,
                others={"222233334444": caller},
            )
            for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
        }
        assert {action: each.decision for action, each in verdicts.items()} == {
            "s3:GetObject": "allowed", "s3:PutObject": "denied", "s3:DeleteObject": "denied",
        }  # fmt: skip


class TestWhatFollowsFromTheRequest:
    @pytest.mark.parametrize(
        ("condition", "request_", "verdict"),
        [
            ({"StringEquals": {"aws:PrincipalAccount": ACCOUNT_ID}}, {}, "denied"),
            ({"StringEquals": {"aws:PrincipalOrgID": "o-ours"}}, {}, "denied"),
            ({"StringNotEquals": {"aws:PrincipalOrgID": "o-ours"}}, {}, "allowed"),
            ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, {}, "allowed"),
            ({"Null": {"aws:PrincipalServiceName": "false"}}, {}, "allowed"),
            ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}, {}, "denied"),
            ({"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:role/A*"}}, {}, "conditional"),
            ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}, {}, "allowed"),
            ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::999999999999:role/*"}}, {}, "allowed"),
            ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Admin"}}, {"principal": "role/Admin"}, "denied"),
            ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Admin"}},
             {"principal": f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/Admin/me"}, "conditional"),
            ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Other"}},
             {"principal": f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/Admin/me"}, "allowed"),
            ({"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/Admin", "arn:aws:iam::*:role/*/Admin"]}},
             {"principal": f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/Admin/me"}, "denied"),
            ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/org/*"}},
             {"principal": f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/Admin/me"}, "conditional"),
            ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/xAdmin"}},
             {"principal": f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/Admin/me"}, "allowed"),
            ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}},
             {"principal": f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/Admin/me"}, "allowed"),
            ({"StringEquals": {"aws:PrincipalType": "User"}}, {"principal": "user/team/ann"}, "denied"),
            ({"StringEquals": {"aws:username": "ann"}}, {"principal": "user/team/ann"}, "denied"),
            ({"StringEquals": {"aws:PrincipalType": "Account"}}, {"principal": ACCOUNT_ID}, "denied"),
            ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, {"region": "eu-west-1"}, "denied"),
            ({"StringEquals": {"aws:ResourceAccount": OUTSIDE}}, {"resource_account": OUTSIDE}, "denied"),
            ({"StringNotEquals": {"aws:ResourceOrgID": "o-ours"}}, {"resource_account": OUTSIDE}, "denied"),
            ({"StringEquals": {"aws:ResourceAccount": ACCOUNT_ID}},
             {"resource": f"arn:aws:sqs:eu-west-1:{ACCOUNT_ID}:q"}, "denied"),
            ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, {"context": {"AWS:sourcevpc": ["vpc-1"]}}, "denied"),
            ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, {"context": {"aws:SourceVpc": []}}, "allowed"),
            ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, {}, "conditional"),
            ({"Bool": {"aws:SecureTransport": False}}, {"context": {"aws:SecureTransport": False}}, "denied"),
        ],
    )  # fmt: skip
    def test_context_keys(self, condition: Any, request_: Any, verdict: str) -> None:
        assert (
            ask(chain(with_full(deny("sqs:*", condition=condition))), "sqs:SendMessage", **request_).decision == verdict
        )

    def test_what_is_given_has_the_last_word(self) -> None:
        above = chain(with_full(deny("s3:*", condition={"StringEquals": {"aws:PrincipalOrgID": "o-other"}})))
        assert ask(above, "s3:GetObject", context={"aws:PrincipalOrgID": "o-other"}).decision == "denied"

    def test_the_path_in_the_organization(self) -> None:
        place = OrganizationContext("o-ours", frozenset({ACCOUNT_ID}), {ACCOUNT_ID: "o-ours/r-1/ou-a/"})
        inside = deny("s3:*", condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-ours/r-1/ou-a/*"}})
        elsewhere = deny("s3:*", condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-ours/r-1/ou-b/*"}})
        assert ask(chain(with_full(inside)), "s3:GetObject", place=place).decision == "denied"
        assert ask(chain(with_full(elsewhere)), "s3:GetObject", place=place).decision == "allowed"

    def test_resources(self) -> None:
        above = chain(with_full(deny("s3:*", resource=["arn:aws:s3:::log-*", "arn:aws:s3:::log-*/*"])))
        assert ask(above, "s3:GetObject", resource="arn:aws:s3:::log-1/x").decision == "denied"
        assert ask(above, "s3:GetObject", resource="arn:aws:s3:::data/x").decision == "allowed"
        unknown = ask(above, "s3:GetObject")
        assert unknown.condition == "denied if the resource is like arn:aws:s3:::log-*, arn:aws:s3:::log-*/*"

    def test_an_account_that_does_not_exist_yet(self) -> None:
        above = chain(
            with_full(deny("s3:*", condition={"StringEquals": {"aws:PrincipalAccount": "1"}})), account_id=None
        )
        assert ask(above, "s3:GetObject").decision == "conditional"
        assert ask(above, "ec2:RunInstances").decision == "allowed"


class TestIdentityPolicies:
    """Effective permission is the intersection."""

    POLICY = parse("scp", document(
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Sid": "Never", "Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"},
    ))  # fmt: skip

    def ask(self, action: str) -> Decision:
        request = Request(account="shop", action=action)
        return decide(chain(with_full(deny("s3:Put*"))), request, identity=own_policy(self.POLICY))

    def test_both_must_allow(self) -> None:
        assert self.ask("s3:GetObject").decision == "allowed"
        assert self.ask("s3:PutObject").decision == "denied"
        assert self.ask("ec2:RunInstances").missing_allow_at == (IDENTITY_POLICY,)

    def test_its_own_deny_is_told(self) -> None:
        blocked = self.ask("s3:DeleteObject").blocked_by
        assert blocked is not None
        assert (blocked.policy, blocked.statement) == (IDENTITY_POLICY, "Never")


def test_not_action_is_exact_for_actions_nobody_knows() -> None:
    above = chain(with_full(deny_regions("eu-west-1")))
    assert ask(above, "newservice:DoIt", closed=True).decision == "denied"
    assert ask(above, "IAM:newaction", closed=True).decision == "allowed"


def test_full_access_is_the_one_of_the_service() -> None:
    assert FULL == {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
