"""`reconciler drift`: what differs from the spec, seen from the live side, and edits that accept it."""

from __future__ import annotations

from datetime import datetime

import click

from reconciler.commands.import_ import show_update
from reconciler.commands.notifying import NotifyOptions, exit_after, notifier_of, notify_options
from reconciler.commands.options import Options
from reconciler.commands.planning import show_plan
from reconciler.commands.running import command, connected, reading, spec_of, spec_to_plan, timeout_option
from reconciler.commands.strictness import strict_exit
from reconciler.errors import UsageError

LONGEST = "90d"
"""How far back CloudTrail's event history goes."""


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
@click.option(
    "--watch",
    metavar="INTERVAL",
    default=None,
    help="Check again and again (`15m`, `1h`) until Ctrl-C, and show only what is new; as JSON one line a check.",
)
@timeout_option(None)
@command(
    "Show how the live organization differs from the spec; exit 2 on drift.",
)
@notify_options
def drift(
    options: Options,
    timeout: float | None,
    accepted: tuple[str, ...],
    who: bool,
    since: str | None,
    watch: str | None,
    notify: NotifyOptions,
) -> int:
    from reconciler.use_cases.drift import exit_of, find_drift, is_drift
    from reconciler.use_cases.plan import with_exit

    if since is not None and not who:
        raise UsageError("--since is for --who, which it limits", help="add --who, or leave out --since")
    editing = bool(accepted) or options.output == "patch"
    if editing and (who or watch or notify.targets):
        raise UsageError("--accept and --output patch edit the spec: they have no --who, --watch or --notify")
    if editing and options.copies:
        raise UsageError("edits of the spec are no result of drift: --out FORMAT=FILE is for drift alone")
    if watch is not None:
        from reconciler.commands.watching import watch_drift
        from reconciler.use_cases.watch import interval_of

        return watch_drift(options, notify, interval_of(watch), timeout, (since or LONGEST) if who else None)
    if editing:
        return _accept(options, timeout, accepted)
    notifier = notifier_of(options, notify)
    who_since = _since(since) if who else None
    desired = spec_to_plan(options)
    with connected(options, desired, timeout=timeout) as connection:
        with reading(options) as progress:
            result = find_drift(desired, connection, progress, who_since)
        result = with_exit(result, strict_exit(options, result.plan.warnings, exit_of(result.plan)))
        show_plan(
            options, result, f"reconciler plan{options.location}" if is_drift(result.plan) else None, desired=desired
        )
        failed = notifier.notify(result, connection.writes) if notifier else []
    return exit_after(failed, result.plan.exit.code, options)


def _since(written: str | None) -> datetime:
    """The time from which on events are read. Raises `UsageError`."""
    from reconciler.use_cases.online import since

    return since(written or LONGEST, "--since")


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
