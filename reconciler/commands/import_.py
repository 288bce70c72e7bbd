"""`reconciler import`: the spec of an organization that exists."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Options
from reconciler.commands.running import command, connected, reading, sigterm_as_ctrl_c, spec_of
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.use_cases.import_organization import Tool
    from reconciler.use_cases.update_spec import Update


@click.option("--split-by", type=click.Choice(["ou"]), default=None, help="A file for each OU of the first level.")
@click.option(
    "--ignore", "patterns", multiple=True, metavar="KIND=GLOB",
    help="Leave out what another tool owns, as in organizational_units=Legacy/** (repeatable).",
)  # fmt: skip
@click.option(
    "--with", "settings", multiple=True, metavar="KIND",
    help="Read this of each account too, as in alternate_contacts: some calls for each account (repeatable).",
)  # fmt: skip
@click.option(
    "--from", "source", type=(click.Choice(["terraform-state", "org-formation", "lza"]), click.Path(path_type=Path)),
    default=None, metavar="TOOL PATH",
    help="Take the names from another tool: terraform-state FILE, org-formation FILE or lza DIR.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite files.")
@click.option("--update", is_flag=True, help="Edit the spec that is there so that it declares what is live.")
@click.argument("directory", default=".", required=False, metavar="[DIR]")
@command("Write the spec of an organization that exists; never overwrites without --force.")
def import_(
    options: Options,
    directory: str,
    split_by: str | None,
    patterns: tuple[str, ...],
    settings: tuple[str, ...],
    source: tuple[Tool, Path] | None,
    force: bool,
    update: bool,
) -> int:
    from reconciler.use_cases.import_organization import IGNORABLE, SETTINGS, ImportOptions, import_organization

    if update:
        if split_by or patterns or settings or source or force:
            raise UsageError("--update edits the spec that is there, so it takes no other option of import")
        return _update(options if directory == "." else replace(options, spec=Path(directory, "org.yaml")))
    ignored: dict[str, tuple[str, ...]] = {}
    for each in patterns:
        kind, _, pattern = each.partition("=")
        if kind not in IGNORABLE or not pattern:
            raise UsageError(f"--ignore {each} is not KIND=GLOB", help=f"KIND is one of {', '.join(IGNORABLE)}")
        ignored[kind] = (*ignored.get(kind, ()), pattern)
    if unknown := [each for each in settings if each not in SETTINGS]:
        raise UsageError(f"--with {unknown[0]} is unknown", help=f"it is one of {', '.join(SETTINGS)}")
    request = ImportOptions(split_by_ou=split_by == "ou", ignore=ignored, settings=settings, force=force, names=source)
    with sigterm_as_ctrl_c(), connected(options, None) as connection, reading(options) as progress:
        written = import_organization(connection, Path(directory), request, progress)
    for path in written:
        options.info(f"written {path}")
    place = "" if directory == "." else f" --spec {shlex.quote(str(Path(directory, 'org.yaml')))}"
    snapshot = f" --snapshot {shlex.quote(options.snapshot)}" if options.snapshot is not None else ""
    location = _written(options, directory).location + snapshot
    options.info(f"\nNext: reconciler validate{place}, then reconciler plan{location}")
    return 0


def _written(options: Options, directory: str) -> Options:
    """The options with the written spec. Where the mocked organization is not said, it is beside the spec."""
    mock_state = str(options.connection.mock_state) if options.mocked else None
    return replace(options, spec=Path(directory, "org.yaml"), mock=False, mock_state=mock_state)


def _update(options: Options) -> int:
    from reconciler.use_cases.update_spec import update_spec

    desired = spec_of(options, tests=False)
    with connected(options, desired) as connection, reading(options) as progress:
        found = update_spec(options.spec, desired, connection, progress=progress)
    found.write()
    show_update(options, found)
    return 0


def show_update(options: Options, update: Update) -> None:
    """Writes to stderr which files were edited, and what no edit could take away."""
    for each in update.files:
        options.info(f"{'written' if each.before is None else 'edited'} {each.path}")
    if not update.files:
        options.info("nothing to edit")
    for address in update.left:
        options.warn(f"warning: {address} still differs: no edit of the spec can remove the difference")
