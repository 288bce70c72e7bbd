"""The same input gives the same bytes in every process, whatever its hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

from reconciler.model.resources import Account, OrganizationalUnit, Policy, Resource, Root
from reconciler.use_cases import files
from scripts.bench import Size, as_spec, invented


def _with_id(resource: Resource, number: int) -> Resource:
    forms = {Root: "r-ab12", OrganizationalUnit: f"ou-ab12-{number:08}", Policy: f"p-{number:08}"}
    return resource.model_copy(update={"id": resource.id or forms.get(type(resource))})


def test_a_plan_with_an_impact(tmp_path: Path) -> None:
    organization = invented(Size(60, 12, 12, 40))
    live = organization.with_resources(_with_id(each, number) for number, each in enumerate(organization.resources))
    (tmp_path / "live.json").write_text(files.snapshot_text(live))
    units = [each.address for each in organization.of(OrganizationalUnit)]
    moved = organization.with_resources(
        each.model_copy(update={"parent": units[number % len(units)]})
        if isinstance(each, Account) and each.parent != "root:/"
        else each
        for number, each in enumerate(organization.resources)
    )
    (tmp_path / "org.yaml").write_text(yaml.safe_dump(as_spec(moved)))
    command = [sys.executable, "-m", "reconciler", "plan", "--snapshot", "live.json", "--output", "json", "--quiet"]
    printed = {
        subprocess.run(
            command, cwd=tmp_path, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("0", "1", "2")
    }
    (only,) = printed
    assert b'"impact": [\n' in only
