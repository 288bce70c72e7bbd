"""Annotations as GitHub's workflow commands: lines on stdout that the runner shows beside the files of a change.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple


class Annotation(NamedTuple):
    """A message at a place of a file. Lines and columns count from 1; `file` is relative to the repository."""

    severity: Literal["error", "warning", "notice"]
    message: str
    title: str = ""
    file: str | None = None
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None


def workflow_commands(found: Sequence[Annotation]) -> str:
    """One line an annotation, each with its line break."""
    return "".join(f"::{each.severity}{_properties(each)}::{_data(each.message)}\n" for each in found)


def _properties(each: Annotation) -> str:
    written = ",".join(f"{name}={_property(str(value))}" for name, value in _named(each))
    return f" {written}" if written else ""


def _named(each: Annotation) -> Iterator[tuple[str, str | int]]:
    if each.title:
        yield "title", each.title
    if each.file is None:
        return
    yield "file", each.file
    if each.line is None:
        return
    yield "line", each.line
    end_line = each.end_line or each.line
    if each.end_line is not None:
        yield "endLine", each.end_line
    if each.column is not None and end_line == each.line:
        yield "col", each.column
        if each.end_column is not None:
            yield "endColumn", each.end_column


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
