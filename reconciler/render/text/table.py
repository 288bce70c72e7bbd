"""Lines in columns below their heads, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from reconciler.render.text.layout import HEAD, Row, TextStyle

_GAP = "  "


def table_rows(heads: Sequence[str], lines: Sequence[Sequence[str]], look: TextStyle, width: int | None) -> list[Row]:
    """The heads and the lines. Columns that do not fit into `width` cells are cut, the widest first; without it nothing
    is. The texts must be safe."""
    widths = [max(map(cell_len, column)) for column in zip(heads, *lines, strict=True)]
    if width is not None:
        widths = _fitting(widths, width)
    return [Row((_cut_to(heads, widths, look, HEAD),)), *(Row((_cut_to(line, widths, look),)) for line in lines)]


def _fitting(widths: list[int], width: int) -> list[int]:
    """The widths, the widest reduced until all of them fit."""
    room = max(len(widths), width - len(_GAP) * (len(widths) - 1))
    while sum(widths) > room:
        widths[widths.index(max(widths))] -= 1
    return widths


def _cut_to(values: Sequence[str], widths: Sequence[int], look: TextStyle, style: str = "") -> Text:
    line = Text()
    for value, width in zip(values, widths, strict=True):
        cell = Text(value, style)
        if cell.cell_len > width:
            end = look.own("…") if width >= len(look.own("…")) else ""
            cell.truncate(width - len(end))
            cell.append(end)
        cell.append(" " * (width - cell.cell_len))
        line.append_text(cell).append(_GAP)
    line.rstrip()
    return line
