"""Drift as text: the changes of a plan, from the live side."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Plan
from reconciler.render.details import details
from reconciler.render.impact import coverage_note
from reconciler.render.live_side import (
    MARKS,
    by_severity,
    coverage_line,
    drift_line,
    drift_state,
    exposure_lines,
    subject,
    who_line,
)
from reconciler.render.text import sections
from reconciler.render.text.changes import detail_row
from reconciler.render.text.columns import Entry, in_columns
from reconciler.render.text.impact_text import impact_rows
from reconciler.render.text.layout import (
    BAD,
    BLANK,
    BOLD,
    CHANGE,
    DIM,
    GOOD,
    HEAD,
    MOVE,
    Row,
    TextStyle,
    printed,
    sentence,
    words,
)
from reconciler.render.text.page import Page

_STYLES = {"changed": CHANGE, "missing": "bold red", "extra": MOVE}
_INDENT = "    "


def drift(
    plan: Plan,
    *,
    desired_tree: Inventory,
    width: int,
    color: bool,
    unicode: bool = True,
    verbose: bool = False,
    next_command: str | None = None,
    spec: str = "org.yaml",
) -> str:
    """What is changed, missing or extra in the live organization, compared with what `spec` declares."""
    page = Page(plan, desired_tree, TextStyle(width, color, unicode), spec, verbose)
    look = page.look
    rows = [
        sentence(look.safe(drift_line(plan)), BOLD if plan.changes else f"{BOLD} {GOOD}"),
        sentence(look.safe(coverage_line(plan, spec)), DIM),
        *([sentence(note, DIM)] if (note := coverage_note(plan.coverage)) else []),
        *(sentence(look.safe(each), BAD, hang=_INDENT) for each in exposure_lines(plan)),
        BLANK,
    ]
    if plan.changes:
        for heading, changes in by_severity(plan):
            entries = [entry for each in changes for entry in _entries(each, page)]
            rows += [*([sentence(heading, HEAD)] if heading else []), *in_columns(entries, look), BLANK]
        legend = f"+ only live   - only in {look.safe(spec)}   ~ both, and different"
        rows += [Row((Text(legend, DIM),)), BLANK]
    if plan.exposure:
        title = f"What is live, compared with {look.safe(spec)}"
        rows += impact_rows(plan.exposure.impact, look, verbose=verbose, title=title)
    rows += sections.pending(page)
    rows += sections.unmanaged(page)
    rows += sections.warnings(page)
    rows += sections.guards(page)
    if next_command:
        rows += sections.next_step(next_command, look)
    return printed(rows, look)


def _entries(change: Change, page: Page) -> Iterator[Entry]:
    look, state, found = page.look, drift_state(change), subject(change, page.names)
    heading = [
        Text(f"{MARKS[state]} {state:<7} ", _STYLES[state]),
        *words(found.kind),
        *(words(look.safe(found.name), BOLD) if found.name else []),
    ]
    heading[-1] += Text(found.colon)
    heading += words(look.safe(found.problem))
    yield Entry(Row(tuple(heading), "", _INDENT), "", page.reach(change), page.source(change), _INDENT)
    if change.changed_by:
        yield Entry(sentence(look.safe(who_line(change.changed_by)), DIM, indent=_INDENT, hang=_INDENT * 2))
    if state != "missing":
        for each in details(change, verbose=page.verbose, live_side=True):
            if not each.quiet:
                yield Entry(detail_row(each, _INDENT, look, ("expected", "found")))
