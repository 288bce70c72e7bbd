"""Diagnostics as rustc writes them: what is wrong, the place with its line, and what to do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text

from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.render.text.layout import BAD, BLANK, BOLD, GOOD, WARN, Row, TextStyle, printed, sentence, words
from reconciler.render.words import count, finding_counts

ReadLine = Callable[[str, int], str | None]

_EDGE = "bold blue"
_STYLES: Mapping[Severity, str] = {"error": BAD, "warning": f"{BOLD} {WARN}", "info": BOLD}
_TAB = "    "
_CONTEXT = 2
_NAMES = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|\S*[0-9*:@/.][^\s,;]*")
"""What is quoted, and words with digits or signs, such as `s3:GetObject` and 12."""


def diagnostics(
    diagnostics: Sequence[Diagnostic],
    *,
    read_line: ReadLine,
    width: int,
    color: bool,
    unicode: bool = True,
    most_alike: int | None = None,
) -> str:
    """All findings with their places, and a closing line. `read_line(file, number)` gives a line without its end, or
    `None` where it cannot be read. The order is that of the files and lines, errors and warnings mixed. Of findings
    that differ in names and numbers only, the first `most_alike` are shown and the rest is counted."""
    look = TextStyle(width, color, unicode)
    rows: list[Row] = []
    shown: Counter[tuple[str, str]] = Counter()
    for each in sorted(diagnostics, key=lambda found: (found.file, found.line, found.column, found.code)):
        shape = _shape(each)
        shown[shape] += 1
        if most_alike is None or shown[shape] <= most_alike:
            rows += [*_diagnostic(each, read_line, look), BLANK]
    for (code, message), number in shown.items():
        if most_alike is not None and number > most_alike:
            text = f"and {number - most_alike:,} more {code} like: {look.safe(message)} (--verbose shows each)"
            rows += [sentence(text), BLANK]
    return printed([*rows, _closing(diagnostics, look)], look)


def _shape(found: Diagnostic) -> tuple[str, str]:
    """The code, and the message without what makes one finding of a kind another than the next: names and numbers."""
    return found.code, _NAMES.sub("…", found.message)


def _diagnostic(found: Diagnostic, read_line: ReadLine, look: TextStyle) -> Iterator[Row]:
    style = _STYLES[found.severity]
    head = Text(f"{found.severity}[{look.safe(found.code)}]", style) + Text(":", BOLD)
    yield Row((head, *words(look.safe(found.message), BOLD)), "", "  ")
    last = max(found.line, found.end_line or 0)
    digits = len(str(last))
    yield _place("-->", found.file, found.line, found.column, digits, look)
    yield from _excerpt(found, read_line, digits, look)
    margin = f"{' ' * digits} = "
    if found.help:
        yield Row((Text("help:", GOOD), *words(look.safe(found.help))), margin, " " * len(margin))
    for what, file, line, column in found.related:
        yield Row((*words(f"note: {look.safe(what)}:"), Text(look.safe(f"{file}:{line}:{column}"))), margin, " " * 6)


def _place(arrow: str, file: str, line: int, column: int, digits: int, look: TextStyle) -> Row:
    return Row((Text(arrow, _EDGE), Text(look.safe(f"{file}:{line}:{column}"))), " " * digits, " " * (digits + 4))


def _excerpt(found: Diagnostic, read_line: ReadLine, digits: int, look: TextStyle) -> Iterator[Row]:
    raw = read_line(found.file, found.line)
    if raw is None:
        return
    bar = "│" if look.unicode else "|"
    empty = Row((Text(f"{' ' * digits} {bar}", _EDGE),))
    columns = look.width - digits - 3
    yield empty
    cut = _cut_around(raw, found, columns, look)
    for number in range(max(1, found.line - _CONTEXT), found.line) if not cut.start else ():
        before = read_line(found.file, number)
        if before is not None:
            yield _line(number, _truncated(before, 0, columns, look), digits, bar)
    yield _line(found.line, cut.text, digits, bar)
    yield from _underline(cut, found, digits, bar, look)
    yield empty


class _Cut(NamedTuple):
    """The visible part of the line: its text, the character it starts at, and the cells before and under the place."""

    text: str
    start: int
    offset: int
    length: int


def _cut_around(raw: str, found: Diagnostic, columns: int, look: TextStyle) -> _Cut:
    """As much of the line as fits around the place."""
    first = max(0, min(found.column - 1, len(raw)))
    end = len(raw) if found.end_line not in (None, found.line) else (found.end_column or first + 2) - 1
    last = max(first + 1, min(end, len(raw)))
    start = 0
    if cell_len(_visible(raw[:last], look)) > columns:
        before = max(0, columns // 3)
        start = first
        while start and cell_len(_visible(raw[start - 1 : first], look)) < before:
            start -= 1
    text = _truncated(raw, start, columns, look)
    dots = len(look.own("…")) if start else 0
    offset = cell_len(_visible(raw[start:first], look)) + dots
    length = cell_len(_visible(raw[first:last], look))
    return _Cut(text, start, offset, max(1, min(length, columns - offset)))


def _truncated(raw: str, start: int, columns: int, look: TextStyle) -> str:
    """The line from a character on, cut to the number of columns, with dots where something is left out."""
    dots = look.own("…")
    text = Text((dots if start and len(raw) > start else "") + _visible(raw[start:].rstrip(), look))
    if text.cell_len > columns:
        text.truncate(columns - len(dots))
        text.append(dots)
    return text.plain


def _visible(raw: str, look: TextStyle) -> str:
    return _TAB.join(look.safe(part) for part in raw.split("\t"))


def _line(number: int, text: str, digits: int, bar: str) -> Row:
    return Row(
        (Text(f"{number:>{digits}} {bar}", _EDGE), Text(text)) if text else (Text(f"{number:>{digits}} {bar}", _EDGE),)
    )


def _underline(cut: _Cut, found: Diagnostic, digits: int, bar: str, look: TextStyle) -> Iterator[Row]:
    style = _STYLES[found.severity]
    margin = Text(f"{' ' * digits} {bar} ", _EDGE)
    marks = Text(" " * cut.offset + "^" * cut.length, style)
    label = words(look.safe(found.label), style) if found.label else []
    beside = margin.cell_len + marks.cell_len + 1 + sum(each.cell_len + 1 for each in label)
    if beside <= look.width:
        yield Row((margin + marks, *label))
        return
    yield Row((margin + marks,))
    indent = margin.plain + " " * min(cut.offset, look.width // 3)
    yield Row(tuple(label), indent, indent)


def _closing(found: Sequence[Diagnostic], look: TextStyle) -> Row:
    counts = finding_counts(found)
    if not counts:
        return sentence("No errors, no warnings.", f"{BOLD} {GOOD}")
    files = count(len({each.file for each in found}), "file")
    worst = next(each for each in _STYLES if any(found_one.severity == each for found_one in found))
    return sentence(f"{counts} in {files}", _STYLES[worst])
