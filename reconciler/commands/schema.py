"""`reconciler schema`: the JSON Schema of what a user writes or a pipeline reads."""

from __future__ import annotations

import click

from reconciler.commands.options import Options
from reconciler.commands.running import command
from reconciler.model.printable import dumps


@click.argument(
    "what", type=click.Choice(["spec", "plan", "drift", "report", "snapshot", "effective", "access"]), default="spec"
)
@command("Print a JSON Schema.")
def schema(options: Options, what: str) -> int:
    from reconciler.use_cases import schemas

    options.write(dumps(schemas.schema(what)))
    return 0
