"""One finding about the spec, as a person and as an editor read it."""

from __future__ import annotations

from typing import Literal

from reconciler.model.base import Frozen

Severity = Literal["error", "warning", "info"]


def severity_of(code: str) -> Severity:
    """What the first letter of a code says: `W` is a warning, `I` information, anything else an error."""
    return "warning" if code.startswith("W") else "info" if code.startswith("I") else "error"


class Diagnostic(Frozen):
    """A finding. `code` is stable and explained by `validate --explain CODE`; positions count from 1, `end_column` is
    exclusive; `label` is written under the underlined place, `help` is what to do, `related` has other places."""

    code: str
    severity: Severity
    message: str
    file: str
    line: int = 1
    column: int = 1
    end_line: int | None = None
    end_column: int | None = None
    label: str | None = None
    help: str | None = None
    related: tuple[tuple[str, str, int, int], ...] = ()
    """(what it is, file, line, column) of the other places, e.g. ("first declared here", "org.yaml", 12, 5)."""


class Finding(Frozen):
    """Something about one policy document, before it is known where that document is written. `path` leads from the
    top of the document to the place (`("Statement", 0, "Action", 2)`); a last step that is absent is a missing key."""

    code: str
    severity: Severity
    message: str
    path: tuple[str | int, ...] = ()
    label: str | None = None
    help: str | None = None


class Code(Frozen):
    """What a stable code means: `title` in a line, `explanation` in a paragraph with what to do, `example` of the
    mistake where one helps."""

    code: str
    severity: Severity
    title: str
    explanation: str
    example: str | None = None
