"""Policy types, policies and their attachments."""

import json
from typing import Any

import pytest

from reconciler.mock import MockOrganization, Seed
from reconciler.mock.from_snapshot import Timing, from_snapshot
from reconciler.mock.rules import policies
from reconciler.mock.statefile import StateFile
from reconciler.model.inventory import Organization
from reconciler.model.policy_types import POLICY_TYPES, PolicyTypeRow
from reconciler.model.resources import Account
from tests.unit.mock.world import DOCUMENTS, FULL, MANAGEMENT, MEMBER, RCP, RCP_FULL, SCP, TAG, World


def content(document: object) -> str:
    return json.dumps(document)


@pytest.mark.parametrize("row", [each for each in POLICY_TYPES if each.short != "scp"], ids=lambda each: each.short)
def test_every_type_is_enabled_used_and_disabled(world: World, row: PolicyTypeRow) -> None:
    enabled = world.enable(row.api)["Root"]["PolicyTypes"]
    assert {"Type": row.api, "Status": "ENABLED"} in enabled
    world.refused("EnablePolicyType", "PolicyTypeAlreadyEnabledException", RootId=world.root, PolicyType=row.api)
    policy = world.policy("mine", row.api)
    assert world.call("DescribePolicy", PolicyId=policy)["Policy"]["PolicySummary"]["Type"] == row.api
    world.call("AttachPolicy", PolicyId=policy, TargetId=MEMBER)
    assert "mine" in world.attached(MEMBER, row.api)
    world.call("DisablePolicyType", RootId=world.root, PolicyType=row.api)
    assert world.attached(MEMBER, row.api) == []
    assert "mine" in [each["Name"] for each in world.all("ListPolicies", "Policies", Filter=row.api)]
    world.refused("DisablePolicyType", "PolicyTypeNotEnabledException", RootId=world.root, PolicyType=row.api)
    world.call("DeletePolicy", PolicyId=policy)


def test_a_new_organization_has_scps_and_nothing_else(world: World) -> None:
    root = world.call("ListRoots")["Roots"][0]
    assert root["PolicyTypes"] == [{"Type": SCP, "Status": "ENABLED"}]
    assert [each["Id"] for each in world.call("ListPolicies", Filter=SCP)["Policies"]] == [FULL]
    assert world.call("ListPolicies", Filter=RCP)["Policies"] == []
    for node in (world.root, MANAGEMENT, MEMBER):
        assert world.attached(node) == ["FullAWSAccess"]


def test_enabling_attaches_the_default_everywhere_and_again_after_a_pause(world: World) -> None:
    a, deny = world.unit("A"), world.policy("deny")
    world.call("AttachPolicy", PolicyId=deny, TargetId=a)
    world.call("DisablePolicyType", RootId=world.root, PolicyType=SCP)
    nodes = (world.root, a, MANAGEMENT, MEMBER)
    assert [world.attached(node) for node in nodes] == [[]] * 4
    quiet = world.unit("Quiet")
    world.enable(SCP)
    assert [world.attached(node) for node in (*nodes, quiet)] == [["FullAWSAccess"]] * 5


def test_the_root_and_the_type_must_exist(world: World) -> None:
    world.refused("EnablePolicyType", "RootNotFoundException", RootId="r-none", PolicyType=TAG)
    world.refused(
        "EnablePolicyType", "InvalidInputException", "INVALID_ENUM_POLICY_TYPE", RootId=world.root, PolicyType="NEW"
    )
    world.refused("ListPolicies", "InvalidInputException", "INVALID_ENUM_POLICY_TYPE", Filter="NEW")


def test_consolidated_billing_has_no_policies() -> None:
    file = StateFile(
        organization=Organization(
            id="o-billing000", management_account_id=MANAGEMENT, feature_set="consolidated_billing"
        ),
        resources=(Account(address=f"account:{MANAGEMENT}", id=MANAGEMENT, email="m@example.com", parent="root:/"),),
    )
    world = World(MockOrganization(from_snapshot(file, Timing(lambda: 0.0, 0, 0.0))))
    assert world.call("DescribeOrganization")["Organization"]["FeatureSet"] == "CONSOLIDATED_BILLING"
    assert world.attached(MANAGEMENT) == []
    refusal = "PolicyTypeNotAvailableForOrganizationException"
    world.refused("EnablePolicyType", refusal, RootId=world.root, PolicyType=TAG)
    world.refused("CreatePolicy", refusal, Name="p", Type=TAG, Description="", Content="{}")


@pytest.mark.parametrize("text", ["", "{", "[]", '"text"', "null", "{'a': 1}"])
@pytest.mark.parametrize("type", [SCP, TAG])
def test_a_document_is_a_json_object(world: World, type: str, text: str) -> None:
    refusal = ("InvalidInputException", "MIN_LENGTH_EXCEEDED") if not text else ("MalformedPolicyDocumentException",)
    world.refused("CreatePolicy", *refusal, Name="p", Type=type, Description="", Content=text)
    policy = world.policy("good", type)
    world.refused("UpdatePolicy", *refusal, PolicyId=policy, Content=text)


@pytest.mark.parametrize("document", [{}, {"Statement": []}, {"Statement": ["a"]}, {"Statement": "a"}])
def test_an_scp_has_statements(world: World, document: Any) -> None:
    refusal = "MalformedPolicyDocumentException"
    world.refused("CreatePolicy", refusal, Name="p", Type=SCP, Description="", Content=content(document))


@pytest.mark.parametrize(
    ("type", "document"),
    [
        (TAG, {}),
        (TAG, {"tags": {"cost": {"tag_key": {"@@assign": "other"}}}}),
        (TAG, {"tags": {"cost": {"enforced_for": {"@@assign": ["ecs:*"]}}}}),
        ("AISERVICES_OPT_OUT_POLICY", {"services": {"default": {"opt_out_policy": {"@@assign": "OPTOUT"}}}}),
        ("CHATBOT_POLICY", {"chatbot": {"platforms": {"default": {"client": {"@@assign": "disabled"}}}}}),
        ("S3_POLICY", {"s3_attributes": {"public_access_block_configuration": {"@@assign": "some"}}}),
        ("BACKUP_POLICY", {"plans": {"daily": {"regions": {"@@assign": ["eu-wst-1"]}}}}),
    ],
)
def test_a_declarative_policy_has_the_settings_of_its_type(world: World, type: str, document: Any) -> None:
    refusal = "MalformedPolicyDocumentException"
    world.refused("CreatePolicy", refusal, Name="p", Type=type, Description="", Content=content(document))
    policy = world.policy("good", type)
    world.refused("UpdatePolicy", refusal, PolicyId=policy, Content=content(document))


@pytest.mark.parametrize(("type", "limit"), [(SCP, 10_240), (RCP, 5_120), (TAG, 10_000)])
def test_a_document_is_measured_as_it_is_sent(world: World, type: str, limit: int) -> None:
    bare = content({**DOCUMENTS[type], "@@assign" if type == TAG else "Id": ""})
    longest = bare[:-2] + "é" * (limit - len(bare)) + bare[-2:]
    assert len(longest) == limit
    created = world.call("CreatePolicy", Name="p", Type=type, Description="", Content=longest)["Policy"]
    assert created["Content"] == longest
    refusal = ("ConstraintViolationException", "POLICY_CONTENT_LIMIT_EXCEEDED")
    world.refused("CreatePolicy", *refusal, Name="q", Type=type, Description="", Content=longest + " ")
    world.refused("UpdatePolicy", *refusal, PolicyId=created["PolicySummary"]["Id"], Content=longest + " ")


WRONG = [
    (SCP, {"Effect": "Permit"}),
    (SCP, {"Principal": "*"}),
    (SCP, {"NotPrincipal": "*"}),
    (RCP, {"Effect": "Allow"}),
    (RCP, {"Principal": {"AWS": "*"}}),
    (RCP, {"Action": "*"}),
    (RCP, {"Action": ["s3:*", "*"]}),
    (RCP, {"NotAction": "s3:*"}),
]


@pytest.mark.parametrize(("type", "change"), WRONG, ids=str)
def test_a_statement_is_of_its_type(world: World, type: str, change: dict[str, Any]) -> None:
    wrong = {"Statement": [{**DOCUMENTS[type]["Statement"][0], **change}]}
    refusal = "MalformedPolicyDocumentException"
    world.refused("CreatePolicy", refusal, Name="p", Type=type, Description="", Content=content(wrong))
    policy = world.policy("p", type)
    world.refused("UpdatePolicy", refusal, PolicyId=policy, Content=content(wrong))


def test_an_scp_may_allow_with_all_of_the_language(world: World) -> None:
    statement = {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::x", "Condition": {}}
    world.policy("allow", SCP, {"Statement": statement})


def test_names_are_unique_for_each_type(world: World) -> None:
    scp, other = world.policy("same"), world.policy("other")
    world.policy("same", TAG)
    world.refused(
        "CreatePolicy",
        "DuplicatePolicyException",
        Name="same",
        Type=SCP,
        Description="",
        Content=content(DOCUMENTS[SCP]),
    )
    world.refused("UpdatePolicy", "DuplicatePolicyException", PolicyId=other, Name="same")
    world.refused("UpdatePolicy", "DuplicatePolicyException", PolicyId=other, Name="FullAWSAccess")
    world.call("UpdatePolicy", PolicyId=scp, Name="same", Description="kept its name")


def test_the_number_of_policies_of_a_type_is_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(policies.POLICY_NUMBER, SCP, 1)
    world.policy("one")
    world.refused(
        "CreatePolicy",
        "ConstraintViolationException",
        "POLICY_NUMBER_LIMIT_EXCEEDED",
        Name="two",
        Type=SCP,
        Description="",
        Content=content(DOCUMENTS[SCP]),
    )
    world.policy("two", TAG)


def test_a_managed_policy_belongs_to_aws(world: World) -> None:
    summary = world.call("DescribePolicy", PolicyId=FULL)["Policy"]["PolicySummary"]
    assert summary["AwsManaged"] is True
    assert summary["Arn"] == "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"
    refusal = ("InvalidInputException", "IMMUTABLE_POLICY")
    world.refused("UpdatePolicy", *refusal, PolicyId=FULL, Description="mine")
    world.refused("DeletePolicy", *refusal, PolicyId=FULL)


def test_a_customer_policy_belongs_to_the_organization(world: World) -> None:
    policy = world.policy("mine", "BACKUP_POLICY")
    organization = world.call("DescribeOrganization")["Organization"]["Id"]
    summary = world.call("DescribePolicy", PolicyId=policy)["Policy"]["PolicySummary"]
    assert summary["Arn"] == f"arn:aws:organizations::{MANAGEMENT}:policy/{organization}/backup_policy/{policy}"
    assert summary["AwsManaged"] is False


def test_an_update_changes_what_it_names(world: World) -> None:
    policy = world.policy("mine")
    text = content({**DOCUMENTS[SCP], "Id": "new"})
    world.call("UpdatePolicy", PolicyId=policy, Content=text)
    world.call("UpdatePolicy", PolicyId=policy, Name="renamed", Description="why")
    found = world.call("DescribePolicy", PolicyId=policy)["Policy"]
    assert found["Content"] == text
    assert (found["PolicySummary"]["Name"], found["PolicySummary"]["Description"]) == ("renamed", "why")


def test_a_policy_in_use_is_not_deleted(world: World) -> None:
    policy = world.policy("mine")
    world.call("AttachPolicy", PolicyId=policy, TargetId=MEMBER)
    world.refused("DeletePolicy", "PolicyInUseException", PolicyId=policy)
    world.call("DetachPolicy", PolicyId=policy, TargetId=MEMBER)
    world.call("DeletePolicy", PolicyId=policy)
    world.refused("DescribePolicy", "PolicyNotFoundException", PolicyId=policy)


@pytest.mark.parametrize("operation", ["UpdatePolicy", "DeletePolicy", "DescribePolicy", "ListTargetsForPolicy"])
def test_a_policy_must_exist(world: World, operation: str) -> None:
    world.refused(operation, "PolicyNotFoundException", PolicyId="p-0000000000")


@pytest.mark.parametrize("operation", ["AttachPolicy", "DetachPolicy"])
def test_policy_and_target_must_exist(world: World, operation: str) -> None:
    world.refused(operation, "PolicyNotFoundException", PolicyId="p-0000000000", TargetId=MEMBER)
    for target in ("999999999999", "r-none", f"ou-{world.root[2:]}-00000000"):
        world.refused(operation, "TargetNotFoundException", PolicyId=FULL, TargetId=target)
    world.refused("ListPoliciesForTarget", "TargetNotFoundException", TargetId="999999999999", Filter=SCP)


def test_only_a_policy_of_an_enabled_type_is_attached(world: World) -> None:
    policy = world.policy("tags", TAG)
    world.refused("AttachPolicy", "PolicyTypeNotEnabledException", PolicyId=policy, TargetId=MEMBER)
    world.enable(TAG)
    world.call("AttachPolicy", PolicyId=policy, TargetId=MEMBER)


def test_a_policy_is_attached_once_and_detached_once(world: World) -> None:
    policy = world.policy("mine")
    world.refused("DetachPolicy", "PolicyNotAttachedException", PolicyId=policy, TargetId=MEMBER)
    world.call("AttachPolicy", PolicyId=policy, TargetId=MEMBER)
    world.refused("AttachPolicy", "DuplicatePolicyAttachmentException", PolicyId=policy, TargetId=MEMBER)
    world.call("AttachPolicy", PolicyId=policy, TargetId=world.root)
    world.call("DetachPolicy", PolicyId=policy, TargetId=MEMBER)
    world.refused("DetachPolicy", "PolicyNotAttachedException", PolicyId=policy, TargetId=MEMBER)


LIMITED = [row for row in POLICY_TYPES if row.max_attached is not None]


@pytest.mark.parametrize("row", LIMITED, ids=lambda each: each.short)
def test_attachments_of_a_type_to_a_node_are_limited(world: World, row: PolicyTypeRow) -> None:
    if row.short != "scp":
        world.enable(row.api)
    assert row.max_attached is not None
    room = row.max_attached - (1 if row.default else 0)
    policies = [world.policy(f"p{n}", row.api) for n in range(room + 1)]
    for policy in policies[:room]:
        world.call("AttachPolicy", PolicyId=policy, TargetId=MEMBER)
    refusal = ("ConstraintViolationException", "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
    world.refused("AttachPolicy", *refusal, PolicyId=policies[room], TargetId=MEMBER)
    world.call("AttachPolicy", PolicyId=policies[room], TargetId=world.root)


def test_the_last_scp_stays(world: World) -> None:
    refusal = ("DetachPolicy", "ConstraintViolationException", "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
    world.refused(*refusal, PolicyId=FULL, TargetId=MEMBER)
    allow = world.policy("allow")
    world.call("AttachPolicy", PolicyId=allow, TargetId=MEMBER)
    world.call("DetachPolicy", PolicyId=FULL, TargetId=MEMBER)
    world.refused(*refusal, PolicyId=allow, TargetId=MEMBER)
    assert world.attached(MEMBER) == ["allow"]


def test_the_default_rcp_stays_even_beside_another(world: World) -> None:
    world.enable(RCP)
    mine = world.policy("mine", RCP)
    world.call("AttachPolicy", PolicyId=mine, TargetId=MEMBER)
    refusal = ("DetachPolicy", "InvalidInputException", "NON_DETACHABLE_POLICY")
    world.refused(*refusal, PolicyId=RCP_FULL, TargetId=MEMBER)
    world.call("DetachPolicy", PolicyId=mine, TargetId=MEMBER)


def test_the_only_tag_policy_may_go(world: World) -> None:
    world.enable(TAG)
    policy = world.policy("tags", TAG)
    world.call("AttachPolicy", PolicyId=policy, TargetId=MEMBER)
    world.call("DetachPolicy", PolicyId=policy, TargetId=MEMBER)


def test_targets_have_their_kind(world: World) -> None:
    a, policy = world.unit("A"), world.policy("mine")
    for target in (world.root, a, MEMBER):
        world.call("AttachPolicy", PolicyId=policy, TargetId=target)
    found = world.call("ListTargetsForPolicy", PolicyId=policy)["Targets"]
    assert [(each["TargetId"], each["Name"], each["Type"]) for each in found] == [
        (world.root, "Root", "ROOT"),
        (a, "A", "ORGANIZATIONAL_UNIT"),
        (MEMBER, "member", "ACCOUNT"),
    ]


def test_a_new_organization_is_the_same_for_the_same_seed() -> None:
    one, other = (World(MockOrganization.in_memory(Seed(), clock=lambda: 0.0)) for _ in range(2))
    for world in (one, other):
        world.unit("A")
        world.policy("p")
        world.account("a")
    assert one.everything() == other.everything()
