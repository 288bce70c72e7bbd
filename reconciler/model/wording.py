"""Lists of names in messages."""

from __future__ import annotations

from collections.abc import Sequence

FEW = 3
"""Names that a message lists before it counts the rest."""


def few(names: Sequence[str], most: int = FEW) -> str:
    """`a, b, c and 4 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
