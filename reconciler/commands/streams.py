"""Writing to the standard streams, also where one is closed, full, or has lost its reader."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import click

from reconciler.errors import ReconcilerError


def open_missing() -> None:
    """Replaces the standard streams that this process was started without by the null device."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115  # open until the end


def to_stdout(text: str) -> None:
    """Writes a result. Raises `BrokenPipeError` where nobody reads it any more, and `ReconcilerError` where it cannot
    be written; whatever is written later goes nowhere."""
    try:
        click.echo(text, nl=not text.endswith("\n"), color=True)
    except OSError as error:
        _discard()
        if isinstance(error, BrokenPipeError):
            raise
        raise ReconcilerError(
            f"the result cannot be written to the standard output: {error.strerror or error}",
            help="write it to a file with --out FILE",
        ) from error


def to_stderr(text: str) -> None:
    """Writes what is going on. Nothing depends on whether somebody reads it, least of all an apply under way. While
    rich draws on the terminal, it is written above what is drawn; click would find the terminal behind it."""
    with suppress(OSError):
        if hasattr(sys.stderr, "rich_proxied_file"):
            sys.stderr.write(text if text.endswith("\n") else f"{text}\n")
        else:
            click.echo(text, nl=not text.endswith("\n"), err=True)


def _discard() -> None:
    """Sends what is left in the buffer of stdout, which is written again at exit, to the null device."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
