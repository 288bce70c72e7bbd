"""An organization of three accounts with SCPs, an RCP and an allow list, for tests of decisions and of impact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.e2e.conftest import Program

SPEC = """\
version: 1
organization: {management_account_id: "111122223333", policy_types: [scp, rcp]}
policies:
  deny-leaving:
    type: scp
    file: policies/deny-leaving.json
  regions:
    type: scp
    file: policies/regions.json.j2
    vars: {allowed: [eu-west-1]}
  only-s3:
    type: scp
    content:
      Version: "2012-10-17"
      Statement: [{Sid: OnlyS3, Effect: Allow, Action: "s3:*", Resource: "*"}]
  require-tls:
    type: rcp
    content:
      Version: "2012-10-17"
      Statement:
        - Sid: RequireTls
          Effect: Deny
          Principal: "*"
          Action: "s3:*"
          Resource: "*"
          Condition: {Bool: {"aws:SecureTransport": "false"}}
root:
  policies: [deny-leaving]
  accounts:
    management: {id: "111122223333", email: aws@example.com}
  organizational_units:
    Workloads:
      policies: [regions, require-tls]
      accounts:
        shop: {id: "222233334444", email: shop@example.com}
        blog: {email: blog@example.com}
    Lab:
      full_aws_access: false
      policies: [only-s3]
      accounts:
        lab: {email: lab@example.com}
"""
DENY_LEAVING = """\
{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Leaving", "Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}
  ]
}
"""
REGIONS = """\
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "OutsideRegions",
      "Effect": "Deny",
      "NotAction": ["iam:*", "s3:ListAllMyBuckets"],
      "Resource": "*",
      "Condition": {
        "StringNotEquals": {"aws:RequestedRegion": {{ vars.allowed | tojson }}},
        "ArnNotLike": {"aws:PrincipalArn": "arn:*:iam::*:role/break-glass"}
      }
    }
  ]
}
"""


def in_place(program: Program) -> Program:
    """Runs a command line where the spec of this file is."""
    Path("policies").mkdir()
    Path("policies/deny-leaving.json").write_text(DENY_LEAVING)
    Path("policies/regions.json.j2").write_text(REGIONS)
    Path("org.yaml").write_text(SPEC)
    return program


def asked(program: Program, *args: str) -> dict[str, Any]:
    ran = program("explain", *args, "--output", "json")
    assert ran.code == 0, ran.err
    return ran.json


def with_text(old: str, new: str) -> None:
    """Changes the spec."""
    text = Path("org.yaml").read_text()
    assert old in text
    Path("org.yaml").write_text(text.replace(old, new))


def applied(program: Program) -> None:
    ran = program("apply", "--mock", "--auto-approve")
    assert ran.code == 0, ran.err
