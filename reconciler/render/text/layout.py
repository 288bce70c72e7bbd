"""Lines of text of a given width: wrapped at sensible places, indented by their tree, coloured or not.

A line is never wider than the width, counted in terminal cells; what cannot be broken at a blank is broken anywhere.
Colour is added at the end and carries no information that the characters do not.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment, Segments
from rich.text import Text

from reconciler.render.safe import safe

DIM, BOLD, GOOD, CHANGE, MOVE, BAD, WARN, HEAD = "dim", "bold", "green", "yellow", "cyan", "bold red", "yellow", "bold"

_ASCII = str.maketrans({"→": "->", "·": "-", "…": "...", "±": "+/-", "├": "|", "└": "`", "─": "-", "│": "|", "━": "=",
                        "“": '"', "”": '"', "✓": "+", "✗": "x"})  # fmt: skip


@dataclass(frozen=True)
class TextStyle:
    """The width of the output in cells, whether it is coloured, and whether it may contain more than ASCII."""

    width: int = 80
    color: bool = False
    unicode: bool = True

    def safe(self, text: str) -> str:
        """An untrusted string, harmless and in characters that the terminal can show."""
        return safe(text, unicode=self.unicode)

    def own(self, text: str) -> str:
        """A string of the program, with ASCII characters in place of drawn ones where needed."""
        return text if self.unicode else text.translate(_ASCII)

    @property
    def guides(self) -> tuple[str, str, str, str]:
        """The branch of a child, of the last child, and what runs below each."""
        return ("├─ ", "└─ ", "│  ", "   ") if self.unicode else ("|- ", "`- ", "|  ", "   ")


@dataclass(frozen=True)
class Row:
    """One entry before layout: pieces that are not broken if possible, after `first`, on further lines after `rest`."""

    pieces: tuple[Text, ...]
    first: str = ""
    rest: str = ""


BLANK = Row(())
STEP = "  "
"""One level of indentation."""


def words(text: str, style: str = "") -> list[Text]:
    """A sentence as pieces, broken at its blanks. The text must be safe."""
    return [Text(word, style) for word in text.split(" ")]


def sentence(text: str, style: str = "", *, indent: str = "", hang: str | None = None) -> Row:
    """A sentence on a row of its own. The text must be safe."""
    return Row(tuple(words(text, style)), indent, indent if hang is None else hang)


def cells(pieces: Sequence[Text]) -> int:
    """The width of the pieces with a blank between each two."""
    return sum(piece.cell_len for piece in pieces) + max(0, len(pieces) - 1)


def laid_out(row: Row, width: int) -> Iterator[Text]:
    """The row as lines of at most `width` cells."""
    first, rest = _shortened(row.first, width), _shortened(row.rest, width)
    line, last = _begun(first), None
    for unbroken in row.pieces:
        for folded in _folded(unbroken, width - max(cell_len(first), cell_len(rest))):
            piece = folded
            if last is not None and line.cell_len + 1 + piece.cell_len > width:
                yield line
                line, last = _begun(rest), None
                piece = piece[len(piece) - len(piece.plain.lstrip()) :]
            elif last is not None:
                line.append(" ", piece.style if piece.style == last else "")
            line.append_text(piece)
            last = piece.style
    yield line


def _begun(prefix: str) -> Text:
    return Text().append(prefix, DIM)


def _shortened(prefix: str, width: int) -> str:
    """A prefix that leaves room to write in, however deep the tree."""
    return prefix if cell_len(prefix) <= max(0, width - 20) else prefix[: max(0, width - 20)]


def _folded(piece: Text, width: int) -> Iterable[Text]:
    """The piece, cut where it is wider than a line."""
    if piece.cell_len <= width:
        return [piece]
    cuts, used = [], 0
    for index, char in enumerate(piece.plain):
        if used + cell_len(char) > max(1, width) and used:
            cuts.append(index)
            used = 0
        used += cell_len(char)
    return piece.divide(cuts)


def printed(rows: Iterable[Row], look: TextStyle) -> str:
    """The rows as one string, without blanks at the ends of lines and without an empty line at the end."""
    kept = list(rows)
    if kept and kept[-1] is BLANK:
        kept.pop()
    stream = io.StringIO()
    console = Console(
        file=stream, width=look.width, force_terminal=look.color, color_system="standard" if look.color else None,
        no_color=not look.color, highlight=False, markup=False, emoji=False, legacy_windows=False, _environ={},
    )  # fmt: skip
    for line in (line for row in kept for line in laid_out(row, look.width)):
        line.rstrip()
        console.print(Segments([*Segment.simplify(line.render(console)), Segment.line()]), soft_wrap=True)
    return stream.getvalue()
