"""What a plan means for people, as text: as a part of the plan, and on its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from reconciler.model.base import Json
from reconciler.render.impact import RISKY, Group, Line, groups
from reconciler.render.text.layout import (
    BAD,
    BLANK,
    BOLD,
    DIM,
    GOOD,
    HEAD,
    WARN,
    Row,
    TextStyle,
    printed,
    sentence,
    words,
)
from reconciler.render.words import count

_FEW_GROUPS, _FEW_LINES = 8, 6
_STEP = "  "
_RISKS = {"high": BAD, "medium": WARN}


def impact(impact: Sequence[Json], *, width: int, color: bool, unicode: bool = True, verbose: bool = False) -> str:
    """What each group of accounts can no longer, or newly, do."""
    look = TextStyle(width, color, unicode)
    rows = list(impact_rows(impact, look, verbose=verbose))
    return printed(rows or [sentence("No permission is gained or lost.", f"{BOLD} {GOOD}")], look)


def impact_rows(impact: Sequence[Json], look: TextStyle, *, verbose: bool) -> Iterator[Row]:
    """The section of a plan; nothing where nobody gains or loses."""
    found = groups(impact)
    if not found:
        return
    yield Row((Text("What it means for people", HEAD),))
    shown = found if verbose else found[:_FEW_GROUPS]
    for group in shown:
        yield from _group(group, look, verbose)
    if len(found) > len(shown):
        yield sentence(f"and {len(found) - len(shown):,} more groups of accounts (--verbose lists all)", indent=_STEP)
    yield BLANK


def _group(group: Group, look: TextStyle, verbose: bool) -> Iterator[Row]:
    named = [look.safe(each) for each in group.named(everyone=verbose)]
    if len(group.accounts) > len(named):
        named.append(f"and {len(group.accounts) - len(named):,} more")
    yield Row((*words(f"{count(len(group.accounts), 'account')}:", BOLD), *words(", ".join(named))), _STEP, _STEP * 2)
    shown = group.lines if verbose else group.lines[:_FEW_LINES]
    for line in shown:
        yield from _line(line, look)
    if len(group.lines) > len(shown):
        yield sentence(f"and {len(group.lines) - len(shown):,} more (--verbose lists all)", DIM, indent=_STEP * 2)


def _line(line: Line, look: TextStyle) -> Iterator[Row]:
    style = {"-": BAD, "+": GOOD}.get(line.mark, WARN)
    yield Row((Text(line.mark, style), *words(look.safe(line.text))), _STEP * 2, _STEP * 4)
    if remarks := line.remarks():
        first, *rest = (words(look.safe(each)) for each in remarks)
        risk = _RISKS.get(line.risk, DIM) if line.risk in RISKY else DIM
        pieces = [Text(piece.plain, risk) for piece in first]
        for each in rest:
            pieces += [Text(look.own("·"), DIM), *(Text(piece.plain, DIM) for piece in each)]
        yield Row(tuple(pieces), _STEP * 3, _STEP * 4)
