"""The options of `drift` that send notifications."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from reconciler.commands.options import Options
from reconciler.commands.running import show_error
from reconciler.errors import NotificationFailed, ReconcilerError, UsageError

if TYPE_CHECKING:
    from reconciler.use_cases.notify import Notifier, NotifyOn


@dataclass(frozen=True)
class NotifyOptions:
    """The receivers, when one is notified, where that is remembered, and the link of each notification."""

    targets: tuple[str, ...] = ()
    on: NotifyOn = "drift"
    state: str | None = None
    link: str | None = None


def notify_options(decorated: Callable[..., int]) -> Callable[..., int]:
    """Adds the options, and passes them as one value, `notify`."""

    def combined(
        options: Options,
        /,
        notify: tuple[str, ...],
        notify_on: NotifyOn | None,
        notify_state: str | None,
        link: str | None,
        **more: Any,
    ) -> int:
        if not notify and (notify_on or notify_state or link):
            raise UsageError("--notify-on, --notify-state and --link are for --notify", help="add --notify TARGET")
        found = NotifyOptions(notify, notify_on or "drift", notify_state, link)
        return decorated(options, notify=found, **more)

    combined.__name__ = decorated.__name__
    for option in (
        click.option(
            "--link",
            metavar="URL",
            default=None,
            help="A link for notifications, such as that of the run.",
        ),
        click.option(
            "--notify-state",
            metavar="FILE|s3://BUCKET/KEY",
            default=None,
            help="Where `--notify-on change` keeps what was notified last (default .reconciler/notified.json beside "
            "the spec).",
        ),
        click.option(
            "--notify-on",
            type=click.Choice(["drift", "change", "always"]),
            default=None,
            help="When: every run with drift (default), other drift than last time or none any more, or every run.",
        ),
        click.option(
            "--notify",
            multiple=True,
            metavar="TARGET",
            help="Send a notification to sns:TOPIC_ARN, eventbridge:BUS, slack:VARIABLE or webhook:VARIABLE"
            "[:SECRET_VARIABLE]; a VARIABLE of the environment has the URL (repeatable).",
        ),
    ):
        combined = option(combined)
    return combined


def notifier_of(options: Options, notify: NotifyOptions) -> Notifier | None:
    """What sends the notifications, `None` where there is no receiver. Raises `UsageError` for what cannot be used,
    before anything is read."""
    if not notify.targets:
        return None
    from reconciler.use_cases.notify import Notifier, memory_at

    memory = memory_at(notify.state, options.folder, options.connection) if notify.on == "change" else None
    notifier = Notifier.of(notify.targets, on=notify.on, memory=memory, link=notify.link)
    if notifier.calls_aws and options.snapshot is not None:
        raise UsageError("sns: and eventbridge: call AWS, which --snapshot does not", help="use a webhook there")
    return notifier


def exit_after(errors: list[ReconcilerError], exit_code: int, options: Options) -> int:
    """The exit code of a run whose result was shown: that of the result or, where a notification was not sent, 1, so
    that drift which nobody was notified of is no ordinary drift."""
    for each in errors:
        show_error(each, options)
    if errors and exit_code:
        options.warn(f"exit 1, for a notification was not sent; the result itself ends with exit {exit_code}")
    return NotificationFailed.exit_code if errors else exit_code
