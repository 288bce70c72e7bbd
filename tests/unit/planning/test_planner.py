"""What a plan holds, and in which order: one small organization a rule."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.kinds.base import UnmanagedRules
from reconciler.model.limits import Limit
from reconciler.planning import planner
from reconciler.planning.guards import Limits
from reconciler.planning.planner import PlannerSettings
from tests.building import ALLOW_ALL, deny, org
from tests.harness import Organization, steps

LEAVE = deny("organizations:LeaveOrganization")


def test_a_new_organization_is_built_from_the_root_down_and_types_come_first() -> None:
    desired = org(
        ["W", "W/P"],
        {"a": "W/P"},
        {"deny": LEAVE, "tags": {"tags": {}}},
        {"deny": ["W"], "tags": ["@a"]},
        types=("scp", "tag"),
        policy_types={"tags": "tag"},
    )
    organization = Organization()
    assert steps(organization.apply(desired)) == [
        "enable policy_type:tag",
        "create policy:deny",
        "create policy:tags",
        "create ou:W",
        "create ou:W/P",
        "attach attachment:deny@W",
        "create account:a",
        "attach attachment:tags@account:a",
    ]
    assert organization.plan(desired).plan.changes == ()


def test_an_ou_with_another_parent_is_replaced_and_takes_everything_along() -> None:
    organization = Organization()
    organization.apply(
        org(["Old", "Old/Prod", "Old/Prod/EU", "New"], {"a": "Old/Prod/EU"}, {"deny": LEAVE}, {"deny": ["Old/Prod"]})
    )
    desired = org(
        ["Old", "New", "New/Prod", "New/Prod/EU"],
        {"a": "New/Prod/EU"},
        {"deny": LEAVE},
        {"deny": ["New/Prod"]},
        previously={"New/Prod": ["Old/Prod"]},
    )
    plan = organization.apply(desired)
    assert steps(plan) == [
        "replace ou:New/Prod",
        "attach attachment:deny@New/Prod",
        "replace ou:New/Prod/EU",
        "move account:a",
        "delete ou:Old/Prod/EU",
        "delete ou:Old/Prod",
    ]
    assert organization.plan(desired).plan.changes == ()


def test_what_is_undeclared_inside_a_replaced_ou_moves_too() -> None:
    organization = Organization()
    before = org(["Old", "Old/X"], {"a": "Old/X", "b": "Old"}, {"deny": LEAVE}, {"deny": ["Old/X"]})
    organization.apply(before)
    desired = org(["New", "New/Old"], {}, {"deny": LEAVE}, previously={"New/Old": ["Old"]})
    plan = organization.apply(desired)
    live = {each.address for each in organization.live().resources}
    assert "ou:New/Old/X" in live
    assert "ou:Old" not in live
    assert "attachment:deny@New/Old/X" in live
    assert plan.summary.move == 2


def test_a_rename_is_one_call_and_moves_nothing() -> None:
    organization = Organization()
    organization.apply(org(["Prod", "Prod/A"], {"a": "Prod/A"}, {"lock": LEAVE}, {"lock": ["Prod/A"]}))
    desired = org(
        ["Production", "Production/A"],
        {"a": "Production/A"},
        {"deny-leave": LEAVE},
        {"deny-leave": ["Production/A"]},
        previously={"Production": ["Prod"], "policy:deny-leave": ["lock"]},
    )
    assert steps(organization.apply(desired)) == ["rename policy:deny-leave", "rename ou:Production"]
    assert organization.plan(desired).plan.changes == ()


def test_full_aws_access_is_taken_off_only_after_the_allow_list_is_on() -> None:
    organization = Organization()
    desired = org(["A"], {}, {"allow": ALLOW_ALL}, {"allow": ["A"]}, no_full_access=["A"])
    assert steps(organization.apply(desired)) == [
        "create policy:allow",
        "create ou:A",
        "attach attachment:allow@A",
        "detach attachment:FullAWSAccess@A",
    ]
    back = org(["A"], {}, {"allow": ALLOW_ALL})
    assert steps(organization.apply(back)) == ["attach attachment:FullAWSAccess@A", "detach attachment:allow@A"]


def test_a_hand_made_attachment_on_a_declared_node_is_detached_elsewhere_left_alone() -> None:
    organization = Organization()
    desired = org(["A"], {}, {"deny": LEAVE}, {"deny": ["/"]})
    organization.apply(desired)
    organization.call("CreateOrganizationalUnit", ParentId=organization.id_of("root:/"), Name="Rogue")
    deny_id = organization.id_of("policy:deny")
    organization.call("AttachPolicy", PolicyId=deny_id, TargetId=organization.id_of("ou:Rogue"))
    organization.call("AttachPolicy", PolicyId=deny_id, TargetId=organization.id_of("ou:A"))
    plan = organization.plan(desired).plan
    assert steps(plan) == ["detach attachment:deny@A"]
    assert [each.address for each in plan.unmanaged] == ["account:123456789012", "ou:Rogue"]


@pytest.mark.parametrize(
    ("unmanaged", "expected"),
    [
        ({"attachments": "report"}, []),
        ({"attachments": "delete"}, ["detach attachment:deny@A"]),
        ({"attachments": "delete", "policies": "delete"}, ["detach attachment:deny@A", "delete policy:deny"]),
    ],
)
def test_a_policy_that_is_no_longer_declared(unmanaged: dict[str, Any], expected: list[str]) -> None:
    organization = Organization()
    organization.apply(org(["A"], {}, {"deny": LEAVE}, {"deny": ["A"]}))
    rules = PlannerSettings(policies=UnmanagedRules(unmanaged))
    assert steps(organization.apply(org(["A"]), rules)) == expected


def test_an_undeclared_ou_is_deleted_only_where_the_spec_says_so_and_it_is_empty() -> None:
    organization = Organization()
    organization.apply(org(["A", "A/B", "C"], {"a": "C"}))
    rules = PlannerSettings(policies=UnmanagedRules({"attachments": "delete", "organizational_units": "delete"}))
    plan = organization.plan(org(), rules).plan
    assert steps(plan) == ["delete ou:A/B", "delete ou:A"]
    assert [each.code for each in plan.warnings] == ["W501"]


def test_what_is_ignored_is_out_of_sight() -> None:
    organization = Organization()
    organization.apply(
        org(
            ["L", "L/X"],
            {"a": "L/X"},
            {"aws-guardrails-1": LEAVE, "mine": LEAVE},
            {"aws-guardrails-1": ["/"], "mine": ["/"]},
        )
    )
    rules = PlannerSettings(
        policies=UnmanagedRules({"attachments": "delete"}),
        ignore={"policies": ["aws-guardrails-*"], "organizational_units": ["L", "L/**"]},
    )
    plan = organization.plan(org(), rules).plan
    assert steps(plan) == ["detach attachment:mine@/"]
    assert [each.address for each in plan.unmanaged] == ["account:123456789012", "policy:mine"]


def test_documents_are_compared_by_meaning() -> None:
    organization = Organization()
    organization.apply(org([], {}, {"deny": deny("s3:GetObject", "ec2:RunInstances")}))
    same = {
        "Statement": {
            "Effect": "Deny",
            "Resource": ["*"],
            "Action": ["EC2:RunInstances", "s3:GetObject"],
            "Sid": "Deny",
        },
        "Version": "2012-10-17",
    }
    assert organization.plan(org([], {}, {"deny": same})).plan.changes == ()
    other = organization.plan(org([], {}, {"deny": deny("s3:GetObject")})).plan
    assert [(each.action, each.fields) for each in other.changes] == [("update", ("content",))]


def test_targets_bring_along_what_they_need_and_nothing_else() -> None:
    desired = org(["W", "W/P", "X"], {"a": "W/P"}, {"deny": LEAVE}, {"deny": ["W/P"]})
    plan = Organization().plan(desired, targets=("attachment:deny@W/P",)).plan
    assert steps(plan) == ["create policy:deny", "create ou:W", "create ou:W/P", "attach attachment:deny@W/P"]


def test_the_digest_covers_the_changes_and_what_they_assume() -> None:
    organization = Organization()
    organization.apply(org(["A"], {}, {"deny": LEAVE}))
    desired = org(["A"], {}, {"deny": LEAVE}, {"deny": ["A"]})
    first = organization.plan(desired).plan
    assert first.digest == organization.plan(desired).plan.digest
    organization.call("TagResource", ResourceId=organization.id_of("ou:A"), Tags=[{"Key": "a", "Value": "b"}])
    assert organization.plan(desired).plan.digest == first.digest
    organization.call("AttachPolicy", PolicyId=organization.id_of("policy:deny"), TargetId=organization.id_of("root:/"))
    assert organization.plan(desired).plan.digest != first.digest


def test_guards_never_hide_the_plan() -> None:
    organization = Organization()
    organization.apply(org(["A"], {}, {"deny": LEAVE}, {"deny": ["A"]}))
    limits = Limits(max_deletes={"attachments": Limit(number=0)})
    rules = PlannerSettings(policies=UnmanagedRules({"attachments": "delete"}), limits=limits)
    plan = organization.plan(org(["A"]), rules).plan
    assert steps(plan) == ["detach attachment:deny@A"]
    assert [each.allow for each in plan.guards.violations] == ["--allow deletes.attachments=1"]


def test_a_chain_of_renames_is_carried_out_from_its_end() -> None:
    organization = Organization()
    organization.apply(org(["A", "B"], {"a": "A", "b": "B"}, {"x": LEAVE, "y": deny("s3:*")}, {"x": ["A"], "y": ["B"]}))
    desired = org(
        ["B", "C"],
        {"a": "B", "b": "C"},
        {"y": LEAVE, "z": deny("s3:*")},
        {"y": ["B"], "z": ["C"]},
        previously={"B": ["A"], "C": ["B"], "policy:y": ["x"], "policy:z": ["y"]},
    )
    assert steps(organization.apply(desired)) == [
        "rename policy:z",
        "rename policy:y",
        "rename ou:C",
        "rename ou:B",
    ]
    assert organization.plan(desired).plan.changes == ()


def test_what_is_out_of_sight_still_keeps_what_holds_it() -> None:
    organization = Organization()
    organization.apply(org(["A", "A/B", "C"], {"a": "A/B"}, {"x": LEAVE}, {"x": ["C"]}))
    rules = PlannerSettings(
        policies=UnmanagedRules({"attachments": "delete", "policies": "delete", "organizational_units": "delete"}),
        ignore={"accounts": ["a"], "organizational_units": ["C"]},
    )
    plan = organization.plan(org(), rules).plan
    assert steps(plan) == []
    assert {each.code for each in plan.warnings} == {"W511"}


def test_an_ou_can_be_made_where_scps_are_enabled_but_not_managed() -> None:
    live = Organization().live(frozenset())
    plan = planner.plan(org(["A"], {"a": "A"}, types=()), live, PlannerSettings(), planner.PlanRequest()).plan
    assert steps(plan) == ["create ou:A", "create account:a"]


def test_a_replaced_ou_takes_tags_along_that_the_spec_does_not_manage() -> None:
    organization = Organization()
    organization.apply(org(["Old", "Old/P", "New"], {"a": "Old/P"}, tags={"Old/P": {"cost": "42"}}))
    desired = org(["Old", "New", "New/P"], {"a": "New/P"}, previously={"New/P": ["Old/P"]})
    organization.apply(desired)
    live = {each.address: each for each in organization.live().resources}
    assert live["ou:New/P"].fields()["tags"] == {"cost": "42"}


def test_the_target_of_a_deletion_brings_along_what_has_to_leave_first() -> None:
    organization = Organization()
    organization.apply(org(["Old", "Old/P", "New"], {"a": "Old/P"}, {"x": LEAVE}, {"x": ["New"]}))
    moved = org(["Old", "New", "New/P"], {"a": "New/P"}, {"x": LEAVE}, {"x": ["New"]}, previously={"New/P": ["Old/P"]})
    assert steps(organization.plan(moved, targets=("ou:Old/P",)).plan) == [
        "replace ou:New/P",
        "move account:a",
        "delete ou:Old/P",
    ]
    rules = PlannerSettings(policies=UnmanagedRules({"attachments": "delete", "policies": "delete"}))
    gone = org(["Old", "Old/P", "New"], {"a": "Old/P"})
    assert steps(organization.plan(gone, rules, targets=("policy:x",)).plan) == [
        "detach attachment:x@New",
        "delete policy:x",
    ]


def test_an_account_that_is_nowhere_gets_no_attachments() -> None:
    desired = org([], {"a": "/"}, {"x": LEAVE}, {"x": ["@a"]})
    unknown = desired.with_resources(
        each.model_copy(update={"id": "999988887777"}) if each.address == "account:a" else each
        for each in desired.resources
    )
    plan = Organization().plan(unknown).plan
    assert steps(plan) == ["create policy:x"]
    assert [each.code for each in plan.warnings] == ["W504"]


def test_a_live_policy_that_is_called_as_another_ones_key_is_left_alone() -> None:
    organization = Organization()
    organization.apply(org(["U"], {}, {"A": LEAVE, "X": {"tags": {}}}, types=("scp", "tag"), policy_types={"X": "tag"}))
    organization.call("AttachPolicy", PolicyId=organization.id_of("policy:A"), TargetId=organization.id_of("ou:U"))
    desired = org(["U"], {}, {"A": deny("s3:*"), "X": LEAVE}, {"A": ["U"]}, types=("scp", "tag"))
    renamed = desired.with_resources(
        each.model_copy(update={"name": "B"}) if each.address == "policy:A" else each for each in desired.resources
    )
    plan = organization.apply(renamed)
    assert steps(plan)[:3] == ["create policy:A", "create policy:X", "attach attachment:A@U"]
    assert plan.changes[3].address.startswith("attachment:scp/A/p-")
    assert [each.name for each in plan.unmanaged if each.kind == "policy"] == ["A", "X"]
    assert organization.plan(renamed).plan.changes == ()
