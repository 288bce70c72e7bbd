"""`explain` through the command line: a decision and its reason, on the spec, live, and around a plan."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Program, Ran
from tests.e2e.test_staleness import Hand
from tests.e2e.three_accounts import applied, asked, in_place, with_text


@pytest.fixture
def program(program: Program) -> Program:
    return in_place(program)


class TestADecision:
    def test_json_has_the_fields_of_the_contract(self, program: Program) -> None:
        found = asked(program, "shop", "ec2:RunInstances", "--region", "us-east-1", "--principal", "role/app")
        assert found == {
            "account": "shop",
            "action": "ec2:RunInstances",
            "decision": "denied",
            "levels": [
                {
                    "target": "root:/", "scps": ["FullAWSAccess", "deny-leaving"], "rcps": [],
                    "allowed": True, "conditional": False,
                },
                {
                    "target": "ou:Workloads", "scps": ["FullAWSAccess", "regions"], "rcps": ["require-tls"],
                    "allowed": False, "conditional": False,
                },
                {
                    "target": "account:shop", "scps": ["FullAWSAccess"], "rcps": [],
                    "allowed": True, "conditional": False,
                },
            ],
            "blocked_by": {
                "policy": "regions", "statement": "OutsideRegions", "level": "ou:Workloads",
                "file": "policies/regions.json.j2", "line": 4,
            },
            "missing_allow_at": [],
            "condition": None,
            "exempt": None,
            "unknown": [],
        }  # fmt: skip

    def test_text_shows_the_way_down_and_names_the_line(self, program: Program) -> None:
        ran = program("explain", "shop", "organizations:LeaveOrganization")
        assert ran.code == 0
        assert ran.out == (
            "DENIED organizations:LeaveOrganization in account shop\n"
            "\n"
            "root:/ x denied\n"
            "   SCPs FullAWSAccess, deny-leaving\n"
            "`- ou:Workloads ? depends\n"
            "      SCPs FullAWSAccess, regions\n"
            "      RCPs require-tls\n"
            "   `- account:shop + allowed\n"
            "         SCPs FullAWSAccess\n"
            "\n"
            "Denied by statement Leaving of deny-leaving at root:/ (policies/deny-leaving.json:4).\n"
        )

    @pytest.mark.parametrize("account", ["shop", "222233334444", "account:shop"])
    def test_an_account_has_a_key_and_an_id(self, program: Program, account: str) -> None:
        found = asked(program, account, "organizations:LeaveOrganization")
        assert (found["account"], found["decision"]) == (account, "denied")

    def test_what_is_not_known_is_a_condition(self, program: Program) -> None:
        found = asked(program, "shop", "ec2:RunInstances")
        assert found["decision"] == "conditional"
        assert "unless aws:RequestedRegion is eu-west-1 or aws:PrincipalArn is like" in found["condition"]
        assert found["blocked_by"]["statement"] == "OutsideRegions"
        closed = asked(program, "shop", "ec2:RunInstances", "--closed-context")
        assert (closed["decision"], closed["condition"]) == ("denied", None)

    def test_an_allow_that_is_missing(self, program: Program) -> None:
        found = asked(program, "lab", "ec2:RunInstances")
        assert (found["decision"], found["missing_allow_at"]) == ("denied", ["ou:Lab"])
        assert found["blocked_by"] is None
        assert "No SCP allows it at ou:Lab." in program("explain", "lab", "ec2:RunInstances").out

    @pytest.mark.parametrize(
        ("action", "said"),
        [
            ("iam:CreateUsr", "there is no action iam:CreateUsr in the catalogue of actions (as of 20"),
            ("s3:getobjectt", "did you mean s3:GetObject?"),
            ("iamm:CreateUser", "did you mean iam:CreateUser?"),
        ],
    )
    def test_an_action_that_does_not_exist_is_said_to_be_unknown(
        self, program: Program, action: str, said: str
    ) -> None:
        ran = program("explain", "shop", action, "--output", "json")
        assert ran.code == 0
        (warning,) = json.loads(ran.out)["warnings"]
        assert said in warning
        assert f"warning: {warning}" in ran.err
        assert "Warning: there is no" in program("explain", "shop", action).out

    @pytest.mark.parametrize("action", ["iam:CreateUser", "iam:*", "s3:Get*", "S3:GETOBJECT"])
    def test_actions_and_patterns_that_exist_are_not(self, program: Program, action: str) -> None:
        ran = program("explain", "shop", action, "--output", "json")
        assert "warnings" not in json.loads(ran.out)
        assert "warning" not in ran.err

    @pytest.mark.parametrize(
        ("principal", "decision"),
        [
            ("role/break-glass", "allowed"),
            ("role/app", "denied"),
            ("user/anna", "denied"),
            ("root", "denied"),
            ("arn:aws:iam::222233334444:role/break-glass", "allowed"),
            ("arn:aws:sts::222233334444:assumed-role/break-glass/anna", "conditional"),
            ("arn:aws:sts::222233334444:assumed-role/app/anna", "denied"),
            ("arn:aws:iam::{account}:role/break-glass", "allowed"),
            ("arn:aws:iam::222233334444:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", "allowed"),
        ],
    )
    def test_who_calls(self, program: Program, principal: str, decision: str) -> None:
        at = ("--region", "us-east-1", "--principal", principal)
        assert asked(program, "shop", "ec2:RunInstances", *at)["decision"] == decision

    def test_the_management_account_is_exempt_and_says_so(self, program: Program) -> None:
        found = asked(program, "management", "organizations:LeaveOrganization")
        assert found["decision"] == "allowed"
        assert found["exempt"] == "SCPs and RCPs do not apply to the management account"

    def test_rcps_hold_for_callers_from_anywhere(self, program: Program) -> None:
        stranger = ("--principal", "arn:aws:iam::999988887777:role/stranger")
        insecure = ("--context", "aws:SecureTransport=false")
        found = asked(program, "shop", "s3:GetObject", *stranger, *insecure)
        assert (found["decision"], found["blocked_by"]["policy"]) == ("denied", "require-tls")
        assert found["exempt"] == "SCPs do not apply to callers outside the organization"
        assert asked(program, "shop", "s3:GetObject", *stranger, "--context", "aws:SecureTransport=true")[
            "decision"
        ] == "allowed"  # fmt: skip

    def test_a_resource_of_an_account_that_has_no_id_yet(self, program: Program) -> None:
        resource = "arn:aws:sqs:us-east-1:{account}:orders"
        found = asked(program, "blog", "sqs:SendMessage", "--region", "us-east-1", "--resource", resource,
                      "--principal", "role/app")  # fmt: skip
        assert found["decision"] == "denied"
        assert found["exempt"] is None

    def test_an_identity_policy_is_one_more_level(self, program: Program) -> None:
        allow = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}
        Path("mine.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": allow}))
        mine = ("--identity-policy", "mine.json", "--region", "eu-west-1", "--context", "aws:SecureTransport=true")
        assert asked(program, "shop", "s3:GetObject", *mine)["decision"] == "allowed"
        found = asked(program, "shop", "s3:PutObject", *mine)
        assert (found["decision"], found["missing_allow_at"]) == ("denied", ["identity policy"])
        # The intersection: what the IAM policy allows, an SCP may still deny.
        assert asked(program, "lab", "s3:GetObject", *mine)["decision"] == "allowed"
        allow["Action"] = "*"
        Path("mine.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": allow}))
        assert asked(program, "lab", "ec2:RunInstances", *mine)["missing_allow_at"] == ["ou:Lab"]


class TestManyRequests:
    LINES = (
        {"account": "shop", "action": "ec2:RunInstances", "region": "us-east-1", "principal": "role/app"},
        {"account": "222233334444", "action": "ec2:RunInstances", "region": "eu-west-1"},
        {"account": "lab", "action": "s3:GetObject", "context": {"aws:SecureTransport": ["true"]}},
        {"account": "shop", "action": "s3:GetObject", "region": "eu-west-1", "context": {"aws:SecureTransport": False}},
        {"account": "shop", "action": "ec2:RunInstances"},
    )

    def write(self) -> None:
        Path("requests.jsonl").write_text("\n".join(map(json.dumps, self.LINES)) + "\n\n")

    def answers(self, ran: Ran) -> list[dict[str, Any]]:
        assert ran.code == 0, ran.err
        return [json.loads(line) for line in ran.out.splitlines()]

    def test_one_answer_a_line_in_the_same_order(self, program: Program) -> None:
        self.write()
        found = self.answers(program("explain", "--requests", "requests.jsonl"))
        assert [(each["account"], each["action"]) for each in found] == [
            (each["account"], each["action"]) for each in self.LINES
        ]
        assert [each["decision"] for each in found] == ["denied", "allowed", "allowed", "denied", "conditional"]
        alone = asked(program, "shop", "ec2:RunInstances", "--region", "us-east-1", "--principal", "role/app")
        assert found[0] == alone

    def test_in_a_closed_context_no_answer_depends(self, program: Program) -> None:
        self.write()
        found = self.answers(program("explain", "--requests", "requests.jsonl", "--closed-context"))
        assert [each["decision"] for each in found] == ["denied", "allowed", "allowed", "denied", "denied"]

    @pytest.mark.parametrize(
        ("text", "code", "message"),
        [
            ("{", 64, "requests.jsonl:1: not a request"),
            ('{"account": "shop"}', 64, "requests.jsonl:1: not a request"),
            ('{"account": "shop", "action": "s3:GetObject"}\n[]', 64, "requests.jsonl:2: not a request"),
            ('{"account": "shp", "action": "s3:GetObject"}', 64, "there is no account shp"),
        ],
    )
    def test_a_line_that_is_no_request_is_named(self, program: Program, text: str, code: int, message: str) -> None:
        Path("requests.jsonl").write_text(text)
        ran = program("explain", "--requests", "requests.jsonl")
        assert (ran.code, ran.out) == (code, "")
        assert message in ran.err


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        ([], 64, "expected an account and an action"),
        (["shop"], 64, "expected an account and an action"),
        (["shop", "RunInstances"], 64, "service:Action"),
        (["shp", "ec2:RunInstances"], 64, "did you mean shop"),
        (["shop", "ec2:RunInstances", "--context", "aws:SourceIp"], 64, "KEY=VALUE"),
        (["--requests", "missing.jsonl"], 64, "missing.jsonl cannot be read"),
        (["shop", "ec2:RunInstances", "--identity-policy", "missing.json"], 1, "missing.json is not an IAM policy"),
        (["shop", "ec2:RunInstances", "--plan", "missing.json", "--mock"], 1, "missing.json cannot be read"),
        (["shop", "ec2:RunInstances", "--plan", "policies/deny-leaving.json", "--mock"], 5, "plan format"),
        (["shop", "ec2:RunInstances", "--spec", "missing.yaml"], 3, "missing.yaml"),
        (["shop", "ec2:RunInstances", "--snapshot", "missing.json"], 1, "missing.json"),
    ],
)
def test_exit_codes_of_mistakes(program: Program, args: list[str], code: int, message: str) -> None:
    ran = program("explain", *args)
    assert (ran.code, ran.out) == (code, ""), ran
    assert message in ran.err


def test_a_closed_account_is_not_reported_as_missing(program: Program) -> None:
    with_text('shop: {id: "222233334444", email', 'shop: {id: "222233334444", state: closed, email')
    ran = program("explain", "shop", "s3:GetObject")
    assert ran.code == 64
    assert "account:shop is closed" in ran.err


class TestLive:
    def test_the_live_organization_is_asked_by_the_names_of_the_spec(self, program: Program) -> None:
        applied(program)
        with_text("[eu-west-1]", "[eu-west-1, us-east-1]")
        request = ("shop", "ec2:RunInstances", "--region", "us-east-1", "--principal", "role/app")
        assert asked(program, *request)["decision"] == "allowed"
        live = asked(program, *request, "--mock")
        assert (live["decision"], live["blocked_by"]["level"]) == ("denied", "ou:Workloads")
        assert [each["target"] for each in live["levels"]] == ["root:/", "ou:Workloads", "account:shop"]
        assert live["levels"][0]["rcps"] == ["RCPFullAWSAccess"]

    def test_a_snapshot_does_as_well_also_without_a_spec(self, program: Program) -> None:
        applied(program)
        assert program("snapshot", "--mock", "--out", "live.json").code == 0
        request = ("ec2:RunInstances", "--region", "us-east-1", "--principal", "role/app", "--snapshot", "live.json")
        named = asked(program, "shop", *request)
        Path("org.yaml").unlink()
        found = asked(program, "222233334444", *request)
        assert found["decision"] == named["decision"] == "denied"
        assert found["blocked_by"] == named["blocked_by"] | {"file": None, "line": None}


class TestAroundAPlan:
    REQUEST = ("shop", "ec2:RunInstances", "--region", "us-east-1", "--principal", "role/app")

    def plan(self, program: Program) -> None:
        applied(program)
        with_text("[eu-west-1]", "[eu-west-1, us-east-1]")
        assert program("plan", "--mock", "--save", "plan.json").code == 0

    def test_json_has_both_answers(self, program: Program) -> None:
        self.plan(program)
        found = asked(program, *self.REQUEST, "--plan", "plan.json", "--mock")
        assert list(found) == ["before", "after"]
        assert found["before"] == asked(program, *self.REQUEST, "--mock") | {
            "blocked_by": found["before"]["blocked_by"]
        }
        assert [found[side]["decision"] for side in found] == ["denied", "allowed"]
        assert found["before"]["blocked_by"]["policy"] == "regions"
        assert found["before"]["blocked_by"]["file"] is None, "the old document is not the one in the file"

    def test_what_the_plan_leaves_alone_has_its_line_on_both_sides(self, program: Program) -> None:
        self.plan(program)
        found = asked(program, "shop", "organizations:LeaveOrganization", "--plan", "plan.json", "--mock")
        assert found["before"] == found["after"]
        assert found["before"]["blocked_by"]["line"] == 4
        ran = program("explain", "shop", "organizations:LeaveOrganization", "--plan", "plan.json", "--mock")
        assert ran.out.startswith("The plan does not change this.\n\nDENIED ")
        assert ran.out.count("DENIED") == 1

    def test_text_has_one_after_the_other(self, program: Program) -> None:
        self.plan(program)
        out = program("explain", *self.REQUEST, "--plan", "plan.json", "--mock").out
        before, _, after = out.partition("After the plan\n\n")
        assert before.startswith("Before the plan\n\nDENIED ")
        assert after.startswith("ALLOWED ")

    def test_answers_to_a_file_of_requests_have_both_sides(self, program: Program) -> None:
        self.plan(program)
        Path("requests.jsonl").write_text('{"account": "shop", "action": "iam:ListRoles"}\n' * 3)
        ran = program("explain", "--requests", "requests.jsonl", "--plan", "plan.json", "--mock")
        lines = [json.loads(line) for line in ran.out.splitlines()]
        assert len(lines) == 3
        assert all(each["before"] == each["after"] for each in lines)

    def test_the_plan_speaks_for_itself_where_the_spec_is_gone_or_another_one(self, program: Program) -> None:
        self.plan(program)
        named = asked(program, *self.REQUEST, "--plan", "plan.json", "--mock")
        changes: tuple[Callable[[], None], ...] = (lambda: with_text("us-east-1", "us-west-2"), Path("org.yaml").unlink)
        for change in changes:
            change()
            found = asked(program, "222233334444", *self.REQUEST[1:], "--plan", "plan.json", "--mock")
            assert [found[side]["decision"] for side in found] == ["denied", "allowed"]
            assert found["after"]["levels"][1] == named["after"]["levels"][1]

    def test_an_account_that_the_plan_creates_is_there_only_after_it(self, program: Program) -> None:
        assert program("plan", "--mock", "--save", "plan.json").code == 0
        found = asked(program, "blog", "organizations:LeaveOrganization", "--plan", "plan.json", "--mock")
        assert found["before"] is None
        assert (found["after"]["decision"], found["after"]["blocked_by"]["line"]) == ("denied", 4)
        out = program("explain", "blog", "organizations:LeaveOrganization", "--plan", "plan.json", "--mock").out
        assert out.startswith("Before the plan\n\nThe account is not there, or closed.\n\nAfter the plan\n\nDENIED ")
        nowhere = program("explain", "log", "organizations:LeaveOrganization", "--plan", "plan.json", "--mock")
        assert nowhere.code == 64

    def test_a_move_changes_what_stands_above(self, program: Program) -> None:
        applied(program)
        line = "        blog: {email: blog@example.com}\n"
        with_text(line, "")
        with_text("        lab: {", line + "        lab: {")
        assert program("plan", "--mock", "--save", "plan.json").code == 0
        found = asked(program, "blog", "sqs:SendMessage", "--region", "eu-west-1", "--plan", "plan.json", "--mock")
        assert [each["target"] for each in found["before"]["levels"]] == ["root:/", "ou:Workloads", "account:blog"]
        assert found["before"]["decision"] == "allowed"
        assert [each["target"] for each in found["after"]["levels"]] == ["root:/", "ou:Lab", "account:blog"]
        assert found["after"]["missing_allow_at"] == ["ou:Lab"]

    def test_a_plan_that_no_longer_holds_is_refused(self, program: Program) -> None:
        self.plan(program)
        hand = Hand()
        document = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}'
        hand.call("UpdatePolicy", PolicyId=hand.id("policy:regions"), Content=document)
        ran = program("explain", *self.REQUEST, "--plan", "plan.json", "--mock")
        assert (ran.code, ran.out) == (5, "")
        assert "policy:regions: content changed" in ran.err
