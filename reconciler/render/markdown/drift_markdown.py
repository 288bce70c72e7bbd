"""Drift as an issue or a job summary."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Plan
from reconciler.render.details import details
from reconciler.render.live_side import MARKS, coverage_line, drift_changes, drift_line, drift_state, subject
from reconciler.render.markdown.blocks import (
    LIMIT,
    code,
    diff_block,
    display,
    fitting,
    folded,
    rest,
    summary_html,
    table,
    warnings,
)  # fmt: skip
from reconciler.render.safe import markdown_text
from reconciler.render.words import DisplayName, Names, count

_MOST_NAMED = 50


def drift(
    plan: Plan,
    *,
    desired_tree: Inventory,
    limit: int = LIMIT,
    next_command: str | None = None,
    spec: str = "org.yaml",
) -> str:
    """What is changed, missing or extra in the live organization. Within `limit` characters: with every difference,
    else without them, else the first rows, else in numbers; only the first is marked `truncated=false`."""
    names = Names.of(plan, desired_tree)
    found = drift_changes(plan)
    head = [f"### {markdown_text(drift_line(plan))}", f"{markdown_text(coverage_line(plan, spec))}."]
    foot = [f"Digest {code(plan.digest)}" if found else "", f"Next: {code(next_command)}" if next_command else ""]

    def full() -> list[str]:
        return [*head, _table(found, names), *_differences(found, names, spec), warnings(plan.warnings, 1_000), *foot]

    def without_differences() -> list[str]:
        return [*head, _table(found, names), warnings(plan.warnings, _MOST_NAMED), *foot]

    def first_rows() -> list[str]:
        return [*head, _table(found[:_MOST_NAMED], names), rest(found, _MOST_NAMED), *foot]

    fields = {"organization": plan.organization.id, "digest": plan.digest}
    return fitting("drift", fields, (full, without_differences, first_rows, lambda: [*head, *foot]), limit)


def _table(found: Iterable[Change], names: Names) -> str:
    rows = []
    for change in found:
        state, about = drift_state(change), subject(change, names)
        text = f"{display(DisplayName(about.kind, about.name))}{about.colon} {markdown_text(about.problem)}"
        reach = count(change.accounts, "account") if change.accounts else ""
        rows.append((f"`{MARKS[state]}` {state}", text, reach, code(str(change.source)) if change.source else ""))
    return table(("", "What", "Reaches", "Source"), rows) if rows else ""


def _differences(found: Iterable[Change], names: Names, spec: str) -> Iterable[str]:
    for change in found:
        if drift_state(change) != "missing":
            inside = [each for each in details(change, verbose=True, live_side=True) if not each.quiet]
            if block := diff_block(inside, f"+ only live, - only in {spec}"):
                yield folded(summary_html(names.display(change.address), drift_state(change)), block)
