"""`reconciler show`: the organization as a tree, a table or a Mermaid diagram; the spec's, or the live one."""

from __future__ import annotations

import click

from reconciler.commands.options import Options
from reconciler.commands.running import aligned_live, command, is_live, spec_of


@click.option("--no-policies", is_flag=True, help="Leave the attached policies out.")
@click.option(
    "--format", "form", type=click.Choice(["tree", "table", "mermaid"]), default="tree", help="How it is drawn."
)
@command("Show the organization: the spec's, or with --live, --mock or a snapshot the live one.")
def show(options: Options, form: str, no_policies: bool) -> int:
    inventory = aligned_live(options)[0] if is_live(options) else spec_of(options).inventory
    if options.output == "json":
        from reconciler.render import json

        options.write(json.dumps(inventory))
    elif form == "mermaid" or options.output == "markdown":
        from reconciler.render import mermaid

        drawn = mermaid.tree(inventory, show_policies=not no_policies)
        options.write(f"```mermaid\n{drawn.rstrip()}\n```\n" if options.output == "markdown" else drawn)
    else:
        from reconciler.render import text

        draw = text.tree if form == "tree" else text.table
        options.write(
            draw(
                inventory,
                show_policies=not no_policies,
                width=options.width(),
                color=options.colored(),
                unicode=options.unicode(),
            )
        )
    return 0
