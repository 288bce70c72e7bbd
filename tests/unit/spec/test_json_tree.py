"""JSON: values, places, and what is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.spec.diagnostics import DiagnosticCollector
from reconciler.spec.json_tree import parse_json
from reconciler.spec.tree import Span

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values, st.sampled_from([None, 2]))
def test_json_is_read_with_a_place_for_everything(value: object, indent: int | None) -> None:
    diagnostics = DiagnosticCollector()
    text = json.dumps(value, indent=indent)
    tree = parse_json(text, "a.json", diagnostics)
    assert tree is not None
    assert tree.value == value
    assert not diagnostics.sorted()
    lines = text.split("\n")
    for path, span in tree.values.items():
        expected = value
        for step in path:
            expected = expected[step]  # type: ignore[index]
        if span.end_column is not None:
            assert json.loads(lines[span.line - 1][span.column - 1 : span.end_column - 1]) == expected


def test_places() -> None:
    tree = parse_json('{"a": [1,\n "two"],\n "b": {}}', "a.json", DiagnosticCollector())
    assert tree is not None
    assert tree.at(("a", 1)) == Span("a.json", 2, 2, 2, 7)
    assert tree.key(("b",)) == Span("a.json", 3, 2, 3, 5)
    assert tree.at(("b",)) == Span("a.json", 3, 7, 3, 9)
    assert tree.at(("a",)) == Span("a.json", 1, 2, 1, 5)


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "message"),
    [
        ('{"a": 1', "E402", 1, 8, "the file ends before the JSON is complete"),
        ('{"a" 1}', "E402", 1, 6, "expected `:` after the key"),
        ('{"a": 1 "b": 2}', "E402", 1, 9, "expected `,` or a closing bracket"),
        ('{"a": 1}}', "E402", 1, 9, "expected the end of the file"),
        ('{"a": "b}', "E402", 1, 7, "this text has no closing quote"),
        ('{"a": "b\n"}', "E402", 1, 9, "a string contains a line break or a control character"),
        ('{"a": undefined}', "E402", 1, 7, "expected a value, found `u`"),
        ('{"a": "\\x"}', "E402", 1, 8, "this is not valid JSON"),
        ("{a: 1}", "E402", 1, 2, "expected a key in double quotes"),
        ('{"a": -Infinity}', "E117", 1, 7, "`-Infinity` is not a usable number"),
        ('{"a": 1e999}', "E117", 1, 7, "`1e999` is not a usable number"),
        ('{"a": ' + "9" * 40 + "}", "E117", 1, 7, f"`{'9' * 40}` is not a usable number"),
        ('{"a": "\\ud800"}', "E117", 1, 1, "a string contains half of a surrogate pair"),
        ("[" * 70 + "]" * 70, "E115", 1, 1, "values are nested more than 64 deep"),
        ("[" * 100_000, "E115", 1, 1, "values are nested more than 64 deep"),
    ],
)
def test_what_is_refused(text: str, code: str, line: int, column: int, message: str) -> None:
    diagnostics = DiagnosticCollector()
    assert parse_json(text, "a.json", diagnostics) is None
    (found,) = diagnostics.sorted()
    assert (found.code, found.line, found.column, found.message) == (code, line, column, message)


def test_every_double_key_is_reported_with_its_first_place() -> None:
    diagnostics = DiagnosticCollector()
    parse_json('{"a": {"b": 1,\n"b": 2},\n"a": 3}', "a.json", diagnostics)
    assert [(each.code, each.line, each.related[0][2:]) for each in diagnostics.sorted()] == [
        ("E108", 2, (1, 8)),
        ("E108", 3, (1, 2)),
    ]
