"""The options that every command takes, and where a command's result goes."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TextIO, TypedDict

import click

from reconciler.commands.formats import OUTPUTS, Output, check_copy, check_format
from reconciler.commands.paging import paged
from reconciler.commands.streams import to_stderr, to_stdout
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.use_cases.connection import ConnectionOptions


def _option(*names: str, **attributes: Any) -> click.Option:
    return click.Option(list(names), **{"default": None, **attributes})


def output_option(formats: Sequence[Output], remark: str = "") -> click.Option:
    """`--output` of a command with these formats. The command checks its value, wherever the option is written."""
    only = f"The result is {formats[0]}." if len(formats) == 1 else f"How the result is written (default {formats[0]})"
    return _option("--output", metavar=f"[{'|'.join(formats)}]", help=f"{only.rstrip('.')}{remark and ','}{remark}.")


GLOBAL_OPTIONS: tuple[click.Option, ...] = (
    _option("--spec", metavar="PATH", help="The spec (default org.yaml; env RECONCILER_SPEC)."),
    _option("--profile", help="AWS profile."),
    _option("--region", help="AWS region, which names the partition."),
    _option("--role-arn", metavar="ARN", help="A role to assume first."),
    _option("--endpoint-url", metavar="URL", help="Another endpoint than AWS (also AWS_ENDPOINT_URL)."),
    _option("--mock", is_flag=True, flag_value=True, help="A mocked organization: no AWS account, no network."),
    _option(
        "--mock-state",
        metavar="FILE",
        help="Where the mocked organization lives (default .reconciler/mock.json beside the spec).",
    ),
    _option(
        "--live",
        is_flag=True,
        flag_value=True,
        help="The live organization, not the spec's, where a command can show either.",
    ),
    _option("--snapshot", metavar="FILE", help="A snapshot (of `reconciler snapshot`) instead of a live read."),
    output_option(OUTPUTS, " as far as the command has it"),
    _option(
        "--out",
        metavar="FILE|FORMAT=FILE",
        multiple=True,
        help="Where the result is written (default -, stdout); with FORMAT also in that format (repeatable).",
    ),
    _option("--strict", is_flag=True, flag_value=True, help="Warnings fail (exit 3); information does not."),
    _option("--color", type=click.Choice(["auto", "always", "never"]), help="Colour (also NO_COLOR)."),
    _option("--quiet", "-q", is_flag=True, flag_value=True, help="Only the result."),
    _option("--verbose", "-v", is_flag=True, flag_value=True, help="Every retry, every detail."),
    _option(
        "--no-pager",
        is_flag=True,
        flag_value=True,
        help="Never show a long result in a pager (env RECONCILER_PAGER, PAGER; default less).",
    ),
    _option("--no-input", is_flag=True, flag_value=True, help="Never ask; fail instead."),
)


SNAPSHOT_ALIAS = "--live="
"""What `--snapshot FILE` was written as before: `--live=FILE`."""


def without_alias(args: Sequence[str]) -> tuple[list[str], bool]:
    """The command line with `--snapshot=FILE` for `--live=FILE`, and whether that was there."""
    end = args.index("--") if "--" in args else len(args)
    written = [
        f"--snapshot={each.removeprefix(SNAPSHOT_ALIAS)}" if each.startswith(SNAPSHOT_ALIAS) else each
        for each in args[:end]
    ]
    return [*written, *args[end:]], written != list(args[:end])


_COPY = re.compile(r"([a-z][a-z-]*)=(.+)", re.S)


class Copy(NamedTuple):
    """A file that the result is also written to, in a format of its own."""

    format: Output
    file: str


def destinations(given: Sequence[str]) -> tuple[str, tuple[Copy, ...]]:
    """Where `--out` sends the result (`-`: stdout), and its copies. Raises `UsageError` for a format that does not
    exist, and where two results would be at one place."""
    files: list[str] = []
    copies: list[Copy] = []
    for each in given:
        match = _COPY.fullmatch(each)
        found = [name for name in OUTPUTS if match and name == match[1]]
        if match and not found:
            raise UsageError(
                f"--out {each}: {match[1]} is no format",
                help=f"there are {', '.join(OUTPUTS)}; a file of that name is written ./{each}",
            )
        if match:
            copies.append(Copy(found[0], match[2]))
        else:
            files.append(each)
    if len(files) > 1:
        raise UsageError(
            f"--out is given twice: {' and '.join(files)}", help="a further file has its format: --out json=FILE"
        )
    out = files[0] if files else "-"
    places = [out, *(copy.file for copy in copies)]
    if twice := next((each for each in places if places.count(each) > 1), None):
        where = "the standard output" if twice == "-" else twice
        raise UsageError(f"--out would write two results to {where}", help="give each a file of its own")
    return out, tuple(copies)


class TextLayout(TypedDict):
    """What every function of `render.text` needs to know of the place that the text goes to."""

    width: int
    color: bool
    unicode: bool


@dataclass(frozen=True)
class Options:
    """The global options, with their defaults."""

    spec: Path
    spec_given: bool = False
    output: Output = "text"
    out: str = "-"
    copies: tuple[Copy, ...] = ()
    color: Literal["auto", "always", "never"] = "auto"
    strict: bool = False
    quiet: bool = False
    verbose: bool = False
    no_pager: bool = False
    no_input: bool = False
    profile: str | None = None
    region: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None
    mock: bool = False
    mock_state: str | None = None
    live: bool = False
    snapshot: str | None = None

    @classmethod
    def of(cls, ctx: click.Context) -> Options:
        """The options of this run: those after the command win over those before it."""
        before = (ctx.obj or {}) if isinstance(ctx.obj, dict) else {}
        names = [str(option.name) for option in GLOBAL_OPTIONS if option.name != "out"]
        given = {name: ctx.params.get(name) if ctx.params.get(name) is not None else before.get(name) for name in names}
        found: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        spec = found.pop("spec", None) or os.environ.get("RECONCILER_SPEC")
        out, copies = destinations([*(before.get("out") or ()), *(ctx.params.get("out") or ())])
        return cls(spec=Path(spec or "org.yaml"), spec_given=bool(spec), out=out, copies=copies, **found)

    def check_formats(self, ctx: click.Context) -> None:
        """Raises `UsageError` where the command line has a format that the command does not have."""
        before = (ctx.obj or {}) if isinstance(ctx.obj, dict) else {}
        command = str(ctx.info_name)
        if given := ctx.params.get("output") or before.get("output"):
            check_format(command, given)
        for each in self.copies:
            check_copy(command, each.format)

    @property
    def folder(self) -> Path:
        """Where this program keeps its own files: `.reconciler` beside the spec, wherever it is run from."""
        from reconciler.use_cases.connection import STATE_FOLDER

        return self.spec.parent / STATE_FOLDER

    @property
    def mocked(self) -> bool:
        return self.mock or self.mock_state is not None

    @property
    def shows_live(self) -> bool:
        """Whether the live organization is to be shown, not the spec's."""
        return self.live or self.snapshot is not None or self.mocked

    @property
    def connection(self) -> ConnectionOptions:
        from reconciler.use_cases.connection import ConnectionOptions

        if self.mocked and self.snapshot is not None:
            raise click.UsageError("--snapshot and --mock exclude each other")
        return ConnectionOptions(
            profile=self.profile,
            region=self.region,
            role_arn=self.role_arn,
            endpoint_url=self.endpoint_url,
            mock_state=Path(self.mock_state or self.folder / "mock.json") if self.mocked else None,
            snapshot=Path(self.snapshot) if self.snapshot is not None else None,
        )

    @property
    def location(self) -> str:
        """The options that lead to the same organization and spec, for the next command to type."""
        parts = []
        if str(self.spec) != "org.yaml" and not os.environ.get("RECONCILER_SPEC"):
            parts.append(f"--spec {shlex.quote(str(self.spec))}")
        parts += [
            f"--{name.replace('_', '-')} {shlex.quote(value)}"
            for name in ("profile", "region", "role_arn", "endpoint_url", "mock_state")
            if (value := getattr(self, name)) is not None
        ]
        if self.mock and self.mock_state is None:
            parts.append("--mock")
        return "".join(f" {part}" for part in parts)

    def width(self) -> int:
        """Columns to write for."""
        return max(60, min(160, shutil.get_terminal_size((100, 24)).columns))

    def layout(self) -> TextLayout:
        """How text is laid out for where it goes."""
        return {"width": self.width(), "color": self.colored(), "unicode": self.unicode()}

    def table_width(self) -> int | None:
        """Columns that a table may take: those of the terminal, and any number where another program reads it."""
        return self.width() if self.out == "-" and sys.stdout.isatty() else None

    def colored(self) -> bool:
        """Whether the result is written in colour."""
        if self.color != "auto":
            return self.color == "always"
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or self.out != "-":
            return False
        return bool(os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE")) or sys.stdout.isatty()

    def unicode(self) -> bool:
        """Whether the place that the result goes to can show more than ASCII."""
        encoding = "utf-8" if self.out != "-" else (sys.stdout.encoding or "ascii")
        return encoding.lower().replace("-", "") in ("utf8", "utf16", "utf32")

    def of_copies(self) -> Iterator[Options]:
        """The options of each copy of the result, as if it were the only one."""
        return (replace(self, output=each.format, out=each.file, copies=()) for each in self.copies)

    def write_all(self, render: Callable[[Options], str], *, pages: bool = False) -> None:
        """Writes the result and its copies, each as `render` makes it for its format; first the files, which must not
        be lost where nobody reads the standard output. With `pages` the result is shown (`show`)."""
        for each in self.of_copies():
            each.write(render(each))
        (self.show if pages else self.write)(render(self))

    def show(self, text: str) -> None:
        """Writes a result that a person reads: in the pager where it is longer than the screen."""
        self.write(text, pages=self.output == "text" and not self.no_pager and not self.no_input)

    def write(self, text: str, *, pages: bool = False) -> None:
        """Writes the result where it belongs, safe to print in its format; with `pages` in the pager if it is long."""
        from reconciler.render.safe import safe_commands, safe_html, safe_lines

        if self.output in ("html", "junit"):
            text = safe_html(text)
        elif self.output == "github":
            text = safe_commands(text)
        elif self.output in ("text", "markdown"):
            text = self._linked(safe_lines(text, color=self.colored()), sys.stdout)
        if self.out == "-" and pages and paged(text):
            return
        if self.out == "-":
            if text:
                to_stdout(text)
        else:
            from reconciler.file_io import write_text

            write_text(Path(self.out), text if text.endswith("\n") else text + "\n")

    def info(self, text: str) -> None:
        """Writes to stderr what is going on, unless `--quiet`."""
        if not self.quiet:
            self.warn(text)

    def warn(self, text: str) -> None:
        """Writes to stderr, safe to print."""
        from reconciler.render.safe import safe_lines

        to_stderr(self._linked(safe_lines(text, color=self.colored()), sys.stderr, error=True))

    def _linked(self, text: str, stream: TextIO, *, error: bool = False) -> str:
        """A result that is safe to print, with its codes as links: in Markdown where the documentation has an address,
        on a terminal that shows links as well."""
        from reconciler.commands.documentation import documentation_url, shows_links

        if self.output == "markdown" and not error:
            from reconciler.render.links import linked_markdown

            base = documentation_url()
            return linked_markdown(text, base) if base else text
        terminal = stream.isatty() and (error or self.out == "-") and self.colored()
        if not terminal or not shows_links(os.environ) or not (base := documentation_url()):
            return text
        from reconciler.render.links import linked_text

        return linked_text(text, base)
