"""YAML to plain values with a place for each, strict about the ambiguities of YAML 1.1.

What YAML would silently read as something else (a date, an octal number, a key `on`) is an error; text that is read
as true or false (`no`) is only kept in `Tree.texts`, for whether it is wrong depends on what is expected there.
"""

from __future__ import annotations

import math
import re
from typing import Any

import yaml
from yaml.constructor import ConstructorError, SafeConstructor

from reconciler.model.base import Json
from reconciler.spec.diagnostics import DiagnosticCollector
from reconciler.spec.spec_files import printable
from reconciler.spec.tree import Path, Span, Tree
from reconciler.spec.wording import quoted, shortened
from reconciler.spec.yaml_nodes import Malformed, Node, compose

MAX_ALIASED = 50_000
"""How many values aliases may add to a file."""

_PREFIX = "tag:yaml.org,2002:"
_PLAIN_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_PLAIN_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+][0-9]+)?")
_RESOLVERS: dict[str, list[tuple[str, re.Pattern[str]]]] = yaml.SafeLoader.yaml_implicit_resolvers


def parse_yaml(text: str, file: str, diagnostics: DiagnosticCollector) -> Tree | None:
    """The one document in `text`. `None`, with the reason reported, where it cannot be read."""
    top = Span(file)
    if not printable(text, top, diagnostics):
        return None
    try:
        node = compose(text, file, diagnostics)
        if node is None:
            diagnostics.add("E104", top, "the file contains only comments", "write its contents, or remove the file")
            return None
        tree = Tree(None, top)
        tree.value = _Construction(tree, diagnostics).value(node, ())
    except Malformed:
        return None
    return tree


class _Construction:
    """Builds the values of one tree from nodes."""

    def __init__(self, tree: Tree, diagnostics: DiagnosticCollector) -> None:
        self._tree = tree
        self._diagnostics = diagnostics
        self._seen: set[Node] = set()
        self._open: set[Node] = set()
        self._aliased = 0

    def value(self, node: Node, path: Path) -> Json:
        self._visit(node)
        self._tree.values[path] = node.span
        if node.text is not None:
            return self._scalar(node, path)
        if node.tag and node.tag not in (_PREFIX + "map", _PREFIX + "seq"):
            self._unknown_tag(node)
        if node.items is None:
            return self._mapping(node, path)
        self._open.add(node)
        items = [self.value(item, (*path, index)) for index, item in enumerate(node.items)]
        self._open.remove(node)
        return items

    def _visit(self, node: Node) -> None:
        """Counts a node that is used before, and stops where it contains itself."""
        if node not in self._seen:
            self._seen.add(node)
            return
        self._aliased += 1
        if node in self._open:
            self._diagnostics.add("E114", node.span, "this value contains itself through an alias", "remove the alias")
            raise Malformed
        if self._aliased > MAX_ALIASED:
            message = f"aliases expand this file by more than {MAX_ALIASED:,} values"
            self._diagnostics.add("E114", self._tree.top, message, "write the values out, or use fewer aliases")
            raise Malformed

    def _mapping(self, node: Node, path: Path) -> dict[str, Json]:
        self._open.add(node)
        result: dict[str, Json] = {}
        first: dict[str, Span] = {}
        for key, each in node.pairs or ():
            if key.plain and key.text == "<<":
                self._merge(each, path, result)
        for key, each in node.pairs or ():
            if key.plain and key.text == "<<":
                continue
            name = self._key(key)
            if name is None:
                continue
            if name in first:
                self._diagnostics.add(
                    "E108", key.span, f"the key {quoted(name)} is written twice in one mapping",
                    "keep one of the two, or merge them", related=[("first written here", first[name])],
                )  # fmt: skip
                continue
            first[name] = self._tree.keys[(*path, name)] = key.span
            self._drop_spans(result.pop(name, None), (*path, name))
            result[name] = self.value(each, (*path, name))
        self._open.remove(node)
        return result

    def _merge(self, node: Node, path: Path, result: dict[str, Json]) -> None:
        sources = node.items if node.items is not None else [node]
        if any(source.pairs is None for source in sources):
            help = "write `<<: *name` or `<<: [*one, *two]`, where the anchors are on mappings"
            self._diagnostics.add("E116", node.span, "`<<` can merge only mappings", help)
            return
        for source in reversed(sources):
            self._visit(source)
            result.update(self._mapping(source, path))

    def _drop_spans(self, value: Json, path: Path) -> None:
        """Drops the places inside a merged value which a key of the mapping itself replaces."""
        if isinstance(value, dict | list):
            inner = value.items() if isinstance(value, dict) else enumerate(value)
            for step, each in inner:
                self._drop_spans(each, (*path, step))
                self._tree.keys.pop((*path, step), None)
                self._tree.values.pop((*path, step), None)

    def _key(self, node: Node) -> str | None:
        if node.text is None:
            self._diagnostics.add("E109", node.span, "a key must be text, not a list or a mapping", "write a plain key")
            return None
        tag = _tag(node)
        if tag in ("str", "value"):
            return node.text
        read = {"bool": "a truth value", "null": "nothing", "timestamp": "a date"}.get(tag, "a number")
        self._diagnostics.add(
            "E109", node.span, f"a key must be text, but YAML reads {quoted(node.text)} as {read}",
            f'write "{node.text}" in quotes' if node.text else "write the key before the `:`",
        )  # fmt: skip
        return node.text or None

    def _scalar(self, node: Node, path: Path) -> Json:
        text, tag = node.text or "", _tag(node)
        match tag:
            case "str" | "value" | "merge":
                return text
            case "null":
                self._tree.texts[path] = text
                return None
            case "bool":
                self._tree.texts[path] = text
                return text.lower() in ("yes", "true", "on")
            case "int" if _PLAIN_INTEGER.fullmatch(text):
                self._tree.texts[path] = text
                return int(text)
            case "float" if _PLAIN_FLOAT.fullmatch(text) and math.isfinite(float(text)):
                self._tree.texts[path] = text
                return float(text)
            case "timestamp":
                self._tree.reported.add(path)
                message = f"YAML reads {quoted(text)} as a date"
                self._diagnostics.add("E110", node.span, message, f'write "{text}" in quotes')
            case "int" | "float":
                self._tree.reported.add(path)
                self._report_number(node, text, tag)
            case _:
                self._tree.reported.add(path)
                self._unknown_tag(node)
        return text

    def _report_number(self, node: Node, text: str, tag: str) -> None:
        kind, read = _number_read(text, tag)
        if read is None:
            self._diagnostics.add(
                "E117", node.span, f"{quoted(text)} is not a usable number", f'write "{text}" in quotes'
            )
            return
        message = f"YAML reads {quoted(text)} as the {kind} {shortened(read)}"
        help = f'write "{text}" in quotes' + (f", or {read} if the number is intended" if len(read) < 7 else "")
        self._diagnostics.add("E111", node.span, message, help, label=f"this is the number {shortened(read)} to YAML")

    def _unknown_tag(self, node: Node) -> None:
        tag = (node.tag or "").replace(_PREFIX, "!!")
        self._diagnostics.add("E112", node.span, f"the YAML tag {quoted(tag)} is not supported here", "remove the tag")


def _tag(node: Node) -> str:
    """What YAML 1.1 takes a scalar for: `str`, `int`, `bool`, ..., or the whole of an unusual tag."""
    text = node.text or ""
    if node.tag and node.tag != "!":
        return "str" if node.tag == _PREFIX + "str" else node.tag
    if not node.plain:
        return "str"
    for tag, pattern in _RESOLVERS.get(text[:1], ()):
        if pattern.match(text):
            return tag.removeprefix(_PREFIX)
    return "str"


def _number_read(text: str, tag: str) -> tuple[str, str | None]:
    """The kind of number which YAML reads in an unusual notation, and that number."""
    constructor: Any = SafeConstructor()
    if re.fullmatch("-?[1-9][0-9]*", text):
        return "number", None
    try:
        scalar = yaml.ScalarNode(_PREFIX + tag, text)
        number = constructor.construct_yaml_int(scalar) if tag == "int" else constructor.construct_yaml_float(scalar)
        read = str(number)
    except (ValueError, OverflowError, ConstructorError):
        return "number", None
    if tag == "float" and read in ("inf", "-inf", "nan"):
        return "number", None
    digits = text.lstrip("+-").replace("_", "")
    if ":" in text:
        return "base 60 number", read
    kinds = {"0x": "hexadecimal number", "0b": "binary number"}
    return kinds.get(digits[:2], "octal number" if len(digits) > 1 and digits[0] == "0" else "number"), read
