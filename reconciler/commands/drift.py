"""`reconciler drift`: what differs from the spec, seen from the live side, and edits that accept it."""

from __future__ import annotations

from datetime import datetime

import click

from reconciler.commands.import_ import show_update
from reconciler.commands.options import Options
from reconciler.commands.planning import show_plan
from reconciler.commands.running import command, connected, reading, spec_of, timeout_option
from reconciler.commands.strictness import strict_exit
from reconciler.errors import UsageError


@click.option(
    "--accept",
    "accepted",
    multiple=True,
    metavar="ADDRESS",
    help="Edit the spec so that it declares what is live there (a glob; repeatable).",
)
@click.option(
    "--who",
    is_flag=True,
    help="Look up in CloudTrail who made each difference, and when (two calls a second, 50 events each).",
)
@click.option(
    "--since",
    metavar="DURATION",
    default=None,
    help="How far back --who looks (`14d`, `36h`; default and most 90d).",
)
@timeout_option(None)
@command(
    "Show how the live organization differs from the spec; exit 2 on drift.",
    formats=("text", "json", "markdown", "patch"),
)
def drift(options: Options, timeout: float | None, accepted: tuple[str, ...], who: bool, since: str | None) -> int:
    from reconciler.use_cases.drift import exit_of, find_drift, is_drift
    from reconciler.use_cases.plan import with_exit

    if since is not None and not who:
        raise UsageError("--since is for --who, which it limits", help="add --who, or leave out --since")
    if accepted or options.output == "patch":
        return _accept(options, timeout, accepted)
    desired = spec_of(options)
    with connected(options, desired, timeout=timeout) as connection, reading(options) as progress:
        result = find_drift(desired, connection, progress, _since(since) if who else None)
    result = with_exit(result, strict_exit(options, desired.warnings, result.plan, exit_of(result.plan)))
    show_plan(options, result, f"reconciler plan{options.location}" if is_drift(result.plan) else None)
    return result.plan.exit.code


def _since(written: str | None) -> datetime:
    from reconciler.use_cases.online import since

    return since(written or "90d", "--since")


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
