"""docs/mock.md lists every rule."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.mock import other_services, rules

TEXT = (Path(__file__).parents[3] / "docs" / "mock.md").read_text(encoding="utf-8")
ROWS = {line.split("|")[2].strip(" `"): line for line in TEXT.splitlines() if line.startswith("| ")}
FEW = 3
"""Where all operations of a service but so many have a rule, those without are named."""


def rules_of(operation: str) -> Iterator[Any]:
    yield from (*rules.rules_of(operation), *other_services.rules_of(operation))


OPERATIONS = sorted({*rules.OPERATIONS, *other_services.ANSWERS})
RULES = {rule: None for operation in OPERATIONS for rule in rules_of(operation)}


def operations_of(rule: Any) -> Iterator[str]:
    """The operations with a rule, as the page names them."""
    found = [each for each in OPERATIONS if rule in rules_of(each)]
    for prefix in dict.fromkeys(each.rpartition(":")[0] for each in found):
        here = [each for each in found if each.rpartition(":")[0] == prefix]
        others = [each for each in OPERATIONS if each.rpartition(":")[0] == prefix and each not in found]
        if prefix and len(others) <= FEW < len(here):
            yield f"all of `{prefix}`" + (f" but {' and '.join(others)}" if others else "")
        else:
            yield from here


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.__name__)
def test_every_rule_has_its_row_with_its_operations_and_its_source(rule: Any) -> None:
    row = ROWS[rule.__name__]
    documented = row.split("|")[3].strip().split(", ")
    assert sorted(documented) == sorted(operations_of(rule))
    assert rule.__doc__.strip().splitlines()[0] in row
