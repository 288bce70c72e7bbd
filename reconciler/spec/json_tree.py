"""JSON to plain values with a place for each; strict: no duplicate keys, no NaN, nothing after the end."""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right

from reconciler.model.base import Json
from reconciler.spec.diagnostics import DiagnosticCollector
from reconciler.spec.tree import Path, Span, Tree
from reconciler.spec.wording import quoted
from reconciler.spec.yaml_nodes import MAX_DEPTH

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ATOM = re.compile(r"[^\s,\]}]+")


class _Unusable(ValueError):
    """A number which is valid JSON and out of range."""


def parse_json(text: str, file: str, diagnostics: DiagnosticCollector) -> Tree | None:
    """The value in `text`. `None`, with the reason reported, where it is not JSON."""
    scan = _Scan(text, file)
    try:
        value: Json = json.loads(text, parse_constant=_refuse, parse_float=_float, parse_int=_int)
        json.dumps(value, ensure_ascii=False).encode()
        scan.value((), 0)
    except json.JSONDecodeError as error:
        message, help = _explained(error, text)
        diagnostics.add("E402", scan.span(error.pos, error.pos + 1), message, help)
        return None
    except _Unusable as error:
        position = max(text.find(str(error)), 0)
        message = f"{quoted(str(error))} is not a usable number"
        diagnostics.add("E117", scan.span(position, position + len(str(error))), message, "write it as a string")
        return None
    except UnicodeEncodeError:
        diagnostics.add("E117", Span(file), "a string contains half of a surrogate pair", "write the whole character")
        return None
    except RecursionError:
        diagnostics.add("E115", Span(file), f"values are nested more than {MAX_DEPTH} deep", "flatten the structure")
        return None
    for path, first, second in scan.duplicates:
        diagnostics.add(
            "E108", second, f"the key {quoted(str(path[-1]))} is written twice in one mapping",
            "keep one of the two, or merge them", related=[("first written here", first)],
        )  # fmt: skip
    scan.tree.value = value
    return scan.tree


class _Scan:
    """Walks a text that is known to be JSON and collects the place of everything."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._position = 0
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self.tree = Tree(None, Span(file))
        self.duplicates: list[tuple[Path, Span, Span]] = []

    def span(self, start: int, end: int) -> Span:
        line = bisect_right(self._lines, start)
        column = start - self._lines[line - 1] + 1
        if bisect_right(self._lines, max(end - 1, start)) != line:
            return Span(self._file, line, column)
        return Span(self._file, line, column, line, column + max(end - start, 1))

    def value(self, path: Path, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise RecursionError
        self._skip()
        start = self._position
        match self._text[start]:
            case "{":
                self._members(path, depth)
            case "[":
                self._elements(path, depth)
            case '"':
                self._token(_STRING)
            case _:
                self._token(_ATOM)
        self.tree.values[path] = self.span(start, self._position)

    def _members(self, path: Path, depth: int) -> None:
        while self._more("}"):
            start = self._position
            name: str = json.loads(self._token(_STRING))
            key, span = (*path, name), self.span(start, self._position)
            if key in self.tree.keys:
                self.duplicates.append((key, self.tree.keys[key], span))
            self.tree.keys[key] = span
            self._skip()
            self._position += 1
            self.value(key, depth + 1)

    def _elements(self, path: Path, depth: int) -> None:
        index = 0
        while self._more("]"):
            self.value((*path, index), depth + 1)
            index += 1

    def _more(self, closing: str) -> bool:
        """Steps over the opening bracket or the comma; False, and past it, at the closing bracket."""
        self._skip()
        if self._text[self._position] != closing:
            self._position += 1
            self._skip()
        if self._text[self._position] == closing:
            self._position += 1
            return False
        return True

    def _skip(self) -> None:
        match = _SPACE.match(self._text, self._position)
        self._position = match.end() if match else self._position

    def _token(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._position)
        assert match is not None
        self._position = match.end()
        return match[0]


def _refuse(text: str) -> float:
    raise _Unusable(text)


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _Unusable(text)
    return number


def _int(text: str) -> int:
    if len(text) > 19:
        raise _Unusable(text)
    return int(text)


def _explained(error: json.JSONDecodeError, text: str) -> tuple[str, str]:
    rest = text[error.pos : error.pos + 1]
    if not rest:
        return "the file ends before the JSON is complete", "close the open brackets and quotes"
    if rest == "'":
        return "JSON text is written in double quotes", "write \"...\" and not '...'"
    if error.msg.startswith("Expecting property name"):
        return "expected a key in double quotes", "remove a comma before `}`, and put keys in double quotes"
    if error.msg.startswith("Illegal trailing comma"):
        return "a comma is not allowed before the closing bracket", "remove the comma"
    if error.msg.startswith("Expecting value"):
        help = "JSON has no comments; remove it" if rest in "/#" else "write a string, number, list or mapping"
        return f"expected a value, found {quoted(rest)}", help
    if error.msg.startswith("Expecting ',' delimiter"):
        return "expected `,` or a closing bracket", "separate the items with `,`"
    if error.msg.startswith("Expecting ':' delimiter"):
        return "expected `:` after the key", 'write "key": value'
    if error.msg.startswith("Extra data"):
        return "expected the end of the file", "remove what follows the closing bracket"
    if error.msg.startswith("Unterminated string"):
        return "this text has no closing quote", 'close it with `"`'
    if error.msg.startswith("Invalid control character"):
        return "a string contains a line break or a control character", "write it as an escape such as `\\n`"
    return "this is not valid JSON", "check the quotes and escapes here"
