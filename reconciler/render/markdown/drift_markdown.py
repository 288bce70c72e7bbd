"""Drift as an issue or a job summary."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Plan
from reconciler.render.details import details
from reconciler.render.impact import coverage_note
from reconciler.render.live_side import (
    MARKS,
    coverage_line,
    drift_changes,
    drift_line,
    drift_state,
    exposure_lines,
    subject,
    who_line,
)
from reconciler.render.markdown import blocks
from reconciler.render.markdown.impact_markdown import impact_block
from reconciler.render.safe import markdown_text
from reconciler.render.words import DisplayName, Names, count

_MOST_NAMED = 50


def drift(
    plan: Plan,
    *,
    desired_tree: Inventory,
    limit: int = blocks.LIMIT,
    next_command: str | None = None,
    spec: str = "org.yaml",
) -> str:
    """What is changed, missing or extra in the live organization. Within `limit` characters: with every difference,
    else without them, else the first rows, else in numbers; only the first is marked `truncated=false`."""
    names, found = Names.of(plan, desired_tree), drift_changes(plan)
    exposed = exposure_lines(plan)
    coverage = [f"{markdown_text(coverage_line(plan, spec))}.", coverage_note(plan.coverage)]
    head = [
        f"### {markdown_text(drift_line(plan))}",
        blocks.alert("CAUTION", [f"{markdown_text(each)}." for each in exposed]) if exposed else "",
        " ".join(filter(None, coverage)),
    ]
    digest = f"Digest {blocks.code(plan.digest)}" if found else ""
    foot = [blocks.pending(plan), digest, f"Next: {blocks.code(next_command)}" if next_command else ""]

    def version(differences: Iterable[str], most: int) -> list[str]:
        title = f"What is live, compared with {blocks.code(spec)}"
        meaning = impact_block(plan.exposure.impact, most, title=title) if plan.exposure else ""
        return [*head, _table(found, names), meaning, *differences, blocks.warnings(plan.warnings, most), *foot]

    def first_rows() -> list[str]:
        return [*head, _table(found[:_MOST_NAMED], names), blocks.rest(found, _MOST_NAMED), *foot]

    versions = (
        lambda: version(_differences(found, names, spec), 1_000),
        lambda: version((), _MOST_NAMED),
        first_rows,
        lambda: [*head, *foot],
    )
    return blocks.fitting("drift", {"organization": plan.organization.id, "digest": plan.digest}, versions, limit)


def _table(found: Iterable[Change], names: Names) -> str:
    rows: list[tuple[str, ...]] = []
    found = list(found)
    rated, looked_up = any(each.severity for each in found), any(each.changed_by for each in found)
    for change in found:
        state, about = drift_state(change), subject(change, names)
        text = f"{blocks.display(DisplayName(about.kind, about.name))}{about.colon} {markdown_text(about.problem)}"
        reach = count(change.accounts, "account") if change.accounts else ""
        severity = [change.severity or ""] if rated else []
        who = [markdown_text(who_line(change.changed_by)) if change.changed_by else ""] if looked_up else []
        rows.append((f"`{MARKS[state]}` {state}", *severity, text, reach, *who, blocks.source(change)))
    heads = ("", *["Severity"] * rated, "What", "Reaches", *["By"] * looked_up, "Source")
    return blocks.table(heads, rows) if rows else ""


def _differences(found: Iterable[Change], names: Names, spec: str) -> Iterable[str]:
    for change in found:
        if drift_state(change) != "missing":
            inside = [each for each in details(change, verbose=True, live_side=True) if not each.quiet]
            if block := blocks.diff_block(inside, f"+ only live, - only in {spec}"):
                yield blocks.folded(blocks.summary_html(names.display(change.address), drift_state(change)), block)
