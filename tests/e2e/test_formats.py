"""Every format of every command: it is there and valid, or wrong usage. The table is `commands.formats`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from reconciler.commands.formats import COPIED, FORMATS, OUTPUTS
from tests.e2e.conftest import SPEC, Program

SARIF = json.loads((Path(__file__).parents[1] / "schemas" / "sarif-2.1.0.json").read_text("utf-8"))
DOUBTFUL = SPEC + "guards: {protected: [ou:Nowhere], max_account_creations: 1}\n"
INVALID = SPEC.replace("shop-prod@example.com", "no-address")
TESTED = SPEC + (
    "tests:\n"
    "  - {name: stays, account: shop-prod, action: 'organizations:LeaveOrganization', expect: denied}\n"
    "  - {account: shop-prod, action: 's3:GetObject', expect: denied}\n"
)
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "init": ("init", "elsewhere"),
    "validate": ("validate",),
    "plan": ("plan", "--mock"),
    "apply": ("apply", "--mock", "--auto-approve", "--allow", "account_creations=9"),
    "drift": ("drift", "--mock"),
    "import": ("import", "elsewhere", "--mock"),
    "fmt": ("fmt",),
    "unlock": ("unlock",),
    "impact": ("impact", "--mock"),
    "explain": ("explain", "shop-prod", "s3:GetObject"),
    "show": ("show", "policies"),
    "snapshot": ("snapshot", "--mock"),
    "permissions": ("permissions",),
    "schema": ("schema", "plan"),
}
SCHEMA_OF = {
    "apply": "report",
    "unlock": "lock",
    "show": "policies",
}


@pytest.fixture
def sample(program: Program) -> Program:
    """A spec with warnings and a guard that blocks, and an organization that has none of it."""
    Path("org.yaml").write_text(DOUBTFUL)
    return program


def is_text(command: str, text: str, program: Program) -> None:
    assert "\x1b" not in text


def is_json(command: str, text: str, program: Program) -> None:
    published = program("schema", SCHEMA_OF.get(command, command)).json if command != "schema" else True
    jsonschema.validate(json.loads(text), published)


def is_markdown(command: str, text: str, program: Program) -> None:
    assert text.startswith(("<!-- reconciler:", "#", "Guardrails", "**", "`"))


def is_html(command: str, text: str, program: Program) -> None:
    assert text.startswith("<!doctype html>")


def is_github(command: str, text: str, program: Program) -> None:
    command_line = re.compile(r"::(error|warning|notice)( [a-zA-Z]+=[^:,]*(,[a-zA-Z]+=[^:,]*)*)?::.+")
    assert all(command_line.fullmatch(line) for line in text.splitlines())


def is_sarif(command: str, text: str, program: Program) -> None:
    jsonschema.validate(json.loads(text), SARIF)


def is_junit(command: str, text: str, program: Program) -> None:
    counted(text)


def is_code_quality(command: str, text: str, program: Program) -> None:
    found = json.loads(text)
    for each in found:
        assert set(each) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert each["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert each["location"]["lines"]["begin"] >= 1
        assert not Path(each["location"]["path"]).is_absolute()
    assert len({each["fingerprint"] for each in found}) == len(found)


def is_terraform_report(command: str, text: str, program: Program) -> None:
    found = json.loads(text)
    assert list(found) == ["create", "update", "delete"]
    assert all(isinstance(each, int) for each in found.values())


def is_patch(command: str, text: str, program: Program) -> None:
    assert text.startswith("diff --git a/")


VALID: dict[str, Callable[[str, str, Program], None]] = {
    "text": is_text,
    "json": is_json,
    "markdown": is_markdown,
    "html": is_html,
    "github": is_github,
    "sarif": is_sarif,
    "junit": is_junit,
    "gitlab-codequality": is_code_quality,
    "gitlab-terraform": is_terraform_report,
    "patch": is_patch,
}


def counted(text: str) -> dict[str, int]:
    """The counts of a JUnit document, after a comparison with its cases."""
    root = ET.fromstring(text)  # noqa: S314  # our own output
    for element in (root, *root.iter("testsuite")):
        cases = list(element.iter("testcase"))
        assert element.get("tests") == str(len(cases))
        for tag, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert element.get(attribute) == str(sum(case.find(tag) is not None for case in cases))
    assert len(list(root.iter("testcase"))) > 0
    return {name: int(root.get(name, "")) for name in ("tests", "failures", "errors", "skipped")}


CELLS = [(command, format) for command, formats in FORMATS.items() for format in formats]
LACKING = [(command, format) for command in FORMATS for format in OUTPUTS if format not in FORMATS[command]]


def test_every_command_and_every_format_is_in_the_table() -> None:
    from reconciler.cli import COMMANDS

    assert set(FORMATS) == set(COMMANDS) - {"ci"} == set(ARGUMENTS)
    assert set(VALID) == set(OUTPUTS)
    assert set(FORMATS) >= COPIED


@pytest.mark.parametrize(("command", "format"), CELLS)
def test_a_format_that_a_command_has_is_valid(sample: Program, command: str, format: str) -> None:
    ran = sample(*ARGUMENTS[command], "--output", format, "--quiet", "--no-input")
    assert ran.code in (0, 1, 2, 4), ran.err
    assert "bug" not in ran.err
    if command not in ("init", "import", "fmt"):
        VALID[format](command, ran.out, sample)


@pytest.mark.parametrize(("command", "format"), LACKING)
def test_one_that_a_command_lacks_is_wrong_usage_and_names_those_it_has(
    sample: Program, command: str, format: str
) -> None:
    for line in ((*ARGUMENTS[command], "--output", format), ("--output", format, *ARGUMENTS[command])):
        ran = sample(*line)
        assert ran.code == 64
        assert ran.json["exit"]["code"] == 64 if format == "json" else ran.out == ""
        assert f"`{command}` has no --output {format}" in ran.err
        assert f"it has {', '.join(FORMATS[command])}" in ran.err
    assert not Path(".reconciler").exists()


@pytest.mark.parametrize("command", FORMATS)
def test_the_help_of_a_command_names_its_formats(program: Program, command: str) -> None:
    assert f"[{'|'.join(FORMATS[command])}]" in re.sub(r"\s", "", program(command, "--help").out)


class TestCopies:
    def test_one_run_writes_every_format(self, sample: Program) -> None:
        ran = sample(
            "plan", "--mock", "--out", "sarif=results.sarif", "--out", "junit=report.xml", "--out", "json=p.json"
        )
        assert "Plan: " in ran.out
        is_sarif("plan", Path("results.sarif").read_text(), sample)
        assert counted(Path("report.xml").read_text())["failures"] == 1
        assert json.loads(Path("p.json").read_text())["guards"]["blocked"] is True

    @pytest.mark.parametrize("command", sorted(COPIED))
    def test_a_copy_is_what_the_format_alone_is(self, sample: Program, command: str) -> None:
        format = "junit"
        alone = sample(*ARGUMENTS[command], "--output", format)
        Path(".reconciler/mock.json").unlink(missing_ok=True)
        copied = sample(*ARGUMENTS[command], "--out", f"{format}=copy")
        assert Path("copy").read_text() == alone.out
        assert copied.code == alone.code

    def test_the_places_may_be_before_the_command_and_the_result_in_a_file_too(self, sample: Program) -> None:
        ran = sample(
            "--out", "sarif=a.sarif", "validate", "--out", "junit=b.xml", "--output", "json", "--out", "c.json"
        )
        assert ran.out == ""
        assert all(Path(each).exists() for each in ("a.sarif", "b.xml", "c.json"))

    def test_an_invalid_spec_is_a_result_too(self, program: Program) -> None:
        Path("org.yaml").write_text(INVALID)
        for command in ("plan", "drift"):
            ran = program(command, "--mock", "--out", "sarif=a.sarif", "--out", "junit=b.xml")
            assert ran.code == 3
            (run,) = json.loads(Path("a.sarif").read_text())["runs"]
            assert [each["level"] for each in run["results"]] == ["error"]
            assert counted(Path("b.xml").read_text()) == {"tests": 1, "failures": 1, "errors": 0, "skipped": 0}

    def test_a_run_that_fails_otherwise_says_so_there(self, sample: Program) -> None:
        ran = sample("plan", "--snapshot", "none.json", "--out", "sarif=a.sarif", "--out", "junit=b.xml")
        assert ran.code == 1
        is_sarif("plan", Path("a.sarif").read_text(), sample)
        (run,) = json.loads(Path("a.sarif").read_text())["runs"]
        assert run["invocations"][0]["executionSuccessful"] is False
        assert counted(Path("b.xml").read_text())["errors"] == 1

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--out", "serif=a"), "serif is no format"),
            (("--out", "a", "--out", "b"), "--out is given twice: a and b"),
            (("--out", "sarif=-"), "two results to the standard output"),
            (("--out", "sarif=a", "--out", "junit=a"), "two results to a"),
            (("--out", "patch=a"), "a patch is a result of its own"),
        ],
    )
    def test_what_cannot_be_is_wrong_usage(self, sample: Program, options: tuple[str, ...], message: str) -> None:
        ran = sample("plan", "--mock", *options)
        assert (ran.code, ran.out) == (64, "")
        assert message in ran.err
        assert {each.name for each in Path().iterdir()} == {"org.yaml"}

    @pytest.mark.parametrize("options", [("--output", "patch"), ("--accept", "ou:*")])
    def test_edits_of_the_spec_have_no_copies(self, sample: Program, options: tuple[str, ...]) -> None:
        ran = sample("drift", "--mock", *options, "--out", "sarif=a")
        assert ran.code == 64
        assert "edits of the spec are no result of drift" in ran.err
        assert not Path("a").exists()

    def test_a_file_with_such_a_name(self, sample: Program) -> None:
        assert sample("plan", "--mock", "--out", "./sarif=a").code == 0
        assert "Plan: " in Path("sarif=a").read_text()

    def test_a_command_with_one_result_takes_none(self, sample: Program) -> None:
        ran = sample("show", "--out", "json=a")
        assert ran.code == 64
        assert "`show` writes one result" in ran.err
        assert "--output json --out FILE" in ran.err


class TestSarif:
    def results(self, program: Program, *args: str) -> list[dict[str, Any]]:
        (run,) = program(*args, "--output", "sarif").json["runs"]
        found: list[dict[str, Any]] = run["results"]
        assert [run["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] for each in found] == [
            each["ruleId"] for each in found
        ]
        return found

    @pytest.mark.parametrize(
        ("folder", "spec"),
        [(".", "in here/org.yaml"), ("in here", "org.yaml"), (".", "{absolute}")],
        ids=["from-above", "from-beside", "absolute"],
    )
    def test_places_are_relative_to_the_repository(
        self, program: Program, monkeypatch: pytest.MonkeyPatch, folder: str, spec: str
    ) -> None:
        Path(".git").mkdir()
        Path("in here").mkdir()
        Path("in here/org.yaml").write_text(INVALID)
        absolute = Path("in here/org.yaml").resolve()
        monkeypatch.chdir(Path(folder))
        (found,) = self.results(program, "validate", "--spec", spec.format(absolute=absolute))
        location = found["locations"][0]["physicalLocation"]
        assert location["artifactLocation"] == {"uri": "in%20here/org.yaml", "uriBaseId": "SRCROOT"}

    def test_fingerprints_do_not_depend_on_lines(self, sample: Program) -> None:
        def prints() -> list[str]:
            return [
                each["partialFingerprints"]["reconcilerResult/v1"] for each in self.results(sample, "plan", "--mock")
            ]

        before = prints()
        Path("org.yaml").write_text("# a line\n# another\n" + DOUBTFUL)
        assert prints() == before
        assert len(set(before)) == len(before) > 1

    def test_the_rules_explain_the_codes(self, sample: Program) -> None:
        (run,) = sample("validate", "--output", "sarif").json["runs"]
        for rule in run["tool"]["driver"]["rules"]:
            assert (
                rule["help"]["text"]
                == sample("validate", "--explain", rule["id"], "--output", "json").json["explanation"]
            )

    def test_drift_is_a_warning_at_its_place(self, program: Program) -> None:
        program("apply", "--mock", "--auto-approve")
        Path("org.yaml").write_text(SPEC.replace("stage: all", "stage: none"))
        found = [each for each in self.results(program, "drift", "--mock") if each["ruleId"].startswith("drift/")]
        assert [(each["ruleId"], each["level"]) for each in found] == [("drift/changed", "warning")]
        assert found[0]["locations"][0]["physicalLocation"]["region"]["startLine"] > 1

    def test_no_name_becomes_a_link(self, program: Program) -> None:
        Path("org.yaml").write_text(SPEC.replace("Sandbox", "'[here](https://example.com)'"))
        texts = [each["message"]["text"] for each in self.results(program, "drift", "--mock")]
        assert any("\\[here](" in each for each in texts)
        assert not any(re.search(r"(?<!\\)\[here\]\(", each) for each in texts)


class TestJunit:
    def test_each_file_and_each_policy_test_is_a_case(self, program: Program) -> None:
        Path("org.yaml").write_text(TESTED)
        ran = program("validate", "--output", "junit")
        assert counted(ran.out) == {"tests": 3, "failures": 1, "errors": 0, "skipped": 0}
        cases = {each.get("name"): each for each in ET.fromstring(ran.out).iter("testcase")}  # noqa: S314
        assert set(cases) == {"org.yaml", "stays", "s3:GetObject in shop-prod is denied"}
        failure = cases["s3:GetObject in shop-prod is denied"].find("failure")
        assert failure is not None
        assert "E326" in str(failure.text)

    def test_all_that_is_wrong_in_a_file_is_in_its_failure(self, program: Program) -> None:
        Path("org.yaml").write_text(INVALID.replace("stage: all", "stage: ''"))
        ran = program("validate", "--output", "junit")
        (failure,) = ET.fromstring(ran.out).iter("failure")  # noqa: S314
        assert "org.yaml:" in str(failure.text)

    def test_warnings_fail_only_where_it_is_strict(self, sample: Program) -> None:
        assert counted(sample("validate", "--output", "junit").out)["failures"] == 0
        assert counted(sample("validate", "--output", "junit", "--strict").out)["failures"] == 1

    def test_each_difference_of_drift_is_a_failure_and_a_kind_without_one_passes(self, program: Program) -> None:
        program("apply", "--mock", "--auto-approve")
        assert counted(program("drift", "--mock", "--output", "junit").out)["failures"] == 0
        Path("org.yaml").write_text(SPEC.replace("stage: all", "stage: none").replace("{team: shop}", "{team: x}"))
        ran = program("drift", "--mock", "--output", "junit")
        assert counted(ran.out)["failures"] == 2
        root = ET.fromstring(ran.out)  # noqa: S314
        assert {each.get("name") for each in root.iter("testcase") if each.find("failure") is not None} == {
            "ou:Workloads",
            "account:shop-prod",
        }
        assert {each.get("name") for each in root.iter("testsuite")} >= {"policy", "attachment"}

    def test_a_plan_has_its_policy_tests_and_guards(self, program: Program) -> None:
        Path("org.yaml").write_text(TESTED.replace("s3:GetObject', expect: denied", "s3:GetObject', expect: allowed"))
        found = ET.fromstring(program("plan", "--mock", "--output", "junit").out)  # noqa: S314
        suites = {each.get("name"): each.get("tests") for each in found.iter("testsuite")}
        assert suites["policy tests"] == "2"
        assert suites["guards"] == "1"


class TestGithub:
    def test_an_annotation_is_at_the_place_of_the_mistake(self, program: Program) -> None:
        Path("org.yaml").write_text(INVALID)
        for command in (("validate",), ("plan", "--mock")):
            ran = program(*command, "--output", "github")
            assert ran.code == 3
            assert re.match(r"::error file=org.yaml,line=\d+,.*title=E\d+%3A [^:,]+::", ran.out)

    def test_nothing_found_is_nothing_printed(self, program: Program) -> None:
        assert program("validate", "--output", "github").out == ""

    def test_no_name_writes_a_command_of_its_own(self, program: Program) -> None:
        Path("org.yaml").write_text(SPEC.replace("Sandbox", '"a\\n::error::b"'))
        ran = program("drift", "--mock", "--output", "github")
        assert "::error::b" in ran.out
        assert not re.search(r"^::error", ran.out, re.M)


def test_what_a_merge_request_shows_are_the_changes(program: Program) -> None:
    plan = program("plan", "--mock", "--output", "json").json
    shown = program("plan", "--mock", "--output", "gitlab-terraform").json
    assert shown["create"] == sum(plan["summary"][each] for each in ("enable", "create", "attach", "invite"))
    assert shown["update"] == sum(plan["summary"][each] for each in ("update", "move", "rename"))
    assert sum(shown.values()) == plan["summary"]["total"] > 0


def test_a_finding_of_validate_and_of_a_plan_is_the_same_to_gitlab(sample: Program) -> None:
    lines = (("validate",), ("plan", "--mock"))
    found = [json.loads(sample(*line, "--output", "gitlab-codequality").out) for line in lines]
    validated, planned = ({each["fingerprint"] for each in reported} for reported in found)
    assert validated
    assert validated & planned
