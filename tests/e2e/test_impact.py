"""`impact` through the command line: what a plan means, proven and replayed; and the guard that blocks an apply."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Program
from tests.e2e.three_accounts import applied, in_place, with_text


@pytest.fixture
def program(program: Program) -> Program:
    return in_place(program)


class TestImpact:
    def widened(self, program: Program) -> None:
        applied(program)
        with_text("[eu-west-1]", "[eu-west-1, us-east-1]")

    def narrowed(self, program: Program) -> None:
        applied(program)
        with_text("allowed: [eu-west-1]", "allowed: [eu-central-1]")

    def test_json(self, program: Program) -> None:
        self.widened(program)
        found = program("impact", "--mock", "--output", "json").json
        (group,) = found["impact"]
        assert group["accounts"] == ["account:blog", "account:shop"]
        (line,) = group["lines"]
        assert line["change"] == "relaxed"
        assert "us-east-1" in line["text"]
        assert found["exit"] == {"code": 0, "reason": "ok"}
        assert found["digest"] == program("plan", "--mock", "--output", "json").json["digest"]

    def test_text_and_markdown(self, program: Program) -> None:
        self.widened(program)
        text = program("impact", "--mock").out
        assert "2 accounts, exposure: blog, shop" in text
        assert "aws:RequestedRegion is us-east-1" in text
        markdown = program("impact", "--mock", "--output", "markdown").out
        assert markdown.startswith("<!-- reconciler:impact truncated=false -->\n")
        assert "- 2 accounts, exposure: `blog`, `shop`" in markdown

    def test_a_plan_that_changes_nothing_says_so(self, program: Program) -> None:
        applied(program)
        assert program("impact", "--mock").out == "No permission is gained or lost.\n"
        assert program("impact", "--mock", "--output", "json").json["impact"] == []

    def test_a_plan_tells_its_impact(self, program: Program) -> None:
        self.widened(program)
        assert "What it means for people" in program("plan", "--mock").out

    @pytest.mark.parametrize(("claim", "code"), [("no-loss", 0), ("no-gain", 4)])
    def test_a_claim_is_proven_or_refuted(self, program: Program, claim: str, code: int) -> None:
        self.widened(program)
        ran = program("impact", "--mock", "--assert", claim, "--output", "json")
        assert ran.code == code
        assert ran.json["claim"] == claim
        assert ran.json["verdict"] == ("refuted" if code else "proven")
        assert ran.json["exit"] == {"code": code, "reason": ran.json["verdict"]}

    def test_explain_confirms_the_example_of_a_refutation(self, program: Program) -> None:
        self.widened(program)
        assert program("plan", "--mock", "--save", "plan.json").code == 0
        ran = program("impact", "--mock", "--assert", "no-gain", "--output", "json")
        request = ran.json["example"]["request"]
        Path("requests.jsonl").write_text(json.dumps(request))
        args = ("--requests", "requests.jsonl", "--closed-context", "--plan", "plan.json", "--mock")
        found = json.loads(program("explain", *args).out)
        assert (found["before"]["decision"], found["after"]["decision"]) == ("denied", "allowed")
        assert (ran.json["example"]["before"], ran.json["example"]["after"]) == ("denied", "allowed")
        told = program("impact", "--mock", "--assert", "no-gain")
        assert told.code == 4
        assert told.out.startswith("no-gain is refuted: ")
        assert "is denied before and allowed after" in told.out

    def test_a_claim_about_an_ou_looks_at_its_accounts_only(self, program: Program) -> None:
        self.widened(program)
        ran = program("impact", "--mock", "--assert", "no-gain", "--scope", "Lab", "--output", "json")
        assert (ran.code, ran.json["verdict"], ran.json["accounts"]) == (0, "proven", 1)
        assert program("impact", "--mock", "--assert", "no-gain", "--scope", "Workloads").code == 4
        assert program("impact", "--mock", "--assert", "no-gain", "--scope", "/").code == 4
        assert program("impact", "--mock", "--assert", "no-gain", "--scope", "Nowhere").code == 64

    @pytest.mark.parametrize(
        "args", [["--assert", "nothing"], ["stray.json"], ["--events", "missing.json"], ["--events", "org.yaml"]]
    )
    def test_exit_codes_of_mistakes(self, program: Program, args: list[str]) -> None:
        self.widened(program)
        ran = program("impact", "--mock", *args)
        assert (ran.code, ran.out) == (64, ""), ran


def record(name: str, region: str = "eu-west-1", role: str = "app", **fields: Any) -> dict[str, Any]:
    """A call as CloudTrail records it."""
    service, _, event = name.partition(":")
    account = "222233334444"
    return {
        "eventVersion": "1.11",
        "eventType": "AwsApiCall",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": event,
        "eventTime": "2026-10-01T12:00:00Z",
        "awsRegion": region,
        "sourceIPAddress": "192.0.2.7",
        "recipientAccountId": account,
        "userIdentity": {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{account}:assumed-role/{role}/anna",
            "accountId": account,
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::{account}:role/{role}"}},
        },
        **fields,
    }


class TestReplay:
    RECORDS = (
        record("ec2:RunInstances"),
        record("ec2:RunInstances"),
        record("ec2:RunInstances", role="break-glass"),
        record("iam:ListRoles", "us-east-1"),
        record("ec2:RunInstances", errorCode="Client.UnauthorizedOperation"),
        record("ec2:RunInstances", recipientAccountId="999988887777"),
    )

    def events(self, program: Program, *files: str) -> dict[str, Any]:
        applied(program)
        with_text("allowed: [eu-west-1]", "allowed: [eu-central-1]")
        ran = program("impact", "--mock", "--events", *files, "--output", "json")
        assert ran.code == 0, ran.err
        return ran.json

    def test_a_delivered_file(self, program: Program) -> None:
        with gzip.open("delivered.json.gz", "wt") as file:
            json.dump({"Records": self.RECORDS}, file)
        found = self.events(program, "delivered.json.gz")
        assert (found["records"], found["failed"]) == (6, 1)
        (denied,) = found["newly_denied"]
        assert (denied["account"], denied["action"], denied["count"]) == ("account:shop", "ec2:RunInstances", 2)
        assert denied["principal"] == "arn:aws:iam::222233334444:role/app"
        assert (denied["blocked_by"]["policy"], denied["blocked_by"]["statement"]) == ("regions", "OutsideRegions")

    def test_several_plain_files_of_either_form(self, program: Program) -> None:
        Path("one.json").write_text(json.dumps({"Records": self.RECORDS[:1]}))
        Path("two.jsonl").write_text("\n".join(map(json.dumps, self.RECORDS[1:])))
        found = self.events(program, "one.json", "two.jsonl")
        assert [each["count"] for each in found["newly_denied"]] == [2]
        text = program("impact", "--mock", "--events", "one.json", "two.jsonl").out
        assert text.splitlines()[0].startswith("6 records: ")
        assert "denied by statement OutsideRegions of regions" in text

    def test_calls_that_go_on_are_not_named(self, program: Program) -> None:
        Path("one.json").write_text(json.dumps({"Records": self.RECORDS[3:]}))
        assert self.events(program, "one.json")["newly_denied"] == []
        assert "None of the calls that worked would be denied." in program(
            "impact", "--mock", "--events", "one.json"
        ).out  # fmt: skip


class TestGuard:
    def test_an_apply_that_would_grant_more_is_blocked_until_it_is_let_pass(self, program: Program) -> None:
        with Path("org.yaml").open("a") as file:
            file.write("guards: {impact: {Workloads: no-gain, Lab: no-loss}}\n")
        applied(program)
        with_text("[eu-west-1]", "[eu-west-1, us-east-1]")
        planned = program("plan", "--mock", "--output", "json")
        assert planned.code == 0
        (violation,) = planned.json["guards"]["violations"]
        assert (violation["guard"], violation["allow"]) == ("impact:Workloads", "--allow impact:Workloads=1")
        assert "accounts in Workloads would gain permissions, for example " in violation["message"]
        assert "--allow impact:Workloads=1" in program("plan", "--mock").out
        refused = program("apply", "--mock", "--auto-approve")
        assert refused.code == 4
        assert program("apply", "--mock", "--auto-approve", "--allow", "impact:Lab=1").code == 4
        assert program("plan", "--mock", "--detailed-exitcode").code == 2, "nothing was applied"
        assert program("apply", "--mock", "--auto-approve", *violation["allow"].split()).code == 0
        assert program("plan", "--mock", "--detailed-exitcode").code == 0

    def test_a_saved_plan_is_let_pass_by_the_same_option(self, program: Program) -> None:
        with Path("org.yaml").open("a") as file:
            file.write("guards: {impact: {/: no-gain}}\n")
        applied(program)
        with_text("[eu-west-1]", "[eu-west-1, us-east-1]")
        assert program("plan", "--mock", "--save", "plan.json").code == 0
        assert program("apply", "plan.json", "--mock").code == 4
        assert program("apply", "plan.json", "--mock", "--allow", "impact:/=1").code == 0

    def test_what_only_takes_away_passes_a_guard_against_gains(self, program: Program) -> None:
        with Path("org.yaml").open("a") as file:
            file.write("guards: {impact: {Workloads: no-gain}}\n")
        with_text("[eu-west-1]", "[eu-west-1, us-east-1]")
        applied(program)
        with_text("[eu-west-1, us-east-1]", "[eu-west-1]")
        assert program("plan", "--mock", "--output", "json").json["guards"]["violations"] == []
        assert program("apply", "--mock", "--auto-approve").code == 0


def test_all_accounts_are_listed_where_it_is_verbose(program: Program) -> None:
    accounts = "".join(f"        a{number}: {{email: a{number}@example.com}}\n" for number in range(9))
    with_text("        blog: {email: blog@example.com}\n", accounts)
    applied(program)
    with_text("policies: [deny-leaving]", "policies: []")
    few, all_of_them = (program("impact", "--mock", *more).out for more in ((), ("--verbose",)))
    assert ("more" in few, "a8" in few) == (True, False)
    assert ("more" in all_of_them, "a8" in all_of_them) == (False, True)
