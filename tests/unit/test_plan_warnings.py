"""docs/output.md has every code of a plan's warnings, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = re.compile(r'"([WI]5\d\d|W39\d)"')


def test_every_code_is_documented() -> None:
    used = {code for file in (ROOT / "reconciler").rglob("*.py") for code in CODE.findall(file.read_text("utf-8"))}
    listed = re.findall(r"^\| ([WI]5\d\d|W39\d) \|", (ROOT / "docs" / "output.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(used)
