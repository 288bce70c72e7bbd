"""The formats of code hosts with hostile names: each is still itself, and holds no line of another."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path, PurePath
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from reconciler.model.inventory import Inventory
from reconciler.render import junit
from reconciler.render.annotations import MOST_PER_STEP, workflow_commands
from reconciler.render.gitlab import code_quality
from reconciler.render.results import (
    Result,
    Root,
    as_annotations,
    of_diagnostics,
    of_drift,
    of_plan,
    of_report,
    rules_of,
)
from reconciler.render.safe import safe_commands, safe_html
from reconciler.render.sarif import sarif
from tests.unit.render.more_samples import HOSTILE, hostile
from tests.unit.render.test_hostile import FOUND, REPORTS

SARIF = json.loads((Path(__file__).parents[2] / "schemas" / "sarif-2.1.0.json").read_text("utf-8"))
PLAN, TREE = hostile()
ROOT = Root(PurePath("/work"), PurePath("/work"))
COMMAND = re.compile(r"::(error|warning|notice)( [a-zA-Z]+=[^:,\r\n]*(,[a-zA-Z]+=[^:,\r\n]*)*)?::[^\r\n]+")


@cache
def results() -> dict[str, list[Result]]:
    return {
        "diagnostics": of_diagnostics(FOUND, ROOT),
        "plan": of_plan(PLAN, ROOT, HOSTILE[0]),
        "drift": of_drift(PLAN.model_copy(update={"command": "drift"}), TREE, ROOT, HOSTILE[0]),
        "report": of_report(REPORTS[0], ROOT, HOSTILE[0]),
    }


def junits() -> list[str]:
    drift = PLAN.model_copy(update={"command": "drift"})
    return [
        junit.validation([HOSTILE[1]], FOUND, (), strict=True),
        junit.plan(PLAN, (), strict=True),
        junit.drift(drift, TREE, strict=False),
        junit.report(REPORTS[0]),
        *(junit.failure("plan", name, name) for name in HOSTILE),
    ]


def invisible(text: str) -> set[str]:
    return {char for char in text if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}


@pytest.mark.parametrize("name", ["diagnostics", "plan", "drift", "report"])
class TestResults:
    def test_sarif(self, name: str) -> None:
        made = sarif(results()[name], rules_of(results()[name], {}), version="1.2.3")
        jsonschema.validate(json.loads(made), SARIF)
        assert invisible(made) == set()
        for each in json.loads(made)["runs"][0]["results"]:
            assert not re.search(r"(?<!\\)\[[^\]\\]*\]\(", each["message"]["text"])

    def test_annotations(self, name: str) -> None:
        made = safe_commands(workflow_commands(as_annotations(results()[name], rules_of(results()[name], {}))))
        levels = Counter(each.severity for each in results()[name])
        assert made.count("\n") == sum(min(number, MOST_PER_STEP) for number in levels.values()) > 0
        assert all(COMMAND.fullmatch(line) for line in made.splitlines())
        assert invisible(made) == set()
        assert "##[" not in made
        assert "##vso[" not in made

    def test_code_quality(self, name: str) -> None:
        made = code_quality(results()[name])
        assert len(json.loads(made)) == len(results()[name])
        assert invisible(made) == set()


@pytest.mark.parametrize("made", junits())
def test_junit(made: str) -> None:
    written = safe_html(made)
    assert ET.tostring(ET.fromstring(written)) == ET.tostring(ET.fromstring(made))  # noqa: S314  # our own output
    assert invisible(written) == set()
    assert not re.search(r"##\w*\[", written)
    assert not re.search(r"^\s*::", written, re.M)


def test_what_is_alike_has_a_fingerprint_each() -> None:
    found = results()["plan"]
    reported = json.loads(code_quality([*found, *found]))
    assert len({each["fingerprint"] for each in reported}) == 2 * len(found)


def test_an_empty_plan_is_an_empty_report() -> None:
    empty = PLAN.model_copy(update={"changes": (), "warnings": (), "guards": type(PLAN.guards)()})
    assert of_plan(empty, ROOT, "org.yaml") == []
    assert json.loads(code_quality([])) == []
    jsonschema.validate(json.loads(sarif([], [], version="0.1.dev1+g1")), SARIF)
    assert ET.fromstring(junit.drift(empty, Inventory(), strict=True)).get("tests") == "0"  # noqa: S314
