"""What a plan means for people, as Markdown: as a part of the plan, and on its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from reconciler.model.base import Json
from reconciler.render.impact import RISKY, Group, Line, groups
from reconciler.render.markdown.blocks import LIMIT, code, fitting
from reconciler.render.safe import markdown_text
from reconciler.render.words import count

_LONGEST_LINE = 600


def impact(impact: Sequence[Json], *, limit: int = LIMIT) -> str:
    """What each group of accounts can no longer, or newly, do; as many groups as `limit` characters take."""
    found = len(groups(impact))

    def version(most: int) -> list[str]:
        return ["### reconciler impact", impact_block(impact, most) or "No permission is gained or lost."]

    sizes = dict.fromkeys(most for most in (found, 50, 10, 2) if most <= found or most == 2)
    return fitting("impact", {}, [partial(version, most) for most in sizes], limit)


def impact_block(impact: Sequence[Json], most: int) -> str:
    """The groups as a list, the riskiest first; empty where nobody gains or loses."""
    found = groups(impact)
    lines = [line for group in found[:most] for line in _group(group)]
    lines += [f"- and {len(found) - most:,} more groups of accounts"] if len(found) > most else []
    return "\n".join(["**What it means for people**", "", *lines]) if lines else ""


def _group(group: Group) -> list[str]:
    named = [code(each) for each in group.named()]
    named += [f"and {len(group.accounts) - len(named):,} more"] if len(group.accounts) > len(named) else []
    return [f"- {count(len(group.accounts), 'account')}: {', '.join(named)}", *map(_line, group.lines)]


def _line(line: Line) -> str:
    text = line.text if len(line.text) <= _LONGEST_LINE else f"{line.text[: _LONGEST_LINE - 1]}…"
    remarks = " · ".join(markdown_text(each) for each in line.remarks())
    said = f"**{markdown_text(text)}**" if line.risk in RISKY else markdown_text(text)
    return f"  - `{line.mark}` {said}{f' ({remarks})' if remarks else ''}"
