"""Collects what is wrong, so that everything is reported at once."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.diagnostic import Diagnostic, Severity, severity_of
from reconciler.spec.places import Place

Related = tuple[str, Place]
"""What another place is ("first declared here"), and where it is."""


class DiagnosticCollector:
    """The diagnostics of one run, in the order in which they are found. The first letter of a code is its severity."""

    def __init__(self) -> None:
        self._found: dict[Diagnostic, None] = {}
        self.errors = 0

    def add(
        self,
        code: str,
        place: Place,
        message: str,
        *,
        help: str | None = None,
        label: str | None = None,
        related: Sequence[Related] = (),
        severity: Severity | None = None,
    ) -> None:
        """Notes a diagnostic; the same one twice counts once."""
        diagnostic = Diagnostic(
            code=code,
            severity=severity or severity_of(code),
            message=message,
            file=place.file,
            line=place.line,
            column=place.column,
            end_line=place.end_line,
            end_column=place.end_column,
            label=label,
            help=help,
            related=tuple((what, other.file, other.line, other.column) for what, other in related),
        )
        if diagnostic not in self._found:
            self._found[diagnostic] = None
            self.errors += diagnostic.severity == "error"

    def sorted(self) -> tuple[Diagnostic, ...]:
        """Everything found, by file (in the order of first mention), line and column."""
        files = {each.file: index for index, each in reversed(list(enumerate(self._found)))}
        return tuple(sorted(self._found, key=lambda each: (files[each.file], each.line, each.column, each.code)))
