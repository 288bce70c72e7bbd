"""AWS's own answers through the command line: `validate --online`, `explain --online`, `impact --lookback`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from botocore.stub import ANY

from tests.e2e.conftest import Program
from tests.unit.aws.stubbed import Aws

SPEC = """\
version: 1
organization: {management_account_id: "111122223333", policy_types: [scp, rcp]}
policies:
  s3-tls:
    type: rcp
    content:
      Version: "2012-10-17"
      Statement:
        - Sid: Tls
          Effect: Deny
          Principal: "*"
          Action: "s3:*"
          Resource: "*"
          Condition: {Bool: {"aws:SecureTransport": "false"}}
  regions:
    type: scp
    file: regions.json.j2
root:
  organizational_units:
    Workloads:
      policies: [regions, s3-tls]
      accounts:
        shop: {id: "222233334444", email: shop@example.com}
  accounts:
    management: {id: "111122223333", email: aws@example.com}
    new: {email: new@example.com}
"""

REGIONS = """\
{
  "Version": "2012-10-17",
  "Statement": [{
    "Sid": "Regions",
    "Effect": "Deny",
    "Action": "*",
    "Resource": "*",
    "Condition": {
      "StringNotEquals": {"aws:RequestedRegion": "eu-west-1", "aws:PrincipalAccount": "{{ accounts["new"].id }}"}
    }
  }]
}
"""

SHOP = "222233334444"
VALIDATE = "accessanalyzer:ValidatePolicy"
SIMULATE = "iam:SimulateCustomPolicy"
LOOK_UP = "cloudtrail:LookupEvents"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    made = Aws(monkeypatch)
    yield made
    made.was_asked_everything()


@pytest.fixture
def here(program: Program, tmp_path: Path) -> Program:
    """The program in a directory with this spec."""
    (tmp_path / "org.yaml").write_text(SPEC)
    (tmp_path / "regions.json.j2").write_text(REGIONS)
    return program


def finding(type: str, *path: dict[str, Any]) -> dict[str, Any]:
    position = {"line": 1, "column": 0, "offset": 0}
    return {
        "findingType": type,
        "issueCode": "SOME_ISSUE",
        "findingDetails": "Change it.",
        "learnMoreLink": "https://docs.aws.amazon.com/x",
        "locations": [{"path": list(path), "span": {"start": position, "end": position}}],
    }


def validated(aws: Aws, scp: list[dict[str, Any]], rcp: list[dict[str, Any]]) -> None:
    for policy_type, found in (("RESOURCE_CONTROL_POLICY", rcp), ("SERVICE_CONTROL_POLICY", scp)):
        aws.answers(VALIDATE, {"policyType": policy_type, "policyDocument": ANY}, {"findings": found})


class TestValidate:
    ACTION = ({"value": "Statement"}, {"index": 0}, {"value": "Action"})

    def test_a_finding_is_told_at_its_place(self, here: Program, aws: Aws) -> None:
        validated(aws, [finding("SUGGESTION", *self.ACTION)], [finding("SECURITY_WARNING", *self.ACTION)])
        ran = here("validate", "--online", "--output", "json")
        assert ran.code == 0
        found = [each for each in ran.json["diagnostics"] if each["code"].startswith("A")]
        assert [(each["code"], each["file"], each["line"]) for each in found] == [
            ("A002", "org.yaml", 12),
            ("A004", "regions.json.j2", 6),
        ]
        assert found[0]["message"] == "Change it (SOME_ISSUE)"
        assert found[0]["help"] == "see https://docs.aws.amazon.com/x"

    def test_an_error_makes_the_spec_invalid(self, here: Program, aws: Aws) -> None:
        validated(aws, [finding("ERROR", *self.ACTION)], [])
        ran = here("validate", "--online")
        assert ran.code == 3
        assert "error[A001]: Change it (SOME_ISSUE)" in ran.err

    def test_a_warning_that_is_meant_so(self, here: Program, aws: Aws, tmp_path: Path) -> None:
        (tmp_path / "org.yaml").write_text(SPEC.replace("type: rcp", "type: rcp\n    lint: {Tls: [A002]}"))
        validated(aws, [], [finding("SECURITY_WARNING", *self.ACTION)])
        assert "A002" not in here("validate", "--online").err

    def test_without_the_permission(self, here: Program, aws: Aws) -> None:
        aws.refuses(VALIDATE, "AccessDeniedException")
        ran = here("validate", "--online")
        assert ran.code == 8
        assert '"Action": "access-analyzer:ValidatePolicy"' in ran.err

    @pytest.mark.usefixtures("aws")
    def test_of_an_invalid_spec_nothing_is_asked(self, here: Program, tmp_path: Path) -> None:
        (tmp_path / "org.yaml").write_text(SPEC.replace("type: rcp", "type: rpc"))
        assert here("validate", "--online").code == 3

    @pytest.mark.parametrize("command", [("validate", "--online"), ("impact", "--lookback", "1d")])
    def test_a_mocked_organization_has_no_aws(self, here: Program, command: tuple[str, ...]) -> None:
        assert here(*command, "--mock").code == 64

    def test_the_codes_are_explained(self, here: Program) -> None:
        assert "Access Analyzer" in here("validate", "--explain", "A002").out


FULL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
STAND_IN = "000000000001"
LEVELS = [[FULL], [FULL, REGIONS.replace('{{ accounts["new"].id }}', STAND_IN)], [FULL]]


class Json(str):
    """A text that is equal to every text of the same JSON."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and json.loads(self) == json.loads(other)


@dataclass(eq=False)
class Including:
    """Equal to every list that has these members."""

    members: list[Any]
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, list) and all(each in other for each in self.members)


def simulates(aws: Aws, decision: str, *, context: Any = ANY, identity: str = FULL, **more: Any) -> None:
    levels = [{"ServiceControlPolicyInputList": [Json(each) for each in level]} for level in LEVELS]
    params = {
        "PolicyInputList": [Json(identity)],
        "ActionNames": ["s3:GetObject"],
        "ContextEntries": context,
        "OrderedOrganizationPolicyInputList": levels,
    }
    answer = {"EvaluationResults": [{"EvalActionName": "s3:GetObject", "EvalDecision": decision}]}
    aws.answers(SIMULATE, {**params, **more}, answer)


EXPLAIN = ("explain", "shop", "s3:GetObject", "--online")


class TestExplain:
    def online(self, here: Program, *args: str) -> dict[str, Any]:
        ran = here(*EXPLAIN, "--output", "json", *args)
        assert ran.code == 0, ran.err
        found: dict[str, Any] = ran.json["online"]
        return found

    def test_aws_is_told_what_is_known(self, here: Program, aws: Aws) -> None:
        known = {
            "aws:principalisawsservice": "false",
            "aws:principalaccount": SHOP,
            "aws:principalarn": f"arn:aws:iam::{SHOP}:role/Admin",
            "aws:principaltype": "AssumedRole",
            "aws:requestedregion": "us-east-1",
            "aws:securetransport": "true",
        }
        context = Including(
            [
                {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
                for key, value in known.items()
            ]
        )
        simulates(aws, "explicitDeny", context=context, ResourceArns=["arn:aws:s3:::a/b"])
        given = ("--region", "us-east-1", "--principal", "role/Admin", "--resource", "arn:aws:s3:::a/b")
        online = self.online(here, *given, "--context", "aws:SecureTransport=true")
        assert online == {"decision": "explicitDeny", "agrees": True, "note": None}

    def test_a_different_answer_is_told(self, here: Program, aws: Aws) -> None:
        simulates(aws, "implicitDeny")
        ran = here(*EXPLAIN, "--region", "eu-west-1", "--context", "aws:SecureTransport=true")
        assert ran.code == 0
        assert "AWS's policy simulator: implicitDeny. IT DOES NOT AGREE." in ran.out

    def test_an_rcp_that_decides_is_not_the_simulators(self, here: Program, aws: Aws) -> None:
        simulates(aws, "allowed")
        ran = here(*EXPLAIN, "--region", "eu-west-1", "--context", "aws:SecureTransport=false")
        assert ran.out.startswith("DENIED")
        told = " ".join(ran.out.split())
        assert "AWS's policy simulator: allowed. It agrees. (an RCP decides, and the simulator knows SCPs only" in told

    def test_what_is_not_known_is_absent(self, here: Program, aws: Aws) -> None:
        simulates(aws, "explicitDeny")
        online = self.online(here, "--context", "aws:SecureTransport=true")
        assert online["agrees"] is True
        assert "a key that is not known is absent" in online["note"]

    @pytest.mark.usefixtures("aws")
    def test_where_no_scp_applies_nothing_is_asked(self, here: Program) -> None:
        ran = here("explain", "management", "s3:GetObject", "--online", "--output", "json")
        note = "not asked: SCPs and RCPs do not apply to the management account"
        assert ran.json["online"] == {"decision": None, "agrees": None, "note": note}

    def test_the_principals_own_policy(self, here: Program, aws: Aws, tmp_path: Path) -> None:
        identity = FULL.replace('"*"', '"ec2:*"', 1)
        (tmp_path / "identity.json").write_text(identity)
        simulates(aws, "implicitDeny", identity=identity)
        online = self.online(here, "--identity-policy", "identity.json", "--region", "eu-west-1")
        assert online == {"decision": "implicitDeny", "agrees": True, "note": None}

    def test_many_requests(self, here: Program, aws: Aws, tmp_path: Path) -> None:
        request = {"account": "shop", "action": "s3:GetObject", "context": {"aws:SecureTransport": "true"}}
        lines = [json.dumps({**request, "region": region}) for region in ("eu-west-1", "us-east-1")]
        (tmp_path / "requests.jsonl").write_text("\n".join(lines))
        simulates(aws, "allowed")
        simulates(aws, "allowed")
        ran = here("explain", "--requests", "requests.jsonl", "--online")
        assert [json.loads(line)["online"]["agrees"] for line in ran.out.splitlines()] == [True, False]


DENY_S3 = """\
  deny-s3:
    type: scp
    content:
      Version: "2012-10-17"
      Statement: [{Sid: DenyS3, Effect: Deny, Action: "s3:*", Resource: "*"}]
root:
  policies: [deny-s3]
"""


def event(account: str, name: str, hour: int = 8) -> dict[str, Any]:
    arn = f"arn:aws:iam::{account}:role/app"
    record = {
        "eventType": "AwsApiCall",
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "recipientAccountId": account,
        "userIdentity": {
            "type": "AssumedRole",
            "accountId": account,
            "sessionContext": {"sessionIssuer": {"arn": arn}},
        },
    }
    time = datetime(2026, 11, 22, hour, tzinfo=UTC)
    return {"EventTime": time, "CloudTrailEvent": json.dumps(record)}


class TestLookback:
    IMPACT = ("impact", "--snapshot", "live.json", "--lookback", "14d")
    PARAMS: ClassVar = {"StartTime": ANY, "MaxResults": 50}

    @pytest.fixture
    def planning(self, here: Program, tmp_path: Path) -> Program:
        """The same, with a snapshot of the organization, and a spec that denies S3 everywhere."""
        assert here("apply", "--mock", "--auto-approve", "--quiet").code == 0
        assert here("snapshot", "--mock", "--out", "live.json").code == 0
        (tmp_path / "org.yaml").write_text(SPEC.replace("root:\n", DENY_S3))
        return here

    def test_the_calls_of_the_event_history_are_replayed(self, planning: Program, aws: Aws) -> None:
        aws.answers(LOOK_UP, self.PARAMS, {"Events": [event(SHOP, "GetObject")] * 2, "NextToken": "2"})
        aws.answers(LOOK_UP, {**self.PARAMS, "NextToken": "2"}, {"Events": [event(SHOP, "PutObject")]})
        ran = planning(*self.IMPACT, "--output", "json")
        assert ran.code == 0, ran.err
        denied = {each["action"]: (each["account"], each["count"]) for each in ran.json["newly_denied"]}
        assert denied == {"s3:GetObject": ("account:shop", 2), "s3:PutObject": ("account:shop", 1)}
        assert ran.json["lookback"]["complete"] is True
        assert ran.json["lookback"]["accounts"] == [SHOP]
        age = datetime.now(UTC) - datetime.fromisoformat(ran.json["lookback"]["since"])
        assert age.days == 14

    def test_files_and_the_event_history_together(self, planning: Program, aws: Aws, tmp_path: Path) -> None:
        (tmp_path / "more.json").write_text(event(SHOP, "GetObject")["CloudTrailEvent"])
        aws.answers(LOOK_UP, self.PARAMS, {"Events": [event(SHOP, "GetObject")]})
        ran = planning(*self.IMPACT, "--output", "json", "--events", "more.json")
        assert ran.json["records"] == 2

    def test_where_there_is_more_it_says_so(self, planning: Program, aws: Aws) -> None:
        aws.answers(LOOK_UP, self.PARAMS, {"Events": [event(SHOP, "GetObject"), event(SHOP, "GetObject", 7)]})
        ran = planning(*self.IMPACT, "--max-events", "1")
        assert "stopped after 1 events: those before 2026-11-22 07:00 were not looked at" in ran.err
        assert "1 records: 1 replayed" in ran.out

    def test_the_management_account_is_not_reached_by_scps(self, planning: Program, aws: Aws) -> None:
        aws.answers(LOOK_UP, self.PARAMS, {"Events": [event("111122223333", "GetObject")]})
        ran = planning(*self.IMPACT)
        assert "the event history is of the management account" in ran.err
        assert "None of the calls that worked would be denied." in ran.out

    def test_without_the_permission(self, planning: Program, aws: Aws) -> None:
        aws.refuses(LOOK_UP, "AccessDeniedException")
        ran = planning(*self.IMPACT)
        assert ran.code == 8
        assert "cloudtrail:LookupEvents" in ran.err

    @pytest.mark.parametrize("span", ["14", "0d", "2w", "91d", "-1d", "99999d"])
    def test_a_span_that_is_none(self, program: Program, span: str) -> None:
        ran = program("impact", f"--lookback={span}")
        assert ran.code == 64
        assert span in ran.err
