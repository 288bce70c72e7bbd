"""`reconciler show`: the organization as a tree, a table or a Mermaid diagram, or its policies as documentation for
those whom they stop; the spec's, or the live ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.commands.options import Options
from reconciler.commands.running import aligned_live, command, is_live, spec_of
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.model.guardrail import Guardrails


@click.option("--no-policies", is_flag=True, help="Leave the attached policies out.")
@click.option(
    "--format", "form", type=click.Choice(["tree", "table", "mermaid"]), default="tree", help="How it is drawn."
)
@click.argument("what", type=click.Choice(["organization", "policies"]), default="organization")
@command(
    "Show the organization, or its `policies` in words: the spec's, or with --live, --mock or a snapshot the live.",
    formats=("text", "json", "markdown", "html"),
)
def show(options: Options, what: str, form: str, no_policies: bool) -> int:
    output: str = options.output
    if what == "policies":
        options.write(_policies(_guardrails(options), output, options))
        return 0
    if output == "html":
        raise UsageError(
            "the organization is not shown as html",
            help="`show policies --output html` is a page; the organization has text, json, markdown",
        )
    live = aligned_live(options, tags=output == "json")[0] if is_live(options) else None
    inventory = live or spec_of(options, tests=False).inventory
    if output == "json":
        from reconciler.render import json

        options.write(json.dumps(inventory))
    elif form == "mermaid" or output == "markdown":
        from reconciler.render import mermaid

        drawn = mermaid.tree(inventory, show_policies=not no_policies)
        options.write(f"```mermaid\n{drawn.rstrip()}\n```\n" if output == "markdown" else drawn)
    else:
        from reconciler.render import text

        look: Any = {
            "show_policies": not no_policies,
            "color": options.colored(),
            "unicode": options.unicode(),
        }
        if form == "tree":
            options.write(text.tree(inventory, width=options.width(), **look))
        else:
            options.write(text.table(inventory, width=options.table_width(), **look))
    return 0


def _guardrails(options: Options) -> Guardrails:
    """The policies of the spec, or the live ones by the spec's names."""
    from reconciler.policy.evaluation.guardrails import guardrails

    if is_live(options):
        return guardrails(*aligned_live(options))
    desired = spec_of(options, tests=False)
    sizes = {short: quota.characters for short, quota in desired.settings.quotas.policy_types.items()}
    return guardrails(desired.inventory, desired.statements, sizes)


def _policies(found: Guardrails, output: str, options: Options) -> str:
    if output == "json":
        from reconciler.render import json

        return json.dumps(found)
    if output == "markdown":
        from reconciler.render.markdown.policies_markdown import policies

        return policies(found)
    if output == "html":
        from reconciler.render import html

        return html.policies(found)
    from reconciler.render.text.policies_text import policies as told

    return told(found, width=options.width(), color=options.colored(), unicode=options.unicode())
