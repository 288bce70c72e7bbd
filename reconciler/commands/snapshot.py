"""`reconciler snapshot`: the live organization as one JSON document, for `--snapshot` and `--mock-state`."""

from __future__ import annotations

from reconciler.commands.options import Options
from reconciler.commands.running import command, connected, reading, spec_at_hand
from reconciler.errors import SpecInvalid


@command("Write the live organization as one JSON document.")
def snapshot(options: Options) -> int:
    from reconciler.use_cases import files
    from reconciler.use_cases.account_parts import with_account_parts
    from reconciler.use_cases.read import read_live

    try:
        desired = spec_at_hand(options)
    except SpecInvalid:
        desired = None
    with connected(options, None) as connection, reading(options) as progress:
        live = with_account_parts(connection, desired, read_live(connection, progress=progress))
    options.write(files.snapshot_text(live))
    return 0
