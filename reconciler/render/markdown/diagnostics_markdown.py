"""Diagnostics as a comment or a job summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.render.markdown.blocks import LIMIT, code, fitting, rest, table
from reconciler.render.safe import markdown_text
from reconciler.render.words import finding_counts

_SEVERITIES: Mapping[Severity, str] = {"error": "**error**", "warning": "warning", "info": "note"}


def diagnostics(diagnostics: Sequence[Diagnostic], *, limit: int = LIMIT) -> str:
    """One row a finding, errors first. Within `limit` characters: all of them, else as many as a page takes."""
    head = f"### reconciler validate: {finding_counts(diagnostics) or 'no errors, no warnings'}"
    found = sorted(diagnostics, key=lambda each: (each.severity != "error", each.file, each.line, each.column))

    def version(most: int) -> list[str]:
        return [head, _table(found[:most]), rest(found, most)]

    versions = [partial(version, most) for most in (len(found), 100, 20, 5)]
    return fitting("validate", {}, versions, limit)


def _table(found: Sequence[Diagnostic]) -> str:
    rows = [
        (
            f"{_SEVERITIES[each.severity]} {code(each.code)}",
            code(f"{each.file}:{each.line}:{each.column}"),
            markdown_text(f"{each.message} ({each.label})" if each.label else each.message),
            markdown_text(each.help or ""),
        )
        for each in found
    ]
    return table(("", "Place", "What is wrong", "Help"), rows) if rows else ""
