"""The command line: finds the command, runs it, and is the only place that prints and exits.

Commands are imported when they run, so `--help` and `validate` stay fast. Results go to stdout, everything else to
stderr. A global option may be written before or after the command.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from itertools import pairwise, takewhile
from keyword import iskeyword
from typing import Any

import click

from reconciler.commands.collection import rare_collection
from reconciler.commands.options import GLOBAL_OPTIONS, without_alias
from reconciler.commands.running import error_text
from reconciler.commands.streams import open_missing, to_stderr, to_stdout
from reconciler.errors import ReconcilerError, UsageError

COMMANDS = {
    "init": "Write a starter org.yaml, policies and CI workflows; never overwrites.",
    "validate": "Check the spec alone: schema, references, quotas, policy documents.",
    "plan": "Show what would change, and what it means; writes nothing.",
    "apply": "Carry out a saved plan, or plan, ask and apply.",
    "drift": "Show how the live organization differs from the spec; exit 2 on drift.",
    "import": "Write the spec of an organization that exists; never overwrites without --force.",
    "fmt": "Put the files of the spec into a stable form: order of keys, quotes; comments stay.",
    "unlock": "Show who holds the lock of an apply; --force TOKEN removes it.",
    "impact": "Show only what each group of accounts can no longer, or newly, do.",
    "explain": "May a principal in an account do this? Names level, policy, statement and line.",
    "show": "Show the organization as a tree, a table or a Mermaid diagram.",
    "snapshot": "Write the live organization as one JSON document.",
    "permissions": "Print the least-privilege IAM policy of the role that runs a command.",
    "ci": "What the workflows of a pipeline call: comment, annotate, drift-issue and others.",
    "schema": "Print a JSON Schema: of the spec, or of what a command writes; `schema list` has all.",
}


class _Commands(click.Group):
    """The commands, each in `reconciler/commands/<name>.py` under its own name, imported when it is run. A name that is
    a word of Python ends with `_` there."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        found: click.Command = getattr(import_module(f"reconciler.commands.{name}"), name)
        for each in found.commands.values() if isinstance(found, click.Group) else (found,):
            own = {option.name for option in each.params}
            each.params.extend(option for option in GLOBAL_OPTIONS if option.name not in own)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean `{near[0]}`?" if near else f" There are: {', '.join(COMMANDS)}."
            raise click.UsageError(f"No such command `{args[0]}`.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 ok, 1 failure, 2 changes or drift, 3 invalid spec, 4 blocked by a guard, 5 plan refused, "
    "6 locked, 7 applied in part, 8 not allowed, 64 wrong usage, 130 interrupted.",
)
@click.version_option(package_name="org-reconciler", prog_name="reconciler")
@click.pass_context
def program(ctx: click.Context, /, **given: Any) -> None:
    """A declarative reconciler for AWS Organizations: org.yaml is the truth, the plan says what would change."""
    ctx.obj = given


program.params.extend(GLOBAL_OPTIONS)


def main(args: Sequence[str] | None = None) -> None:
    """The console script."""
    sys.exit(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """Runs a command line and returns its exit code."""
    open_missing()
    given, alias = without_alias(sys.argv[1:] if args is None else args)
    if alias:
        to_stderr("warning: --live=FILE is deprecated, and will go: write --snapshot FILE")
    try:
        with rare_collection():
            code = program.main(args=given, prog_name="reconciler", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "reconciler"
        help = _file_after_live(error, given) or f"see `{path} --help`"
        return _failed(UsageError(error.format_message(), help=help), given)
    except ReconcilerError as error:
        return _failed(error, given)
    except (click.Abort, KeyboardInterrupt):
        to_stderr("interrupted")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _failed(_bug(error, given), given)


def _failed(error: ReconcilerError, given: Sequence[str]) -> int:
    """Writes what went wrong outside of any command, and returns how the program ends."""
    if _wants_json(given):
        from reconciler.render import json

        with suppress(ReconcilerError, BrokenPipeError):
            to_stdout(json.failure(error))
    to_stderr(error_text(error))
    return error.exit_code


def _file_after_live(error: click.ClickException, given: Sequence[str]) -> str | None:
    """What to write where `--live` is followed by a file, which it does not take."""
    message = error.format_message()
    files = [word for option, word in pairwise(given) if option == "--live" and f"({word}" in message]
    return f"--live takes no file: write --snapshot {files[0]}" if files else None


def _wants_json(given: Sequence[str]) -> bool:
    """Whether the command line has `--output json`, also where it could not be read."""
    words = list(takewhile(lambda word: word != "--", given))
    return "--output=json" in words or ("--output", "json") in pairwise(words)


def _bug(error: Exception, given: Sequence[str]) -> ReconcilerError:
    """A mistake of the program itself; the traceback is shown with `--verbose`."""
    if "-v" in given or "--verbose" in given:
        traceback.print_exc()
    return ReconcilerError(
        f"this is a bug in reconciler: {type(error).__name__}: {error}",
        help="run it again with --verbose and report what it prints; what was applied is in the journal",
    )
