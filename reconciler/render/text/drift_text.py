"""Drift as text: the same changes as in a plan, told from the live side."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Plan
from reconciler.render.details import details
from reconciler.render.live_side import MARKS, by_standing, coverage_line, drift_line, standing, subject
from reconciler.render.text import sections
from reconciler.render.text.changes import detail_row
from reconciler.render.text.columns import Entry, in_columns
from reconciler.render.text.layout import BLANK, BOLD, CHANGE, DIM, GOOD, MOVE, Row, TextStyle, printed, sentence, words
from reconciler.render.words import Names, count

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
    """What is changed, missing or extra in the live organization, seen from what `spec` declares."""
    look, names = TextStyle(width, color, unicode), Names.of(plan, desired_tree)
    rows = [
        sentence(look.safe(drift_line(plan)), BOLD if plan.changes else f"{BOLD} {GOOD}"),
        sentence(look.safe(coverage_line(plan, spec)), DIM),
        BLANK,
    ]
    if plan.changes:
        entries = [entry for each in by_standing(plan) for entry in _entries(each, names, look, verbose)]
        legend = f"+ only live   - only in {look.safe(spec)}   ~ both, and different"
        rows += [*in_columns(entries, look), BLANK, Row((Text(legend, DIM),)), BLANK]
    rows += sections.unmanaged(plan, names, look, spec, verbose=verbose)
    rows += sections.warnings(plan, look)
    rows += sections.guards(plan, names, look)
    if next_command:
        rows += sections.next_step(next_command, look)
    return printed(rows, look)


def _entries(change: Change, names: Names, look: TextStyle, verbose: bool) -> Iterator[Entry]:
    found = standing(change)
    kind, name, wrong = subject(change, names)
    heading = [
        Text(f"{MARKS[found]} {found:<7} ", _STYLES[found]),
        *words(kind),
        *(words(look.safe(name), BOLD) if name else []),
    ]
    if wrong.startswith(":"):
        heading[-1] += Text(":")
    heading += words(look.safe(wrong.removeprefix(": ")))
    reach = f"reaches {count(change.accounts, 'account')}" if change.accounts and change.kind != "account" else ""
    source = look.safe(str(change.source)) if change.source else ""
    yield Entry(Row(tuple(heading), "", _INDENT), "", reach, source, _INDENT)
    if found != "missing":
        for each in details(change, verbose=verbose, live_side=True):
            if not each.quiet:
                yield Entry(detail_row(each, _INDENT, look, ("expected", "found")))
