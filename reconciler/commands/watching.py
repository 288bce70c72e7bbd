"""`drift --watch`: checks again and again until Ctrl-C."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.commands.notifying import NotifyOptions, notifier_of
from reconciler.commands.options import Options
from reconciler.commands.planning import show_plan
from reconciler.commands.running import Stop, connected, show_error, spec_to_plan
from reconciler.errors import ReconcilerError
from reconciler.render import json

if TYPE_CHECKING:
    from reconciler.use_cases.notify import Notifier
    from reconciler.use_cases.plan import PlanResult
    from reconciler.use_cases.watch import Round

INTERRUPTED = 130


def watch_drift(
    options: Options, notify: NotifyOptions, interval: float, timeout: float | None, who_since: str | None
) -> int:
    """Checks every `interval` seconds; shows what is new, or as JSON one line for each check. `who_since` is how far
    back to look for who made a difference, `None`: not at all."""
    from reconciler.use_cases.drift import exit_of, find_drift
    from reconciler.use_cases.notify import drift_digest
    from reconciler.use_cases.online import since
    from reconciler.use_cases.plan import with_exit
    from reconciler.use_cases.watch import watch

    notifier = notifier_of(options, notify)

    def check() -> PlanResult:
        desired = spec_to_plan(options)
        back_to = since(who_since, "--since") if who_since is not None else None
        with connected(options, desired, timeout=timeout) as connection:
            result = find_drift(desired, connection, who_since=back_to)
        return with_exit(result, exit_of(result.plan))

    with Stop(options.info).watching() as stop:
        for each in watch(check, lambda found: drift_digest(found.plan), interval, stop):
            _show(each, options)
            _notify(each, notifier, options)
    return INTERRUPTED


def _show(found: Round[PlanResult], options: Options) -> None:
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if options.output == "json":
        if found.result is not None:
            options.write(json.dumps(found.result.plan, indent=None, at=at))
        elif found.error is not None:
            options.write(json.failure(found.error, indent=None, at=at))
    elif found.result is not None and found.is_new:
        options.info(f"{at}:")
        show_plan(options, found.result, None)
    if found.error is not None and found.is_new:
        show_error(found.error, options)


def _notify(found: Round[PlanResult], notifier: Notifier | None, options: Options) -> None:
    if notifier is None or (found.error and not found.is_new):
        return
    errors: list[ReconcilerError] = []
    try:
        with connected(options, None) as connection:
            if found.error is not None:
                errors = notifier.notify_failure(found.error, connection.writes)
            elif found.result is not None:
                errors = notifier.notify(found.result, connection.writes)
    except ReconcilerError as error:
        errors = [error]
    for each in errors:
        show_error(each, options)
