"""Collects what is wrong, so that everything is reported at once. `diagnostics.yaml` explains each code."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import yaml

from reconciler.kinds import CODES as KIND_CODES
from reconciler.model.diagnostic import Code, Diagnostic, Severity, severity_of
from reconciler.spec.tree import Span

Related = tuple[str, Span]
"""What another place is ("first declared here"), and where it is."""


class DiagnosticCollector:
    """The diagnostics of one run, in the order in which they are found. The first letter of a code is its severity."""

    def __init__(self) -> None:
        self._found: dict[Diagnostic, None] = {}
        self.errors = 0

    def add(
        self, code: str, span: Span, message: str, help: str | None = None, *,
        label: str | None = None, related: Sequence[Related] = (), severity: Severity | None = None,
    ) -> None:  # fmt: skip
        """Adds a diagnostic; the same one twice counts once."""
        diagnostic = Diagnostic(
            code=code, severity=severity or severity_of(code), message=message,
            **span._asdict(), label=label, help=help,
            related=tuple((what, other.file, other.line, other.column) for what, other in related),
        )  # fmt: skip
        if diagnostic not in self._found:
            self._found[diagnostic] = None
            self.errors += diagnostic.severity == "error"

    def sorted(self) -> tuple[Diagnostic, ...]:
        """Everything found, by file (in the order of first mention), line and column."""
        files = {each.file: index for index, each in reversed(list(enumerate(self._found)))}
        return tuple(sorted(self._found, key=lambda each: (files[each.file], each.line, each.column, each.code)))


@cache
def codes() -> tuple[Code, ...]:
    """Every code of a diagnostic about a spec, those of kinds included."""
    table = yaml.safe_load((files(__package__) / "diagnostics.yaml").read_text("utf-8"))
    own = (Code(code=code, severity=severity_of(code), **texts) for code, texts in table.items())
    return tuple(sorted((*own, *KIND_CODES), key=lambda each: each.code))
