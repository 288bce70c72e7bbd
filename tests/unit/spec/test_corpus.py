"""Real policies of seven types: each is read, placed, and the same in JSON and in YAML."""

from __future__ import annotations

import json

import yaml

from reconciler.model.base import Json
from reconciler.spec.diagnostics import DiagnosticCollector
from reconciler.spec.json_tree import parse_json
from reconciler.spec.tree import Path
from reconciler.spec.yaml_tree import parse_yaml
from tests.unit.policy.corpus import documents, needs_corpus
from tests.unit.spec.spec_files import Specs


@needs_corpus
def test_every_document_loads_and_only_what_is_too_large_is_refused(specs: Specs) -> None:
    catalogue = {}
    for index, each in enumerate(documents()):
        catalogue[f"p{index}"] = {"type": each.type, "file": f"p{index}.json"}
        specs.write({f"p{index}.json": json.dumps(each.document, indent=2)})
    found = specs.diagnostics(json.dumps({"version": 1, "policies": catalogue, "root": {}}))
    assert {each.code for each in found} == {"W302", "E405", "E414"}
    assert [each.message for each in found if each.code == "E414"] == [
        "the backup plan `PII_Backup_Plan` has no `selections`"
    ]
    assert [each.message.partition("` has ")[2] for each in found if each.code == "E405"] == [
        "6,083 characters, 963 over the limit of 5,120 for RCPs"
    ]


@needs_corpus
def test_json_and_yaml_give_the_same_values_with_a_place_for_each() -> None:
    for each in documents():
        diagnostics = DiagnosticCollector()
        from_json = parse_json(json.dumps(each.document, indent=2), each.name, diagnostics)
        from_yaml = parse_yaml(
            yaml.safe_dump(each.document, sort_keys=False, allow_unicode=True), each.name, diagnostics
        )
        assert not diagnostics.sorted(), each.name
        assert from_json is not None
        assert from_yaml is not None
        assert from_json.value == from_yaml.value == each.document
        assert set(from_json.values) == set(from_yaml.values) == set(_paths(each.document, ()))


def _paths(value: Json, path: Path) -> list[Path]:
    inner: list[tuple[str | int, Json]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(found for step, each in inner for found in _paths(each, (*path, step)))]
