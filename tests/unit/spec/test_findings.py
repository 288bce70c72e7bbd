"""`findings` of a spec: what is reported about the organization, and how it is switched off."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import SpecInvalid
from reconciler.use_cases.load_spec import load_spec

EMPTY = "version: 1\nroot: {organizational_units: {A: {}}}\n"


def reported(folder: Path, text: str) -> list[tuple[str, str, int]]:
    path = folder / "org.yaml"
    path.write_text(text, "utf-8")
    return [
        (each.code, each.severity, each.line) for each in load_spec(path, lint=("documents", "organization")).warnings
    ]


def test_advice_is_information_at_its_place(tmp_path: Path) -> None:
    assert reported(tmp_path, EMPTY) == [("I605", "info", 2)]


@pytest.mark.parametrize("off", ["false", "off", "no"])
def test_it_is_switched_off(tmp_path: Path, off: str) -> None:
    assert reported(tmp_path, f"{EMPTY}findings: {{I605: {off}}}\n") == []


def test_a_code_that_there_is_not_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SpecInvalid) as caught:
        reported(tmp_path, f"{EMPTY}findings: {{I60S: false}}\n")
    (found,) = caught.value.diagnostics
    assert (found.code, found.line, found.help) == ("E363", 3, "did you mean `I608`?")
