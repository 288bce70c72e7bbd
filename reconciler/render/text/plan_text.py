"""A whole plan as text."""

from __future__ import annotations

from collections import Counter

from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan
from reconciler.render.inheritance import Inheritance
from reconciler.render.outline import outline
from reconciler.render.text import sections
from reconciler.render.text.changes import View, change_rows
from reconciler.render.text.impact_text import impact_rows
from reconciler.render.text.layout import TextStyle, printed
from reconciler.render.words import Names

_FEW = 3


def plan(
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
    """What would be done, as a tree of what changes; `desired_tree` is the organization as it will be."""
    look, names = TextStyle(width, color, unicode), Names.of(plan, desired_tree)
    rows = list(sections.header(plan, "Plan for", names, look))
    if plan.changes:
        verb_width = max(len(each.action) for each in plan.changes)
        repeated = frozenset() if verbose else _repeated(plan)
        view = View(look, names, Inheritance.of(plan, desired_tree), verb_width, verbose, repeated)
        rows += change_rows(outline(plan, desired_tree, names), view)
        rows += sections.notes(plan, repeated, look)
    rows += sections.unmanaged(plan, names, look, spec, verbose=verbose)
    rows += sections.warnings(plan, look)
    rows += impact_rows(plan.impact, look, verbose=verbose)
    rows += sections.proof(plan, names, look)
    rows += sections.guards(plan, names, look)
    rows += sections.footer(plan, look, spec, next_command, verbose=verbose)
    return printed(rows, look)


def _repeated(plan: Plan) -> frozenset[str]:
    """Notes that stand with so many changes that they are told once."""
    counts = Counter(each.note for each in plan.changes if each.note)
    return frozenset(note for note, number in counts.items() if number > _FEW)
