"""The sample that has each kind of the registry once, applied in one run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reconciler.kinds import KINDS, sections_of
from reconciler.model.inventory import Inventory
from reconciler.use_cases.load_spec import load_spec
from tests.e2e.conftest import Program

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
    assert {kind.resource.kind for kind in KINDS} == {each.kind for each in declared().resources}


def test_it_has_every_section() -> None:
    spec = (SAMPLE / "org.yaml").read_text("utf-8")
    of_both = (*sections_of("organization"), *sections_of("account"))
    assert [section.key for _, section in of_both if f"{section.key}:" not in spec] == []


def test_it_is_valid_and_without_findings(sample: Program) -> None:
    ran = sample("validate", "--output", "json")
    assert (ran.code, ran.json["diagnostics"]) == (0, [])


def test_changes_of_all_kinds_are_applied_in_one_run_and_nothing_is_left(sample: Program) -> None:
    planned = sample("plan", "--mock", "--output", "json")
    assert planned.code == 0, planned.err
    kinds = {kind.resource.kind for kind in KINDS} - {"feature_set"}  # of a new organization it is `all`
    assert {each["kind"] for each in planned.json["changes"]} == kinds
    assert sample("apply", "--mock", "--auto-approve").code == 0
    again = sample("plan", "--mock", "--detailed-exitcode", "--output", "json")
    assert (again.code, again.json["changes"], again.json["warnings"]) == (0, [], [])
    assert [each["address"] for each in again.json["pending"]] == ["invitation:partner"]
