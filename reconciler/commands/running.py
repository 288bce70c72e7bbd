"""What every command does around its few lines: options in, an exit code out, errors in the format of `--output`."""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from reconciler.commands.documentation import documentation_url, shows_links
from reconciler.commands.failures import write_failure
from reconciler.commands.formats import formats_of
from reconciler.commands.options import GLOBAL_OPTIONS, Options, output_option
from reconciler.errors import ReconcilerError, SpecInvalid, UsageError

if TYPE_CHECKING:
    from reconciler.model.api import Api
    from reconciler.model.diagnostic import Diagnostic
    from reconciler.use_cases.connection import Connection
    from reconciler.use_cases.load_spec import Desired
    from reconciler.use_cases.locking import Lock
    from reconciler.use_cases.read import Progress
    from reconciler.use_cases.show import View


_GLOBAL_NAMES = frozenset(str(option.name) for option in GLOBAL_OPTIONS)
MOST_ALIKE = 5
"""How many findings that differ in names only are shown without `--verbose`."""
MOST_CHARACTERS = 10_000_000
"""How much of a file is read to show one of its lines; what can be a spec is smaller."""
MOST_MOVED = 20
"""How many lines of what changed are shown without `--verbose`."""


def command(help: str) -> Callable[[Callable[..., int]], click.Command]:
    """Makes a click command of a function that takes the options and its own parameters and returns an exit code. An
    `--output` that `commands.formats` does not have for it is wrong usage."""

    def decorate(function: Callable[..., int]) -> click.Command:
        name = function.__name__.removesuffix("_command").rstrip("_").replace("_", "-")

        @functools.wraps(function)
        @click.pass_context
        def callback(ctx: click.Context, /, **params: Any) -> int:
            options = Options.of(ctx)
            own = {name: value for name, value in params.items() if name not in _GLOBAL_NAMES}
            try:
                options.check_formats(ctx)
                documentation_url()
                return function(options, **own)
            except ReconcilerError as error:
                if not isinstance(error, UsageError) or options.output == "json":
                    write_failure(error, name, options)
                show_error(error, options)
                return error.exit_code

        made = click.command(name, help=help, short_help=help.partition("\n")[0])(callback)
        made.params.append(output_option(formats_of(name)))
        return made

    return decorate


def show_error(error: ReconcilerError, options: Options) -> None:
    """Writes to stderr what went wrong and what to do."""
    if isinstance(error, SpecInvalid):
        show_diagnostics(error.diagnostics, options)
        return
    options.warn(error_text(error, everything=options.verbose))


def error_text(error: ReconcilerError, *, everything: bool = False) -> str:
    """What went wrong and what to do, as text; with `everything` all that moved."""
    from reconciler.render.safe import safe, safe_lines

    moved = getattr(error, "moved", ())
    shown = moved if everything else moved[:MOST_MOVED]
    lines = [f"error: {safe(error.message)}", *(f"  - {safe(line)}" for line in shown)]
    if len(moved) > len(shown):
        lines.append(f"  - and {len(moved) - len(shown)} more (--verbose lists all)")
    if error.help:
        first, *rest = error.help.split("\n")
        lines += [f"  = help: {safe(first)}", *(f"    {safe(line)}" for line in rest)]
    return safe_lines("\n".join(lines))


def show_diagnostics(found: Sequence[Diagnostic], options: Options) -> None:
    """Writes findings to stderr, as a person reads them."""
    from reconciler.render import text

    options.warn(
        text.diagnostics(
            found,
            read_line=source_line,
            width=options.width(),
            color=options.colored() and sys.stderr.isatty(),
            most_alike=None if options.verbose else MOST_ALIKE,
        )
    )
    if found and sys.stderr.isatty() and not (documentation_url() and shows_links(os.environ)):
        options.info(f"`reconciler validate --explain {found[0].code}` explains a code.")


def source_line(file: str, line: int) -> str | None:
    """A line of a file, without its end; `None` where there is none."""
    try:
        found = os.stat(file)
        lines = _lines(os.path.abspath(file), found.st_mtime_ns, found.st_size)
    except (OSError, ValueError):
        return None
    return lines[line - 1] if 0 < line <= len(lines) and lines[line - 1] else None


@functools.lru_cache(maxsize=64)
def _lines(path: str, modified: int, size: int) -> tuple[str, ...]:
    """The lines of exactly this file as it is now. `linecache` also looks for it in every directory of `sys.path`."""
    if not os.path.isfile(path):
        return ()
    with open(path, encoding="utf-8-sig", errors="replace") as opened:
        return tuple(opened.read(MOST_CHARACTERS).split("\n"))


def spec_of(options: Options, *, tests: bool = True) -> Desired:
    """The spec of this run; its warnings are shown. Without `tests`, one whose own tests fail can be looked at too."""
    from reconciler.use_cases.load_spec import load_spec

    desired = load_spec(options.spec, tests=tests)
    if desired.warnings and not options.quiet:
        show_diagnostics(desired.warnings, options)
    return desired


def spec_to_plan(options: Options) -> Desired:
    """The spec that a plan is made of, whose warnings, those about documents too, are part of the plan."""
    from reconciler.use_cases.load_spec import load_spec

    return load_spec(options.spec, lint=["documents"])


def spec_at_hand(options: Options) -> Desired | None:
    """The spec; `None` where none was named and there is no `org.yaml`."""
    if options.spec == Path("org.yaml") and not options.spec.exists():
        return None
    return spec_of(options, tests=False)


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
    """The organization of this run, for `timeout` seconds; every retry is shown with `--verbose`."""
    from reconciler.use_cases.connection import connect

    notice = options.info if options.verbose else lambda text: None
    with connect(options.connection, desired, notice, timeout=timeout, lock=lock) as connection:
        yield connection


def aws_api(options: Options) -> Api:
    """AWS until the command ends, also where the organization is a snapshot. Raises `UsageError` for a mocked one."""
    if options.mocked:
        raise UsageError(
            "this option queries AWS, and cannot be used with a mocked organization",
            help="use --snapshot FILE or the spec alone",
        )
    connection = click.get_current_context().with_resource(connected(replace(options, snapshot=None), None))
    assert connection.reads is not None
    return connection.reads


def view_of(options: Options, policy_types: Collection[str] | None = None, *, tags: bool = False) -> View:
    """What is looked at: the spec's organization, or the live one by the spec's names, where there is a spec. The live
    one has the policies of these types (`None`: all), whether the spec manages them or not."""
    from reconciler.use_cases.show import declared_view, live_view

    if not options.shows_live:
        return declared_view(spec_of(options, tests=False))
    desired = spec_of(options, tests=False) if options.spec.exists() else None
    with connected(options, desired) as connection, reading(options) as progress:
        return live_view(connection, desired, policy_types, progress, tags=tags)


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


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """SIGTERM is as Ctrl-C, so that what has to be undone or released is."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


class Stop:
    """True after Ctrl-C or SIGTERM, so that the call in flight is finished first."""

    def __init__(self, notice: Callable[[str], None]) -> None:
        self.requested = False
        self._notice = notice

    def __call__(self) -> bool:
        return self.requested

    def _request(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
        self._notice("stopping after the call in flight; once more to stop at once")

    @contextmanager
    def watching(self) -> Iterator[Stop]:
        previous = {number: signal.signal(number, self._request) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
