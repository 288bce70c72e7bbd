"""The JSON Schema, the sample that is shipped, and the imports of the package."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from reconciler.model.policy_types import POLICY_TYPES
from reconciler.spec import json_schema, load
from reconciler.spec.settings import Settings
from tests.unit.spec.spec_files import Specs
from tests.unit.spec.test_contract import EVERYTHING

PROJECT = Path(__file__).parents[3]


def test_the_written_schema_is_up_to_date() -> None:
    assert json.loads((PROJECT / "org.schema.json").read_text("utf-8")) == json_schema()


def test_the_schema_is_valid_and_accepts_everything_in_the_format() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(yaml.safe_load(EVERYTHING), json_schema(), jsonschema.Draft202012Validator)


def test_every_key_is_described() -> None:
    schema: dict[str, Any] = json_schema()
    shapes = {"Spec": schema, **schema["$defs"]}
    keys = [(name, key, value) for name, shape in shapes.items() for key, value in shape.get("properties", {}).items()]
    assert [f"{name}.{key}" for name, key, value in keys if not value.get("description")] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"rot": {}},
        {"version": 2},
        {"root": {"accounts": {"a": {"id": 111122223333}}}},
        {"root": {"accounts": {"a": {"state": "gone"}}}},
        {"root": {"accounts": {"a@b": {}}}},
        {"organization": {"policy_types": ["spc"]}},
        {"organization": {"policy_types": {"scp": "on"}}},
        {"guards": {"max_deletes": {"tags": "25"}}},
        {"root": {"tags": None}},
    ],
)
def test_the_schema_refuses_what_load_refuses(wrong: object, specs: Specs) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, json_schema(), jsonschema.Draft202012Validator)
    assert specs.diagnostics(json.dumps({"version": 1, "root": {}} | wrong))  # type: ignore[operator]


def test_every_policy_type_of_the_table_is_in_the_format(specs: Specs) -> None:
    for row in POLICY_TYPES:
        desired = specs.load(f"version: 1\norganization: {{policy_types: [{row.short}]}}\nroot: {{}}\n")
        assert desired.inventory.scope.policy_types == (row.short,)


def test_the_defaults_of_the_format_and_of_the_settings_are_the_same(specs: Specs) -> None:
    assert specs.load("version: 1\nroot: {}\n").settings == Settings()


def test_the_sample_loads_without_warnings() -> None:
    desired = load(PROJECT / "org.yaml")
    assert desired.warnings == ()


def test_importing_the_package_imports_no_service_client() -> None:
    code = (
        "import sys, reconciler.spec;"
        "print([each for each in ('boto3', 'botocore', 'moto', 'deepdiff', 'rich', 'typer') if each in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_the_same_spec_gives_the_same_result_whatever_the_hash_seed(seed: str) -> None:
    code = (
        "from pathlib import Path; from reconciler.spec import load; d = load(Path('org.yaml'));"
        "print(d.digest, d.inventory.model_dump_json())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": seed},
    )
    desired = load(PROJECT / "org.yaml")
    assert run.stdout.strip() == f"{desired.digest} {desired.inventory.model_dump_json()}"
