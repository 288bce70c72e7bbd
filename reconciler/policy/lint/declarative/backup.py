"""The syntax of backup policies.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_backup_syntax.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.model.base import Json
from reconciler.model.diagnostic import Finding
from reconciler.model.document import text_of
from reconciler.model.regions import PARTITIONS, REGIONS
from reconciler.policy.effective.types import LEAST_IN_COLD_STORAGE, LONGEST_CONTINUOUS, MOST_RULES
from reconciler.policy.lint.declarative.cron import problem_of
from reconciler.policy.lint.declarative.schema import (
    Group,
    Named,
    Scalar,
    Syntax,
    Value,
    Values,
    choice,
    matching,
)
from reconciler.policy.lint.declarative.types import whole
from reconciler.policy.lint.findings import Path, error

_PARTITION = "|".join(PARTITIONS)
_RESOURCE_TYPES = """
    backup-gateway:*:*:vm/* cloudformation:*:*:stack/* dsql:*:*:cluster/* dynamodb:*:*:table/* ec2:*:*:instance/*
    ec2:*:*:volume/* eks:*:*:cluster/* elasticfilesystem:*:*:file-system/* fsx:*:*:file-system/* fsx:*:*:volume/*
    rds:*:*:cluster:* rds:*:*:db:* redshift-serverless:*:*:namespace/* redshift:*:*:cluster:* s3:::*
    ssm-sap:*:*:HANA/* storagegateway:*:*:gateway/* timestream:*:*:database/*
    """
RESOURCE_TYPES = tuple(f"arn:aws:{each}" for each in _RESOURCE_TYPES.split())
"""What a selection can be about, beside * (checked 2026-09-13)."""


def _of_length(least: int, most: int) -> Value:
    return Value(f"a text of {least} to {most} characters", lambda text: least <= len(text) <= most)


_NAME = matching("a name of 1 to 50 letters, digits and . _ -", r"[A-Za-z0-9_.-]{1,50}")
_VAULT = matching("the name of a vault: 1 to 50 letters, digits and - _", r"[A-Za-z0-9_-]{1,50}")
_REGION = Value("the name of a Region, like eu-west-1", REGIONS.__contains__, tuple(REGIONS))
_ROLE = matching(
    "a role as arn:aws:iam::$account:role/NAME; $account is the account that is backed up",
    rf"arn:({_PARTITION}):iam::\$account:role/[A-Za-z0-9_+=,.@/-]+",
)
_COPY_VAULT = matching(
    "a vault as arn:aws:backup:REGION:$account:backup-vault:NAME, with $account or an account id",
    rf"arn:({_PARTITION}):backup:[a-z0-9-]+:(\$account|[0-9]{{12}}):(backup-)?vault:[A-Za-z0-9_-]{{1,50}}",
)
_AIR_GAPPED_VAULT = matching(
    "a vault as arn:aws:backup:$region:$account:backup-vault:NAME",
    rf"arn:({_PARTITION}):backup:\$region:\$account:backup-vault:[A-Za-z0-9_-]{{1,50}}",
)
_SCHEDULE = Value("a schedule such as cron(0 5 ? * * *)", lambda text: problem_of(text) is None, help=problem_of)
_TRUTH = Scalar(choice("true", "false"))
_ENABLED = Scalar(choice("enabled", "disabled"))
_MINUTES = Scalar(whole(60))
_DAYS = Scalar(whole(1))

_TAGS = Named(
    Group({"tag_key": Scalar(_of_length(1, 128)), "tag_value": Scalar(_of_length(0, 256))}, ("tag_key", "tag_value"))
)
_LIFECYCLE = Group(
    {
        "move_to_cold_storage_after_days": _DAYS,
        "delete_after_days": _DAYS,
        "opt_in_to_archive_for_supported_resources": _TRUTH,
    },
    older={"to_delete_after_days": "write delete_after_days"},
)
_COPY = Group({"target_backup_vault_arn": Scalar(_COPY_VAULT), "lifecycle": _LIFECYCLE})
_RULE = Group(
    {
        "schedule_expression": Scalar(_SCHEDULE),
        "target_backup_vault_name": Scalar(_VAULT),
        "target_logically_air_gapped_backup_vault_arn": Scalar(_AIR_GAPPED_VAULT),
        "start_backup_window_minutes": _MINUTES,
        "complete_backup_window_minutes": _MINUTES,
        "enable_continuous_backup": _TRUTH,
        "lifecycle": _LIFECYCLE,
        "copy_actions": Named(_COPY, _COPY_VAULT),
        "recovery_point_tags": _TAGS,
        "index_actions": Group({"resource_types": Values(choice("EBS", "S3"), empty=False)}),
        "scan_actions": Group({"GUARDDUTY": Group({"scan_mode": Scalar(choice("INCREMENTAL_SCAN", "FULL_SCAN"))})}),
    },
    older={"schedule_expression_timezone": "schedules are in UTC"},
)


def _is_resource_type(text: str) -> bool:
    return text == "*" or re.sub(rf"^arn:({_PARTITION}):", "arn:aws:", text) in RESOURCE_TYPES


_RESOURCE_TYPE = Value("* or an ARN such as arn:aws:ec2:*:*:volume/*", _is_resource_type, RESOURCE_TYPES)
_CONDITION = Group(
    {"condition_key": Scalar(_of_length(1, 128)), "condition_value": Scalar(_of_length(0, 256))},
    ("condition_key", "condition_value"),
)
_CONDITIONS = Group(
    dict.fromkeys(("string_equals", "string_not_equals", "string_like", "string_not_like"), Named(_CONDITION, _NAME))
)
_SELECTIONS = Group({
    "tags": Named(Group({
        "iam_role_arn": Scalar(_ROLE),
        "tag_key": Scalar(_of_length(1, 128)),
        "tag_value": Values(_of_length(0, 256), empty=False),
        "conditions": _CONDITIONS,
    }, ("tag_key", "tag_value")), _NAME),
    "resources": Named(Group({
        "iam_role_arn": Scalar(_ROLE),
        "resource_types": Values(_RESOURCE_TYPE, empty=False),
        "not_resource_types": Values(_RESOURCE_TYPE, empty=False),
        "conditions": _CONDITIONS,
    }), _NAME),
})  # fmt: skip
_PLAN = Group({
    "regions": Values(_REGION),
    "rules": Named(_RULE, _NAME),
    "selections": _SELECTIONS,
    "backup_plan_tags": _TAGS,
    "advanced_backup_settings": Group({
        "ec2": Group({"windows_vss": _ENABLED}),
        "s3": Group({"backup_acls": _ENABLED, "backup_object_tags": _ENABLED}),
    }),
    "scan_settings": Group({"GUARDDUTY": Group({
        "resource_types": Values(choice("EBS", "EC2", "S3", "ALL"), empty=False),
        "scanner_role_arn": Scalar(_ROLE),
    })}),
})  # fmt: skip

SYNTAX = Syntax("plans", Named(_PLAN, _NAME))


def check_rules(document: dict[str, Json]) -> Iterator[Finding]:
    """Settings of one rule that exclude each other."""
    for plan, written in _settings(document.get("plans")):
        rules = _settings(written.get("rules"))
        if len(rules) > MOST_RULES:
            message = f"the plan has {len(rules)} rules, and {MOST_RULES} at most are allowed"
            yield error("E472", message, ("plans", plan, "rules"), "split it into two plans")
        for name, rule in rules:
            path: Path = ("plans", plan, "rules", name)
            yield from _continuous(rule, path)
            yield from _cold_storage(rule.get("lifecycle"), (*path, "lifecycle"))
            for vault, copy in _settings(rule.get("copy_actions")):
                yield from _cold_storage(copy.get("lifecycle"), (*path, "copy_actions", vault, "lifecycle"))


def _continuous(rule: dict[str, Json], path: Path) -> Iterator[Finding]:
    """Continuous backups are kept for up to 35 days, and never in cold storage."""
    if _assigned(rule, "enable_continuous_backup") != "true":
        return
    lifecycle = rule.get("lifecycle")
    lifecycle = lifecycle if isinstance(lifecycle, dict) else {}
    days = _assigned(lifecycle, "delete_after_days") or _assigned(lifecycle, "to_delete_after_days")
    if days is None or (days.isdecimal() and int(days) > LONGEST_CONTINUOUS):
        message = f"continuous backups are kept for 1 to {LONGEST_CONTINUOUS} days"
        help = f"set delete_after_days in lifecycle to {LONGEST_CONTINUOUS} or less"
        yield error("E472", message, (*path, "lifecycle", "delete_after_days"), help)
    if _assigned(lifecycle, "move_to_cold_storage_after_days") is not None:
        place = (*path, "lifecycle", "move_to_cold_storage_after_days")
        yield error("E472", "continuous backups cannot move to cold storage", place, "remove one of the two settings")


def _cold_storage(lifecycle: Json, path: Path) -> Iterator[Finding]:
    if not isinstance(lifecycle, dict):
        return
    cold, delete = (_assigned(lifecycle, f"{each}_after_days") for each in ("move_to_cold_storage", "delete"))
    archive = _assigned(lifecycle, "opt_in_to_archive_for_supported_resources") == "true"
    if cold is None or delete is None:
        if archive:
            message = "archiving needs move_to_cold_storage_after_days and delete_after_days"
            yield error("E472", message, path, "set both")
    elif cold.isdecimal() and delete.isdecimal() and int(delete) < int(cold) + LEAST_IN_COLD_STORAGE:
        message = (
            f"backups stay in cold storage for {LEAST_IN_COLD_STORAGE} days at least, but {delete} - {cold} is less"
        )
        help = f"set delete_after_days to {int(cold) + LEAST_IN_COLD_STORAGE} or more"
        yield error("E472", message, (*path, "delete_after_days"), help)


def _settings(written: Json) -> list[tuple[str, dict[str, Json]]]:
    """The named settings in an object, without operators."""
    found = written.items() if isinstance(written, dict) else ()
    return [(key, each) for key, each in found if not key.startswith("@") and isinstance(each, dict)]


def _assigned(holder: dict[str, Json], setting: str) -> str | None:
    written = holder.get(setting)
    return text_of(written["@@assign"]) if isinstance(written, dict) and "@@assign" in written else None
