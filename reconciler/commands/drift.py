"""`reconciler drift`: what differs from the spec, seen from the live side, and edits that accept it."""

from __future__ import annotations

import click

from reconciler.commands.import_ import show_update
from reconciler.commands.options import Options
from reconciler.commands.planning import planned, show_plan
from reconciler.commands.running import command, connected, reading, spec_of, spec_to_plan, timeout_option
from reconciler.commands.strictness import strict_exit
from reconciler.errors import UsageError
from reconciler.model.plan import BY_HAND, Exit


@click.option(
    "--accept",
    "accepted",
    multiple=True,
    metavar="ADDRESS",
    help="Edit the spec so that it declares what is live there (a glob; repeatable).",
)
@timeout_option(None)
@command(
    "Show how the live organization differs from the spec; exit 2 on drift.",
)
def drift(options: Options, timeout: float | None, accepted: tuple[str, ...]) -> int:
    from reconciler.use_cases.plan import with_exit

    if accepted or options.output == "patch":
        if options.copies:
            raise UsageError("edits of the spec are no result of drift: --out FORMAT=FILE is for drift alone")
        return _accept(options, timeout, accepted)
    desired = spec_to_plan(options)
    with connected(options, desired, timeout=timeout) as connection:
        result = planned(options, desired, connection, "drift")
    drifted = bool(result.plan.changes) or any(each.code in BY_HAND for each in result.plan.warnings)
    exit = Exit(code=2, reason="drift") if drifted else Exit()
    result = with_exit(result, strict_exit(options, result.plan.warnings, exit))
    show_plan(options, result, f"reconciler plan{options.location}" if drifted else None)
    return result.plan.exit.code


def _accept(options: Options, timeout: float | None, accepted: tuple[str, ...]) -> int:
    """The edits that take the differences away, all or those that are accepted: written, or shown as a patch."""
    from reconciler.use_cases.update_spec import update_spec

    desired = spec_of(options, tests=False)
    with connected(options, desired, timeout=timeout) as connection, reading(options) as progress:
        found = update_spec(options.spec, desired, connection, accepted, progress)
    if options.output == "patch":
        if found.files:
            options.write(found.patch())
        return 2 if found.files or found.left else 0
    found.write()
    show_update(options, found)
    return 0
