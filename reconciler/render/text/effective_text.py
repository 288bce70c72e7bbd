"""An effective policy as text: each setting with its value and the policies that it is from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from reconciler.model.effective import EffectivePolicy
from reconciler.render.effective import NOT_THERE, origin_of, remarks, title, value_of
from reconciler.render.text.layout import BLANK, BOLD, DIM, STEP, WARN, Row, TextStyle, printed, sentence, words


def effective(
    found: Sequence[tuple[str, EffectivePolicy | None]], *, width: int, color: bool, unicode: bool = True
) -> str:
    """The answers with their titles (empty for a single one); `None` where the account is not in that organization."""
    look = TextStyle(width, color, unicode)
    rows = [row for name, each in found for row in _answer(name, each, look)]
    return printed(rows, look)


def _answer(name: str, found: EffectivePolicy | None, look: TextStyle) -> Iterator[Row]:
    if name:
        yield sentence(look.safe(name), BOLD)
        yield BLANK
    if found is None:
        yield sentence(NOT_THERE)
        yield BLANK
        return
    yield sentence(look.safe(title(found)), BOLD)
    for setting in found.settings:
        name_of = Text(f"{look.safe('.'.join(setting.path))}:", BOLD)
        value = words(look.safe(value_of(setting)), WARN if setting.alternatives else "")
        origin = words(look.safe(f"({origin_of(setting)})"), DIM)
        yield Row((name_of, *value, *origin), STEP, STEP * 2)
    for each in remarks(found):
        yield sentence(look.safe(each))
    yield BLANK
