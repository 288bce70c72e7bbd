"""`reconciler snapshot`: the live organization as one JSON document, for `--snapshot` and `--mock-state`."""

from __future__ import annotations

from reconciler.commands.options import Options
from reconciler.commands.running import command, connected, reading


@command("Write the live organization as one JSON document.", formats=("json",))
def snapshot(options: Options) -> int:
    from reconciler.use_cases import files
    from reconciler.use_cases.read import read_live

    with connected(options, None) as connection, reading(options) as progress:
        live = read_live(connection, progress=progress)
    options.write(files.snapshot_text(live))
    return 0
