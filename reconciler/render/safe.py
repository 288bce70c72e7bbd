r"""Strings that nobody vouches for, made harmless and visible.

Names of OUs may hold any character (the service's pattern is `[\s\S]*`), and tags, descriptions and error messages are
no better. `safe` guarantees that what is left moves no cursor, hides nothing and turns no reading direction; the other
functions add what a format needs on top, and call `safe` themselves.
"""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE_LETTERS = frozenset({*"\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0", *map(chr, range(0xFE00, 0xFE10))})
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
_SHORT_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def safe(text: str, *, unicode: bool = True) -> str:
    r"""The text on one line with every control, formatting, bidirectional, zero-width and look-alike blank character
    written as an escape (`\x1b`, `\n`, `\u202e`). Without `unicode` the result is plain ASCII."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _is_plain(char, unicode) else _escape(char) for char in text)


def _is_plain(char: str, unicode: bool) -> bool:
    if char.isascii():
        return char.isprintable()
    return unicode and char not in _INVISIBLE_LETTERS and unicodedata.category(char) not in _UNSAFE_CATEGORIES


def _escape(char: str) -> str:
    if char in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[char]
    point = ord(char)
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def json_text(text: str) -> str:
    r"""JSON (already serialised) in which everything that is not plain text is a `\u` escape; still the same JSON."""
    return "".join(char if char == "\n" or _is_plain(char, True) else _json_escape(char) for char in text)


def _json_escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


_MARKDOWN = re.compile(
    r"[\\`*\[\]<>|~$&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"
    r"|^[-+#=]|^\d(?=\d{0,8}[.)])"
)
_AUTOLINK = re.compile(r"(?i)(@|#(?=\d)|\bGH(?=-\d)|:(?=//)|\bwww(?=\.))")
_BREAK = "\u200b"


def markdown_text(text: str) -> str:
    """For running text of GitHub-flavoured Markdown: nothing is markup or HTML, nobody is mentioned, nothing becomes a
    link or a reference to an issue."""
    broken = _AUTOLINK.sub(rf"\1{_BREAK}", safe(text))
    return _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", broken).replace(_BREAK, "&#8203;")


_NOT_IN_A_SPAN = re.compile(r"[`|\\]|^ | $|^$")


def markdown_code(text: str) -> str:
    """A name as code, also inside a cell of a table. GitHub makes no mention and no link inside code."""
    shown = safe(text)
    if _NOT_IN_A_SPAN.search(shown):
        return f"<code>{markdown_text(shown) or '(empty)'}</code>"
    return f"`{shown}`"


def fenced(lines: list[str], language: str) -> str:
    """A fenced block which the lines cannot close. The lines must be safe already."""
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}{language}", *lines, fence])
