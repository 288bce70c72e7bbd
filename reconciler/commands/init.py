"""`reconciler init`: a starter spec, policies and CI workflows, without overwriting anything."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.commands.options import Options
from reconciler.commands.running import command
from reconciler.use_cases.init import CI_SYSTEMS, CiSystem, write_starter


@click.option(
    "--ci",
    type=click.Choice(CI_SYSTEMS),
    default="github",
    help="Whose pipeline is written (default github).",
)
@click.argument("directory", default=".", required=False, metavar="[DIR]")
@command("Write a starter org.yaml, policies and CI workflows; never overwrites.")
def init(options: Options, directory: str, ci: CiSystem) -> int:
    for file in write_starter(Path(directory), ci):
        options.info(f"{'written' if file.written else 'kept   '} {file.path}")
    place = "" if directory == "." else f" --spec {Path(directory, 'org.yaml')}"
    options.info(f"\nNext: reconciler validate{place}, then reconciler plan{place} --mock")
    return 0
