"""`reconciler schema`: the JSON Schema of what a user writes or a pipeline reads."""

from __future__ import annotations

import json

import click

from reconciler.commands.options import Options
from reconciler.commands.running import command


@click.argument("what", type=click.Choice(["spec", "plan", "drift", "report", "snapshot"]), default="spec")
@command("Print a JSON Schema.")
def schema(options: Options, what: str) -> int:
    from reconciler import schemas

    options.write(json.dumps(schemas.schema(what), indent=2, ensure_ascii=False) + "\n")
    return 0
