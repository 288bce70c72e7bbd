"""Mistakes that a new user makes: each message is given once, and no command is suggested that would be refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.mock.__main__ import main
from tests.e2e.conftest import Program

SPEC = """\
version: 1
root:
  accounts:
    {key}: {{email: shop@example.com}}
"""


@pytest.mark.parametrize(("key", "suggested"), [("shop", True), ("Bücher", False)])
def test_a_plan_that_no_option_allows_has_no_next_command(program: Program, key: str, suggested: bool) -> None:
    Path("org.yaml").write_text(SPEC.format(key=key), "utf-8")
    ran = program("plan", "--mock")
    assert ("Next:" in ran.out) is suggested
    assert ("BLOCKED" in ran.out) is not suggested


def test_an_action_that_does_not_exist_is_reported_once(program: Program) -> None:
    Path("org.yaml").write_text(SPEC.format(key="shop"), "utf-8")
    ran = program("explain", "shop", "s3:GetObjct")
    assert (ran.out + ran.err).count("there is no action s3:GetObjct") == 1


def test_an_included_file_that_is_missing_is_not_taken_for_the_including_one(program: Program) -> None:
    Path("org.yaml").write_text("version: 1\ninclude: [arg.yaml]\n", "utf-8")
    ran = program("validate")
    assert ran.code == 3
    assert "did you mean" not in ran.err


def test_a_file_of_events_that_is_missing(program: Program) -> None:
    Path("org.yaml").write_text(SPEC.format(key="shop"), "utf-8")
    ran = program("impact", "--mock", "--events", "missing.json")
    assert ran.code == 64
    assert "missing.json cannot be read: No such file or directory" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["call", "ListRoots", "{a"], "the parameters are not valid JSON"),
        (["call", "ListRoots", "[]"], "the parameters are not a JSON object"),
        (["detach", "deny-rot-user", "/"], "there is no policy:deny-rot-user"),
    ],
)
def test_changing_the_mocked_organization_with_wrong_parameters(
    program: Program, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    Path("org.yaml").write_text(SPEC.format(key="shop"), "utf-8")
    assert main(arguments) == 64
    assert ".reconciler/mock.json does not exist yet" in capsys.readouterr().err.replace("\\", "/")
    assert program("apply", "--mock", "--auto-approve").code == 0
    assert main(arguments) == 64
    assert said in capsys.readouterr().err
