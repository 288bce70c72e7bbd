"""A plan as text."""

from __future__ import annotations

from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan
from reconciler.render.outline import outline
from reconciler.render.text import sections
from reconciler.render.text.additions import addition_rows
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
    short: bool = True,
) -> str:
    """What would be done, as a tree of what changes; with `short`, unless `verbose`, many additions are a list.
    `desired_tree` is the organization as it will be."""
    page = Page(plan, desired_tree, TextStyle(width, color, unicode), spec, verbose, short)
    rows = list(sections.header(page, "Plan for"))
    rows += addition_rows(page)
    if page.detailed:
        detailed = plan.model_copy(update={"changes": page.detailed})
        rows += change_rows(outline(detailed, desired_tree, page.names), page)
        rows += sections.notes(page)
    rows += sections.pending(page)
    rows += sections.unmanaged(page)
    rows += sections.warnings(page)
    rows += impact_rows(
        plan.impact,
        page.look,
        verbose=verbose,
        access=plan.access,
        coverage=plan.coverage,
        short=bool(page.additions),
    )
    rows += sections.proof(page)
    rows += sections.guards(page)
    rows += sections.footer(page, next_command)
    return printed(rows, page.look)
