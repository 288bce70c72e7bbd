"""What a plan means for people, as text: as a part of the plan, and on its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from reconciler.model.impact import AccessEntry, Impact, ImpactLine
from reconciler.model.scope import Coverage
from reconciler.render.impact import RISKY, access_mark, coverage_note, heading, mark, named, remarks
from reconciler.render.text.layout import (
    BAD,
    BLANK,
    BOLD,
    DIM,
    GOOD,
    HEAD,
    STEP,
    WARN,
    Row,
    TextStyle,
    printed,
    sentence,
    words,
)

_FEW_GROUPS, _FEW_LINES = 8, 6
_FEW_ENTRIES = 20
_STYLES = {"-": BAD, "+": GOOD}
_RISKS = {"high": BAD, "medium": WARN}


def impact(
    impact: Sequence[Impact],
    *,
    width: int,
    color: bool,
    unicode: bool = True,
    verbose: bool = False,
    access: Sequence[AccessEntry] = (),
    coverage: Coverage | None = None,
) -> str:
    """What each group of accounts can no longer, or newly, do, and who gains and loses access."""
    look = TextStyle(width, color, unicode)
    rows = [] if impact or access else [sentence("No permission is gained or lost.", f"{BOLD} {GOOD}")]
    rows += impact_rows(impact, look, verbose=verbose, access=access, coverage=coverage)
    return printed(rows, look)


def impact_rows(
    impact: Sequence[Impact],
    look: TextStyle,
    *,
    verbose: bool,
    access: Sequence[AccessEntry] = (),
    coverage: Coverage | None = None,
    title: str = "What it means for people",
) -> Iterator[Row]:
    """The section of a plan; of its lines, only what is not known where nobody gains or loses. The title must be
    safe."""
    if impact or access:
        yield Row((Text(title, HEAD),))
    shown = impact if verbose else impact[:_FEW_GROUPS]
    for group in shown:
        yield from _group(group, look, verbose)
    if len(impact) > len(shown):
        yield sentence(f"and {len(impact) - len(shown):,} more groups of accounts (--verbose lists all)", indent=STEP)
    yield from _access(access, look, verbose)
    note = coverage_note(coverage)
    if note:
        yield sentence(note, DIM, indent=STEP * bool(impact or access))
    if impact or access or note:
        yield BLANK


def _access(access: Sequence[AccessEntry], look: TextStyle, verbose: bool) -> Iterator[Row]:
    shown = access if verbose else access[:_FEW_ENTRIES]
    for entry in shown:
        mark = access_mark(entry)
        yield Row((Text(mark, _STYLES.get(mark, WARN)), *words(look.safe(entry.text))), STEP, STEP * 3)
    if len(access) > len(shown):
        more = f"and {len(access) - len(shown):,} more changes of access (--verbose lists all)"
        yield sentence(more, DIM, indent=STEP)


def _group(group: Impact, look: TextStyle, verbose: bool) -> Iterator[Row]:
    accounts = [look.safe(each) for each in named(group, everyone=verbose)]
    if more := len(group.accounts) - len(accounts):
        accounts.append(f"and {more:,} more")
    counted = words(f"{heading(group)}:", BOLD)
    yield Row((*counted, *words(", ".join(accounts))), STEP, STEP * 2)
    shown = group.lines if verbose else group.lines[:_FEW_LINES]
    for line in shown:
        yield from _line(line, look)
    if len(group.lines) > len(shown):
        yield sentence(f"and {len(group.lines) - len(shown):,} more (--verbose lists all)", DIM, indent=STEP * 2)


def _line(line: ImpactLine, look: TextStyle) -> Iterator[Row]:
    style = _STYLES.get(mark(line), WARN)
    yield Row((Text(mark(line), style), *words(look.safe(line.text))), STEP * 2, STEP * 4)
    if texts := remarks(line):
        first, *rest = (words(look.safe(each)) for each in texts)
        risk = _RISKS.get(line.risk, DIM) if line.risk in RISKY else DIM
        pieces = [Text(piece.plain, risk) for piece in first]
        for each in rest:
            pieces += [Text(look.own("·"), DIM), *(Text(piece.plain, DIM) for piece in each)]
        yield Row(tuple(pieces), STEP * 3, STEP * 4)
