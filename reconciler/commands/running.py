"""What every command does around its few lines: options in, an exit code out, errors told in the format asked for."""

from __future__ import annotations

import functools
import json
import linecache
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from reconciler.commands.options import Options
from reconciler.errors import ReconcilerError, SpecInvalid

if TYPE_CHECKING:
    from reconciler.app import Connection, Progress
    from reconciler.aws.lock import Lock
    from reconciler.model.base import Source
    from reconciler.model.diagnostic import Diagnostic
    from reconciler.model.inventory import Inventory
    from reconciler.spec import Desired


MOST_MOVED = 20
"""How many lines of what moved are told without `--verbose`."""


def command(help: str) -> Callable[[Callable[..., int]], click.Command]:
    """Makes a click command of a function that takes the options and its own parameters and returns an exit code."""

    def decorate(function: Callable[..., int]) -> click.Command:
        @functools.wraps(function)
        @click.pass_context
        def callback(ctx: click.Context, /, **params: Any) -> int:
            options = Options.of(ctx)
            own = {name: value for name, value in params.items() if name not in _global_names()}
            try:
                return function(options, **own)
            except ReconcilerError as error:
                if options.output == "json":
                    options.write(error_json(error))
                tell(error, options)
                return error.exit_code

        name = function.__name__.removesuffix("_command").replace("_", "-")
        return click.command(name, help=help, short_help=help.split("\n")[0])(callback)

    return decorate


@functools.cache
def _global_names() -> frozenset[str]:
    from reconciler.commands.options import GLOBAL_OPTIONS

    return frozenset(str(option.name) for option in GLOBAL_OPTIONS)


def error_json(error: ReconcilerError) -> str:
    """A failure as JSON: what went wrong, what to do, and how the program ends."""
    result: dict[str, Any] = {"format_version": "1.0", "error": error.message, "help": error.help}
    if isinstance(error, SpecInvalid):
        result["diagnostics"] = [each.model_dump(mode="json") for each in error.diagnostics]
    if moved := getattr(error, "moved", ()):
        result["moved"] = list(moved)
    result["exit"] = {"code": error.exit_code, "reason": error.reason}
    return json.dumps(result, indent=2, ensure_ascii=False) + "\n"


def tell(error: ReconcilerError, options: Options) -> None:
    """Says on stderr what went wrong and what to do."""
    if isinstance(error, SpecInvalid):
        tell_diagnostics(error.diagnostics, options)
        return
    from reconciler.render.safe import safe

    click.echo(f"error: {safe(error.message)}", err=True)
    moved = getattr(error, "moved", ())
    shown = moved if options.verbose else moved[:MOST_MOVED]
    for line in shown:
        click.echo(f"  - {safe(line)}", err=True)
    if len(moved) > len(shown):
        click.echo(f"  - and {len(moved) - len(shown)} more (--verbose lists all)", err=True)
    if error.help:
        click.echo(f"  = help: {error.help}", err=True)


def tell_diagnostics(found: Sequence[Diagnostic], options: Options) -> None:
    """Writes findings to stderr, as a person reads them."""
    from reconciler.render import text

    shown = text.diagnostics(
        found, read_line=source_line, width=options.width(), color=options.colored() and sys.stderr.isatty()
    )
    click.echo(shown, nl=not shown.endswith("\n"), err=True)


def source_line(file: str, line: int) -> str | None:
    """A line of a file, without its end; `None` where there is none."""
    try:
        return linecache.getline(file, line).rstrip("\r\n") or None
    except (OSError, UnicodeError, ValueError):
        return None


def spec_of(options: Options, *, tests: bool = True) -> Desired:
    """The spec of this run, with its warnings told. Without `tests`, one whose own tests fail can be looked at too."""
    from reconciler import app

    desired = app.load_spec(options.spec, tests=tests)
    if desired.warnings and not options.quiet:
        tell_diagnostics(desired.warnings, options)
    return desired


def timeout_option(default: float | None) -> Callable[[Any], Any]:
    """Adds the option that bounds how long a run takes."""
    return click.option(
        "--timeout",
        metavar="SECONDS",
        type=click.FloatRange(min=0, min_open=True),
        default=default,
        help=f"The time that the whole run may take (default {'no limit' if default is None else f'{default:.0f}'}).",
    )


@contextmanager
def connected(
    options: Options, desired: Desired | None, *, timeout: float | None = None, lock: Lock | None = None
) -> Iterator[Connection]:
    """The organization of this run, for `timeout` seconds; every retry is told with `--verbose`."""
    from reconciler import app

    notice = options.say if options.verbose else lambda text: None
    with app.connect(options.where, desired, notice, timeout=timeout, lock=lock) as connection:
        yield connection


def is_live(options: Options) -> bool:
    """Whether the live organization is asked for, not the spec's."""
    return options.live is not None or options.mock or options.mock_state is not None


def aligned_live(
    options: Options, policy_types: frozenset[str] | None = None, *, tags: bool = False
) -> tuple[Inventory, dict[str, tuple[Source, ...]]]:
    """The live organization by the spec's names, where there is a spec, and where its statements are written. It has
    the policies of these types (`None`: all), whether the spec manages them or not, and tags where they are shown."""
    from reconciler import app
    from reconciler.engine.planner import aligned
    from reconciler.kinds import KINDS

    desired = spec_of(options, tests=False) if options.spec.exists() else None
    with connected(options, desired) as connection, reading(options) as progress:
        live = app.read_view(connection, policy_types, progress, tags=tags)
    if desired is None:
        return live, {}
    return aligned(desired.inventory, live, KINDS)[1], desired.statements


@contextmanager
def reading(options: Options) -> Iterator[Progress]:
    """Progress of a read: bars on a terminal, silence elsewhere."""
    if options.quiet or not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(f"Reading {what}", total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield show


class Stop:
    """Remembers that Ctrl-C or SIGTERM asked for a stop, so that the call in flight is finished first."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.asked = False
        self._say = say

    def __call__(self) -> bool:
        return self.asked

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._say("stopping after the call in flight; once more to stop at once")

    @contextmanager
    def watching(self) -> Iterator[Stop]:
        previous = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
