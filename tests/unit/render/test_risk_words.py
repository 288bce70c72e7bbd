"""What a plan means for people, as text: the word for its risk, and what is about nearly everything on one line."""

from __future__ import annotations

import pytest

from reconciler.model import address as at
from reconciler.model.impact import AccessChange, ActionSet, Impact, ImpactLine, Risk
from reconciler.render import markdown, text

SOME = ActionSet(text="s3:GetObject", count=1, include=("s3:GetObject",))
ALL = ActionSet(text="every action", count=22_321, include=("*",))
MOST = ActionSet(text="every action except s3, iam:Get*", count=21_148, include=("*",), exclude=("s3:*", "iam:Get*"))


def line(change: AccessChange, words: str, actions: ActionSet = SOME, risk: Risk = "high") -> ImpactLine:
    return ImpactLine(
        change=change, actions=actions, text=f"{words}: {actions.text}", risk=risk, why="most actions of AWS"
    )


def group(*lines: ImpactLine, accounts: tuple[str, ...] = ("shop",)) -> Impact:
    return Impact(about="principals", accounts=tuple(map(at.account, accounts)), lines=lines, risk="high")


LOST, GAINED = line("lost", "can no longer"), line("gained", "can newly")
RESTRICTED = line("restricted", "newly denied if x is y")
RELAXED = line("relaxed", "no longer denied if x is y")


def shown(*groups: Impact) -> list[str]:
    return text.impact(groups, width=100, color=False).splitlines()


@pytest.mark.parametrize(
    ("lines", "risk"),
    [
        ((LOST,), "outage"),
        ((RESTRICTED,), "outage"),
        ((GAINED,), "exposure"),
        ((RELAXED,), "exposure"),
        ((GAINED, LOST), "outage and exposure"),
    ],
)
def test_each_group_has_the_word_for_its_risk(lines: tuple[ImpactLine, ...], risk: str) -> None:
    assert shown(group(*lines))[1] == f"  1 account, {risk}: shop"


def test_accounts_are_counted_once_for_each_risk() -> None:
    first, *_ = shown(group(LOST, accounts=("a", "b")), group(LOST, RELAXED, accounts=("b", "c")))
    assert first == "What it means for people: outage for 3 accounts, exposure for 2 accounts"


@pytest.mark.parametrize(
    ("change", "words", "actions", "said"),
    [
        ("lost", "can no longer", MOST, "loses nearly everything (21,148 actions); still allowed: s3, iam:Get*"),
        ("lost", "can no longer", ALL, "loses everything (22,321 actions)"),
        ("lost", "can no longer", SOME, "can no longer: s3:GetObject"),
        ("gained", "can newly", MOST, "can newly: nearly everything (21,148 actions), except s3, iam:Get*"),
        ("restricted", "newly denied if x is y", ALL, "newly denied if x is y: everything (22,321 actions)"),
    ],
)
def test_nearly_everything_is_said_in_a_line(change: AccessChange, words: str, actions: ActionSet, said: str) -> None:
    assert shown(group(line(change, words, actions)))[2][6:] == said


def test_a_risk_is_named_with_its_reason() -> None:
    assert shown(group(LOST))[3] == "      high risk of outage: most actions of AWS"
    assert shown(group(line("lost", "can no longer", MOST)))[3] == "      high risk of outage"


def test_markdown_has_the_same_words() -> None:
    found = markdown.impact([group(line("lost", "can no longer", MOST))])
    assert "loses nearly everything (21,148 actions); still allowed: s3, iam:Get" in found
    assert "high risk of outage" in found
