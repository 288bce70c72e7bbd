"""`--strict`: warnings fail after the result was shown, and before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import Program

PLAIN = """\
version: 1
root:
  organizational_units:
    A: {accounts: {shop: {email: shop@example.com}}}
"""
DOUBTFUL = PLAIN + "guards: {protected: [ou:Nowhere]}\n"


@pytest.fixture
def spec(program: Program) -> Path:
    path = Path("org.yaml")
    path.write_text(DOUBTFUL)
    return path


@pytest.mark.usefixtures("spec")
@pytest.mark.parametrize("command", [("validate",), ("plan", "--mock"), ("drift", "--mock")], ids=lambda each: each[0])
def test_a_warning_of_the_spec_fails(program: Program, command: tuple[str, ...]) -> None:
    lenient, strict = program(*command), program(*command, "--strict")
    assert (lenient.code == 3, strict.code) == (False, 3)
    assert strict.out == lenient.out
    assert program(*command, "--strict", "--output", "json").json["exit"] == {"code": 3, "reason": "warnings"}


def test_information_does_not(program: Program, spec: Path) -> None:
    spec.write_text(PLAIN)
    ran = program("plan", "--mock", "--strict", "--output", "json")
    assert ran.code == 0
    assert all(each["severity"] == "info" for each in ran.json["warnings"])


@pytest.mark.usefixtures("spec")
def test_apply_stops_before_its_first_write(program: Program) -> None:
    refused = program("apply", "--mock", "--auto-approve", "--strict")
    assert refused.code == 3
    assert "1 warning, and --strict makes warnings fail" in refused.err
    assert program("plan", "--mock", "--detailed-exitcode").code == 2
    assert program("apply", "--mock", "--auto-approve").code == 0


def test_warnings_win_over_guards(program: Program, spec: Path) -> None:
    spec.write_text(DOUBTFUL.replace("guards: {", "guards: {max_account_creations: 0, "))
    assert program("apply", "--mock", "--auto-approve").code == 4
    assert program("apply", "--mock", "--auto-approve", "--strict").code == 3


@pytest.mark.usefixtures("spec")
def test_a_saved_plan(program: Program) -> None:
    assert program("plan", "--mock", "--save", "plan.json").code == 0
    assert program("apply", "plan.json", "--mock", "--strict").code == 3
    assert program("apply", "plan.json", "--mock").code == 0
