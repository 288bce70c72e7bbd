"""Links from the codes in a finished result to the pages of the documentation.

A base is the address of the documentation site; `diagnostics/CODE.html` below it is the page of a code. A code is
linked where the program writes one: `error[E203]`, `! W520` at the beginning of a line, and their forms in Markdown.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_CODE = r"[EWI][1-6]\d\d|A00[1-4]"
_IN_TEXT = re.compile(
    rf"((?:error|warning|info)\[|^(?:\x1b\[[0-9;]*m| )*[!-] (?:\x1b\[[0-9;]*m)*)({_CODE})(?=[\] ])", re.M
)
_IN_MARKDOWN = re.compile(rf"^(- \*\*|\| (?:\*\*error\*\*|warning|note) `)({_CODE})(\*\* |` \|)", re.M)
_FENCE = re.compile(r"^(`{3,})[^\n`]*\n.*?^\1$", re.S | re.M)
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f<>\"\\()]")


def is_base(address: str) -> bool:
    """Whether an address can be that of a site: http or https, with a host, and nothing that ends a link."""
    if _CONTROL.search(address) or not address.isascii():
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment


def page_of(code: str, base: str) -> str:
    """The address of the page of a code."""
    return f"{base.rstrip('/')}/diagnostics/{code}.html"


def linked_text(text: str, base: str) -> str:
    """Text for a terminal, with its codes as hyperlinks (OSC 8).
    https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda"""
    return _IN_TEXT.sub(
        lambda found: f"{found[1]}\x1b]8;;{page_of(found[2], base)}\x1b\\{found[2]}\x1b]8;;\x1b\\", text
    )


def linked_markdown(text: str, base: str) -> str:
    """Markdown with its codes as links, outside of fenced blocks. Each address is written once, at the end, so that a
    result that fits into a comment still does."""
    found: set[str] = set()

    def link(match: re.Match[str]) -> str:
        before, code, after = match.groups()
        found.add(code)
        if before.endswith("`"):
            return f"{before[:-1]}[`{code}`][{code}]{after[1:]}"
        return f"{before}[{code}]{after}"

    parts, end = [], 0
    for fence in _FENCE.finditer(text):
        parts += [_IN_MARKDOWN.sub(link, text[end : fence.start()]), fence[0]]
        end = fence.end()
    parts.append(_IN_MARKDOWN.sub(link, text[end:]))
    if not found:
        return text
    addresses = "\n".join(f"[{code}]: {page_of(code, base)}" for code in sorted(found))
    return f"{''.join(parts).rstrip()}\n\n{addresses}\n"
