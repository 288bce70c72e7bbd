"""How a decision is shown: the levels from the root to the account, and the one that decides."""

from __future__ import annotations

import re

import pytest

from reconciler.model.decision import Decision, DenyingStatement, LevelDecision
from reconciler.render import markdown, text

DEPENDS = Decision(
    account="shop",
    action="ec2:RunInstances",
    decision="conditional",
    levels=(
        LevelDecision(target="root:/", scps=("FullAWSAccess",), allowed=True),
        LevelDecision(target="ou:Workloads", scps=("deny-regions",), allowed=True, conditional=True),
        LevelDecision(target="account:shop", allowed=False),
    ),
    blocked_by=DenyingStatement(
        index=0, type="scp", policy="deny-regions", statement="R", level="ou:Workloads", file="a.json", line=7
    ),
    condition="denied unless aws:RequestedRegion is eu-west-1",
)
CERTAIN = DEPENDS.model_copy(update={"decision": "denied"})
GREEN, RED, YELLOW = "32", "1;31", "33"


def colours(found: Decision) -> dict[str, str]:
    """The answers of the levels, each with its colour; what has none is not there."""
    shown = text.explanation(found, width=100, color=True)
    return {word: style for style, word in re.findall(r"\x1b\[([0-9;]*)m(. (?:allowed|denied|depends))", shown)}


def test_an_answer_has_a_colour_a_symbol_and_a_word() -> None:
    assert colours(CERTAIN) == {"✓ allowed": GREEN, "? depends": YELLOW, "✗ denied": RED}


def test_nothing_is_green_in_an_answer_that_depends() -> None:
    assert colours(DEPENDS) == {"? depends": YELLOW, "✗ denied": RED}
    assert f"[{GREEN}m" not in text.explanation(DEPENDS, width=100, color=True)
    assert "root:/ ✓ allowed\n" in text.explanation(DEPENDS, width=100, color=False)


@pytest.mark.parametrize(
    ("decision", "first"), [("allowed", "ALLOWED"), ("denied", "DENIED"), ("conditional", "DEPENDS")]
)
def test_the_answer_is_the_first_thing(decision: str, first: str) -> None:
    found = DEPENDS.model_copy(update={"decision": decision})
    assert text.explanation(found, width=100, color=False).startswith(f"{first} ec2:RunInstances in account shop\n")
    ascii_only = text.explanation(found, width=100, color=False, unicode=False)
    assert ascii_only.isascii()
    assert ascii_only.startswith(first)


def test_the_answer_as_markdown() -> None:
    assert (
        markdown.explanation([("", DEPENDS, "")])
        == """\
<!-- reconciler:explain truncated=false -->

### reconciler explain

**CONDITIONAL** `ec2:RunInstances` in account `shop`

| Level | SCPs | RCPs |  |
| --- | --- | --- | --- |
| `root:/` | `FullAWSAccess` |  | passes |
| `ou:Workloads` | `deny-regions` |  | depends |
| `account:shop` |  |  | stops |

May be denied by statement `R` of `deny-regions` at `ou:Workloads` (`a.json:7`).

It depends: denied unless aws:RequestedRegion is eu-west-1.
"""
    )


def test_answers_before_and_after_a_plan() -> None:
    shown = markdown.explanation([("Before the plan", DEPENDS, ""), ("After the plan", None, "")])
    assert shown.index("**Before the plan**") < shown.index("CONDITIONAL") < shown.index("**After the plan**")
    assert shown.endswith("**After the plan**\n\nThe account is not there, or closed.\n")
