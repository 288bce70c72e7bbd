"""The tests that a spec has of its policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.model.base import Source
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.policy_test import PolicyTest
from reconciler.use_cases.policy_tests import outcomes
from tests.building import deny
from tests.unit.use_cases.sample import organization


def failures_of(*of: Any) -> list[Diagnostic]:
    """The diagnostics of the tests that fail."""
    return [each.failure for each in outcomes(*of) if each.failure is not None]


class TestPolicyTests:
    MADE = organization({"x": deny("s3:*")}, {"x": ["Workloads"]})
    PLACES: Mapping[str, tuple[Source, ...]] = {"x": (Source(file="policies/x.json", line=4),)}

    def failures(self, **test: Any) -> list[tuple[str, str, str | None]]:
        source = Source(file="policies/tests/a.yaml", line=7, column=3)
        values = {"account": "shop", "action": "s3:GetObject", "expect": "allowed", "source": source, **test}
        found = failures_of(self.MADE, self.PLACES, [PolicyTest(**values)])
        assert {(each.file, each.line, each.column) for each in found} <= {("policies/tests/a.yaml", 7, 3)}
        return [(each.code, each.message, each.help) for each in found]

    def test_one_that_passes_says_nothing(self) -> None:
        assert self.failures(expect="denied") == []

    @pytest.mark.parametrize(
        ("test", "message", "help"),
        [
            (
                {},
                "s3:GetObject in shop is denied, not allowed",
                "it is denied by statement Deny of x at ou:Workloads (policies/x.json:4)",
            ),
            ({"name": "Open"}, "Open: s3:GetObject in shop is denied, not allowed", None),
            (
                {"account": "lab", "expect": "denied"},
                "s3:GetObject in lab is allowed, not denied",
                "no policy denies it",
            ),
            (
                {"account": "management", "expect": "denied"},
                "s3:GetObject in management is allowed, not denied",
                "SCPs and RCPs do not apply to the management account",
            ),
        ],
    )
    def test_one_that_fails_says_why(self, test: dict[str, Any], message: str, help: str | None) -> None:
        ((code, told, why),) = self.failures(**test)
        assert (code, told) == ("E326", message)
        assert help is None or why == help

    def test_an_allow_that_is_missing_is_named(self) -> None:
        bare = organization({"x": deny("s3:*")}, {"x": ["Workloads"]}, no_full_access=["Sandbox"])
        test = PolicyTest(account="lab", action="s3:GetObject", expect="allowed", source=Source(file="a", line=1))
        (found,) = failures_of(bare, {}, [test])
        assert found.help == "no SCP allows it at ou:Sandbox; attached there: none"

    def test_an_account_that_is_not_there(self) -> None:
        ((code, message, help),) = self.failures(account="shp")
        assert (code, message, help) == ("E327", "there is no account shp", "did you mean shop?")
