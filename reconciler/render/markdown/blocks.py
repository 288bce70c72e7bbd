"""The blocks of GitHub-flavoured Markdown that the results are made of, and how a result is made to fit.

GitHub takes comments of at most 65,536 characters. A result is a list of versions, from the fullest to the shortest;
`fitting` takes the first one that fits, so nothing is ever cut in the middle of a block.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from reconciler.model.address import Address
from reconciler.model.plan import Change, Plan, Warning_
from reconciler.render.details import Detail
from reconciler.render.safe import fenced, markdown_code, markdown_text, safe
from reconciler.render.words import DisplayName, Names, advised, heading_of, pending_line, some, without_advice

LIMIT = 60_000
"""Characters, with room below GitHub's 65,536 for what a workflow adds."""

_LONGEST_NAME = 120
_MOST_PENDING = 20
Version = Callable[[], list[str]]


def marker(command: str, fields: dict[str, str], *, truncated: bool | None = None) -> str:
    """The hidden first line, which identifies a comment and shortened content."""
    values = fields if truncated is None else fields | {"truncated": "true" if truncated else "false"}
    pairs = [f"{key}={re.sub(r'[^A-Za-z0-9:._-]', '_', value)}" for key, value in values.items()]
    return f"<!-- reconciler:{command} {' '.join(pairs)} -->"


def fitting(command: str, fields: dict[str, str], versions: Sequence[Version], limit: int, *, complete: int = 1) -> str:
    """The first version within the limit, else as many complete blocks of the shortest one as fit. The first `complete`
    versions have everything, and are not marked as truncated."""
    blocks: list[str] = []
    for index, version in enumerate(versions):
        blocks = [marker(command, fields, truncated=index >= complete), *version()]
        if len(text := joined(blocks)) <= limit:
            return text
    while len(blocks) > 1 and len(joined(blocks)) > limit:
        blocks.pop()
    return joined(blocks)


def joined(blocks: Iterable[str]) -> str:
    """Blocks with an empty line between each two. The marker is a block of its own, so what follows is Markdown."""
    return "\n\n".join(block for block in blocks if block) + "\n"


def code(name: str) -> str:
    """A name as code, cut after 120 characters."""
    return markdown_code(name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…")


def display(named: DisplayName) -> str:
    """``SCP `deny-regions` ``."""
    if named.kind == "root":
        return "the root"
    on = f" on {'the root' if named.on == 'the root' else code(named.on)}" if named.on else ""
    return f"{markdown_text(named.kind)} {code(named.name)}{on}"


def show(names: Names, address: Address) -> str:
    """The name of the resource at an address."""
    return display(names.display(address))


def source(change: Change) -> str:
    """The place of a change in the spec."""
    return code(str(change.source)) if change.source else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the cells are Markdown already, without line breaks."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def alert(kind: str, lines: Iterable[str]) -> str:
    """An alert: `CAUTION`, `WARNING`, `NOTE`."""
    return "\n".join([f"> [!{kind}]", *(f"> {line}" if line else ">" for line in lines)])


def folded(summary_html: str, content: str) -> str:
    """A block that is expanded by a click. The summary is HTML."""
    return f"<details><summary>{summary_html}</summary>\n\n{content}\n\n</details>"


def summary_html(named: DisplayName, text: str) -> str:
    """The summary of a folded block: a name and a few words. Markdown's entities are HTML's."""
    name = "" if named.kind == "root" else f" <code>{markdown_text(named.name)}</code>"
    return f"{markdown_text(named.kind)}{name}: {markdown_text(text)}"


def rest(items: Sequence[object], most: int) -> str:
    """How many items there are beside the first ones."""
    return f"and {len(items) - most:,} more." if len(items) > most else ""


def warnings(found: Sequence[Warning_], most: int) -> str:
    """The warnings as a list, and how much advice there is beside them."""
    found, advice = without_advice(found)
    lines = [
        f"**{markdown_text(each.code)}** {markdown_text(advised(each))}"
        + (f" ({code(str(each.source))})" if each.source else "")
        for each in found
    ]
    listed = [f"**{heading_of(found)}**", "", *(f"- {each}" for each in some(lines, most))] if lines else []
    return "\n".join([*listed, *([""] if lines and advice else []), *([f"{advice}."] if advice else [])])


def pending(plan: Plan) -> str:
    """What another party has to do."""
    lines = [f"- {markdown_text(pending_line(each))}" for each in plan.pending]
    return "\n".join(["**Pending: another party has to act**", "", *some(lines, _MOST_PENDING)]) if lines else ""


def diff_block(details: Iterable[Detail], legend: str = "") -> str:
    """Details as a fenced block that GitHub colours."""
    lines = [line for each in details for line in _diff_lines(each)]
    return fenced([*([f"  {legend}"] if legend else []), *lines], "diff") if lines else ""


def _diff_lines(detail: Detail) -> Iterator[str]:
    indent, label = "  " * detail.depth, safe(detail.label)
    removed, added = [safe(each) for each in detail.removed], [safe(each) for each in detail.added]
    if not removed and not added:
        yield f"{'! ' if detail.sentence else '  '}{indent}{label}"
    elif detail.kept or len(removed) + len(added) > 2:
        yield f"  {indent}{label}{f' ({detail.kept:,} unchanged)' if detail.kept else ''}"
        yield from (f"- {indent}  {value}" for value in removed)
        yield from (f"+ {indent}  {value}" for value in added)
    else:
        yield from (f"- {indent}{label}  {value}" for value in removed)
        yield from (f"+ {indent}{label}  {value}" for value in added)
