"""Renders one policy template, and maps places in the rendered text back to the template."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from jinja2 import Environment, TemplateSyntaxError, nodes

from reconciler.model.base import Json
from reconciler.spec.diagnostics import DiagnosticCollector
from reconciler.spec.faults import TemplateFault
from reconciler.spec.sandbox import Sandbox
from reconciler.spec.tree import Span
from reconciler.spec.wording import did_you_mean, quoted

_MOST_LINES = 3_000
_MOST_TAGS = 8
_TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")


@dataclass(frozen=True)
class Rendered:
    """A template's source and the text that came out of it."""

    file: str
    source: str
    text: str

    def origin(self, span: Span) -> tuple[Span, str | None]:
        """The place in the template for one in the rendered text; with a label where rendering changed the line."""
        lines = self.source.split("\n")
        rendered = "".join(self.text.split("\n")[span.line - 1 : span.line])
        line = self._line_of(span.line, rendered)
        written = lines[line - 1]
        if written.strip() and written.rstrip("\r") == rendered.rstrip("\r"):
            return span._replace(line=line, end_line=line if span.end_line else None), None
        start = len(written) - len(written.lstrip()) + 1
        label = f"rendered: {quoted(rendered.strip())}" if rendered.strip() else None
        return Span(self.file, line, start, line, max(len(written.rstrip()) + 1, start + 1)), label

    def _line_of(self, number: int, rendered: str) -> int:
        """The line of the template of a rendered line: the same one, else the most similar, else the nearest."""
        same, near = self._aligned[min(number, len(self._aligned)) - 1]
        if same:
            return near
        fitting = [(-fit, abs(line - near), line) for line, fit in self._fits(rendered)]
        return min(fitting)[2] if fitting else near

    def _fits(self, rendered: str) -> Iterator[tuple[int, int]]:
        """The lines of the template that can render to this one, each with how much of it is literal."""
        for index, written in enumerate(self.source.split("\n")[:_MOST_LINES]):
            literal = [part.strip() for part in _TAGS.split(written)]
            size = sum(map(len, literal))
            if (
                size
                and len(literal) <= _MOST_TAGS
                and re.fullmatch(".*".join(map(re.escape, literal)), rendered.strip())
            ):
                yield index + 1, size

    @cached_property
    def _aligned(self) -> list[tuple[bool, int]]:
        """For each rendered line, whether it is unchanged by position, and its line in the template or the nearest."""
        source, rendered = self.source.split("\n"), self.text.split("\n")
        if max(len(source), len(rendered)) > _MOST_LINES:
            return [(False, min(line, len(source))) for line in range(1, len(rendered) + 1)]
        aligned: list[tuple[bool, int]] = []
        matcher = difflib.SequenceMatcher(None, source, rendered, autojunk=False)
        for tag, first, last, start, end in matcher.get_opcodes():
            for index in range(end - start):
                line = min(first + index, max(last - 1, first), len(source) - 1)
                aligned.append((tag == "equal" and bool(rendered[start + index].strip()), line + 1))
        return aligned


def render(
    source: str,
    file: str,
    values: Mapping[str, Json],
    ids: Mapping[str, object],
    sandbox: Sandbox,
    diagnostics: DiagnosticCollector,
) -> Rendered | None:
    """The rendering of `source` with `vars` and the ids; `None`, with a diagnostic at its line, where it fails."""
    try:
        text = sandbox.rendered(sandbox.compiled(source), {"vars": dict(values), **ids})
    except TemplateFault as fault:
        names, help = ["vars", *ids], fault.help
        if fault.code == "E407" and help is None:
            others = did_you_mean(fault.name or "", names, "a template sees " + ", ".join(map(quoted, names)))
            help = f"write `vars.{fault.name}`" if fault.name in values else others
        diagnostics.add(fault.code, fault_span(source, file, fault), fault.message, help)
        return None
    return Rendered(file, source, text)


def fault_span(source: str, file: str, fault: TemplateFault) -> Span:
    """Where in the template the fault is: its line, and there the name in question."""
    written = source.split("\n")[fault.line - 1] if fault.line <= source.count("\n") + 1 else ""
    start, end = len(written) - len(written.lstrip()), len(written.rstrip())
    match = re.search(rf"(?<![\w-]){re.escape(fault.name)}(?![\w-])", written) if fault.name else None
    if match:
        start, end = match.span()
    return Span(file, fault.line, start + 1, fault.line, max(end, start + 1) + 1)


def unused(source: str, values: Mapping[str, Json]) -> list[str]:
    """The keys of `vars` which the template never reads; none where it uses `vars` as a whole."""
    try:
        tree = Environment().parse(source)  # noqa: S701  # parsed, never rendered
    except TemplateSyntaxError:
        return []
    used: set[object] = set()
    whole = sum(1 for name in tree.find_all(nodes.Name) if name.name == "vars")
    for attribute in tree.find_all(nodes.Getattr):
        if isinstance(attribute.node, nodes.Name) and attribute.node.name == "vars":
            used.add(attribute.attr)
            whole -= 1
    for item in tree.find_all(nodes.Getitem):
        if isinstance(item.node, nodes.Name) and item.node.name == "vars" and isinstance(item.arg, nodes.Const):
            used.add(item.arg.value)
            whole -= 1
    return [] if whole else [key for key in values if key not in used]
