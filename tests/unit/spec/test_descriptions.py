"""A description is what is written: a block text keeps its last newline, a folded one its one line."""

from __future__ import annotations

import pytest

from reconciler.model.resources import Policy
from tests.unit.spec.spec_files import DENY, Specs


@pytest.mark.parametrize(
    ("written", "description"),
    [
        ("|\n      One\n      two\n", "One\ntwo\n"),
        ("|-\n      One\n      two\n", "One\ntwo"),
        (">\n      One\n      two\n", "One two\n"),
        ('" One "\n', " One "),
        ('""\n', ""),
    ],
)
def test_nothing_is_cut(specs: Specs, written: str, description: str) -> None:
    text = f"version: 1\npolicies:\n  p:\n    type: scp\n    description: {written}    content: {DENY}\nroot: {{}}\n"
    (policy,) = (each for each in specs.load(text).inventory.of(Policy) if not each.aws_managed)
    assert policy.description == description
