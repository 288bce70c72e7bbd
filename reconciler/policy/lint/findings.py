"""Findings about a policy document, and the path to a place in it."""

from __future__ import annotations

from reconciler.model.diagnostic import Finding

Path = tuple[str | int, ...]


def error(code: str, message: str, path: Path, help: str | None = None) -> Finding:
    """What the service refuses for certain."""
    return Finding(code=code, severity="error", message=message, path=path, help=help)


def warning(code: str, message: str, path: Path, help: str | None = None) -> Finding:
    """What the service accepts, or perhaps refuses."""
    return Finding(code=code, severity="warning", message=message, path=path, help=help)
