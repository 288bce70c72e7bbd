"""What was not read is unknown, never absent: policies of types that a spec does not manage count in every answer that
depends on them, and where they cannot be read, the answer says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.aws.boto_errors import denied
from reconciler.mock import MockOrganization, Seed
from reconciler.model.api import Params, Response
from tests.e2e.conftest import Program, Ran

EVERYTHING = """\
version: 1
organization: {policy_types: [scp, rcp, tag]}
policies:
  stay:
    type: scp
    content:
      Version: "2012-10-17"
      Statement: [{Sid: Stay, Effect: Deny, Action: "organizations:LeaveOrganization", Resource: "*"}]
  no-deletion:
    type: rcp
    content:
      Version: "2012-10-17"
      Statement: [{Sid: NoDeletion, Effect: Deny, Principal: "*", Action: "s3:DeleteBucket", Resource: "*"}]
  team:
    type: tag
    content: {tags: {team: {tag_key: {"@@assign": team}}}}
root:
  policies: [no-deletion]
  organizational_units:
    A: {policies: [stay, team], accounts: {shop: {email: shop@example.com}}}
    B: {}
"""
MOVED = """\
version: 1
root:
  organizational_units:
    A: {}
    B: {accounts: {shop: {email: shop@example.com}}}
"""
UNMOVED = MOVED.replace("A: {}", "A: {accounts: {shop: {email: shop@example.com}}}").replace(
    "B: {accounts: {shop: {email: shop@example.com}}}", "B: {}"
)
LEAVE = ("explain", "shop", "organizations:LeaveOrganization")


@pytest.fixture
def live(program: Program) -> Program:
    """The whole organization applied, a snapshot of it in live.json, and then a spec without policies that moves the
    account out of the OU that an SCP is attached to."""
    Path("org.yaml").write_text(EVERYTHING)
    assert program("apply", "--mock", "--auto-approve").code == 0
    assert program("snapshot", "--mock", "--out", "live.json").code == 0
    Path("org.yaml").write_text(MOVED)
    return program


class Refused:
    """Refuses calls that name one of these policy types, and counts all calls."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *types: str) -> None:
        self.calls: list[str] = []
        call = MockOrganization.call

        def refusing(mock: MockOrganization, operation: str, params: Params) -> Response:
            self.calls.append(operation)
            if operation == "ListPolicies" and params.get("Filter") in types:
                raise denied(operation, "AccessDeniedException", "no identity-based policy allows it")
            return call(mock, operation, params)

        monkeypatch.setattr(MockOrganization, "call", refusing)


@pytest.fixture
def no_scps(monkeypatch: pytest.MonkeyPatch, live: Program) -> Program:
    Refused(monkeypatch, "SERVICE_CONTROL_POLICY")
    return live


WHERE = pytest.mark.parametrize("where", [("--mock",), ("--snapshot", "live.json")], ids=["mock", "snapshot"])


@WHERE
class TestTypesThatTheSpecDoesNotManage:
    def test_impact_has_what_a_move_gives(self, live: Program, where: tuple[str, ...]) -> None:
        found = live("impact", *where, "--output", "json").json
        group, settings = found["impact"]
        assert group["accounts"] == settings["accounts"] == ["account:shop"]
        assert [(each["change"], each["actions"]["text"]) for each in group["lines"]] == [
            ("gained", "organizations:LeaveOrganization")
        ]
        assert group["lines"][0]["because"] == [{"policy": "stay", "statement": "Stay", "version": "before"}]
        assert [(each["setting"]["type"], each["change"]) for each in settings["lines"]] == [("tag", "changed")] * 2

    def test_a_claim_about_it_is_refuted_or_proven(self, live: Program, where: tuple[str, ...]) -> None:
        ran = live("impact", *where, "--assert", "no-gain")
        assert (ran.code, "is refuted: organizations:LeaveOrganization in account:shop" in ran.out) == (4, True)
        assert live("impact", *where, "--assert", "no-loss").code == 0

    def test_a_plan_says_which_policies_a_moved_account_loses(self, live: Program, where: tuple[str, ...]) -> None:
        assert "loses SCP stay" in live("plan", *where).out

    def test_explain_around_a_plan(self, live: Program, where: tuple[str, ...]) -> None:
        assert live("plan", *where, "--save", "plan.json").code == 0
        found = live(*LEAVE, "--plan", "plan.json", *where, "--output", "json").json
        assert (found["before"]["decision"], found["after"]["decision"]) == ("denied", "allowed")
        assert found["before"]["blocked_by"]["policy"] == "stay"

    def test_explain_live(self, live: Program, where: tuple[str, ...]) -> None:
        found = live("explain", "shop", "s3:GetObject", *where, "--output", "json").json
        assert (found["decision"], found["unknown"]) == ("allowed", [])
        assert found["levels"][1] == {
            "target": "ou:A", "scps": ["FullAWSAccess", "stay"], "rcps": ["RCPFullAWSAccess"], "allowed": True,
            "conditional": False,
        }  # fmt: skip
        denied = live("explain", "shop", "s3:DeleteBucket", *where, "--output", "json").json
        assert denied["blocked_by"]["policy"] == "no-deletion"

    def test_show_live(self, live: Program, where: tuple[str, ...]) -> None:
        shown = live("show", *where).out
        assert "SCP stay, tag policy team" in shown
        assert "RCP no-deletion" in shown
        assert "without" not in shown
        assert "stay" in live("show", *where, "--format", "mermaid").out
        assert [each["key"] for each in live("show", "policies", *where, "--output", "json").json["policies"]] == [
            "stay", "no-deletion", "team",
        ]  # fmt: skip


def test_without_a_spec_the_answers_are_the_same(live: Program) -> None:
    with_spec = live("show", "--mock").out
    Path("org.yaml").unlink()
    shop = next(each for each in json.loads(Path("live.json").read_text())["resources"] if each.get("name") == "shop")
    assert live("show", "--mock").out.replace(f'{shop["id"]} "shop"', f"shop {shop['id']}") == with_spec
    assert live("explain", "shop", "s3:GetObject", "--mock").out.startswith("ALLOWED")


def test_live_is_the_service(program: Program, server: Any) -> None:
    """`--live` without a file, through boto3; nothing is declared of policies."""
    Path("org.yaml").write_text(MOVED)
    root = server.list_roots()["Roots"][0]["Id"]
    server.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    account = server.create_account(AccountName="shop", Email="shop@example.com")["CreateAccountStatus"]["AccountId"]
    assert program("explain", account, "s3:GetObject", "--live").out.startswith("ALLOWED")
    statement = {"Sid": "Stay", "Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}
    content = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made = server.create_policy(Name="stay", Description="", Type="SERVICE_CONTROL_POLICY", Content=content)
    server.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=root)
    assert program("explain", account, "organizations:LeaveOrganization", "--live").out.startswith("DENIED")
    shown = program("show", "--live").out
    assert "SCP stay" in shown
    assert "without" not in shown


class TestGuards:
    def test_a_guard_on_impact_blocks_the_move(self, live: Program) -> None:
        Path("org.yaml").write_text(MOVED + 'guards: {impact: {"/": no-gain}}\n')
        before = live("snapshot", "--mock").out
        ran = live("apply", "--mock", "--auto-approve")
        assert ran.code == 4, ran.out
        assert "would gain permissions, for example organizations:LeaveOrganization in account:shop" in ran.err
        assert live("snapshot", "--mock").out == before

    def test_what_is_not_managed_is_neither_changed_nor_counted(self, live: Program) -> None:
        Path("org.yaml").write_text(MOVED + "unmanaged: {policies: delete, attachments: delete}\n")
        planned = live("plan", "--mock", "--output", "json").json
        assert [(each["action"], each["address"]) for each in planned["changes"]] == [("move", "account:shop")]
        assert [each["kind"] for each in planned["unmanaged"]] == ["account"]
        assert planned["guards"]["violations"] == []


class TestASavedPlan:
    def test_is_applied_at_once(self, live: Program) -> None:
        assert live("plan", "--mock", "--save", "plan.json").code == 0
        assert live("apply", "plan.json", "--mock").code == 0
        assert live("plan", "--mock", "--output", "json").json["changes"] == []

    def test_is_stale_once_policies_that_it_relied_on_are_others(self, live: Program) -> None:
        assert live("plan", "--mock", "--save", "plan.json").code == 0
        Path("org.yaml").write_text(EVERYTHING.replace("B: {}", "B: {policies: [stay]}"))
        assert live("apply", "--mock", "--auto-approve").code == 0
        ran = live("apply", "plan.json", "--mock")
        assert (ran.code, "ou:B: attached changed" in ran.err) == (5, True)


def test_an_ou_that_control_tower_governs_is_known_where_the_spec_manages_no_scps(live: Program) -> None:
    organization = MockOrganization.open(Path(".reconciler/mock.json"), seed=Seed())
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}}
    made = organization.call(
        "CreatePolicy",
        {
            "Name": "aws-guardrails-AbCdEf",
            "Description": "",
            "Type": "SERVICE_CONTROL_POLICY",
            "Content": json.dumps(document),
        },
    )
    (target,) = [each.id for each in organization.snapshot().resources if each.address == "ou:B"]
    organization.call("AttachPolicy", {"PolicyId": made["Policy"]["PolicySummary"]["Id"], "TargetId": target})
    organization.save()
    Path("org.yaml").write_text(UNMOVED.replace("    B: {}\n", "") + "unmanaged: {organizational_units: delete}\n")
    ran = live("apply", "--mock", "--auto-approve")
    assert (ran.code, "AWS Control Tower governs" in ran.out + ran.err) == (4, True)


class TestWhatMayNotBeRead:
    def test_impact_is_not_known(self, no_scps: Program) -> None:
        found = no_scps("impact", "--mock", "--output", "json").json
        groups = [(each["accounts"], each["about"], each["risk"]) for each in found["impact"]]
        assert groups == [(["account:shop"], "principals", "high"), (["account:shop"], "settings", "low")]
        assert [[line["change"] for line in each["lines"]] for each in found["impact"]] == [
            ["unknown"],
            ["changed"] * 2,
        ]
        reason = "SCPs were not read: not allowed to call organizations:ListPolicies"
        for output in ("text", "markdown"):
            shown = " ".join(no_scps("impact", "--mock", "--output", output).out.split())
            assert "not known what changes" in shown
            assert reason in shown
        for command in ("plan", "drift"):
            assert no_scps(command, "--mock", "--output", "json").json["impact"] == found["impact"]
        assert "not known what changes" in no_scps("plan", "--mock").out

    @pytest.mark.parametrize("claim", ["no-gain", "no-loss"])
    def test_nothing_is_proven(self, no_scps: Program, claim: str) -> None:
        ran = no_scps("impact", "--mock", "--assert", claim, "--output", "json")
        assert (ran.code, ran.json["verdict"], ran.json["example"]) == (4, "not_proven", None)
        assert ran.json["reason"].startswith("SCPs were not read: not allowed to call organizations:ListPolicies")

    @pytest.mark.parametrize("claim", ["no-gain", "no-loss"])
    def test_a_guard_on_impact_blocks(self, no_scps: Program, claim: str) -> None:
        Path("org.yaml").write_text(MOVED + f"guards: {{impact: {{B: {claim}}}}}\n")
        ran = no_scps("apply", "--mock", "--auto-approve")
        assert (ran.code, "SCPs were not read" in ran.err) == (4, True)
        assert no_scps("apply", "--mock", "--auto-approve", "--allow", "impact:B=1").code == 0

    def test_explain_does_not_know(self, no_scps: Program) -> None:
        ran = no_scps(*LEAVE, "--mock", "--output", "json")
        assert (ran.code, ran.json["decision"], ran.json["blocked_by"]) == (0, "unknown", None)
        assert [each["allowed"] for each in ran.json["levels"]] == [None, None, None]
        (unknown,) = ran.json["unknown"]
        assert (unknown["kind"], unknown["addresses"]) == ("scp", ["root:/", "ou:A", "account:shop"])
        text = no_scps(*LEAVE, "--mock").out
        assert text.startswith("UNKNOWN organizations:LeaveOrganization in account shop\n")
        assert "Not known: the SCPs at root:/, ou:A, account:shop were not read" in text

    def test_explain_around_a_plan_does_not_know_either(self, no_scps: Program) -> None:
        assert no_scps("plan", "--mock", "--save", "plan.json").code == 0
        found = no_scps(*LEAVE, "--plan", "plan.json", "--mock", "--output", "json").json
        assert (found["before"]["decision"], found["after"]["decision"]) == ("unknown", "unknown")

    def test_what_another_policy_denies_is_denied(self, no_scps: Program) -> None:
        found = no_scps("explain", "shop", "s3:DeleteBucket", "--mock", "--output", "json").json
        assert (found["decision"], found["blocked_by"]["policy"]) == ("denied", "no-deletion")
        assert [each["allowed"] for each in found["levels"]] == [False, None, None]
        assert [each["kind"] for each in found["unknown"]] == ["scp"]

    def test_what_does_not_depend_on_it_is_answered(self, no_scps: Program) -> None:
        """SCPs apply neither to the management account nor to AWS services."""
        found = no_scps("explain", "123456789012", "ec2:RunInstances", "--mock", "--output", "json").json
        assert (found["decision"], found["unknown"]) == ("allowed", [])
        service = ("--principal", "cloudtrail.amazonaws.com", "--output", "json")
        found = no_scps("explain", "shop", "s3:PutObject", "--mock", *service).json
        assert (found["decision"], found["unknown"]) == ("allowed", [])

    def test_show_says_what_is_missing(self, no_scps: Program) -> None:
        ran = no_scps("show", "--mock")
        assert (ran.code, "without" in ran.out) == (0, False)
        assert "Not known: SCPs were not read: not allowed to call organizations:ListPolicies" in ran.out
        assert "SCPs were not read" in no_scps("show", "--mock", "--format", "table").out
        assert "SCPs were not read" in no_scps("show", "--mock", "--format", "mermaid").out
        assert "Not known: SCPs were not read" in no_scps("show", "policies", "--mock").out
        assert "Not known: SCPs were not read" in no_scps("show", "policies", "--mock", "--output", "html").out

    def test_recorded_calls_that_may_be_denied_are_told(self, no_scps: Program) -> None:
        Path("events.json").write_text('{"Records": []}')
        ran = no_scps("impact", "--mock", "--events", "events.json")
        assert "For 1 account more may be denied: SCPs were not read" in ran.out
        assert "None of the calls" not in ran.out
        found = no_scps("impact", "--mock", "--events", "events.json", "--output", "json").json
        assert [(each["kind"], each["addresses"]) for each in found["unknown"]] == [("scp", ["account:shop"])]

    def test_types_that_the_spec_manages_have_to_be_read(self, no_scps: Program) -> None:
        Path("org.yaml").write_text(EVERYTHING)
        assert no_scps("plan", "--mock").code == 8

    def test_nodes_that_stay_the_same_leave_nothing_unknown(
        self, monkeypatch: pytest.MonkeyPatch, live: Program
    ) -> None:
        """Whatever the RCPs deny, they deny it before and after: what is gained by that is proven, and what is lost may
        have been denied before."""
        rcp = EVERYTHING[EVERYTHING.index("  no-deletion:") : EVERYTHING.index("  team:")]
        Path("org.yaml").write_text(
            EVERYTHING.replace("[scp, rcp, tag]", "[scp, tag]")
            .replace(rcp, "")
            .replace("  policies: [no-deletion]\n", "")
            .replace("organizations:LeaveOrganization", "*")
        )
        Refused(monkeypatch, "RESOURCE_CONTROL_POLICY")
        assert live("impact", "--mock", "--assert", "no-gain").code == 0
        ran = live("impact", "--mock", "--assert", "no-loss", "--output", "json")
        assert (ran.code, ran.json["verdict"], ran.json["example"]) == (4, "not_proven", None)
        assert ran.json["reason"].startswith("RCPs were not read")
        impact = live("impact", "--mock", "--output", "json").json["impact"]
        assert [line["change"] for group in impact for line in group["lines"]] == ["lost"]


class TestASnapshotOfAPart:
    @pytest.fixture
    def part(self, live: Program) -> Program:
        data: dict[str, Any] = json.loads(Path("live.json").read_text())
        scps = {each["address"] for each in data["resources"] if each.get("type") == "scp" and "name" in each}
        data["resources"] = [
            each for each in data["resources"] if each["address"] not in scps and each.get("policy") not in scps
        ]
        data["scope"] = {"unread": [{"kind": "scp", "reason": "they are another team's"}]}
        Path("live.json").write_text(json.dumps(data))
        return live

    def test_answers_are_not_known(self, part: Program) -> None:
        where = ("--snapshot", "live.json")
        assert part(*LEAVE, *where, "--output", "json").json["decision"] == "unknown"
        assert "SCPs were not read: they are another team's" in part("show", *where).out
        ran = part("impact", *where, "--assert", "no-gain")
        assert (ran.code, "not proven" in ran.out) == (4, True)

    def test_it_is_refused_for_a_spec_that_manages_what_it_lacks(self, part: Program) -> None:
        Path("org.yaml").write_text(EVERYTHING)
        ran = part("plan", "--snapshot", "live.json")
        assert ran.code == 1
        assert "does not have what the spec manages: policies of type scp (they are another team's)" in ran.err

    def test_it_is_no_mocked_organization(self, part: Program) -> None:
        ran = part("show", "--mock-state", "live.json")
        assert (ran.code, "a snapshot without some policies: scp" in ran.err) == (1, True)


class TestAReplacedOu:
    AFTER = """\
version: 1
root:
  organizational_units:
    B: {organizational_units: {A: {previously: [/A], accounts: {shop: {email: shop@example.com}}}}}
"""

    def test_takes_along_what_the_spec_does_not_manage(self, live: Program) -> None:
        Path("org.yaml").write_text(self.AFTER)
        planned = live("plan", "--mock", "--output", "json").json
        assert [(each["action"], each["address"]) for each in planned["changes"]] == [
            ("replace", "ou:B/A"),
            ("attach", "attachment:stay@B/A"),
            ("attach", "attachment:team@B/A"),
            ("move", "account:shop"),
            ("delete", "ou:A"),
        ]
        assert (planned["impact"], planned["warnings"]) == ([], [])
        assert live("apply", "--mock", "--auto-approve").code == 0
        assert live("plan", "--mock", "--output", "json").json["changes"] == []
        assert live(*LEAVE, "--mock", "--output", "json").json["blocked_by"]["level"] == "ou:B/A"

    def test_takes_an_allow_list_along(self, live: Program) -> None:
        listed = EVERYTHING.replace("A: {policies: [stay, team]", "A: {full_aws_access: false, policies: [only-s3]")
        allow = '{Sid: OnlyS3, Effect: Allow, Action: "s3:*", Resource: "*"}'
        policy = f'  only-s3: {{type: scp, content: {{Version: "2012-10-17", Statement: [{allow}]}}}}\nroot:\n'
        Path("org.yaml").write_text(listed.replace("root:\n", policy, 1))
        assert live("apply", "--mock", "--auto-approve").code == 0
        Path("org.yaml").write_text(self.AFTER)
        planned = live("plan", "--mock", "--output", "json").json
        assert ("detach", "attachment:FullAWSAccess@B/A") in [
            (each["action"], each["address"]) for each in planned["changes"]
        ]
        assert planned["impact"] == []
        assert live("apply", "--mock", "--auto-approve").code == 0
        assert live("plan", "--mock", "--output", "json").json["changes"] == []
        found = live("explain", "shop", "ec2:RunInstances", "--mock", "--output", "json").json
        assert found["missing_allow_at"] == ["ou:B/A"]

    def test_says_what_it_cannot_take_along(self, no_scps: Program) -> None:
        Path("org.yaml").write_text(self.AFTER + "guards: {impact: {B: no-gain}}\n")
        planned = no_scps("plan", "--mock", "--output", "json").json
        (warning,) = planned["warnings"]
        assert (warning["code"], warning["address"]) == ("W512", "ou:B/A")
        assert "could not be read: scp (not allowed to call organizations:ListPolicies" in warning["message"]
        assert "attachment:team@B/A" in [each["address"] for each in planned["changes"]]
        assert [line["change"] for each in planned["impact"] for line in each["lines"]] == ["unknown"]
        assert [each["guard"] for each in planned["guards"]["violations"]] == ["impact:B"]

    def test_a_saved_plan_is_applied_at_once(self, live: Program) -> None:
        Path("org.yaml").write_text(self.AFTER)
        assert live("plan", "--mock", "--save", "plan.json").code == 0
        assert live("apply", "plan.json", "--mock").code == 0
        assert live("plan", "--mock", "--output", "json").json["changes"] == []

    def test_an_interrupted_replacement_is_completed_with_them(
        self, monkeypatch: pytest.MonkeyPatch, live: Program
    ) -> None:
        """The second run finds the new OU, and nothing attached to it yet."""
        Path("org.yaml").write_text(self.AFTER)
        call = MockOrganization.call

        def failing(mock: MockOrganization, operation: str, params: Params) -> Response:
            if operation in ("AttachPolicy", "MoveAccount"):
                raise denied(operation, "AccessDeniedException", "not now")
            return call(mock, operation, params)

        with monkeypatch.context() as patched:
            patched.setattr(MockOrganization, "call", failing)
            live("apply", "--mock", "--auto-approve")
        planned = live("plan", "--mock", "--output", "json").json
        assert [(each["action"], each["address"]) for each in planned["changes"]][:2] == [
            ("attach", "attachment:stay@B/A"),
            ("attach", "attachment:team@B/A"),
        ]
        assert live("apply", "--mock", "--auto-approve").code == 0
        assert live(*LEAVE, "--mock", "--output", "json").json["blocked_by"]["level"] == "ou:B/A"

    def test_takes_along_what_is_left_alone(self, live: Program) -> None:
        """With `unmanaged.attachments: report`, what is attached and not declared stays."""
        policies = EVERYTHING[EVERYTHING.index("organization:") : EVERYTHING.index("root:")]
        spec = self.AFTER.replace("version: 1\n", f"version: 1\n{policies}unmanaged: {{attachments: report}}\n")
        Path("org.yaml").write_text(spec)
        planned = live("plan", "--mock", "--output", "json").json
        assert [each["address"] for each in planned["changes"] if each["action"] == "attach"] == [
            "attachment:stay@B/A",
            "attachment:team@B/A",
        ]
        assert planned["impact"] == []
        assert live("apply", "--mock", "--auto-approve").code == 0
        assert live("plan", "--mock", "--output", "json").json["changes"] == []

    def test_says_which_ignored_policies_it_leaves_behind(self, live: Program) -> None:
        Path("org.yaml").write_text(self.AFTER + "ignore: {policies: [stay]}\n")
        planned = live("plan", "--mock", "--output", "json").json
        assert [each["message"] for each in planned["warnings"]] == [
            "ou:B/A gets no attachments of policies that the spec ignores: policy:stay"
        ]
        assert [line["change"] for each in planned["impact"] for line in each["lines"]] == ["gained"]


class TestTheSpecAlone:
    def test_is_asked_for_what_it_declares_and_says_what_it_does_not_manage(self, live: Program) -> None:
        ran = live("explain", "shop", "s3:GetObject")
        assert ran.out.startswith("ALLOWED")
        assert "The spec does not manage SCPs and RCPs" in " ".join(ran.out.split())
        found = live("explain", "shop", "ec2:RunInstances", "--output", "json").json
        assert (found["decision"], found["unknown"], found["not_managed"]) == ("allowed", [], ["scp"])

    def test_says_nothing_of_what_it_manages(self, live: Program) -> None:
        Path("org.yaml").write_text(EVERYTHING)
        assert "not_managed" not in live("explain", "shop", "s3:GetObject", "--output", "json").json


class TestCalls:
    """No more calls than an answer needs."""

    def counted(self, monkeypatch: pytest.MonkeyPatch, program: Program, *args: str) -> dict[str, int]:
        counting = Refused(monkeypatch)
        ran: Ran = program(*args)
        assert ran.code == 0, ran.err
        return {each: counting.calls.count(each) for each in set(counting.calls)}

    def test_a_plan_without_changes_to_permissions_reads_no_further_type(
        self, monkeypatch: pytest.MonkeyPatch, live: Program
    ) -> None:
        Path("org.yaml").write_text(UNMOVED.replace("B: {}", "B: {tags: {stage: test}}\n    C: {}"))
        calls = self.counted(monkeypatch, live, "plan", "--mock")
        assert not calls.keys() & {"ListPolicies", "DescribePolicy", "ListTargetsForPolicy", "sts:GetCallerIdentity"}

    def test_policies_that_deny_nothing_need_no_others(self, monkeypatch: pytest.MonkeyPatch, live: Program) -> None:
        tags = EVERYTHING[EVERYTHING.index("  team:") : EVERYTHING.index("root:")]
        Path("org.yaml").write_text(
            UNMOVED.replace("root:\n", f"policies:\n{tags}root:\n").replace("B: {}", "B: {policies: [team]}")
        )
        assert self.counted(monkeypatch, live, "plan", "--mock")["ListPolicies"] == 1

    def test_a_move_reads_all_enabled_types_and_nothing_twice(
        self, monkeypatch: pytest.MonkeyPatch, live: Program
    ) -> None:
        calls = self.counted(monkeypatch, live, "plan", "--mock")
        assert (calls["ListPolicies"], calls["DescribePolicy"], calls["ListAccounts"]) == (3, 3, 1)

    def test_a_type_that_is_not_enabled_is_not_asked_for(self, monkeypatch: pytest.MonkeyPatch, live: Program) -> None:
        Path("org.yaml").write_text(EVERYTHING.replace("[scp, rcp, tag]", "{scp: enabled, rcp: disabled, tag: enabled}")
            .replace(EVERYTHING[EVERYTHING.index("  no-deletion:") : EVERYTHING.index("  team:")], "")
            .replace("  policies: [no-deletion]\n", ""))  # fmt: skip
        allowances = ("--allow", "deletes.policy_types=1", "--allow", "deletes.attachments=99")
        assert live("apply", "--mock", "--auto-approve", *allowances).code == 0
        Path("org.yaml").write_text(MOVED)
        assert self.counted(monkeypatch, live, "plan", "--mock")["ListPolicies"] == 2
        found = live("explain", "shop", "s3:DeleteBucket", "--mock", "--output", "json").json
        assert (found["decision"], found["unknown"]) == ("allowed", [])

    def test_explain_around_a_plan_reads_once(self, monkeypatch: pytest.MonkeyPatch, live: Program) -> None:
        assert live("plan", "--mock", "--save", "plan.json").code == 0
        calls = self.counted(monkeypatch, live, *LEAVE, "--plan", "plan.json", "--mock")
        assert (calls["DescribeOrganization"], calls["ListAccounts"], calls["ListPolicies"]) == (1, 1, 3)
        assert calls["DescribePolicy"] == 3
