"""What the service admits as a declarative policy: recorded answers of CreatePolicy, and the documentation's rules."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.base import Json
from reconciler.policy.lint.check import check
from reconciler.policy.lint.declarative import SYNTAX
from reconciler.policy.lint.declarative.cron import problem_of

CONTROL = "@@operators_allowed_for_child_policies"


def errors(type_short: str, document: Json) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(each.code, each.path) for each in check(type_short, document) if each.severity == "error"]


def helps(type_short: str, document: Json) -> list[str | None]:
    return [each.help for each in check(type_short, document)]


def tag(key: str = "cost", **settings: Any) -> Json:
    return {"tags": {key: settings}}


def assign(value: Any) -> dict[str, Any]:
    return {"@@assign": value}


def plan(**settings: Any) -> Json:
    return {"plans": {"daily": settings}}


def rule(**settings: Any) -> Json:
    return plan(rules={"r": settings})


def lifecycle(**days: str) -> Json:
    return rule(lifecycle={f"{name}_after_days": assign(value) for name, value in days.items()})


COPY = "arn:aws:backup:us-west-2:$account:backup-vault:v"
ROLE = assign("arn:aws:iam::$account:role/r")
TEAM = "0123abcd-0123-0123-0123-0123456789ab"


@pytest.mark.parametrize(
    ("type_short", "document"),
    [
        ("tag", {"tags": {}}),
        ("tag", tag()),
        ("tag", tag(tag_value=assign([True, None, 12, "a*"]))),
        ("tag", {"tags": {CONTROL: ["@@none"], "cost": {"tag_value": assign(["red"])}}}),
        ("tag", tag(tag_key={"@@assign": "COST", CONTROL: ["@@none"]})),
        ("tag", tag(tag_value={"@@assign": ["a"], "@@append": ["b"], "@@remove": []})),
        ("tag", tag(enforced_for=assign(["ecs:ALL_SUPPORTED", "secretsmanager:*", "ec2:instance", "rds:cluster-pg"]))),
        ("tag", tag(report_required_tag_for={"@@append": ["glue:job", "ec2:ALL_SUPPORTED"]})),
        ("ai_opt_out", {"services": {}}),
        ("ai_opt_out", {"services": {"q": {"opt_out_policy": {}}, "connecthealth::training": {}}}),
        ("ai_opt_out", {"services": {"lex": {"opt_out_policy": {"@@assign": "optIn", CONTROL: ["@@append"]}}}}),
        (
            "chatbot",
            {
                "chatbot": {
                    "platforms": {
                        "slack": {
                            "client": assign("enabled"),
                            "workspaces": assign(["T01234567", "*"]),
                            "default": {
                                "supported_channel_types": assign(["private"]),
                                "supported_role_settings": assign([]),
                            },
                            "overrides": {"T01234567": {"supported_role_settings": assign(["user_role"])}},
                        }
                    }
                }
            },
        ),
        ("chatbot", {"Chatbot": {"Default": {"Client": {"@@Assign": "disabled"}}}}),
        (
            "chatbot",
            {
                "chatbot": {
                    "platforms": {
                        "microsoft_teams": {
                            "tenants": {TEAM: assign(["*", TEAM])},
                            "overrides": {TEAM: {TEAM: {"supported_role_settings": {}}}},
                        }
                    }
                }
            },
        ),
        ("s3", {"s3_attributes": {"public_access_block_configuration": assign("all")}}),
        ("s3", {"S3_Attributes": {"public_access_block_configuration": {"@@ASSIGN": "none"}}}),
        ("backup", plan(regions={"@@remove": ["us-east-1"]})),
        (
            "backup",
            rule(schedule_expression=assign("cron(0 5/1 ? * MON-FRI *)"), complete_backup_window_minutes=assign(60)),
        ),
        ("backup", rule(copy_actions={COPY: {"target_backup_vault_arn": assign(COPY)}})),
        (
            "backup",
            rule(target_logically_air_gapped_backup_vault_arn=assign("arn:aws:backup:$region:$account:backup-vault:v")),
        ),
        ("backup", lifecycle(move_to_cold_storage="30", delete="120")),
        ("backup", rule(enable_continuous_backup=assign(True), lifecycle={"delete_after_days": assign(35)})),
        (
            "backup",
            plan(
                selections={
                    "resources": {
                        "s": {
                            "iam_role_arn": ROLE,
                            "resource_types": assign(["*", "arn:aws-cn:ec2:*:*:volume/*"]),
                            "conditions": {
                                "string_like": {"c": {"condition_key": assign("k"), "condition_value": assign("v*")}}
                            },
                        }
                    }
                }
            ),
        ),
        (
            "declarative_ec2",
            {
                "ec2_attributes": {
                    "instance_metadata_defaults": {
                        "http_put_response_hop_limit": assign(-1),
                        "http_tokens": assign("required"),
                    },
                    "serial_console_access": {"status": assign("disabled")},
                }
            },
        ),
        (
            "security_hub",
            {"securityhub": {"enable_in_regions": {"@@append": ["ALL_SUPPORTED"]}, "disable_in_regions": assign([])}},
        ),
        ("inspector", {"inspector": {"enablement": {"ec2_scanning": {"enable_in_regions": assign(["us-east-1"])}}}}),
        (
            "upgrade_rollout",
            {"upgrade_rollout": {"tags": {"t": {"tag_values": {"v": {"patch_order": assign("first")}}}}}},
        ),
    ],
)
def test_what_the_service_admits_has_no_error(type_short: str, document: Json) -> None:
    assert errors(type_short, document) == []


@pytest.mark.parametrize(
    ("document", "code", "path"),
    [
        ({}, "E467", ("tags",)),
        ({"wrong": {}}, "E467", ("wrong",)),
        (tag(tag_key=assign("other")), "E472", ("tags", "cost", "tag_key", "@@assign")),
        ({"tags": {"Cost": {}, "cost": {}}}, "E472", ("tags", "cost")),
        (tag(tag_key=assign(12)), "E470", ("tags", "cost", "tag_key", "@@assign")),
        (tag(tag_key=assign(["cost"])), "E470", ("tags", "cost", "tag_key", "@@assign")),
        (tag(tag_key={"@@append": ["cost"]}), "E468", ("tags", "cost", "tag_key", "@@append")),
        (tag(""), "E469", ("tags", "")),
        (tag("c" * 129), "E469", ("tags", "c" * 129)),
        (tag(tag_value=assign("red")), "E470", ("tags", "cost", "tag_value", "@@assign")),
        (tag(tag_value=assign([{"x": 1}])), "E470", ("tags", "cost", "tag_value", "@@assign", 0)),
        (tag(tag_value=assign(["a*b*"])), "E470", ("tags", "cost", "tag_value", "@@assign", 0)),
        (tag(tag_value=assign(["x" * 257])), "E470", ("tags", "cost", "tag_value", "@@assign", 0)),
        (tag(enforced_for=assign(["imaginary:thing"])), "E470", ("tags", "cost", "enforced_for", "@@assign", 0)),
        (tag(enforced_for=assign(["ecs:*"])), "E470", ("tags", "cost", "enforced_for", "@@assign", 0)),
        (tag(enforced_for=assign(["ec2:Instance"])), "E470", ("tags", "cost", "enforced_for", "@@assign", 0)),
        (tag(unknown=assign("x")), "E469", ("tags", "cost", "unknown")),
        (tag(tag_key="cost"), "E471", ("tags", "cost", "tag_key")),
        ({"tags": {"cost": "x"}}, "E470", ("tags", "cost")),
        ({"tags": assign({})}, "E468", ("tags", "@@assign")),
        ({"tags": {}, "@@assign": {}}, "E468", ("@@assign",)),
        ({"tags": {CONTROL: ["@@wrong"]}}, "E468", ("tags", CONTROL, 0)),
        ({"tags": {CONTROL: ["@@none", "@@assign"]}}, "E468", ("tags", CONTROL, 0)),
        ({"tags": {CONTROL: ["@@assign", "@@assign"]}}, "E468", ("tags", CONTROL, 1)),
        ({"tags": {CONTROL: "@@none"}}, "E468", ("tags", CONTROL)),
        ({"tags": {CONTROL: []}}, "E468", ("tags", CONTROL)),
    ],
)
def test_faulty_tag_policies(document: Json, code: str, path: tuple[str | int, ...]) -> None:
    assert errors("tag", document) == [(code, path)]


@pytest.mark.parametrize(
    ("document", "code", "path"),
    [
        (plan(regions=assign(["eu-wst-1"])), "E470", ("regions", "@@assign", 0)),
        (plan(regions=assign("eu-west-1")), "E470", ("regions", "@@assign")),
        (plan(region=assign(["eu-west-1"])), "E469", ("region",)),
        ({"plans": {"with space": {}}}, "E469", ()),
        (rule(schedule_expression=assign("every day")), "E470", ("rules", "r", "schedule_expression", "@@assign")),
        (
            rule(start_backup_window_minutes=assign("59")),
            "E470",
            ("rules", "r", "start_backup_window_minutes", "@@assign"),
        ),
        (
            rule(complete_backup_window_minutes=assign(60.5)),
            "E470",
            ("rules", "r", "complete_backup_window_minutes", "@@assign"),
        ),
        (rule(target_backup_vault_name=assign("a b")), "E470", ("rules", "r", "target_backup_vault_name", "@@assign")),
        (rule(enable_continuous_backup=assign("yes")), "E470", ("rules", "r", "enable_continuous_backup", "@@assign")),
        (rule(enable_continuous_backup=assign("true")), "E472", ("rules", "r", "lifecycle", "delete_after_days")),
        (lifecycle(delete="0"), "E470", ("rules", "r", "lifecycle", "delete_after_days", "@@assign")),
        (lifecycle(move_to_cold_storage="30", delete="119"), "E472", ("rules", "r", "lifecycle", "delete_after_days")),
        (rule(copy_actions={"vault": {}}), "E469", ("rules", "r", "copy_actions", "vault")),
        (
            plan(selections={"tags": {"s": {"iam_role_arn": ROLE, "tag_key": assign("k")}}}),
            "E473",
            ("selections", "tags", "s"),
        ),
        (
            plan(selections={"tags": {"s": {"tag_key": assign("k"), "tag_value": assign([])}}}),
            "E470",
            ("selections", "tags", "s", "tag_value", "@@assign"),
        ),
        (
            plan(
                selections={
                    "tags": {
                        "s": {
                            "iam_role_arn": assign("arn:aws:iam::111122223333:role/r"),
                            "tag_key": {},
                            "tag_value": {},
                        }
                    }
                }
            ),
            "E470",
            ("selections", "tags", "s", "iam_role_arn", "@@assign"),
        ),
        (
            plan(selections={"resources": {"s": {"resource_types": assign(["arn:aws:lambda:*:*:function:*"])}}}),
            "E470",
            ("selections", "resources", "s", "resource_types", "@@assign", 0),
        ),
        (
            plan(advanced_backup_settings={"ec2": {"windows_vss": assign("on")}}),
            "E470",
            ("advanced_backup_settings", "ec2", "windows_vss", "@@assign"),
        ),
        (plan(advanced_backup_settings={"rds": {}}), "E469", ("advanced_backup_settings", "rds")),
    ],
)
def test_faulty_backup_policies(document: Json, code: str, path: tuple[str | int, ...]) -> None:
    found = errors("backup", document)
    assert [each[0] for each in found] == [code]
    assert found[0][1][2:] == path


@pytest.mark.parametrize(
    ("type_short", "document", "code"),
    [
        ("ai_opt_out", {"services": {"default": {"opt_out_policy": assign("OPTOUT")}}}, "E470"),
        ("ai_opt_out", {"services": {"default": {"opt_out_policy": assign(True)}}}, "E470"),
        ("ai_opt_out", {"services": {"default": {"opt_out_policy": {"@@append": ["optOut"]}}}}, "E468"),
        ("ai_opt_out", {"services": {"rekognitionx": {}}}, "E469"),
        ("ai_opt_out", {"services": {"lex": {"optout": {}}}}, "E469"),
        ("chatbot", {"chatbot": {"platforms": {"default": {"client": assign("disabled")}}}}, "E469"),
        ("chatbot", {"chatbot": {"platforms": {"teams": {}}}}, "E469"),
        ("chatbot", {"chatbot": {"default": {"client": assign("Disabled")}}}, "E470"),
        ("chatbot", {"chatbot": {"platforms": {"slack": {"workspaces": assign(["t01234567"])}}}}, "E470"),
        ("chatbot", {"chatbot": {"platforms": {"slack": {"overrides": {"*": {}}}}}}, "E469"),
        ("chatbot", {"chatbot": {"platforms": {"microsoft_teams": {"tenants": {TEAM.upper(): {}}}}}}, "E469"),
        ("chatbot", {"chatbot": {"platforms": {"chime": {"workspaces": {}}}}}, "E469"),
        ("s3", {"s3_attributes": {"public_access_block_configuration": assign("some")}}, "E470"),
        ("s3", {"s3_attributes": {"public_access_block_configuration": assign("All")}}, "E470"),
        ("s3", {"s3_attributes": {"public_access_block": assign("all")}}, "E469"),
        ("declarative_ec2", {"ec2_attributes": {"imdsv2": {"x": assign("y")}}}, "E469"),
        ("declarative_ec2", {"ec2_attributes": {"serial_console_access": {"status": assign("off")}}}, "E470"),
        ("declarative_ec2", {"ec2_attributes": {"serial_console_access": {"state": assign("enabled")}}}, "E469"),
        (
            "declarative_ec2",
            {"ec2_attributes": {"image_block_public_access": {"state": assign("block_all_sharing")}}},
            "E470",
        ),
        (
            "declarative_ec2",
            {"ec2_attributes": {"instance_metadata_defaults": {"http_put_response_hop_limit": assign(65)}}},
            "E470",
        ),
        (
            "declarative_ec2",
            {"ec2_attributes": {"allowed_images_settings": {"image_criteria": {"criteria_11": {}}}}},
            "E469",
        ),
        ("security_hub", {"securityhub": {"enable_in_regions": assign(["eu-wst-1"])}}, "E470"),
        ("security_hub", {"securityhub": {"enabled_in_regions": assign([])}}, "E469"),
        (
            "inspector",
            {"inspector": {"enablement": {"ec2_scanning": {"enable_in_regions": assign("us-east-1")}}}},
            "E470",
        ),
        ("inspector", {"inspector": {"enablement": {"ec2_scaning": {}}}}, "E469"),
        (
            "network_security_director",
            {
                "network_security_director": {
                    "enablement": {"network_security_scan": {"enable_in_regions": assign(["us-east1"])}}
                }
            },
            "E470",
        ),
        ("upgrade_rollout", {"upgrade_rollout": {"default": {"patch_order": assign("third")}}}, "E470"),
        ("bedrock", {"bedrock": {"guardrail_inference": {"us-est-1": {}}}}, "E469"),
        (
            "bedrock",
            {
                "bedrock": {
                    "guardrail_inference": {
                        "us-east-1": {
                            "c": {"identifier": assign("arn:aws:bedrock:us-east-1:123456789012:guardrail/abc:DRAFT")}
                        }
                    }
                }
            },
            "E470",
        ),
    ],
)
def test_faulty_policies_of_the_other_types(type_short: str, document: Json, code: str) -> None:
    assert [each[0] for each in errors(type_short, document)] == [code]


@pytest.mark.parametrize(
    ("type_short", "document", "help"),
    [
        ("ai_opt_out", {"services": {"rekognitionx": {}}}, "did you mean rekognition?"),
        ("ai_opt_out", {"services": {"default": {"opt_out_policy": assign("OPTOUT")}}}, "did you mean optOut?"),
        ("tag", tag(enforced_for=assign(["ecs:*"])), "write ecs:ALL_SUPPORTED"),
        ("tag", tag(enforced_for=assign(["ec2:instances"])), "did you mean ec2:instance?"),
        ("tag", tag(tag_value=assign(["a*b*"])), "a value has one * at most"),
        ("backup", plan(regions=assign(["eu-wst-1"])), "did you mean eu-west-1?"),
        ("backup", rule(targt_backup_vault_name=assign("v")), "did you mean target_backup_vault_name?"),
        ("backup", lifecycle(move_to_cold_storage="30", delete="60"), "set delete_after_days to 120 or more"),
        ("declarative_ec2", {"ec2_attributes": {"serial_console": {}}}, "did you mean serial_console_access?"),
        ("chatbot", {"chatbot": {"platforms": {"slak": {}}}}, "did you mean slack?"),
    ],
)
def test_the_help_has_the_right_name_or_value(type_short: str, document: Json, help: str) -> None:
    assert help in helps(type_short, document)


def test_what_the_documentation_does_not_have_but_the_service_may_is_a_warning() -> None:
    document = tag(enforced_for=assign(["rds:db"]), report_required_tag_for=assign(["rds:ri"]))
    assert [(each.code, each.severity) for each in check("tag", document)] == [("W456", "warning")] * 2
    assert [each.code for each in check("tag", {"tags": {}, "@@assign": "unused"})] == ["W456"]
    assert [each.code for each in check("backup", rule(lifecycle={"to_delete_after_days": assign("2")}))] == ["W456"]


def test_an_id_that_is_known_after_apply_is_not_judged() -> None:
    assert errors("backup", rule(target_backup_vault_name=assign("vault-⟨account:backup.id⟩"))) == []


@pytest.mark.parametrize("type_short", SYNTAX)
def test_the_empty_policy_of_each_type_is_admitted(type_short: str) -> None:
    assert errors(type_short, {SYNTAX[type_short].top: {}}) == []
    assert errors(type_short, {SYNTAX[type_short].top: {CONTROL: ["@@all"]}}) == []


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 5 ? * * *)",
        "cron(15 10 * * ? *)",
        "cron(0 8 1 */3 ? *)",
        "cron(0 5 ? * 1 *)",
        "cron(0 5 ? * MON-FRI)",
        "cron(0 0/2 L JAN,JUL ? 2030-2040)",
        "cron(0 9 ? * 2#1 *)",
        "cron(0 9 15W * ? *)",
        "cron(0 9 ? * 6L *)",
    ],
)
def test_schedules(expression: str) -> None:
    assert problem_of(expression) is None


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("", "write cron("),
        ("rate(1 day)", "write cron("),
        ("cron(0 5 *)", "six fields"),
        ("cron(60 5 ? * * *)", "'60' is not a value for minutes"),
        ("cron(0 24 ? * * *)", "'24' is not a value for hours"),
        ("cron(0 5 32 * ? *)", "'32' is not a value for day of month"),
        ("cron(0 5 ? 13 * *)", "'13' is not a value for month"),
        ("cron(0 5 ? * FUN *)", "'FUN' is not a value for day of week"),
        ("cron(0 5 * * * *)", "write ?"),
        ("cron(0 5 ? * ? *)", "write ?"),
        ("cron(0/15 * ? * * *)", "once an hour"),
        ("cron(* 5 ? * * *)", "once an hour"),
    ],
)
def test_schedules_that_cannot_be_carried_out(expression: str, problem: str) -> None:
    assert problem in (problem_of(expression) or "")
