"""How one row of the table of codes is written."""

from __future__ import annotations

from reconciler.model.diagnostic import Code, severity_of


def entry(code: str, title: str, explanation: str, example: str | None = None) -> Code:
    """A code whose severity is its first letter."""
    return Code(code=code, severity=severity_of(code), title=title, explanation=explanation, example=example)
