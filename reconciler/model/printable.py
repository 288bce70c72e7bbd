r"""Which characters may be printed as they are, and JSON that holds no others.

Names of OUs may hold any character (the service's pattern is `[\s\S]*`), and tags, descriptions and error messages are
no better: a control character moves the cursor, a bidirectional one turns the reading direction, and a build log takes
certain lines for commands.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

_INVISIBLE_LETTERS = frozenset({*"\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0", *map(chr, range(0xFE00, 0xFE10))})
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})

LOG_COMMAND = re.compile(r"#(?=#\w*\[)")
"""The first character of what a build log takes for a command wherever it is in a line: `##[` on GitHub, `##vso[` on
Azure, `##teamcity[`. https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs"""


def is_plain(char: str, *, unicode: bool = True) -> bool:
    """Whether the character is visible, moves nothing, and (without `unicode`) is ASCII."""
    if char.isascii():
        return char.isprintable()
    return unicode and char not in _INVISIBLE_LETTERS and unicodedata.category(char) not in _UNSAFE_CATEGORIES


def json_text(text: str) -> str:
    r"""JSON (already serialised) in which everything that is not plain text is a `\u` escape; still the same JSON."""
    if text.isascii() and "\x7f" not in text:
        shown = text
    else:
        shown = "".join(char if char == "\n" or is_plain(char) else _escape(char) for char in text)
    return LOG_COMMAND.sub(r"\\u0023", shown)


def _escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def dumps(value: Any, *, indent: int | None = 2) -> str:
    r"""A value as JSON that ends with a line break and is safe to print: letters of any language are as they are,
    control, bidirectional and other invisible characters are `\u` escapes."""
    return json_text(json.dumps(value, indent=indent, ensure_ascii=False)) + "\n"
