"""`previously` may name what is still declared, where that was renamed as well."""

from __future__ import annotations

import pytest

from tests.unit.spec.spec_files import Specs

UNITS = "version: 1\nroot:\n  organizational_units:\n"
DENY = '{Version: "2012-10-17", Statement: [{Effect: Deny, Action: "s3:*", Resource: "*"}]}'


@pytest.mark.parametrize(
    "lines",
    [
        ["A: {previously: [B]}", "B: {previously: [A]}"],
        ["A: {previously: [B]}", "B: {previously: [C]}", "C: {previously: [A]}"],
        ["B: {previously: [A]}", "C: {previously: [B]}"],
    ],
)
def test_ous_may_exchange_their_names_or_pass_them_on(specs: Specs, lines: list[str]) -> None:
    specs.write({"org.yaml": UNITS + "".join(f"    {line}\n" for line in lines)})
    assert [each.code for each in specs.diagnostics()] == []


def test_policies_may_exchange_their_names(specs: Specs) -> None:
    policies = "".join(
        f"  {name}: {{type: scp, previously: [{old}], content: {DENY}}}\n" for name, old in (("p", "q"), ("q", "p"))
    )
    specs.write({"org.yaml": f"version: 1\npolicies:\n{policies}root: {{policies: [p, q]}}\n"})
    assert [each.code for each in specs.diagnostics()] == []
