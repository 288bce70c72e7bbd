r"""Escaping of untrusted strings.

Names of OUs may contain any character (the service's pattern is `[\s\S]*`), as may tags, descriptions and error
messages. The result of `safe` moves no cursor, hides nothing and changes no reading direction; the other functions
escape for a format in addition, and call `safe` themselves.
"""

from __future__ import annotations

import re

from reconciler.model.printable import LOG_COMMAND, is_plain

_SHORT_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def safe(text: str, *, unicode: bool = True) -> str:
    r"""The text on one line with every control, formatting, bidirectional, zero-width and look-alike blank character
    written as an escape (`\x1b`, `\n`, `\u202e`). Without `unicode` the result is plain ASCII."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if is_plain(char, unicode=unicode) else _escape(char) for char in text)


def _escape(char: str) -> str:
    if char in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[char]
    point = ord(char)
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


_COLOR = re.compile(r"(\x1b\[[0-9;]*m)")
_NOT_ASCII = re.compile(r"[^\x20-\x7e\n]")
_LINE_COMMAND = re.compile(r"^((?:[^\S\n]|\x1b\[[0-9;]*m)*):(?=:)", re.M)


def safe_lines(text: str, *, color: bool = False) -> str:
    r"""A result in text or Markdown, escaped again before it is written: no characters but those that `safe` leaves,
    line breaks and (with `color`) colour codes, and nothing that a build log interprets as a command: on GitHub a line
    that begins with `::`, after any blanks, and every `##[`. Wrapping can put either at the beginning of a line.
    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands"""
    parts = _COLOR.split(text) if color else [text]
    plain = "".join(part if index % 2 else _NOT_ASCII.sub(_escaped, part) for index, part in enumerate(parts))
    return _LINE_COMMAND.sub(r"\1\\x3a", LOG_COMMAND.sub(r"\\x23", plain))


def _escaped(match: re.Match[str]) -> str:
    return match[0] if is_plain(match[0]) else _escape(match[0])


def safe_html(text: str) -> str:
    """A page of HTML or XML, escaped once more before it is written: nothing that a build log takes for a command."""
    return _LINE_COMMAND.sub(r"\1&#58;", LOG_COMMAND.sub("&#35;", text))


def safe_commands(text: str) -> str:
    """Workflow commands of GitHub, escaped once more before they are written: nothing in them is one of another log."""
    return LOG_COMMAND.sub(r"\\x23", text)


_MARKDOWN = re.compile(
    r"[\\`*\[\]<>|~$&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"
    r"|^[-+#=]|^\d(?=\d{0,8}[.)])"
)
_AUTOLINK = re.compile(r"(?i)(@|#(?=\d)|\bGH(?=-\d)|:(?=//)|\bwww(?=\.))")
_BREAK = "\u200b"


def markdown_text(text: str) -> str:
    """For running text of GitHub-flavoured Markdown: no markup, HTML, mentions, links or references to
    issues."""
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
