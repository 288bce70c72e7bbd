"""Rows with facts beside them (reason, reach, source): in columns where the width allows it, else below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.text import Text

from reconciler.render.text.layout import DIM, Row, TextStyle, cells, laid_out, sentence

_GAP = "   "
_LEAST = 56
"""Cells that the rows themselves get at least, before there are columns."""


@dataclass(frozen=True)
class Entry:
    """A row and its facts. `below` is the prefix of lines that continue it. Where there is no room for columns, the
    reason of an `evident` one is a word before the source, and of a `detailed` one it is left to the rows below."""

    row: Row
    why: str = ""
    reach: str = ""
    source: str = ""
    below: str = ""
    evident: bool = False
    detailed: bool = False

    @property
    def facts(self) -> tuple[str, str, str]:
        return (self.why, self.reach, self.source)

    @property
    def width(self) -> int:
        return cell_len(self.row.first) + cells(self.row.pieces)


def in_columns(entries: Sequence[Entry], look: TextStyle) -> list[Row]:
    """The entries with their facts."""
    widths = [max(map(cell_len, column), default=0) for column in zip(*(each.facts for each in entries), strict=True)]
    beside = sum(width + len(_GAP) for width in widths if width)
    widest = max((each.width for each in entries if any(each.facts)), default=0)
    left = min(widest, look.width - beside)
    if left >= min(widest, _LEAST):
        return [row for each in entries for row in _beside(each, left, widths, look)]
    return [row for each in entries for row in _close(each, look)]


def _beside(entry: Entry, left: int, widths: Sequence[int], look: TextStyle) -> Iterator[Row]:
    if not any(entry.facts):
        yield entry.row
        return
    columns = _GAP.join(f"{fact:<{width}}" for fact, width in zip(entry.facts, widths, strict=True) if width)
    lines = list(laid_out(entry.row, left if entry.width > left else look.width))
    lines[-1].append(" " * (left - lines[-1].cell_len) + _GAP)
    lines[-1].append(columns.rstrip(), DIM)
    yield from (Row((line,)) for line in lines)


def _close(entry: Entry, look: TextStyle) -> Iterator[Row]:
    """The source at the end of the line, the rest there too where it is short, else below."""
    if not any(entry.facts):
        yield entry.row
        return
    why, reach, source = entry.facts
    if entry.detailed:
        why = ""
    if not source and (row := _with_end(entry, look.own(" · ").join(filter(None, (why, reach))), look)):
        yield row
        return
    if not why or (entry.evident and source):
        facts = [each for each in (reach, f"declared {source}" if entry.evident else source) if each]
        if row := _with_end(entry, _GAP.join(facts), look):
            yield row
            return
    row = _with_end(entry, source, look) if source else None
    yield row or entry.row
    below = [each for each in (why, reach, "" if row else source) if each]
    if below:
        yield sentence(look.own(" · ").join(below), DIM, indent=entry.below, hang=f"{entry.below}  ")


def _with_end(entry: Entry, end: str, look: TextStyle) -> Row | None:
    """The row with a text at the right edge, or nothing where both do not fit."""
    free = look.width - entry.width - cell_len(end)
    if free < len(_GAP):
        return None
    return replace(entry.row, pieces=(*entry.row.pieces, Text(" " * (free - 1)) + Text(end, DIM)))
