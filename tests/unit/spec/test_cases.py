"""Every diagnostic, by example: `cases/CODE-what.yaml` has the files of a spec and exactly its diagnostics."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from reconciler.model.diagnostic import Diagnostic
from reconciler.spec import codes
from tests.unit.spec.spec_files import Specs

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
NEEDS_BYTES = {"E102", "E103"}
"""Codes whose files cannot be shown as text; `test_files.py` has them."""
NEEDS_DECISIONS = {"E326", "E327", "W310"}
"""Codes of tests of policies, which are run on what `load` gives."""
NEEDS_PLAN = {"E333", "E382", "E386", "W386"}
"""Codes of what only a plan shows; `planning/test_references.py` has them, and `use_cases/test_access_plans.py`."""


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, specs: Specs) -> None:
    case = yaml.safe_load(path.read_text("utf-8"))
    specs.write(case["files"])

    found = specs.diagnostics()

    assert [_as_written(each) for each in found] == case["expect"]
    assert path.stem.partition("-")[0] in {each.code for each in found}


def test_every_code_has_a_case() -> None:
    shown = {path.stem.partition("-")[0] for path in CASES} | NEEDS_BYTES
    assert shown == {code.code for code in codes()} - NEEDS_DECISIONS - NEEDS_PLAN


def test_codes_are_unique_and_their_first_letter_is_the_severity() -> None:
    assert len({code.code for code in codes()}) == len(codes())
    assert all((code.severity == "error") == code.code.startswith("E") for code in codes())


def _as_written(diagnostic: Diagnostic) -> dict[str, object]:
    """A diagnostic as the cases write it: `CODE file:line:column-end`."""
    end = f"-{diagnostic.end_column}" if diagnostic.end_column and diagnostic.end_line == diagnostic.line else ""
    written: dict[str, object] = {
        "at": f"{diagnostic.code} {diagnostic.file}:{diagnostic.line}:{diagnostic.column}{end}",
        "message": diagnostic.message,
    }
    if diagnostic.help:
        written["help"] = diagnostic.help
    if diagnostic.label:
        written["label"] = diagnostic.label
    if diagnostic.related:
        written["related"] = [f"{what}: {file}:{line}:{column}" for what, file, line, column in diagnostic.related]
    return written
