"""Who can enter an account, as a table."""

from __future__ import annotations

import sys

from reconciler.model.access import AccountAccess
from reconciler.render.access import HEADS, cells, heading, notes
from reconciler.render.text.layout import BLANK, BOLD, DIM, Row, TextStyle, printed, sentence, words
from reconciler.render.text.table import table_rows


def access(found: AccountAccess, *, width: int | None, color: bool, unicode: bool = True) -> str:
    """Each principal with its permission set, and the line of the spec that gives it. Columns that do not fit are
    cut, the widest first; without a `width` nothing is cut."""
    look = TextStyle(width or sys.maxsize, color, unicode)
    lines = [tuple(map(look.safe, cells(each))) for each in found.access]
    rows = [Row((*words(look.safe(heading(found)), BOLD),)), BLANK]
    rows += [*table_rows(HEADS, lines, look, width), BLANK] if lines else []
    return printed([*rows, *(sentence(each, DIM) for each in notes(found))], look)
