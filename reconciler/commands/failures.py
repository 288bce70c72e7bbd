"""What a command that fails writes where its result would be: the failure, in the formats that have one."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from reconciler.commands.results import RESULT_FORMATS, root_here, written
from reconciler.errors import ReconcilerError, SpecInvalid

if TYPE_CHECKING:
    from reconciler.commands.options import Options


def write_failure(error: ReconcilerError, command: str, options: Options) -> None:
    """Writes the failure to each place of the result whose format has one: an invalid spec with its diagnostics,
    anything else with its message. That a place cannot be written hides nothing: the error is shown as well."""
    for each in (*options.of_copies(), options):
        text = _failure(error, command, each)
        if text is not None:
            with suppress(ReconcilerError, BrokenPipeError):
                each.write(text)


def _failure(error: ReconcilerError, command: str, options: Options) -> str | None:
    """The failure in the format of `--output`; `None` where that has none."""
    if options.output == "json":
        from reconciler.render import json

        return json.failure(error)
    if options.output == "junit":
        from reconciler.render import junit

        if isinstance(error, SpecInvalid):
            return junit.validation((), error.diagnostics, (), strict=options.strict)
        return junit.failure(command, error.message, error.help)
    if options.output in RESULT_FORMATS and isinstance(error, SpecInvalid):
        from reconciler.render.results import of_diagnostics

        return written(options.output, of_diagnostics(error.diagnostics, root_here()))
    if options.output in ("sarif", "github"):
        return written(options.output, (), failed=error.message)
    return None
