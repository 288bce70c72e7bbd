"""Patterns as they stand in a spec: `*` and `?` within one step of a path, `**` over any number of steps."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=1024)
def _compiled(pattern: str, paths: bool) -> re.Pattern[str]:
    one = "[^/]" if paths else "."
    regex = ""
    for part in re.findall(r"\*\*|\*|\?|\\.|.", pattern, re.DOTALL):
        if part == "**":
            regex += ".*"
        elif part in ("*", "?"):
            regex += one + ("*" if part == "*" else "")
        else:
            regex += re.escape(part)
    return re.compile(regex, re.DOTALL)


def matches(pattern: str, text: str, *, paths: bool = True) -> bool:
    """True where the whole of `text` fits. With `paths=False` (names, tag keys) a `*` also crosses a `/`.

    `Legacy/**` is everything below `Legacy`, not `Legacy` itself.
    """
    return _compiled(pattern, paths).fullmatch(text) is not None
