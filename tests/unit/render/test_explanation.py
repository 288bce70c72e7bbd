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
COLOURS = {"passes": "32", "depends": "33", "stops": "1;31"}


@pytest.mark.parametrize("word", COLOURS)
def test_a_level_that_depends_is_neither_green_nor_red(word: str) -> None:
    shown = text.explanation(DEPENDS, width=100, color=True)
    assert re.findall(rf"\x1b\[([0-9;]*)m{word}", shown) == [COLOURS[word]]


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
