"""The JSON of every command is as its published schema says, over what a command can answer; and no schema refuses the
fields that a later minor version adds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reconciler.use_cases.schemas import LISTED
from tests.e2e.conftest import SPEC, Program

CHANGED = SPEC.replace("stage: all", "stage: none").replace("Sandbox", "Playground")
CENTER = SPEC + (
    "identity_center:\n"
    "  permission_sets: {Admin: {managed: [AdministratorAccess]}}\n"
    "  assignments: [{permission_set: Admin, groups: [Platform], to: ['account:shop-prod']}]\n"
)
EVENT = {
    "eventVersion": "1.08",
    "eventTime": "2026-01-01T00:00:00Z",
    "eventSource": "s3.amazonaws.com",
    "eventName": "GetObject",
    "awsRegion": "eu-west-1",
    "recipientAccountId": "123456789012",
    "userIdentity": {"type": "AssumedRole", "accountId": "123456789012", "arn": "arn:aws:sts::123456789012:role/a"},
}
SPECS = {"changed": CHANGED, "doubtful": SPEC + "guards: {protected: [ou:Nowhere], max_account_creations: 1}\n"}

CASES: list[tuple[str, str]] = [
    ("plan", "plan --mock"),
    ("plan", "plan --mock --spec changed.yaml --no-delete"),
    ("plan", "plan --mock --spec doubtful.yaml --strict"),
    ("drift", "drift --mock"),
    ("drift", "drift --mock --spec changed.yaml"),
    ("report", "apply --mock --auto-approve"),
    ("report", "apply --mock --auto-approve --spec changed.yaml --allow-close"),
    ("report", "apply saved.json --mock --dry-run"),
    ("validate", "validate"),
    ("validate", "validate --spec doubtful.yaml"),
    ("validate", "validate --spec invalid.yaml"),
    ("code", "validate --explain E111"),
    ("code", "validate --explain W476"),
    ("explain", "explain shop-prod organizations:LeaveOrganization"),
    ("explain", "explain shop-prod s3:GetObject --live --mock"),
    ("explain", "explain shop-prod s3:GetObject --plan saved.json --mock"),
    ("effective", "explain shop-prod --type tag"),
    ("effective", "explain shop-prod --type tag --plan saved.json --mock"),
    ("access", "explain shop-prod --who --spec center.yaml"),
    ("impact", "impact --mock --spec changed.yaml"),
    ("impact", "impact --mock --assert no-gain"),
    ("impact", "impact --mock --events events.json"),
    ("show", "show"),
    ("show", "show --live --mock"),
    ("policies", "show policies"),
    ("snapshot", "snapshot --mock"),
    ("permissions", "permissions plan"),
    ("permissions", "permissions close --spec org.yaml"),
    ("lock", "unlock"),
    ("error", "plan --mock --spec invalid.yaml"),
    ("error", "plan --snapshot none.json"),
    ("error", "show --output sarif --output json --format nonsense"),
    ("error", "apply saved.json --mock --expect-digest sha256:0"),
    ("schemas", "schema list"),
]


@pytest.fixture
def prepared(program: Program) -> Program:
    """An organization to which the spec was applied, a saved plan of a changed one, and files that a command reads."""
    for name, text in {**SPECS, "center": CENTER}.items():
        Path(f"{name}.yaml").write_text(text)
    Path("invalid.yaml").write_text(SPEC.replace("shop-prod@example.com", "no-address"))
    Path("events.json").write_text(json.dumps({"Records": [EVENT]}))
    assert program("apply", "--mock", "--auto-approve").code == 0
    assert program("plan", "--mock", "--spec", "changed.yaml", "--save", "saved.json").code == 0
    return program


def schema(name: str, program: Program) -> dict[str, Any]:
    found = program("schema", name).json
    jsonschema.validators.validator_for(found).check_schema(found)
    return found


@pytest.mark.parametrize(("name", "line"), CASES, ids=[line for _, line in CASES])
def test_a_result_is_as_its_schema_says(prepared: Program, name: str, line: str) -> None:
    ran = prepared(*line.split(), "--output", "json")
    assert "bug" not in ran.err
    jsonschema.validate(ran.json, schema(name, prepared))
    if name != "error":
        assert "error" not in ran.json


def test_every_schema_has_a_case() -> None:
    assert {name for name, _ in CASES} == {each.name for each in LISTED} - {"spec", "request"}


def test_requests_and_their_answers(prepared: Program) -> None:
    requests = [
        {"account": "shop-prod", "action": "s3:GetObject", "context": {"aws:PrincipalTag/team": ["shop"]}},
        {"account": "sandbox-a", "action": "organizations:LeaveOrganization", "region": "eu-west-1"},
        {"account": "shop-prod", "action": "s3:GetObject", "principal": "cloudtrail.amazonaws.com"},
    ]
    of_request, of_answer = schema("request", prepared), schema("explain", prepared)
    for each in requests:
        jsonschema.validate(each, of_request)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"account": "shop-prod"}, of_request)
    Path("requests.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in requests))
    for options in ((), ("--plan", "saved.json", "--mock")):
        lines = prepared("explain", "--requests", "requests.jsonl", *options).out.splitlines()
        assert len(lines) == len(requests)
        for line in lines:
            jsonschema.validate(json.loads(line), of_answer)


def test_a_saved_plan_is_as_the_schema_of_a_plan_says(prepared: Program) -> None:
    jsonschema.validate(json.loads(Path("saved.json").read_text()), schema("plan", prepared))


def test_a_schema_tells_a_wrong_result(prepared: Program) -> None:
    plan = prepared("plan", "--mock", "--output", "json").json
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**plan, "changes": [{"address": 1}]}, schema("plan", prepared))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**plan, "digest": None}, schema("plan", prepared))


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from objects(each)
    if isinstance(value, list):
        for each in value:
            yield from objects(each)


@pytest.mark.parametrize("name", [each.name for each in LISTED if each.name != "spec"])
def test_later_minor_versions_may_add_fields(program: Program, name: str) -> None:
    assert all(each.get("additionalProperties") is not False for each in objects(schema(name, program)))
