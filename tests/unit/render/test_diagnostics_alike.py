"""Findings that differ in names only are folded for people; their number and all other findings stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.commands.running import source_line
from reconciler.model.diagnostic import Diagnostic
from reconciler.render import text


def finding(line: int, message: str, code: str = "W302") -> Diagnostic:
    return Diagnostic(code=code, severity="warning", message=message, file="org.yaml", line=line)


ALIKE = [finding(line, f"the policy `p{line}` is attached nowhere") for line in range(1, 251)]
OTHER = finding(7, "ec2:RunInstance matches no action", "W460")


def shown(found: list[Diagnostic], most_alike: int | None) -> str:
    return text.diagnostics(found, read_line=lambda *_: None, width=100, color=False, most_alike=most_alike)


def test_the_first_few_are_shown_and_the_rest_is_counted() -> None:
    written = shown([*ALIKE, OTHER], 5)
    assert written.count("is attached nowhere") == 6
    assert "and 245 more W302 like: the policy … is attached nowhere (--verbose shows each)" in written
    assert "ec2:RunInstance matches no action" in written
    assert written.rstrip().endswith("251 warnings in 1 file")


def test_as_many_as_are_shown_are_not_counted() -> None:
    assert "more W302" not in shown(ALIKE[:5], 5)


def test_without_a_number_everything_is_shown() -> None:
    assert shown(ALIKE, None).count("is attached nowhere") == 250


def test_different_messages_are_not_alike() -> None:
    found = [finding(1, "the OU `A` is too deep"), finding(2, "the account `b` is too deep")]
    assert "more" not in shown(found, 1)


def test_a_line_comes_from_that_file_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "org.yaml").write_text("version: 1\n")
    monkeypatch.syspath_prepend(str(elsewhere))
    monkeypatch.chdir(tmp_path)
    assert source_line("org.yaml", 1) is None
    assert source_line(str(elsewhere / "org.yaml"), 1) == "version: 1"
    assert source_line(str(elsewhere / "org.yaml"), 2) is None
    assert source_line(str(elsewhere), 1) is None
