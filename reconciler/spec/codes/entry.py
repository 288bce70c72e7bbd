"""How one row of the table of codes is written."""

from __future__ import annotations

from reconciler.model.diagnostic import Code


def entry(code: str, title: str, explanation: str, example: str | None = None) -> Code:
    """A code whose severity is its first letter."""
    severity = "warning" if code.startswith("W") else "error"
    return Code.model_validate(
        {"code": code, "severity": severity, "title": title, "explanation": explanation, "example": example}
    )
