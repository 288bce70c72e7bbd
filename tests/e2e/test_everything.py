"""The sample that has each kind of the registry once, applied in one run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reconciler.kinds import KINDS, TOP_LEVEL, sections_of
from reconciler.kinds.read_only import ReadOnlyKind
from reconciler.model.inventory import Inventory
from reconciler.use_cases.load_spec import load_spec
from tests.e2e.conftest import Program

CHANGED = {kind.resource.kind for kind in KINDS if not isinstance(kind, ReadOnlyKind)}
SAMPLE = Path(__file__).parents[2] / "examples" / "everything"


@pytest.fixture
def sample(program: Program) -> Program:
    """The program in a copy of the sample."""
    Path("org.yaml").unlink()
    shutil.copytree(SAMPLE, Path(), dirs_exist_ok=True)
    return program


def declared() -> Inventory:
    return load_spec(SAMPLE / "org.yaml").inventory


def test_it_has_every_kind() -> None:
    assert {each.kind for each in declared().resources} == CHANGED


def test_it_has_every_section() -> None:
    spec = (SAMPLE / "org.yaml").read_text("utf-8")
    sections = [section for owner in (*TOP_LEVEL, "account") for _, section in sections_of(owner)]
    assert [each.key for each in sections if f"{each.key}:" not in spec] == []


def test_it_is_valid_and_without_findings(sample: Program) -> None:
    ran = sample("validate", "--output", "json")
    assert (ran.code, ran.json["diagnostics"]) == (0, [])


def test_changes_of_all_kinds_are_applied_in_one_run_and_nothing_is_left(sample: Program) -> None:
    planned = sample("plan", "--mock", "--output", "json")
    assert planned.code == 0, planned.err
    kinds = CHANGED - {"feature_set", "cost_allocation_tag"}  # all features are there, and no tag is known yet
    assert {each["kind"] for each in planned.json["changes"]} == kinds
    assert sample("apply", "--mock", "--auto-approve").code == 0
    activated = sample("plan", "--mock", "--output", "json")
    assert [each["address"] for each in activated.json["changes"]] == ["cost_allocation_tag:team"]
    assert sample("apply", "--mock", "--auto-approve").code == 0
    again = sample("plan", "--mock", "--detailed-exitcode", "--output", "json")
    assert (again.code, again.json["changes"], again.json["warnings"]) == (0, [], [])
    assert [each["address"] for each in again.json["pending"]] == ["invitation:partner"]
