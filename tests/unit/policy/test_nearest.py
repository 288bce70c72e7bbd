"""The nearest right name, found once for each wrong one."""

from __future__ import annotations

import pytest

from reconciler.policy.language import nearest as module
from reconciler.policy.language.catalogue import catalogue
from reconciler.policy.language.nearest import did_you_mean, nearest
from reconciler.policy.lint.document_lint import nearest_action

NAMES = ("DescribeInstances", "RunInstances", "TerminateInstances", "StopInstances")


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("RunInstance", "RunInstances"),
        ("runinstances", "RunInstances"),
        ("unInstances", "RunInstances"),
        ("TerminatInstances", "TerminateInstances"),
        ("Nothing", None),
        ("", None),
    ],
)
def test_nearest(written: str, right: str | None) -> None:
    assert nearest(written, NAMES) == right
    assert nearest(written, set(NAMES)) == right
    assert did_you_mean(written, NAMES) == (f"did you mean {right}?" if right else None)


def test_a_wrong_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(written: str, *rest: object, **options: object) -> list[str]:
        calls.append(written)
        return []

    monkeypatch.setattr(module, "get_close_matches", counted)
    actions = catalogue()
    for _ in range(100):
        nearest_action("ec2:SomethingThatNobodyHasLookedUp", actions)
    assert calls == ["somethingthatnobodyhaslookedup"] * 2
