"""`docs/reliability.md` promises what a test shows: each that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "reliability.md"


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"\b(test_\w+)(?!\w*\.py)\b", PAGE.read_text("utf-8")))
    files = [path.read_text("utf-8") for path in TESTS.rglob("test_*.py")]
    defined = {name for text in files for name in re.findall(r"^def (test_\w+)\(", text, re.MULTILINE)}
    assert named
    assert named - defined - {path.stem for path in TESTS.rglob("test_*.py")} == set()


def test_every_file_that_the_page_names_is_there() -> None:
    named = re.findall(r"`((?:tests|reconciler)/[\w/]+\.py)`", PAGE.read_text("utf-8"))
    assert named
    assert [path for path in named if not (TESTS.parent / path).is_file()] == []
