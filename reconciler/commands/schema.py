"""`reconciler schema`: the JSON Schema of what a user writes or a pipeline reads."""

from __future__ import annotations

import click

from reconciler.commands.options import Options
from reconciler.commands.running import command
from reconciler.model.printable import dumps
from reconciler.use_cases.schemas import LISTED, listing
from reconciler.use_cases.schemas import schema as schema_of


@click.argument("what", type=click.Choice([*(each.name for each in LISTED), "list"]), default="spec")
@command("Print a JSON Schema, or with `list` what there is.")
def schema(options: Options, what: str) -> int:
    options.write(dumps(listing() if what == "list" else schema_of(what)))
    return 0
