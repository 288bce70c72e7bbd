"""`reconciler init`: a starter spec, policies and CI workflows, without overwriting anything."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.commands.options import Options
from reconciler.commands.running import command
from reconciler.errors import UsageError
from reconciler.model.printable import dumps


@click.argument("directory", default=".", required=False, metavar="[DIR]")
@command("Write a starter org.yaml, policies and CI workflows; never overwrites.", formats=("text",))
def init(options: Options, directory: str) -> int:
    from reconciler import scaffold
    from reconciler.file_io import write_text
    from reconciler.use_cases import schemas

    if Path(directory).exists() and not Path(directory).is_dir():
        raise UsageError(f"{directory} is a file", help="name a directory: `reconciler init DIR`")
    files = {**scaffold.files(), "org.schema.json": dumps(schemas.schema("spec"))}
    for name, text in files.items():
        path = Path(directory, name)
        if path.exists():
            options.say(f"kept    {path}")
            continue
        write_text(path, text)
        options.say(f"written {path}")
    place = "" if directory == "." else f" --spec {Path(directory, 'org.yaml')}"
    options.say(f"\nNext: reconciler validate{place}, then reconciler plan{place} --mock")
    return 0
