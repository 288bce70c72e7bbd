"""Findings as GitHub's workflow commands, which show them at the lines of a file.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from reconciler.render.safe import safe

Level = Literal["error", "warning", "notice"]

MOST_PER_STEP = 10
"""Annotations of each severity that GitHub shows for one step; the others it drops silently.
https://docs.github.com/en/rest/checks/runs: the runner keeps 10 errors, 10 warnings and 10 notices of a step."""


class Annotation(NamedTuple):
    """A message at a place. Lines and columns count from 1, `end_column` is exclusive; without a `file` the message is
    shown for the whole run."""

    severity: Level
    message: str
    title: str = ""
    file: str | None = None
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None


def workflow_commands(found: Sequence[Annotation]) -> str:
    """One command a line, errors first. Of each severity at most 10, the last of which counts those that are left out;
    empty where nothing was found."""
    levels: tuple[Level, ...] = ("error", "warning", "notice")
    return "".join(f"{_command(each)}\n" for level in levels for each in _shown(found, level))


def _shown(found: Sequence[Annotation], level: Level) -> list[Annotation]:
    of_level = [each for each in found if each.severity == level]
    if len(of_level) <= MOST_PER_STEP:
        return of_level
    kept, left = of_level[: MOST_PER_STEP - 1], len(of_level) - MOST_PER_STEP + 1
    return [
        *kept,
        Annotation(level, f"There are {left:,} more of this severity: the output of the job has all of them."),
    ]


def _command(each: Annotation) -> str:
    """`::error file=org.yaml,line=3,col=7,title=E111::message`. GitHub refuses columns of different lines."""
    properties: dict[str, object] = {}
    if each.file is not None:
        properties["file"] = each.file
        properties |= _place(each)
    if each.title:
        properties["title"] = safe(each.title)
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{each.severity}{f' {listed}' if listed else ''}::{_data(_safe_lines(each.message))}"


def _place(each: Annotation) -> dict[str, object]:
    if each.line is None:
        return {}
    one_line = each.end_line is None or each.end_line == each.line
    place: dict[str, object] = {"line": each.line}
    if each.column is not None and one_line:
        place["col"] = each.column
    if each.end_line is not None:
        place["endLine"] = each.end_line
    if each.end_column is not None and each.column is not None and one_line:
        place["endColumn"] = each.end_column
    return place


def _safe_lines(text: str) -> str:
    return "\n".join(safe(line) for line in text.splitlines())


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
