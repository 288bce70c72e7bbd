"""What CreatePolicy takes as a declarative policy: the verdicts of the service, the same in `validate` and in the mock.

Tag policies: answers of the service to 24 documents, observed against the live service, September 2026. Others:
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_ai-opt-out_syntax.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_chatbot_syntax.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_s3_syntax.html
"""

import json
from typing import Any

import pytest

from reconciler.model.policy_types import BY_SHORT
from reconciler.policy.lint.check import check
from tests.unit.mock.world import World

Document = dict[str, Any]
CONTROL = "@@operators_allowed_for_child_policies"


def tag(rule: Document, key: str = "cost") -> Document:
    return {"tags": {key: rule}}


def value(written: object) -> Document:
    return tag({"tag_value": {"@@assign": written}})


def enforced(written: str) -> Document:
    return tag({"enforced_for": {"@@assign": [written]}})


REFUSED: list[tuple[str, Document]] = [
    ("tag", {}),
    ("tag", {"wrong": {}}),
    ("tag", {"tags": {"Cost": {}, "cost": {}}}),
    ("tag", tag({"tag_key": {"@@assign": "other"}})),
    ("tag", tag({"tag_key": {"@@assign": 12}})),
    ("tag", tag({}, key="")),
    ("tag", value([{"x": 1}])),
    ("tag", value(["a*b*"])),
    ("tag", enforced("imaginary:thing")),
    ("tag", enforced("ecs:*")),
    ("tag", tag({"tag_key": "cost"})),
    ("tag", tag({"unknown": {"@@assign": "x"}})),
    ("tag", tag({"tag_key": {"@@append": "cost"}})),
    ("tag", {"tags": {CONTROL: ["@@wrong"]}}),
    ("tag", {"tags": {CONTROL: ["@@assign", "@@assign"]}}),
    ("tag", {"tags": {CONTROL: ["@@none", "@@assign"]}}),
    ("ai_opt_out", {"services": {"imaginary": {}}}),
    ("ai_opt_out", {"services": {"lex": {"opt_out_policy": {"@@assign": "OPTOUT"}}}}),
    ("ai_opt_out", {"services": {"lex": {"opt_out_policy": {"@@append": "optOut"}}}}),
    ("chatbot", {"chatbot": {"platforms": {"default": {"client": {"@@assign": "enabled"}}}}}),
    ("chatbot", {"chatbot": {"platforms": {"slack": {"workspaces": {"@@assign": ["t01234567"]}}}}}),
    ("s3", {"s3_attributes": {"public_access_block_configuration": {"@@assign": "some"}}}),
    ("declarative_ec2", {"ec2_attributes": {"serial_console_access": {"status": {"@@assign": "off"}}}}),
]
ADMITTED: list[tuple[str, Document]] = [
    ("tag", {"tags": {}}),
    ("tag", tag({})),
    ("tag", value(["red", True, None, 12])),
    ("tag", enforced("ecs:ALL_SUPPORTED")),
    ("tag", {"tags": {CONTROL: ["@@none"], "cost": {"tag_key": {CONTROL: ["@@append"]}}}}),
    ("tag", tag({"tag_value": {"@@assign": ["a"], "@@append": ["b"], "@@remove": ["a"]}})),
    ("tag", tag({"tag_key": {"@@assign": "COST"}})),
    ("ai_opt_out", {"services": {}}),
    ("chatbot", {"Chatbot": {"Default": {"Client": {"@@Assign": "disabled"}}}}),
    ("s3", {"s3_attributes": {"public_access_block_configuration": {"@@assign": "all"}}}),
]


@pytest.mark.parametrize(("type_short", "document"), REFUSED, ids=str)
def test_what_the_service_refuses_is_an_error_and_refused(world: World, type_short: str, document: Any) -> None:
    assert [each for each in check(type_short, document) if each.severity == "error"]
    refused(world, type_short, json.dumps(document))


@pytest.mark.parametrize(("type_short", "document"), ADMITTED, ids=str)
def test_what_the_service_admits_has_no_error_and_is_created(world: World, type_short: str, document: Any) -> None:
    assert [each for each in check(type_short, document) if each.severity == "error"] == []
    world.call("CreatePolicy", Name="p", Type=BY_SHORT[type_short].api, Description="", Content=json.dumps(document))


def test_a_key_twice_is_refused(world: World) -> None:
    """Observed against the live service, September 2026."""
    refused(world, "tag", '{"tags": {"cost": {}, "cost": {}}}')


def refused(world: World, type_short: str, content: str) -> None:
    api = BY_SHORT[type_short].api
    world.refused(
        "CreatePolicy", "MalformedPolicyDocumentException", Name="p", Type=api, Description="", Content=content
    )
