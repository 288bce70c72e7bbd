"""Who can enter an account, as Markdown."""

from __future__ import annotations

from reconciler.model.access import AccountAccess
from reconciler.render.access import HEADS, cells, heading, notes
from reconciler.render.markdown.blocks import LIMIT, code, fitting, table
from reconciler.render.safe import markdown_text

_FEWEST = 50


def access(found: AccountAccess, *, limit: int = LIMIT) -> str:
    """A table of principals, permission sets and lines of the spec; as many rows as `limit` characters take."""

    def version(most: int) -> list[str]:
        rows = [tuple(map(code, cells(each))) for each in found.access[:most]]
        more = f"and {len(found.access) - most:,} more" if len(found.access) > most else ""
        head = tuple(each.capitalize() for each in HEADS)
        blocks = [table(head, rows) if rows else "", more, *map(markdown_text, notes(found))]
        return ["### reconciler explain", f"**{markdown_text(heading(found))}**", *filter(None, blocks)]

    return fitting("explain", {}, [lambda: version(len(found.access)), lambda: version(_FEWEST)], limit)
