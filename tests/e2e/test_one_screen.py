"""The first plan of the shipped organization of 25 accounts is read on one screen."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import Program

ROOT = Path(__file__).parents[2]
SCREEN = 50
"""Lines of a terminal, the last of which is the prompt's."""


@pytest.fixture(autouse=True)
def shipped(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(ROOT / "org.yaml", "org.yaml")
    shutil.copytree(ROOT / "policies", "policies")
    monkeypatch.setenv("COLUMNS", "80")


def test_the_first_plan_fits_on_a_screen_and_names_everything(program: Program) -> None:
    ran = program("plan", "--mock")
    lines = ran.out.splitlines()
    assert len(lines) < SCREEN, ran.out
    assert max(map(len, lines)) <= 80
    changes = program("plan", "--mock", "--output", "json").json["changes"]
    for each in changes:
        if each["kind"] in ("account", "ou", "policy"):
            assert re.search(rf"\b{re.escape(each['address'].partition(':')[2])}\b", ran.out), each["address"]
    others = [each["action"] for each in changes if each["action"] not in ("create", "attach", "enable")]
    assert sorted(others) == ["detach", "update", "update"]
    assert re.search(r"- DETACH  SCP FullAWSAccess +full_aws_access: false . reaches 1 account", ran.out)
    assert ran.out.count("~ update  ") == 2


def test_verbose_shows_every_document(program: Program) -> None:
    ran = program("plan", "--mock", "--verbose")
    assert ran.out.count("+ create  SCP ") == 20
    assert ran.out.count("+ attach  ") == 48
