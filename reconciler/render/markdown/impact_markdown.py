"""What a plan means for people, as Markdown: as a part of the plan, and on its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from reconciler.model.impact import AccessEntry, Impact, ImpactLine
from reconciler.model.scope import Coverage
from reconciler.render.impact import (
    RISKY,
    access_mark,
    coverage_note,
    folded,
    heading_with_risks,
    mark,
    named,
    remarks,
    title_of,
)
from reconciler.render.markdown.blocks import LIMIT, code, fitting
from reconciler.render.safe import markdown_text

_LONGEST_LINE = 600


def impact(
    impact: Sequence[Impact],
    *,
    limit: int = LIMIT,
    access: Sequence[AccessEntry] = (),
    coverage: Coverage | None = None,
) -> str:
    """What each group of accounts can no longer, or newly, do, and who gains and loses access; as much as `limit`
    characters take."""

    def version(most: int) -> list[str]:
        block = impact_block(impact, most, access, coverage)
        nothing = [] if impact or access else ["No permission is gained or lost."]
        return ["### reconciler impact", *nothing, *([block] if block else [])]

    longest = max(len(impact), len(access))
    sizes = dict.fromkeys(most for most in (longest, 50, 10, 2) if most <= longest or most == 2)
    return fitting("impact", {}, [partial(version, most) for most in sizes], limit)


def impact_block(
    impact: Sequence[Impact],
    most: int,
    access: Sequence[AccessEntry] = (),
    coverage: Coverage | None = None,
    title: str | None = None,
) -> str:
    """The groups as a list, the riskiest first, then who gains and loses access; empty where nobody does and everything
    is known. The title, which must be safe, is the one of a plan by default."""
    lines = [line for group in impact[:most] for line in _group(group)]
    lines += [f"- and {len(impact) - most:,} more groups of accounts"] if len(impact) > most else []
    lines += [f"- `{access_mark(each)}` {_text(each.text)}" for each in access[:most]]
    lines += [f"- and {len(access) - most:,} more changes of access"] if len(access) > most else []
    note = coverage_note(coverage)
    return "\n".join(
        [*([f"**{title or title_of(impact)}**", "", *lines] if lines else []), *([""] if lines and note else []), note]
    ).rstrip("\n")


def _group(group: Impact) -> list[str]:
    accounts = [code(each) for each in named(group)]
    more = len(group.accounts) - len(accounts)
    accounts += [f"and {more:,} more"] if more else []
    return [f"- {heading_with_risks(group)}: {', '.join(accounts)}", *map(_line, group.lines)]


def _line(line: ImpactLine) -> str:
    notes = " · ".join(markdown_text(each) for each in remarks(line))
    text = _text(folded(line))
    shown = f"**{text}**" if line.risk in RISKY else text
    return f"  - `{mark(line)}` {shown}{f' ({notes})' if notes else ''}"


def _text(line: str) -> str:
    return markdown_text(line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…")
