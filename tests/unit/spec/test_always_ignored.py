"""Some patterns are always ignored, and the list of a spec adds to them."""

from __future__ import annotations

import pytest

from tests.unit.spec.spec_files import Specs


@pytest.mark.parametrize(
    ("ignore", "policies", "tags"),
    [
        ("", ("aws-guardrails-*",), ("aws:*",)),
        ("ignore: {policies: [], tags: []}", ("aws-guardrails-*",), ("aws:*",)),
        ("ignore: {policies: [legacy-*], tags: [a]}", ("legacy-*", "aws-guardrails-*"), ("aws:*", "a")),
        ("ignore: {policies: [aws-guardrails-*]}", ("aws-guardrails-*",), ("aws:*",)),
    ],
)
def test_a_list_adds_to_what_is_always_ignored(
    specs: Specs, ignore: str, policies: tuple[str, ...], tags: tuple[str, ...]
) -> None:
    found = specs.load(f"version: 1\nroot: {{}}\n{ignore}\n").settings.ignore
    assert (found.policies, found.tags) == (policies, tags)
