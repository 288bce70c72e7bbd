"""Markdown fits its limit for a result of any length, with the most important blocks first and no block cut."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from reconciler.model.diagnostic import Diagnostic
from reconciler.model.plan import Plan
from reconciler.model.report import Done, Failed, MadeCall, Report, Skipped
from reconciler.render import markdown
from reconciler.render.markdown.blocks import LIMIT, fitting
from tests.unit.render import samples
from tests.unit.render.more_samples import hostile
from tests.unit.render.samples import attachment, change, policy, unit

pytestmark = pytest.mark.slow


def long_plan() -> Plan:
    """A hundred and fifty changes of policies, and as many detachments."""
    changes = []
    for index in range(150):
        old = policy(f"policy-{index:03d}", "scp", samples.regions("eu-west-1", f"us-{index}"))
        new = policy(f"policy-{index:03d}", "scp", samples.regions("eu-west-1", f"eu-{index}"))
        changes.append(change("update", "differs", old, new, fields=("content",), accounts=index))
        changes.append(
            change("detach", "not_declared", attachment(f"policy-{index:03d}", f"ou:Team {index % 40}"), None)
        )
    return samples.plan().model_copy(update={"changes": tuple(changes)})


LONG = long_plan()
TREE = samples.desired().with_resources([*samples.desired().resources, *(unit(f"Team {index}") for index in range(40))])
FAILED = [Failed(address=f"ou:x{index}", action="create", error="e" * 200) for index in range(300)]
REPORT = Report(
    digest="sha256:0",
    done=tuple(Done(address=f"ou:Team {index}", action="create", id=f"ou-{index}") for index in range(2_000)),
    failed=tuple(FAILED),
    skipped=tuple(Skipped(address=f"ou:y{index}", action="create", because="ou:x1") for index in range(2_000)),
)
CALLS = tuple(MadeCall(operation="CreatePolicy", params={"Name": "n" * 90}, address="policy:n") for _ in range(2_000))
FOUND = [
    Diagnostic(code="E1", severity="error", message="m" * 80, file="org.yaml", line=index) for index in range(2_000)
]

LONG_RESULTS: dict[str, Callable[[int], str]] = {
    "plan": lambda limit: markdown.plan(LONG, desired_tree=TREE, limit=limit),
    "hostile plan": lambda limit: markdown.plan(hostile()[0], desired_tree=hostile()[1], limit=limit),
    "drift": lambda limit: markdown.drift(LONG, desired_tree=TREE, limit=limit),
    "report": lambda limit: markdown.report(REPORT, limit=limit),
    "dry run": lambda limit: markdown.report(Report(digest="", dry_run=True, would_call=CALLS), limit=limit),
    "diagnostics": lambda limit: markdown.diagnostics(FOUND, limit=limit),
    "impact": lambda limit: markdown.impact(samples.IMPACT * 400, limit=limit),
}


@pytest.mark.parametrize("limit", [2_000, 8_000, 30_000, LIMIT])
@pytest.mark.parametrize("name", LONG_RESULTS)
def test_nothing_is_longer_than_its_limit_or_cut_inside_a_block(name: str, limit: int) -> None:
    made = LONG_RESULTS[name](limit)
    assert len(made) <= limit
    assert len(re.findall(r"^`{3,}", made, re.M)) % 2 == 0
    outside_fences = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", made, flags=re.M | re.S)
    assert outside_fences.count("<details>") == outside_fences.count("</details>")
    assert made.startswith("<!-- reconciler:")
    assert "### reconciler" in made or "### Drift" in made


@pytest.mark.parametrize("name", LONG_RESULTS)
def test_a_shortened_result_is_marked_in_its_first_line(name: str) -> None:
    first = LONG_RESULTS[name](2_000).splitlines()[0]
    assert first.endswith("truncated=true -->")
    assert LONG_RESULTS[name](10**7).splitlines()[0].endswith("truncated=false -->")


def test_a_plan_is_shortened_step_by_step() -> None:
    with_text = markdown.plan(LONG, desired_tree=TREE, limit=10**7)
    full = markdown.plan(LONG, desired_tree=TREE, limit=len(with_text) - 1)
    rows = markdown.plan(LONG, desired_tree=TREE, limit=len(full) - 1)
    by_unit = markdown.plan(LONG, desired_tree=TREE, limit=len(rows) - 1)
    numbers = markdown.plan(LONG, desired_tree=TREE, limit=len(by_unit) - 1)
    assert "<summary>Full plan</summary>" in with_text
    assert "<summary>Full plan</summary>" not in full
    assert full.splitlines()[0].endswith("truncated=false -->")
    assert "<details>" not in rows
    assert rows.count("| `~` update |") == 150
    assert "| Where | update | detach |" in by_unit
    assert "| `Team 7` |  | 4 |" in by_unit
    assert "| (policies) | 150 |  |" in by_unit
    assert "| Where |" not in numbers
    for each in (with_text, full, rows, by_unit, numbers):
        assert "**Plan: 150 to update, 150 to detach.**" in each
        assert "**Takes away:** detaches 150 SCPs" in each


def test_the_documents_of_updated_policies_stay_longer_than_those_of_new_ones() -> None:
    new = [policy(f"new-{index}", "scp", samples.regions("eu-west-1", f"us-{index}")) for index in range(20)]
    created = tuple(change("create", "declared", None, each) for each in new)
    plan = LONG.model_copy(update={"changes": (*LONG.changes[:2], *created)})
    complete = markdown.plan(plan, desired_tree=TREE, limit=10**7)
    limit = len(complete.partition("<details><summary>Full plan")[0]) - 1
    shorter = markdown.plan(plan, desired_tree=TREE, limit=limit)
    assert "<summary>SCP <code>new-7</code>: created</summary>" in complete
    assert shorter.count("<details>") == 1
    assert "<summary>SCP <code>policy-000</code>" in shorter
    assert shorter.splitlines()[0].endswith("truncated=true -->")


def test_the_marker_has_what_a_workflow_looks_for() -> None:
    plan = samples.plan()
    first = markdown.plan(plan, desired_tree=TREE).splitlines()[0]
    assert first == f"<!-- reconciler:plan organization=o-a1b2c3d4e5 digest={plan.digest} truncated=false -->"


def test_a_marker_cannot_be_closed_from_inside() -> None:
    made = fitting("plan", {"organization": "o-1 --> <b>\n"}, [lambda: ["text"]], LIMIT)
    assert made == "<!-- reconciler:plan organization=o-1_--___b__ truncated=false -->\n\ntext\n"


def test_the_shortest_version_loses_complete_blocks() -> None:
    made = fitting("plan", {}, [lambda: ["a" * 50, "b" * 50]], 110)
    assert made == "<!-- reconciler:plan truncated=false -->\n\n" + "a" * 50 + "\n"
