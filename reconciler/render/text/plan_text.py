"""A plan as text."""

from __future__ import annotations

from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan
from reconciler.render.outline import outline
from reconciler.render.text import sections
from reconciler.render.text.changes import change_rows
from reconciler.render.text.impact_text import impact_rows
from reconciler.render.text.layout import TextStyle, printed
from reconciler.render.text.page import Page


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
    page = Page(plan, desired_tree, TextStyle(width, color, unicode), spec, verbose)
    rows = list(sections.header(page, "Plan for"))
    if plan.changes:
        rows += change_rows(outline(plan, desired_tree, page.names), page)
        rows += sections.notes(page)
    rows += sections.pending(page)
    rows += sections.unmanaged(page)
    rows += sections.warnings(page)
    rows += impact_rows(plan.impact, page.look, verbose=verbose, access=plan.access, coverage=plan.coverage)
    rows += sections.proof(page)
    rows += sections.guards(page)
    rows += sections.footer(page, next_command)
    return printed(rows, page.look)
