"""`--strict`: warnings fail after the result was shown, and before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import SPEC, Program

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


class TestWarningsOfTheSpecInAPlan:
    """Every reader of a plan sees what `validate` sees, each once."""

    @pytest.mark.usefixtures("spec")
    @pytest.mark.parametrize("command", ["plan", "drift"])
    def test_they_are_in_every_format(self, program: Program, command: str) -> None:
        validated = program("validate", "--output", "json").json["diagnostics"]
        (found,) = [each for each in validated if each["severity"] == "warning"]
        planned = program(command, "--mock", "--output", "json").json["warnings"]
        (warning,) = [each for each in planned if each["code"] == found["code"]]
        assert warning["message"].startswith(found["message"])
        assert warning["source"] == {each: found[each] for each in ("file", "line", "column")}
        assert warning["help"] == found["help"]
        for format in ("text", "markdown", "github"):
            ran = program(command, "--mock", "--output", format)
            assert ran.out.partition("Full plan")[0].count(found["code"]) == 1
            assert found["code"] not in ran.err

    def test_they_are_not_in_the_digest(self, program: Program, spec: Path) -> None:
        doubtful = program("plan", "--mock", "--output", "json").json
        spec.write_text(PLAIN)
        plain = program("plan", "--mock", "--output", "json").json
        assert doubtful["digest"] == plain["digest"]
        assert len(doubtful["warnings"]) == len(plain["warnings"]) + 1

    @pytest.mark.usefixtures("spec")
    def test_each_is_counted_once(self, program: Program) -> None:
        assert program("plan", "--mock", "--save", "plan.json").code == 0
        for line in (("apply", "--auto-approve"), ("apply", "plan.json")):
            assert "error: 1 warning, and --strict" in program(*line, "--mock", "--strict").err

    def test_those_about_documents_and_the_organization_fail_everywhere(self, program: Program, spec: Path) -> None:
        statement = "{Effect: Deny, Action: 's3:GetObjct', Resource: '*'}"
        content = f"{{Version: '2012-10-17', Statement: [{statement}]}}"
        spec.write_text(PLAIN + f"policies: {{p: {{type: scp, content: {content}}}}}\n")
        for line in (("validate",), ("plan", "--mock"), ("drift", "--mock"), ("apply", "--mock", "--auto-approve")):
            assert program(*line, "--strict").code == 3, line

    def test_findings_about_the_organization_are_in_drift_too(self, program: Program, spec: Path) -> None:
        spec.write_text(SPEC.replace("policies: [team-tag]", "policies: [team-tag, deny-leaving]"))
        for command in ("plan", "drift"):
            ran = program(command, "--mock", "--strict", "--output", "json")
            assert ran.code == 3
            assert [each["code"] for each in ran.json["warnings"] if each["severity"] == "warning"] == ["W470"]
