"""What the README and the tutorial say is so: their sessions run on the mocked organization and print what is shown."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from reconciler.cli import COMMANDS, run
from scripts.documentation.markdown import blocks
from tests.docs.sessions import ROOT, Terminal, fits

pytestmark = pytest.mark.slow

README = (ROOT / "README.md").read_text("utf-8")
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text("utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, 100 columns wide."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("RECONCILER_SPEC", "RECONCILER_LOCK", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_the_sessions_of_the_readme(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(ROOT / "org.yaml", folder)
    shutil.copytree(ROOT / "policies", folder / "policies")
    Terminal(monkeypatch, capsys).run_through(README)


def test_the_sessions_of_the_tutorial(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Terminal(monkeypatch, capsys).run_through(TUTORIAL)


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a  b\n", "a b\n", True),
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("...\nd\n", "a\nd\n", True),
        ("a\n...\n", "a\nb\n", True),
        ("a\n", "a\nb\n", False),
        ("b\n", "a\nb\n", False),
        ("a\nc\n", "a\nb\nc\n", False),
        ("a b ...\n", "a b c\n", True),
        ("a b ...\n", "a c\n", False),
        ("a.\n", "ab\n", False),
    ],
)
def test_how_what_is_shown_is_compared(shown: str, printed: str, same: bool) -> None:
    assert fits(shown, printed) is same


def test_the_smallest_spec_is_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    specs = [each.text for each in blocks(README) if each.language == "yaml"]
    [text] = [each for each in specs if yaml.safe_load(each).get("version")]
    assert len(text.splitlines()) == 12
    (folder / "org.yaml").write_text(text, "utf-8")
    assert run(["validate"]) == 0
    assert capsys.readouterr().err == ""
    assert run(["apply", "--mock", "--auto-approve"]) == 0
    assert run(["plan", "--mock", "--detailed-exitcode"]) == 0


def test_the_table_has_every_command() -> None:
    named = re.findall(r"^\| `(\w+)[^`]*` \|", README, re.MULTILINE)
    assert named == list(COMMANDS)
