"""The first plan of the sample, which creates everything that it declares, fits a comment whole."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reconciler.cli import run
from reconciler.model.inventory import Inventory
from reconciler.render import markdown
from reconciler.use_cases.files import load_plan

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]


def test_it_has_every_change_and_every_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "org.yaml", tmp_path)
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    assert run(["plan", "--mock", "--save", "plan.json", "--out", "plan.txt", "--quiet"]) == 0
    plan = load_plan(Path("plan.json"))
    made = markdown.plan(plan, desired_tree=Inventory())
    assert len(plan.changes) > 100
    assert made.splitlines()[0].endswith("truncated=false -->")
    created = [each for each in plan.changes if each.action == "create" and each.kind == "policy"]
    assert created
    for each in created:
        assert f"<code>{each.address.removeprefix('policy:')}</code>: created</summary>" in made
