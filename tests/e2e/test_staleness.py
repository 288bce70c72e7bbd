"""A saved plan is refused, naming what moved, once anything that it relies on is different; and only then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.mock import MockOrganization, Seed
from reconciler.model.inventory import Inventory
from tests.building import EVERY_TYPE
from tests.e2e.conftest import Program

STATE = Path(".reconciler") / "mock.json"

EDITED = """\
  workloads-only:
    type: scp
    content:
      Version: "2012-10-17"
      Statement: [{Sid: DenyS3, Effect: Deny, Action: "s3:DeleteBucket", Resource: "*"}]
root:
"""


class Hand:
    """Somebody who changes the mocked organization around the pipeline."""

    def __init__(self) -> None:
        self.organization = MockOrganization.open(STATE, seed=Seed())
        from reconciler.aws import reader

        self.live: Inventory = reader.read(self.organization, EVERY_TYPE)

    def id(self, address: str) -> str:
        found = {each.address: each.id for each in self.live.resources}
        found |= {f"email:{getattr(each, 'email', None)}": each.id for each in self.live.resources}
        return str(found[address])

    def call(self, operation: str, **params: Any) -> None:
        self.organization.call(operation, params)
        self.organization.save()


@pytest.fixture
def plan(program: Program) -> Program:
    """An applied spec, then one more SCP attached to Workloads, planned and saved as plan.json."""
    assert program("apply", "--mock", "--auto-approve").code == 0
    text = Path("org.yaml").read_text().replace("root:\n", EDITED, 1)
    Path("org.yaml").write_text(text.replace("    Workloads:\n", "    Workloads:\n      policies: [workloads-only]\n"))
    saved = program("plan", "--mock", "--save", "plan.json", "--output", "json")
    assert [each["address"] for each in saved.json["changes"]] == [
        "policy:workloads-only",
        "attachment:workloads-only@Workloads",
    ]
    return program


def _move_target(hand: Hand) -> None:
    hand.call("UpdateOrganizationalUnit", OrganizationalUnitId=hand.id("ou:Workloads"), Name="Work")


def _tag_target(hand: Hand) -> None:
    hand.call("TagResource", ResourceId=hand.id("ou:Workloads"), Tags=[{"Key": "a", "Value": "b"}])


def _detach_above(hand: Hand) -> None:
    hand.call("DetachPolicy", PolicyId=hand.id("policy:deny-leaving"), TargetId=hand.id("root:/"))


def _attach_above(hand: Hand) -> None:
    hand.call("AttachPolicy", PolicyId=hand.id("policy:deny-leaving"), TargetId=hand.id("ou:Workloads"))


def _change_above(hand: Hand) -> None:
    content = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}'
    hand.call("UpdatePolicy", PolicyId=hand.id("policy:deny-leaving"), Content=content)


def _make_it_first(hand: Hand) -> None:
    content = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}'
    hand.call("CreatePolicy", Name="workloads-only", Description="", Type="SERVICE_CONTROL_POLICY", Content=content)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_move_target, "ou:Workloads: name changed"),
        (_detach_above, "root:/: attached changed"),
        (_attach_above, "ou:Workloads: attached changed"),
        (_change_above, "policy:deny-leaving: content changed"),
        (_make_it_first, "policy:workloads-only exists now"),
    ],
)
def test_what_the_plan_relies_on(plan: Program, change: Any, told: str) -> None:
    change(Hand())
    before = STATE.read_bytes()
    refused = plan("apply", "plan.json", "--mock", "--output", "json")
    assert refused.code == 5
    assert any(line.startswith(told) for line in refused.json["moved"]), refused.json["moved"]
    assert STATE.read_bytes() == before


def _move_elsewhere(hand: Hand) -> None:
    account = hand.id("email:sandbox-a@example.com")
    hand.call(
        "MoveAccount", AccountId=account, SourceParentId=hand.id("ou:Sandbox"), DestinationParentId=hand.id("root:/")
    )


def _tag_elsewhere(hand: Hand) -> None:
    hand.call("TagResource", ResourceId=hand.id("ou:Sandbox"), Tags=[{"Key": "a", "Value": "b"}])


def _new_ou(hand: Hand) -> None:
    hand.call("CreateOrganizationalUnit", ParentId=hand.id("root:/"), Name="Elsewhere")


@pytest.mark.parametrize("change", [_move_elsewhere, _tag_elsewhere, _tag_target, _new_ou])
def test_what_it_does_not_rely_on(plan: Program, change: Any) -> None:
    change(Hand())
    assert plan("apply", "plan.json", "--mock").code == 0


def test_a_plan_of_another_organization(plan: Program) -> None:
    STATE.unlink()
    other = plan("apply", "plan.json", "--mock")
    assert other.code == 5


def test_a_plan_of_another_format(plan: Program) -> None:
    text = Path("plan.json").read_text()
    Path("plan.json").write_text(text.replace('"format_version": "1.0"', '"format_version": "0.9"'))
    refused = plan("apply", "plan.json", "--mock")
    assert refused.code == 5
    assert "format 0.9" in refused.err


@pytest.mark.parametrize("text", ["", "{}", "[]", "{", '{"format_version": "1.0"}'])
def test_a_file_that_is_no_plan(plan: Program, text: str) -> None:
    Path("plan.json").write_text(text)
    refused = plan("apply", "plan.json", "--mock")
    assert refused.code == 5
    assert refused.err.startswith("error: plan.json")


def test_a_plan_that_was_applied_leaves_nothing_to_do(plan: Program) -> None:
    assert plan("apply", "plan.json", "--mock").code == 0
    before = STATE.read_bytes()
    again = plan("apply", "plan.json", "--mock")
    assert again.code == 0
    assert "Nothing left to do: the plan was applied." in again.out
    assert STATE.read_bytes() == before


def test_a_policy_whose_key_is_not_its_live_name(program: Program) -> None:
    text = (
        Path("org.yaml")
        .read_text()
        .replace("  deny-leaving:\n    type: scp\n", "  deny-leaving:\n    type: scp\n    name: live-one\n")
    )
    Path("org.yaml").write_text(text)
    assert program("apply", "--mock", "--auto-approve").code == 0
    Path("org.yaml").write_text(text.replace("root:\n", "root:\n  tags: {a: b}\n", 1))
    assert program("plan", "--mock", "--save", "plan.json").code == 0
    assert program("apply", "plan.json", "--mock").code == 0


def test_a_type_that_the_plan_disables(program: Program) -> None:
    assert program("apply", "--mock", "--auto-approve").code == 0
    text = Path("org.yaml").read_text()
    start, end = text.index("  team-tag:"), text.index("root:")
    text = text[:start] + text[end:].replace("          policies: [team-tag]\n", "          tags: {x: y}\n")
    Path("org.yaml").write_text(
        text.replace("version: 1", "version: 1\norganization: {policy_types: {scp: enabled, tag: disabled}}")
    )
    assert program("plan", "--mock", "--save", "plan.json").code == 0
    applied = program("apply", "plan.json", "--mock", "--allow", "deletes.policy_types=1")
    assert applied.code == 0, applied.err
    assert program("plan", "--mock", "--detailed-exitcode").code == 0


def test_tags_that_the_plan_changes_and_tags_that_the_spec_ignores(program: Program) -> None:
    text = Path("org.yaml").read_text() + 'ignore: {tags: ["noise"]}\n'
    Path("org.yaml").write_text(text)
    assert program("apply", "--mock", "--auto-approve").code == 0
    Path("org.yaml").write_text(text.replace("stage: all", "stage: some"))
    for key, code in (("noise", 0), ("cost", 5)):
        assert program("plan", "--mock", "--save", "plan.json").code == 0
        hand = Hand()
        hand.call("TagResource", ResourceId=hand.id("ou:Workloads"), Tags=[{"Key": key, "Value": "b"}])
        assert program("apply", "plan.json", "--mock").code == code
        Path("org.yaml").write_text(text)
        assert program("apply", "--mock", "--auto-approve").code == 0
        Path("org.yaml").write_text(text.replace("stage: all", "stage: some"))
