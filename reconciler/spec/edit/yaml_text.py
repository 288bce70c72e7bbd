"""A YAML text with the positions of its values.

An entry of a block mapping is its lines: the comments directly above its key, the key, and the value with everything
that is indented below it.

    # why                         ┐
    shop-prod: {id: "1"}  # note  ┘ one entry
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import yaml

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ALIAS = re.compile(r"\s*:\s*\*[^\s,\]}]+|\*[^\s,\]}]+")


class Span(NamedTuple):
    """A stretch of the text, by offsets."""

    start: int
    end: int


@dataclass(frozen=True)
class Entry:
    """A key with its value. `aliased` where the value is an alias, which is all that is written here."""

    key: yaml.Node
    value: yaml.Node
    aliased: bool

    @property
    def name(self) -> str:
        return str(self.key.value)


class YamlText:
    """One document. Raises `yaml.YAMLError` where the text is none."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.split("\n")
        self._starts = [0, *accumulate(len(line) + 1 for line in self.lines)]
        loader = _Loader(text)
        try:
            self.root: yaml.Node | None = loader.get_single_node()
        finally:
            loader.dispose()

    def offset(self, mark: yaml.Mark) -> int:
        return self._starts[mark.line] + mark.column

    def span(self, node: yaml.Node) -> Span:
        """Where a scalar or a flow collection is written; of a block collection its lines, without the last line end,
        or what is behind the `-` or `:` of its first line."""
        start, end = self.offset(node.start_mark), self.offset(node.end_mark)
        if is_block(node):
            return Span(self._block_start(node, start), self._block_end(node, start))
        while (
            end > start
            and isinstance(node, yaml.ScalarNode)
            and node.style in ("|", ">")
            and self.text[end - 1] in "\n "
        ):
            end -= 1
        return Span(start, end)

    def _block_start(self, node: yaml.Node, start: int) -> int:
        if isinstance(node, yaml.MappingNode) and self.begins_its_line(start):
            return self.line_start(self.first_line(self.entries(node)[0]))
        return start

    def _block_end(self, node: yaml.Node, start: int) -> int:
        if isinstance(node, yaml.MappingNode):
            return self.line_end(self.last_line(self.entries(node)[-1]))
        ends = (self.span(each).end for each in node.value if self.offset(each.start_mark) >= start)
        return self.line_end(self.line_of(max(ends, default=start)))

    def begins_its_line(self, offset: int) -> bool:
        """Whether only blanks are before the offset in its line."""
        return not self.text[self.line_start(self.line_of(offset)) : offset].strip()

    def entries(self, node: yaml.Node) -> list[Entry]:
        """The entries of a mapping that are written in it, without those that it merges."""
        assert isinstance(node, yaml.MappingNode)
        return [Entry(key, value, self._is_alias(key, value)) for key, value in node.value]

    def _is_alias(self, key: yaml.Node, value: yaml.Node) -> bool:
        return self.offset(value.start_mark) < self.offset(key.end_mark) or bool(
            _ALIAS.match(self.text, self.offset(key.end_mark))
            and self.offset(value.start_mark) <= self.offset(key.start_mark)
        )

    def end_of(self, entry: Entry) -> int:
        """Where the value of an entry ends."""
        if not entry.aliased:
            return max(self.span(entry.value).end, self.offset(entry.key.end_mark) + 1)
        found = _ALIAS.match(self.text, self.offset(entry.key.end_mark))
        assert found is not None
        return found.end()

    def value_span(self, entry: Entry) -> Span:
        """Where the value of an entry is written: what follows the colon, where that is an alias or nothing."""
        if entry.aliased:
            end = self.end_of(entry)
            return Span(self.text.rindex("*", 0, end), end)
        return self.span(entry.value)

    def line_of(self, offset: int) -> int:
        """The line, from 0, that an offset is in."""
        low, high = 0, len(self._starts) - 1
        while low + 1 < high:
            middle = (low + high) // 2
            low, high = (middle, high) if self._starts[middle] <= offset else (low, middle)
        return low

    def line_start(self, line: int) -> int:
        return min(self._starts[line], len(self.text))

    def line_end(self, line: int) -> int:
        """Where a line ends, before its line end."""
        return self._starts[line] + len(self.lines[line])

    def first_line(self, entry: Entry) -> int:
        """The first line of an entry of a block mapping, with the comments directly above its key."""
        line, column = entry.key.start_mark.line, entry.key.start_mark.column
        while line > 0 and _is_comment(self.lines[line - 1]) and _indent_of(self.lines[line - 1]) == column:
            line -= 1
        return line

    def last_line(self, entry: Entry) -> int:
        """The last line of an entry of a block mapping, with the comments below that are indented more than its key."""
        column = entry.key.start_mark.column
        last = below = self.line_of(self.end_of(entry))
        while below + 1 < len(self.lines) and _is_comment_or_blank(self.lines[below + 1]):
            below += 1
            if self.lines[below].strip() and _indent_of(self.lines[below]) > column:
                last = below
        return last

    def scalars(self) -> Iterator[yaml.ScalarNode]:
        """Every scalar, once, in no certain order; those of aliases where their anchors are."""
        waiting, seen = [self.root] if self.root is not None else [], set[int]()
        while waiting:
            node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, yaml.ScalarNode):
                yield node
            else:
                waiting += [each for pair in node.value for each in (pair if isinstance(pair, tuple) else (pair,))]


def is_block(node: yaml.Node) -> bool:
    """Whether the node is a collection with a line for each item."""
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _is_comment_or_blank(line: str) -> bool:
    return not line.strip() or _is_comment(line)


def _indent_of(line: str) -> int:
    return len(line) - len(line.lstrip())
