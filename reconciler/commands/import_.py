"""`reconciler import`: the spec of an organization that exists."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.commands.options import Options
from reconciler.commands.running import command, connected, reading
from reconciler.errors import UsageError


@click.option("--split-by", type=click.Choice(["ou"]), default=None, help="A file for each OU of the first level.")
@click.option(
    "--ignore", "patterns", multiple=True, metavar="KIND=GLOB",
    help="Leave out what another tool owns, as in organizational_units=Legacy/** (repeatable).",
)  # fmt: skip
@click.option(
    "--with", "settings", multiple=True, metavar="KIND",
    help="Read this of each account too, as in alternate_contacts: some calls for each account (repeatable).",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite files.")
@click.argument("directory", default=".", required=False, metavar="[DIR]")
@command("Write the spec of an organization that exists; never overwrites without --force.", formats=("text",))
def import_(
    options: Options,
    directory: str,
    split_by: str | None,
    patterns: tuple[str, ...],
    settings: tuple[str, ...],
    force: bool,
) -> int:
    from reconciler.use_cases.import_organization import IGNORABLE, SETTINGS, ImportOptions, import_organization

    ignored: dict[str, tuple[str, ...]] = {}
    for each in patterns:
        kind, _, pattern = each.partition("=")
        if kind not in IGNORABLE or not pattern:
            raise UsageError(f"--ignore {each} is not KIND=GLOB", help=f"KIND is one of {', '.join(IGNORABLE)}")
        ignored[kind] = (*ignored.get(kind, ()), pattern)
    if unknown := [each for each in settings if each not in SETTINGS]:
        raise UsageError(f"--with {unknown[0]} is unknown", help=f"it is one of {', '.join(SETTINGS)}")
    request = ImportOptions(split_by_ou=split_by == "ou", ignore=ignored, settings=settings, force=force)
    with connected(options, None) as connection, reading(options) as progress:
        written = import_organization(connection, Path(directory), request, progress)
    for path in written:
        options.info(f"written {path}")
    place = "" if directory == "." else f" --spec {Path(directory, 'org.yaml')}"
    options.info(f"\nNext: reconciler validate{place}, then reconciler plan{place}")
    return 0
