"""Effective policies: merged along the tree in the order of attachment, and what is wrong with them."""

import json
from typing import Any

import pytest

from tests.unit.mock.world import MANAGEMENT, MEMBER, SCP, TAG, World

Document = dict[str, Any]
BACKUP = "BACKUP_POLICY"
INCOMPLETE = {"plans": {"daily": {"regions": {"@@assign": ["eu-west-1"]}}}}


def values(*assigned: str) -> Document:
    return {"tags": {"Cost": {"tag_value": {"@@assign": list(assigned)}}}}


def create(world: World, name: str, document: Document, api: str = TAG) -> str:
    content = json.dumps(document)
    made = world.call("CreatePolicy", Name=name, Type=api, Description="", Content=content)
    id: str = made["Policy"]["PolicySummary"]["Id"]
    return id


def effective(world: World, account: str = MEMBER, api: str = TAG) -> Document:
    found = world.call("DescribeEffectivePolicy", PolicyType=api, TargetId=account)["EffectivePolicy"]
    assert (found["TargetId"], found["PolicyType"]) == (account, api)
    document: Document = json.loads(found["PolicyContent"])
    return document


def test_the_first_attached_policy_of_a_node_counts_and_a_lower_node_overrules_it(world: World) -> None:
    world.enable(TAG)
    assert effective(world) == {}
    red, blue, green = (create(world, each, values(each)) for each in ("red", "blue", "green"))
    world.call("AttachPolicy", PolicyId=blue, TargetId=world.root)
    world.call("AttachPolicy", PolicyId=red, TargetId=world.root)
    assert effective(world) == {"tags": {"cost": {"tag_key": "cost", "tag_value": ["blue"]}}}
    world.call("AttachPolicy", PolicyId=green, TargetId=MEMBER)
    assert effective(world)["tags"]["cost"]["tag_value"] == ["green"]
    assert effective(world, MANAGEMENT)["tags"]["cost"]["tag_value"] == ["blue"]
    world.call("DetachPolicy", PolicyId=blue, TargetId=world.root)
    world.call("AttachPolicy", PolicyId=blue, TargetId=world.root)
    assert effective(world, MANAGEMENT)["tags"]["cost"]["tag_value"] == ["red"]


def test_the_caller_is_the_default(world: World) -> None:
    world.enable(TAG)
    assert world.call("DescribeEffectivePolicy", PolicyType=TAG)["EffectivePolicy"]["TargetId"] == MANAGEMENT


def test_policies_that_are_valid_alone_can_be_invalid_together(world: World) -> None:
    world.enable(BACKUP)
    policy = create(world, "backup", INCOMPLETE, BACKUP)
    assert world.all("ListAccountsWithInvalidEffectivePolicy", "Accounts", PolicyType=BACKUP) == []
    world.call("AttachPolicy", PolicyId=policy, TargetId=MEMBER)
    found = world.all("ListAccountsWithInvalidEffectivePolicy", "Accounts", PolicyType=BACKUP)
    assert [each["Id"] for each in found] == [MEMBER]
    assert effective(world, api=BACKUP) == {}
    answer = world.call("ListEffectivePolicyValidationErrors", AccountId=MEMBER, PolicyType=BACKUP)
    assert answer["Path"].endswith(f"{world.root}/{MEMBER}/")
    assert [
        (each["ErrorCode"], each["PathToError"], each["ContributingPolicies"])
        for each in answer["EffectivePolicyValidationErrors"]
    ] == [("KEY_REQUIRED", f"plans/daily/{each}", [policy]) for each in ("rules", "selections")]


def test_without_errors_there_is_no_time_of_evaluation(world: World) -> None:
    world.enable(TAG)
    assert world.call("ListEffectivePolicyValidationErrors", AccountId=MEMBER, PolicyType=TAG) == {
        "AccountId": MEMBER, "PolicyType": TAG, "EffectivePolicyValidationErrors": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("DescribeEffectivePolicy", {"TargetId": MEMBER}),
        ("ListAccountsWithInvalidEffectivePolicy", {}),
        ("ListEffectivePolicyValidationErrors", {"AccountId": MEMBER}),
    ],
)
def test_what_is_refused(world: World, operation: str, params: dict[str, str]) -> None:
    world.refused(operation, "EffectivePolicyNotFoundException", PolicyType=TAG, **params)
    world.refused(operation, "InvalidInputException", "INVALID_ENUM", PolicyType=SCP, **params)


def test_only_accounts_have_effective_policies(world: World) -> None:
    world.enable(TAG)
    for target in (world.root, world.unit("A")):
        world.refused("DescribeEffectivePolicy", "TargetNotFoundException", PolicyType=TAG, TargetId=target)
    world.refused(
        "ListEffectivePolicyValidationErrors", "AccountNotFoundException", PolicyType=TAG, AccountId="999999999999"
    )
