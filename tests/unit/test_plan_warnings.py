"""docs/output.md and `validate --explain` have every code of a plan's warnings, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from reconciler.planning.warning_codes import PLAN_CODES

ROOT = Path(__file__).parents[2]
CODE = re.compile(r'"([WI]5\d\d|W39\d)"')


def test_every_code_is_documented() -> None:
    used = {code for file in (ROOT / "reconciler").rglob("*.py") for code in CODE.findall(file.read_text("utf-8"))}
    page = (ROOT / "docs" / "output.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| ([WI]5\d\d|W39\d) \| (.*) \|$", page, re.MULTILINE))
    assert sorted(listed) == sorted(used)
    assert listed == {each.code: each.title for each in PLAN_CODES}
