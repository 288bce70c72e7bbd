"""Edits of the files of a spec by the paths of its values, each as small as it can be."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import yaml

from reconciler.model.base import Json
from reconciler.spec.edit.yaml_text import Entry, Span, YamlText, is_block
from reconciler.spec.key_order import in_order
from reconciler.spec.tree import Path
from reconciler.spec.write.emitter import block, flow, scalar


class SpecEditor:
    """The texts of the files by their names, the top file first. A path leads to where it is written, in whichever
    file; what is new is written where most of its path is. A value that is an alias gets a value of its own."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = dict(files)
        self._parsed: dict[str, YamlText] = {}

    def has(self, path: Path) -> bool:
        return len(self._nearest(path)[1]) == len(path)

    def set(self, path: Path, value: Json) -> None:
        """Writes a value, in the place of the one that is there, or with its key."""
        file, entries = self._nearest(path)
        if len(entries) == len(path):
            self._replace_value(file, entries[-1], value, path)
        elif entries and entries[-1].aliased:
            own = _plain(entries[-1].value)
            self._replace_value(file, entries[-1], _with(own, path[len(entries) :], value), path[: len(entries)])
        else:
            key = str(path[len(entries)])
            for step in reversed(path[len(entries) + 1 :]):
                value = {str(step): value}
            self._insert(file, entries, path[: len(entries)], key, value)

    def set_differences(self, path: Path, old: Json, new: Json) -> None:
        """Writes what is different in the new value."""
        if isinstance(old, dict) and isinstance(new, dict) and new and self.has(path):
            for key in old.keys() - new.keys():
                self.remove((*path, key))
            for key, each in new.items():
                self.set_differences((*path, key), old.get(key), each)
        elif isinstance(old, list) and isinstance(new, list) and all(isinstance(each, str) for each in (*old, *new)):
            for each in old:
                if each not in new:
                    self.remove_item(path, str(each))
            for each in new:
                if each not in old:
                    self.add_item(path, str(each))
        elif isinstance(old, list) and isinstance(new, list) and self._alike(path, old, new):
            for index, (one, other) in enumerate(zip(old, new, strict=True)):
                self.set_differences((*path, index), one, other)
        elif old != new or not self.has(path):
            self.set(path, new)

    def _alike(self, path: Path, old: list[Json], new: list[Json]) -> bool:
        """Whether two lists have mappings with the same keys, and the first is written at the path item by item."""
        return len(old) == len(new) and all(
            isinstance(one, dict)
            and isinstance(other, dict)
            and one.keys() == other.keys()
            and self.has((*path, index))
            for index, (one, other) in enumerate(zip(old, new, strict=True))
        )

    def remove(self, path: Path, *, with_empty: bool = False) -> None:
        """Removes a key with its value, and the comments directly above it; where it was the only one, the mapping is
        empty then, or (`with_empty`) removed too."""
        file, entries = self._nearest(path)
        if len(entries) == len(path):
            self._remove(file, entries, path, with_empty)

    def _remove(self, file: str, entries: list[Entry], path: Path, with_empty: bool) -> None:
        parsed = self._text(file)
        node = entries[-2].value if len(entries) > 1 else parsed.root
        assert isinstance(node, yaml.MappingNode)
        siblings = parsed.entries(node)
        if len(siblings) == 1 and len(entries) > 1:
            if with_empty:
                self._remove(file, entries[:-1], path[:-1], with_empty=False)
            else:
                self._replace_value(file, entries[-2], {}, path[:-1])
        elif is_block(node):
            self._remove_lines(file, parsed.first_line(entries[-1]), parsed.last_line(entries[-1]))
        else:
            place = next(index for index, each in enumerate(siblings) if each.key is entries[-1].key)
            spans = [Span(parsed.offset(each.key.start_mark), parsed.end_of(each)) for each in siblings]
            self._replace(file, _cut(spans, place), "")

    def rename(self, path: Path, key: str) -> None:
        """Gives a key another name."""
        file, entries = self._nearest(path)
        assert len(entries) == len(path)
        parsed, node = self._text(file), entries[-1].key
        self._replace(file, Span(parsed.offset(node.start_mark), parsed.offset(node.end_mark)), scalar(key))

    def move(self, path: Path, to: Path) -> None:
        """Moves a key with its value and its comments to another place, with their form."""
        file, entries = self._nearest(path)
        assert len(entries) == len(path)
        entry, parsed = entries[-1], self._text(file)
        column = entry.key.start_mark.column
        lines = None
        if is_block(entries[-2].value):
            lines = parsed.lines[parsed.first_line(entry) : parsed.last_line(entry) + 1]
        value = _plain(entry.value)
        self.remove(path, with_empty=path[-2] in ("accounts", "organizational_units"))
        self.set(to, value)
        file, entries = self._nearest(to)
        parsed = self._text(file)
        if lines is not None and is_block(entries[-2].value):
            shift = entries[-1].key.start_mark.column - column
            first, last = parsed.first_line(entries[-1]), parsed.last_line(entries[-1])
            self._replace_lines(file, first, last, [_shifted(line, shift) for line in lines])

    def add_item(self, path: Path, item: Json) -> None:
        """Adds an item at the end of a list."""
        file, entries = self._nearest(path)
        entry = entries[-1] if len(entries) == len(path) else None
        node = entry.value if entry is not None and not entry.aliased else None
        parsed = self._text(file)
        if isinstance(node, yaml.SequenceNode) and node.value and is_block(node):
            line = parsed.line_of(parsed.span(node).end)
            self._replace_lines(file, line, line, [parsed.lines[line], f"{' ' * node.start_mark.column}- {flow(item)}"])
        elif isinstance(node, yaml.SequenceNode) and node.value:
            end = self._item_span(parsed, node, len(node.value) - 1).end
            self._replace(file, Span(end, end), f", {flow(item)}")
        else:
            self.set(path, [*((_plain(entry.value) if entry is not None else None) or ()), item])

    def remove_item(self, path: Path, item: str | int) -> None:
        """Removes an item from a list, by its text or its place; the last one leaves an empty list."""
        file, entries = self._nearest(path)
        if len(entries) < len(path):
            return
        node, parsed = entries[-1].value, self._text(file)
        listed = list(_plain(node) or ())
        place = item if isinstance(item, int) else listed.index(item) if item in listed else None
        if place is None:
            return
        kept = [*listed[:place], *listed[place + 1 :]]
        if not isinstance(node, yaml.SequenceNode) or entries[-1].aliased or not kept:
            self.set(path, kept)
            return
        if is_block(node):
            span = parsed.span(node.value[place])
            self._remove_lines(file, parsed.line_of(span.start), parsed.line_of(span.end))
        else:
            self._replace(file, _cut([self._item_span(parsed, node, at) for at in range(len(node.value))], place), "")

    def _item_span(self, parsed: YamlText, node: yaml.SequenceNode, place: int) -> Span:
        return parsed.span(node.value[place])

    def _nearest(self, path: Path) -> tuple[str, list[Entry]]:
        """The file in which most of the path is written, and the entries that lead there."""
        found = [(name, self._entries(name, path)) for name in self.files]
        return max(found, key=lambda each: len(each[1]))

    def _entries(self, file: str, path: Path) -> list[Entry]:
        parsed = self._text(file)
        node, found = parsed.root, list[Entry]()
        for step in path:
            entry = None
            if isinstance(node, yaml.MappingNode):
                entry = next((each for each in parsed.entries(node) if each.name == step), None)
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                entry = _item(node, step)
            if entry is None:
                break
            found.append(entry)
            if entry.aliased:
                break
            node = entry.value
        return found

    def _text(self, file: str) -> YamlText:
        if file not in self._parsed:
            self._parsed[file] = YamlText(self.files[file])
        return self._parsed[file]

    def _replace(self, file: str, span: Span, text: str) -> None:
        old = self.files[file]
        self.files[file] = old[: span.start] + text + old[span.end :]
        self._parsed.pop(file, None)

    def _replace_lines(self, file: str, first: int, last: int, lines: list[str]) -> None:
        parsed = self._text(file)
        span = Span(parsed.line_start(first), parsed.line_end(last))
        self._replace(file, span, "\n".join(lines))

    def _remove_lines(self, file: str, first: int, last: int) -> None:
        parsed = self._text(file)
        end = min(parsed.line_end(last) + 1, len(parsed.text))
        self._replace(file, Span(parsed.line_start(first), end), "")

    def _replace_value(self, file: str, entry: Entry, value: Json, path: Path) -> None:
        """Replaces the value behind a key. A block and what becomes one begin on a line of their own."""
        parsed = self._text(file)
        column, key_end = entry.key.start_mark.column, parsed.offset(entry.key.end_mark)
        colon = parsed.text.index(":", key_end) + 1
        is_own_block = not entry.aliased and is_block(entry.value)
        if is_own_block:
            start, end = parsed.span(entry.value)
            first, *rest = block(entry.name, value, column, path[:-1])
            behind = parsed.text[colon:start].rstrip("\n ")
            head = first[len(" " * column + scalar(entry.name)) + 1 :]
            self._replace(file, Span(colon, end), "\n".join([head + behind, *rest]))
            return
        start, end = parsed.value_span(entry)
        if start == end or parsed.text[colon:start].strip():
            self._replace(file, Span(colon, colon), f" {flow(value)}")
        else:
            self._replace(file, Span(start, end), flow(value))

    def _insert(self, file: str, entries: list[Entry], path: Path, key: str, value: Json) -> None:
        """Inserts a key that is not there into the mapping at `path`."""
        parsed = self._text(file)
        node = entries[-1].value if entries else parsed.root
        if not isinstance(node, yaml.MappingNode) or not node.value:
            if entries:
                self._fill(file, entries[-1], path, {key: value})
            else:
                self.files[file] = parsed.text + "\n".join(block(key, value, 0)) + "\n"
                self._parsed.pop(file, None)
            return
        siblings = parsed.entries(node)
        after = _predecessor(path, [each.name for each in siblings], key)
        if is_block(node):
            lines = block(key, value, siblings[0].key.start_mark.column, path)
            line = parsed.last_line(siblings[after]) + 1 if after >= 0 else parsed.first_line(siblings[0])
            at = min(parsed.line_start(line) if line < len(parsed.lines) else len(parsed.text), len(parsed.text))
            before = "" if at == 0 or parsed.text[at - 1] == "\n" else "\n"
            self._replace(file, Span(at, at), before + "\n".join(lines) + "\n")
        elif after >= 0:
            end = parsed.end_of(siblings[after])
            self._replace(file, Span(end, end), f", {scalar(key)}: {flow(value)}")
        else:
            start = parsed.offset(siblings[0].key.start_mark)
            self._replace(file, Span(start, start), f"{scalar(key)}: {flow(value)}, ")

    def _fill(self, file: str, entry: Entry, path: Path, value: dict[str, Json]) -> None:
        """Writes the first keys of a mapping that is empty, or that has nothing behind its key yet."""
        parsed = self._text(file)
        column, key_end = entry.key.start_mark.column, parsed.offset(entry.key.end_mark)
        colon = parsed.text.index(":", key_end) + 1
        start, end = parsed.value_span(entry)
        line_end = parsed.line_end(parsed.line_of(max(end, colon)))
        behind = parsed.text[max(end, colon) : line_end].rstrip()
        if parsed.begins_its_line(parsed.offset(entry.key.start_mark)) and behind.strip()[:1] in ("", "#"):
            first, *rest = block(entry.name, value, column, path[:-1])
            head = first[column + len(scalar(entry.name)) + 1 :]
            self._replace(file, Span(colon, line_end), "\n".join([head + behind, *rest]))
        elif start < colon:
            self._replace(file, Span(colon, colon), f" {flow(value)}")
        else:
            self._replace(file, Span(start, end), flow(value))


def _item(node: yaml.SequenceNode, place: int) -> Entry | None:
    """An item of a list, which is its own key; none where it is an alias."""
    if place >= len(node.value):
        return None
    item = node.value[place]
    aliased = item.start_mark.index < node.start_mark.index or any(each is item for each in node.value[:place])
    return None if aliased else Entry(item, item, aliased=False)


def _predecessor(path: Path, names: list[str], key: str) -> int:
    """The place of the key behind which a new one belongs, -1 for none: by the order of the documentation, or among
    names that are sorted in their order, else at the end."""
    wanted = in_order(path, [*names, key], str)
    if wanted[-1] != key:
        place = wanted.index(key)
        return names.index(wanted[place - 1]) if place else -1
    ranked = in_order(path, ["\0", *reversed([*names, key])], str) != ["\0", *reversed([*names, key])]
    if ranked or names != sorted(names):
        return len(names) - 1
    return sum(each < key for each in names) - 1


def _cut(spans: list[Span], place: int) -> Span:
    """What to cut out of a flow collection so that an item and one comma are gone."""
    if place + 1 < len(spans):
        return Span(spans[place].start, spans[place + 1].start)
    return Span(spans[place - 1].end if place else spans[place].start, spans[place].end)


def _shifted(line: str, columns: int) -> str:
    if not line.strip():
        return line
    return " " * columns + line if columns >= 0 else line[min(-columns, len(line) - len(line.lstrip())) :]


def _plain(node: yaml.Node) -> Any:
    """The value of a node, as PyYAML reads it."""
    constructor = yaml.SafeLoader("")
    try:
        return constructor.construct_document(copy.deepcopy(node))
    finally:
        constructor.dispose()


def _with(value: Any, path: Path, new: Json) -> Json:
    """The value with another one at a path in it."""
    step, *rest = path
    inner = value.get(step) if isinstance(value, dict) else None
    own: Json = {
        **(value if isinstance(value, dict) else {}),
        str(step): _with(inner, tuple(rest), new) if rest else new,
    }
    return own
