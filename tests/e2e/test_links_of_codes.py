"""Codes lead to the documentation: as links where a terminal or a comment shows them, else by the command that explains
them. What a program reads is the same with and without an address."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest

from reconciler.cli import run
from reconciler.commands.documentation import documentation_url, shows_links
from tests.e2e.conftest import Program

BASE = "https://docs.example.com/reconciler"
WRONG = "version: 1\nroot: {}\nrot: {}\n"
EXPLAINED = "`reconciler validate --explain E201` explains a code."


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def wrong(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """A spec with an unknown key, and an environment that says nothing of terminals."""
    for name in ("RECONCILER_DOCS_URL", "FORCE_HYPERLINK", "CI", "NO_COLOR", "TERM_PROGRAM", "VTE_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    Path("org.yaml").write_text(WRONG)


def seen(*args: str) -> str:
    """What a person sees at a terminal."""
    out = Terminal()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        run([*args, "--color", "always"])
    return out.getvalue()


def test_a_terminal_that_shows_links_gets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_DOCS_URL", BASE)
    monkeypatch.setenv("FORCE_HYPERLINK", "1")
    assert f"\x1b]8;;{BASE}/diagnostics/E201.html\x1b\\E201\x1b]8;;\x1b\\" in seen("validate")


@pytest.mark.parametrize("variable", ["RECONCILER_DOCS_URL", "FORCE_HYPERLINK"])
def test_without_an_address_or_such_a_terminal_the_command_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, BASE)
    shown = seen("validate")
    assert EXPLAINED in shown
    assert "\x1b]8" not in shown


def test_a_plan_links_its_warnings(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("org.yaml").write_text("version: 1\nroot: {organizational_units: {Workloads: {}}}\n")
    assert program("apply", "--mock", "--auto-approve", "--quiet").code == 0
    Path("org.yaml").write_text("version: 1\nroot: {organizational_units: {workloads: {}}}\n")
    monkeypatch.setenv("RECONCILER_DOCS_URL", BASE)
    monkeypatch.setenv("FORCE_HYPERLINK", "1")
    assert f"\x1b]8;;{BASE}/diagnostics/W520.html\x1b\\W520" in seen("plan", "--mock")
    assert f"\n[W520]: {BASE}/diagnostics/W520.html\n" in program("plan", "--mock", "--output", "markdown").out


def test_a_program_reads_the_same_with_and_without_an_address(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = [("validate",), ("validate", "--output", "json"), ("validate", "--color", "always")]
    before = [program(*each) for each in commands]
    monkeypatch.setenv("RECONCILER_DOCS_URL", BASE)
    monkeypatch.setenv("FORCE_HYPERLINK", "1")
    assert [program(*each) for each in commands] == before


def test_an_address_that_is_none_is_wrong_usage(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_DOCS_URL", "docs")
    ran = program("validate")
    assert ran.code == 64
    assert "RECONCILER_DOCS_URL is not the address of a site" in ran.err


def test_the_address_is_that_of_the_distribution_where_no_other_is_given() -> None:
    assert documentation_url() is None


def test_a_code_of_a_plan_is_explained(program: Program) -> None:
    assert program("validate", "--explain", "w520").out.startswith("W520 (warning): an OU or policy is created")


@pytest.mark.parametrize(
    ("environment", "shown"),
    [
        ({}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM_PROGRAM": "vscode"}, True),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"WT_SESSION": "1"}, True),
        ({"VTE_VERSION": "7600"}, True),
        ({"VTE_VERSION": "4800"}, False),
        ({"VTE_VERSION": "new"}, False),
        ({"VTE_VERSION": "7600", "CI": "true"}, False),
        ({"TERM_PROGRAM": "vscode", "TERM": "dumb"}, False),
        ({"FORCE_HYPERLINK": "1", "CI": "true"}, True),
        ({"FORCE_HYPERLINK": "0", "WT_SESSION": "1"}, False),
    ],
)
def test_which_terminals_show_links(environment: dict[str, str], shown: bool) -> None:
    assert shows_links(environment) is shown
