"""What a plan means for people, as Markdown: as a part of the plan, and on its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from reconciler.model.impact import Impact, ImpactLine
from reconciler.render.impact import RISKY, heading, mark, named, remarks
from reconciler.render.markdown.blocks import LIMIT, code, fitting
from reconciler.render.safe import markdown_text

_LONGEST_LINE = 600


def impact(impact: Sequence[Impact], *, limit: int = LIMIT) -> str:
    """What each group of accounts can no longer, or newly, do; as many groups as `limit` characters take."""

    def version(most: int) -> list[str]:
        return ["### reconciler impact", impact_block(impact, most) or "No permission is gained or lost."]

    sizes = dict.fromkeys(most for most in (len(impact), 50, 10, 2) if most <= len(impact) or most == 2)
    return fitting("impact", {}, [partial(version, most) for most in sizes], limit)


def impact_block(impact: Sequence[Impact], most: int) -> str:
    """The groups as a list, the riskiest first; empty where nobody gains or loses."""
    lines = [line for group in impact[:most] for line in _group(group)]
    lines += [f"- and {len(impact) - most:,} more groups of accounts"] if len(impact) > most else []
    return "\n".join(["**What it means for people**", "", *lines]) if lines else ""


def _group(group: Impact) -> list[str]:
    accounts = [code(each) for each in named(group)]
    more = len(group.accounts) - len(accounts)
    accounts += [f"and {more:,} more"] if more else []
    return [f"- {heading(group)}: {', '.join(accounts)}", *map(_line, group.lines)]


def _line(line: ImpactLine) -> str:
    text = line.text if len(line.text) <= _LONGEST_LINE else f"{line.text[: _LONGEST_LINE - 1]}…"
    notes = " · ".join(markdown_text(each) for each in remarks(line))
    shown = f"**{markdown_text(text)}**" if line.risk in RISKY else markdown_text(text)
    return f"  - `{mark(line)}` {shown}{f' ({notes})' if notes else ''}"
