"""AWS's own answers through the command line: `validate --online`, `explain --online`, `impact --lookback`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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


def decided(decision: str) -> dict[str, Any]:
    return {"EvaluationResults": [{"EvalActionName": "s3:GetObject", "EvalDecision": decision}]}


class Simulator:
    """The simulator, and what it was asked."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self.asked: list[dict[str, Any]] = []

    def says(self, decision: str) -> None:
        self._aws.answers(SIMULATE, dict.fromkeys(self.PARAMS, self), decided(decision))

    PARAMS = ("PolicyInputList", "ActionNames", "ContextEntries", "OrderedOrganizationPolicyInputList")

    def __eq__(self, other: object) -> bool:
        self.asked.append({"value": other})
        return True

    __hash__ = None  # type: ignore[assignment]
