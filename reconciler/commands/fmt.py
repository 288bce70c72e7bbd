"""`reconciler fmt`: the files of the spec in a stable form."""

from __future__ import annotations

import click

from reconciler.commands.options import Options
from reconciler.commands.running import command


@click.option("--check", is_flag=True, help="Write nothing; exit 2 where a file has another form.")
@command("Put the files of the spec into a stable form: order of keys, quotes; comments stay.")
def fmt(options: Options, check: bool) -> int:
    from reconciler.use_cases.format_spec import format_spec

    files = format_spec(options.spec, write=not check)
    changed = [each for each in files if each.changed]
    for each in changed:
        options.info(f"{'has another form' if check else 'formatted'}: {each.path}")
    options.info(f"{len(changed)} of {len(files)} files {'to be formatted' if check else 'formatted'}.")
    return 2 if check and changed else 0
