"""`reconciler show`: the organization as a tree, a table or a Mermaid diagram, or its policies as documentation for
those whom they stop; the spec's, or the live ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.commands.options import Options
from reconciler.commands.running import command, view_of
from reconciler.render import json

if TYPE_CHECKING:
    from reconciler.model.guardrail import Guardrails


@click.option("--no-policies", is_flag=True, help="Leave the attached policies out.")
@click.option(
    "--format", "form", type=click.Choice(["tree", "table", "mermaid"]), default="tree", help="How it is drawn."
)
@click.argument("what", type=click.Choice(["organization", "policies"]), default="organization")
@command(
    "Show the organization, or its `policies` in words: the spec's, or with --live, --mock or a snapshot the live.",
)
def show(options: Options, what: str, form: str, no_policies: bool) -> int:
    if what == "policies":
        options.show(_policies(view_of(options).guardrails(), options))
        return 0
    view = view_of(options, tags=options.output in ("json", "html"))
    if options.output == "html":
        from reconciler.render import html
        from reconciler.use_cases.indexed import indexed_view

        options.write(html.organization(indexed_view(view), spec="" if options.shows_live else str(options.spec)))
        return 0
    inventory = view.inventory
    if options.output == "json":
        options.show(json.dumps(inventory))
    elif form == "mermaid" or options.output == "markdown":
        from reconciler.render import mermaid

        drawn = mermaid.tree(inventory, show_policies=not no_policies)
        options.show(f"```mermaid\n{drawn.rstrip()}\n```\n" if options.output == "markdown" else drawn)
    else:
        from reconciler.render import text

        if form == "tree":
            options.show(text.tree(inventory, show_policies=not no_policies, **options.layout()))
        else:
            layout: Any = {**options.layout(), "width": options.table_width()}
            options.show(text.table(inventory, show_policies=not no_policies, **layout))
    return 0


def _policies(found: Guardrails, options: Options) -> str:
    if options.output == "json":
        return json.dumps(found)
    if options.output == "markdown":
        from reconciler.render.markdown.policies_markdown import policies

        return policies(found)
    if options.output == "html":
        from reconciler.render import html

        return html.policies(found)
    from reconciler.render.text.policies_text import policies as in_text

    return in_text(found, **options.layout())
