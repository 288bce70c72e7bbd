"""docs/mock.md lists every rule."""

from pathlib import Path
from typing import Any

import pytest

from reconciler.mock.rules import OPERATIONS, rules_of

TEXT = (Path(__file__).parents[3] / "docs" / "mock.md").read_text(encoding="utf-8")
ROWS = {line.split("|")[2].strip(" `"): line for line in TEXT.splitlines() if line.startswith("| ")}
RULES = {rule: None for operation in sorted(OPERATIONS) for rule in rules_of(operation)}


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.__name__)
def test_every_rule_has_its_row_with_its_operations_and_its_source(rule: Any) -> None:
    row = ROWS[rule.__name__]
    documented = row.split("|")[3].strip().split(", ")
    assert sorted(documented) == sorted(each for each in OPERATIONS if rule in rules_of(each))
    assert rule.__doc__.strip().splitlines()[0] in row
