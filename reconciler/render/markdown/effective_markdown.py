"""An effective policy as Markdown: a table of its settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.effective import EffectivePolicy
from reconciler.render.effective import NOT_THERE, origin_of, remarks, title, value_of
from reconciler.render.markdown.blocks import LIMIT, code, fitting, table
from reconciler.render.safe import markdown_text


def effective(found: Sequence[tuple[str, EffectivePolicy | None]], *, limit: int = LIMIT) -> str:
    """The answers with their titles (empty for a single one); `None` where the account is not in that organization."""
    blocks = [block for name, answer in found for block in _blocks(name, answer)]
    return fitting("explain", {}, [lambda: ["### reconciler explain", *blocks]], limit)


def _blocks(name: str, found: EffectivePolicy | None) -> Iterator[str]:
    if name:
        yield f"**{markdown_text(name)}**"
    if found is None:
        yield NOT_THERE
        return
    yield markdown_text(title(found))
    if found.settings:
        rows = [
            (code(".".join(each.path)), markdown_text(value_of(each)), code(origin_of(each))) for each in found.settings
        ]
        yield table(("Setting", "Value", "From"), rows)
    for each in remarks(found):
        yield markdown_text(each)
