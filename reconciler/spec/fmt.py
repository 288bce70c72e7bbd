"""The form of a spec's files: the order of keys, quotes, and the ends of lines. Comments stay with what they are about.

Only what has another form is edited, between its positions. Values are the same afterwards; where the order of keys
cannot change without that (an alias would come before its anchor), it stays.
"""

from __future__ import annotations

import re
from operator import itemgetter

import yaml

from reconciler.spec.edit.yaml_text import Entry, YamlText, is_block
from reconciler.spec.key_order import in_order
from reconciler.spec.tree import Path
from reconciler.spec.write.emitter import scalar

_BETWEEN = re.compile(r",[ ]*")


def formatted(text: str) -> str:
    """The text of a YAML file of a spec in its form. Raises `yaml.YAMLError` where it is not YAML."""
    quoted = _with_quotes(_with_line_ends(text))
    ordered = _in_order(YamlText(quoted))
    for found in (ordered, quoted):
        if _value(found) == _value(text):
            return found
    return text


def _value(text: str) -> object:
    """What the text means, where the order of keys means nothing; `None` where it is no YAML."""
    try:
        root = YamlText(text).root
    except yaml.YAMLError:
        return None
    return None if root is None else _meaning(root, {})


def _meaning(node: yaml.Node, known: dict[int, object]) -> object:
    """The meaning of a node, which an alias has in several places."""
    if id(node) not in known:
        if isinstance(node, yaml.MappingNode):
            pairs = frozenset((_meaning(key, known), _meaning(value, known)) for key, value in node.value)
            known[id(node)] = ("mapping", pairs)
        elif isinstance(node, yaml.SequenceNode):
            known[id(node)] = ("list", tuple(_meaning(each, known) for each in node.value))
        else:
            known[id(node)] = (node.tag, node.value)
    return known[id(node)]


def _with_line_ends(text: str) -> str:
    """The text without blanks at the ends of its lines, but for those inside of a text, and with one line end."""
    parsed = YamlText(text)
    inside: set[int] = set()
    for node in parsed.scalars():
        inside.update(range(node.start_mark.line, node.end_mark.line))
    lines = [line if number in inside else line.rstrip() for number, line in enumerate(parsed.lines)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _with_quotes(text: str) -> str:
    """The text with quotes around the texts that need them, and no others."""
    parsed = YamlText(text)
    pieces, at = [], 0
    for start, end, node in sorted(
        ((*parsed.span(each), each) for each in parsed.scalars() if _is_simple(each)), key=itemgetter(0)
    ):
        written = parsed.text[start:end]
        if "\n" not in written and not written.startswith(("&", "!")):
            pieces += [text[at:start], scalar(node.value)]
            at = end
    return "".join((*pieces, text[at:]))


def _is_simple(node: yaml.ScalarNode) -> bool:
    """Whether it is a text in quotes or without, and not the key of a merge."""
    return node.style in (None, "'", '"') and node.tag == "tag:yaml.org,2002:str" and node.value != "<<"


def _in_order(parsed: YamlText) -> str:
    return parsed.text if parsed.root is None else _rendered(parsed, parsed.root, ())


def _rendered(parsed: YamlText, node: yaml.Node, path: Path) -> str:
    """The text of a node with the keys of all mappings in it in their order."""
    if not isinstance(node, yaml.MappingNode) or not node.value:
        start, end = parsed.span(node)
        return parsed.text[start:end]
    return _block(parsed, node, path) if is_block(node) else _flow(parsed, node, path)


def _block(parsed: YamlText, node: yaml.MappingNode, path: Path) -> str:
    """A block mapping. What is between two entries goes with the second one; what a file begins with stays
    there."""
    start, end = parsed.span(node)
    entries = parsed.entries(node)
    if path == ():
        start, end = (
            parsed.line_start(parsed.first_line(entries[0]) or entries[0].key.start_mark.line),
            len(parsed.text),
        )
    margin = " " * node.start_mark.column
    inline = not parsed.begins_its_line(parsed.offset(node.start_mark))
    pieces: list[tuple[str, str]] = []
    at = start
    for entry in entries:
        stop = min(end, parsed.line_end(parsed.last_line(entry)))
        text = parsed.text[at : parsed.offset(entry.key.end_mark)] + _after_key(parsed, entry, path, stop)
        pieces.append((entry.name, margin + text if inline and at == start else text))
        at = stop + 1
    ordered = in_order(path, pieces, lambda piece: piece[0])
    text = "\n".join(text for _, text in ordered)
    text = text if ordered[0] is pieces[0] else text.lstrip("\n")
    lead = parsed.text[:start] if path == () else ""
    return lead + (text.removeprefix(margin) if inline else text) + parsed.text[at - 1 : end]


def _after_key(parsed: YamlText, entry: Entry, path: Path, stop: int) -> str:
    """What is written of an entry after its key, with the keys of its value in their order."""
    start, end = parsed.value_span(entry)
    value = parsed.text[start:end] if entry.aliased else _rendered(parsed, entry.value, (*path, entry.name))
    return parsed.text[parsed.offset(entry.key.end_mark) : start] + value + parsed.text[end:stop]


def _flow(parsed: YamlText, node: yaml.MappingNode, path: Path) -> str:
    """A flow mapping; in one without line ends and comments the entries are ordered."""
    start, end = parsed.span(node)
    entries = parsed.entries(node)
    starts = [parsed.offset(each.key.start_mark) for each in entries]
    ends = [parsed.end_of(each) for each in entries]
    gaps = [parsed.text[one:other] for one, other in zip(ends, starts[1:], strict=False)]
    if not all(_BETWEEN.fullmatch(gap) for gap in gaps) or "\n" in parsed.text[start:end]:
        return parsed.text[start:end]
    pieces = [
        (each.name, parsed.text[begin : parsed.offset(each.key.end_mark)] + _after_key(parsed, each, path, stop))
        for each, begin, stop in zip(entries, starts, ends, strict=True)
    ]
    ordered = in_order(path, pieces, lambda piece: piece[0])
    return parsed.text[start : starts[0]] + ", ".join(text for _, text in ordered) + parsed.text[ends[-1] : end]
