"""YAML text to nodes, from the parser's events: bounded in depth, every syntax error explained.

Nodes are built here and not by PyYAML's composer, which recurses without a bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn, Protocol

import yaml

from reconciler.spec.diagnostics import DiagnosticCollector
from reconciler.spec.tree import Span
from reconciler.spec.wording import did_you_mean, quoted

MAX_DEPTH = 64

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True, eq=False)
class Node:
    """A scalar (`text`; `plain` without quotes), a list (`items`) or a mapping (`pairs`), and where it is written."""

    span: Span
    tag: str | None = None
    text: str | None = None
    plain: bool = False
    items: list[Node] | None = None
    pairs: list[tuple[Node, Node]] | None = field(default=None)


class Malformed(Exception):
    """The text cannot be read further; the reason is reported."""


class _Composer:
    """Turns the events of one text into nodes. An alias gives the node of its anchor, not a copy."""

    def __init__(self, text: str, file: str, diagnostics: DiagnosticCollector) -> None:
        self._loader = _Loader(text)
        self._file = file
        self._diagnostics = diagnostics
        self._anchors: dict[str, Node] = {}
        self.last_multiline: tuple[Span, Span] | None = None
        """Where the last quoted text over several lines begins and ends."""

    def document(self) -> Node | None:
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        node = self._node(self._next(), 0)
        self._next()
        following = self._next()
        if isinstance(following, yaml.DocumentStartEvent):
            self._stop(
                "E107", self._place(following), "a second YAML document begins here",
                "keep one document in a file: remove the `---`, or move what follows to a file of its own",
            )  # fmt: skip
        return node

    def _next(self) -> yaml.Event:
        event: yaml.Event = self._loader.get_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.ScalarEvent) and event.style in ("'", '"'):
            start, end = (Span(self._file, *_position(mark)) for mark in (event.start_mark, event.end_mark))
            if start.line != end.line:
                self.last_multiline = start._replace(end_line=start.line, end_column=start.column + 1), end
        return event

    def _node(self, event: yaml.Event, depth: int) -> Node:
        span = self._place(event)
        if depth > MAX_DEPTH:
            self._stop("E115", span, f"values are nested more than {MAX_DEPTH} deep", "flatten the structure")
        if isinstance(event, yaml.AliasEvent):
            return self._named(event, span)
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        node = Node(span, event.tag)
        if event.anchor:
            self._anchors[event.anchor] = node
        if isinstance(event, yaml.ScalarEvent):
            node.text, node.plain = event.value, bool(event.implicit[0]) and not event.style
            return node
        if isinstance(event, yaml.SequenceStartEvent):
            node.items = []
            while not isinstance(event := self._next(), yaml.SequenceEndEvent):
                node.items.append(self._node(event, depth + 1))
        else:
            node.pairs = []
            while not isinstance(event := self._next(), yaml.MappingEndEvent):
                key = self._node(event, depth + 1)
                node.pairs.append((key, self._node(self._next(), depth + 1)))
        end = _position(event.end_mark)
        if end[0] == span.line:
            node.span = span._replace(end_line=end[0], end_column=end[1])
        return node

    def _named(self, event: yaml.AliasEvent, span: Span) -> Node:
        name = event.anchor or ""
        node = self._anchors.get(name)
        if node is None:
            help = did_you_mean(name, self._anchors, "define it first, as in `key: &name value`")
            self._stop("E113", span, f"the alias `*{name}` has no anchor before it", help)
        return node

    def _place(self, event: yaml.Event) -> Span:
        (line, column), end = _position(event.start_mark), _position(event.end_mark)
        if not isinstance(event, yaml.ScalarEvent | yaml.AliasEvent | yaml.DocumentStartEvent):
            return Span(self._file, line, column)
        return Span(self._file, line, column, line, max(end[1], column + 1) if end[0] == line else column + 1)

    def _stop(self, code: str, span: Span, message: str, help: str | None) -> NoReturn:
        self._diagnostics.add(code, span, message, help)
        raise Malformed


class _Mark(Protocol):
    """A position of PyYAML, from its C parser or not."""

    line: int
    column: int


def _position(mark: _Mark | None) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def compose(text: str, file: str, diagnostics: DiagnosticCollector) -> Node | None:
    """The nodes of a text with one YAML document, or `None` where it has only comments.

    Raises `Malformed`, with the reason reported, where the text is not YAML.
    """
    composer = _Composer(text, file, diagnostics)
    try:
        return composer.document()
    except yaml.MarkedYAMLError as error:
        if not _report_open_quotes(error, composer.last_multiline, file, diagnostics):
            _report_syntax(error, text, file, diagnostics)
        raise Malformed from error


def _report_open_quotes(
    error: yaml.MarkedYAMLError, long: tuple[Span, Span] | None, file: str, diagnostics: DiagnosticCollector
) -> bool:
    """Reports the first quotes where they were closed by those that open the next text."""
    line, column = _position(error.problem_mark or error.context_mark)
    if long is None or long[1].line != line or column < long[1].column:
        return False
    diagnostics.add(
        "E105", long[0], f"the quotes that open here are closed only on line {line}, and then the text goes on",
        "close them where the text ends", related=[("closed here", long[1])],
    )  # fmt: skip
    return True


def _report_syntax(error: yaml.MarkedYAMLError, text: str, file: str, diagnostics: DiagnosticCollector) -> None:
    mark, context = error.problem_mark or error.context_mark, error.context_mark
    line, column = _position(mark)
    span = Span(file, line, column, line, column + 1)
    written = text.split("\n")[line - 1 : line]
    rest = written[0][column - 1 :] if written else ""
    before = written[0][: column - 1] if written else ""
    problem = error.problem or ""
    if rest.startswith("\t") or (not before.strip() and "\t" in before):
        diagnostics.add(
            "E106", span, "a tab is used for indentation", "indent with spaces; YAML does not allow tabs here"
        )
        return
    if context and ("unexpected end of stream" in problem or "expected ':'" in problem):
        span = Span(file, *_position(context), _position(context)[0], _position(context)[1] + 1)
    message, help = _explained(problem, error.context or "", rest)
    bracket = context if "',' or" in problem else None
    related = [("opened here", Span(file, *_position(bracket)))] if bracket else []
    diagnostics.add("E105", span, message, help, related=related)


def _explained(problem: str, context: str, rest: str) -> tuple[str, str]:
    if "cannot start any token" in problem and rest:
        return f"a plain value cannot start with {quoted(rest[0])}", "put the value in quotes"
    if "mapping values are not allowed" in problem:
        return "a `:` is not expected here", "check the indentation; a value that has `: ` in it needs quotes"
    if "',' or" in problem:
        closing = "}" if "}" in problem else "]"
        return (
            f"expected `,` or `{closing}` before this",
            f"close the bracket with `{closing}`, separate with `,`, or put a value with `: ` in quotes",
        )
    if "unexpected end of stream" in problem or "unexpected document indicator" in problem:
        return "this text is never closed", "close the quotes"
    if "'-' indicator" in problem or "did not find expected key" in problem or "<block end>" in problem:
        what = "the next item (`-`) of the list" if "sequence" in context or "'-'" in problem else "the next key"
        return (
            f"expected {what} here",
            "check the indentation of this line, and that quotes and brackets are closed above",
        )
    if "expected ':'" in problem:
        return "expected a `:` after the key", "write `key: value`"
    if "escape character" in problem:
        return "unknown escape in a double-quoted text", "write `\\\\` for a backslash, or use single quotes"
    return f"this is not valid YAML ({problem})", "check the indentation and the quotes on this line and the one above"
