"""What needs moto names the command that installs it; everything else works without moto and its dependencies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import SPEC

BLOCKED = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"moto", "responses", "requests", "werkzeug", "xmltodict", "cryptography"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Refuse())
"""
PROGRAM = f"{BLOCKED}\nfrom reconciler.cli import run\nsys.exit(run(sys.argv[1:]))\n"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "org.yaml").write_text(SPEC, "utf-8")
    return tmp_path


def run(here: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=here,
        env={**os.environ, "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize(
    "command",
    [
        ("plan", "--mock"),
        ("plan", "--mock-state", "other.json"),
        ("apply", "--mock", "--auto-approve"),
        ("drift", "--mock"),
        ("snapshot", "--mock"),
        ("show", "--mock"),
        ("impact", "--mock"),
        ("explain", "shop-prod", "s3:GetObject", "--mock"),
    ],
    ids=" ".join,
)
def test_a_mocked_organization_names_what_to_install(here: Path, command: tuple[str, ...]) -> None:
    ran = run(here, *command)
    assert ran.returncode == 64
    assert ran.stdout == ""
    assert "moto, which is not installed" in ran.stderr
    assert "pip install 'org-reconciler[mock]'" in ran.stderr
    assert "bug" not in ran.stderr
    assert [path.name for path in here.iterdir() if path.suffix in (".yaml", ".json")] == ["org.yaml"]


def test_it_says_so_in_json(here: Path) -> None:
    said = json.loads(run(here, "plan", "--mock", "--output", "json").stdout)
    assert said["exit"] == {"code": 64, "reason": "usage"}
    assert "org-reconciler[mock]" in said["help"]


@pytest.mark.parametrize(
    "command",
    [
        ("--version",),
        ("validate",),
        ("init", "new"),
        ("schema",),
        ("show",),
        ("show", "policies"),
        ("explain", "shop-prod", "organizations:LeaveOrganization"),
    ],
    ids=" ".join,
)
def test_offline_commands_do_not_need_it(here: Path, command: tuple[str, ...]) -> None:
    ran = run(here, *command)
    assert ran.returncode == 0, ran.stderr


def test_against_the_service_nothing_needs_it(here: Path, server: Any) -> None:
    for *command, code in (
        ("plan", "--detailed-exitcode", 2),
        ("apply", "--auto-approve", 0),
        ("plan", "--detailed-exitcode", 0),
        ("drift", 0),
        ("impact", 0),
        ("show", "--live", 0),
        ("snapshot", "--out", "live.json", 0),
        ("plan", "--snapshot", "live.json", "--detailed-exitcode", 0),
    ):
        ran = run(here, *command)
        assert ran.returncode == code, f"{command}: {ran.stdout}{ran.stderr}"
