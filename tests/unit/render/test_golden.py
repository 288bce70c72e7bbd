"""Results as files to read: `golden/*`. Renewed with RECONCILER_GOLDEN=write."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan
from reconciler.render import json, markdown, mermaid, text
from tests.unit.render import more_samples, samples

GOLDEN = Path(__file__).parent / "golden"

PLANS: dict[str, Callable[[], tuple[Plan, Inventory]]] = {
    "everything": lambda: (samples.plan(), samples.desired()),
    "blocked": lambda: (samples.blocked(), samples.desired()),
    "no-changes": lambda: (samples.empty(), samples.desired()),
    "replaced-ou": more_samples.replaced,
    "greenfield": more_samples.greenfield,
    "other-kinds": more_samples.other_kinds,
    "without-gap": more_samples.without_gap,
    "with-gap": more_samples.with_gap,
}
LOOKS: dict[str, dict[str, Any]] = {
    "80": {"width": 80, "color": False},
    "160": {"width": 160, "color": False},
    "80-color": {"width": 80, "color": True},
    "80-ascii": {"width": 80, "color": False, "unicode": False},
}
NEXT = "reconciler apply plan.json"


def cases() -> Iterator[tuple[str, Callable[[], str]]]:
    """Every golden file: its name, and how it is made."""

    def of_plan(name: str, make: Callable[[], tuple[Plan, Inventory]]) -> Iterator[tuple[str, Callable[[], str]]]:
        found, tree = make()
        for look in LOOKS if name == "everything" else ("80", "160"):
            options = LOOKS[look]
            plan, drift = partial(text.plan, found, next_command=NEXT), partial(text.drift, found)
            yield f"plan-{name}.{look}.txt", partial(plan, desired_tree=tree, **options)
            yield f"drift-{name}.{look}.txt", partial(drift, desired_tree=tree, **options)
        yield f"plan-{name}.md", lambda: markdown.plan(found, desired_tree=tree, next_command=NEXT)
        yield f"drift-{name}.md", lambda: markdown.drift(found, desired_tree=tree)

    for name, make in PLANS.items():
        yield from of_plan(name, make)
    everything, tree = PLANS["everything"]()
    yield "plan-verbose.80.txt", lambda: text.plan(everything, desired_tree=tree, verbose=True, width=80, color=False)
    for limit in (3000, 1800):
        yield f"plan-limit-{limit}.md", partial(markdown.plan, everything, desired_tree=tree, limit=limit)
    yield "plan.json", partial(json.dumps, samples.empty())
    for look, options in LOOKS.items():
        diagnostics = partial(text.diagnostics, samples.diagnostics(), read_line=samples.read_line)
        yield f"diagnostics.{look}.txt", partial(diagnostics, **options)
        report = partial(text.report, samples.report(), desired_tree=tree, next_command="reconciler apply")
        yield f"report.{look}.txt", partial(report, **options)
        yield f"dry-run.{look}.txt", partial(text.report, samples.dry_run(), **options)
        yield f"tree.{look}.txt", partial(text.tree, tree, **options)
        yield f"table.{look}.txt", partial(text.table, tree, **options)
    yield "impact.80.txt", lambda: text.impact(everything.impact, width=80, color=False)
    yield "impact.md", lambda: markdown.impact(everything.impact)
    yield "dry-run-verbose.80.txt", lambda: text.report(samples.dry_run(), verbose=True, width=80, color=False)
    yield "diagnostics.md", lambda: markdown.diagnostics(samples.diagnostics())
    yield "report.md", lambda: markdown.report(samples.report(), desired_tree=tree)
    yield "dry-run.md", lambda: markdown.report(samples.dry_run())
    yield "tree.mermaid", lambda: mermaid.tree(tree)


CASES = dict(cases())


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_it_was_reviewed(name: str) -> None:
    made = re.sub(r"sha256:[0-9a-f]{64}", f"sha256:{'0' * 64}", CASES[name]())
    file = GOLDEN / name
    if os.environ.get("RECONCILER_GOLDEN") == "write":
        file.write_text(made, encoding="utf-8")
    assert made == file.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {each.name for each in GOLDEN.iterdir()} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_same_value_gives_same_bytes(name: str) -> None:
    assert CASES[name]() == dict(cases())[name]()
