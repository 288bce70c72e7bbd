"""YAML: values, places, and the ambiguities of YAML 1.1."""

from __future__ import annotations

import pytest

from reconciler.spec.diagnostics import DiagnosticCollector
from reconciler.spec.tree import Span, Tree
from reconciler.spec.yaml_tree import parse_yaml


def parsed(text: str) -> Tree:
    diagnostics = DiagnosticCollector()
    tree = parse_yaml(text, "a.yaml", diagnostics)
    assert tree is not None
    assert not diagnostics.sorted()
    return tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: b", {"a": "b"}),
        ("a: [1, -2, 0, 3.5, true, False, ~, null]", {"a": [1, -2, 0, 3.5, True, False, None, None]}),
        ("a:\n- b\n- c: d\n  e: |\n    f\n    g\n", {"a": ["b", {"c": "d", "e": "f\ng\n"}]}),
        ("a: \"012\"\nb: 'no'\nc: !!str 2012-10-17", {"a": "012", "b": "no", "c": "2012-10-17"}),
        ("a: 012345678901", {"a": "012345678901"}),
        ("a: &x {b: c}\nd: *x", {"a": {"b": "c"}, "d": {"b": "c"}}),
        ("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}", {"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 3}}),
        (
            "a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y]}",
            {"a": {"b": 1}, "c": {"b": 2, "d": 3}, "e": {"b": 1, "d": 3}},
        ),
        ("a: 1e3", {"a": "1e3"}),
        ("a: =", {"a": "="}),
        ("--- \na: b\n...\n", {"a": "b"}),
    ],
)
def test_values(text: str, value: object) -> None:
    assert parsed(text).value == value


def test_a_key_and_a_scalar_are_placed_exactly() -> None:
    tree = parsed("root:\n  tags: {owner: 'security'}\n")
    assert tree.key(("root", "tags", "owner")) == Span("a.yaml", 2, 10, 2, 15)
    assert tree.at(("root", "tags", "owner")) == Span("a.yaml", 2, 17, 2, 27)
    assert tree.at(("root", "tags")) == Span("a.yaml", 2, 9, 2, 28)


def test_a_value_over_several_lines_is_placed_at_its_key() -> None:
    assert parsed("root:\n  tags:\n    a: b\n").at(("root",)) == Span("a.yaml", 1, 1, 1, 5)


def test_what_is_absent_is_placed_at_the_nearest_thing_around_it() -> None:
    tree = parsed("root:\n  policies:\n  - one\n")
    assert tree.at(("root", "policies", 7, "x")) == Span("a.yaml", 2, 3, 2, 11)
    assert tree.at(("else",)).line == 1


def test_an_item_of_a_list_is_placed() -> None:
    assert parsed("a:\n  - b\n  - cd\n").at(("a", 1)) == Span("a.yaml", 3, 5, 3, 7)


def test_a_place_counts_characters_and_not_bytes() -> None:
    assert parsed("é: {ü: ö}\n").at(("é", "ü")) == Span("a.yaml", 1, 8, 1, 9)


def test_an_aliased_value_is_placed_where_it_is_written() -> None:
    tree = parsed("a: &x\n  b: c\nd: *x\n")
    assert tree.at(("d", "b")) == Span("a.yaml", 2, 6, 2, 7)


def test_a_key_replaces_a_merged_mapping_without_leaving_its_places() -> None:
    tree = parsed("a: &x {tags: {old: 1}}\nb:\n  <<: *x\n  tags: {}\n")
    assert tree.value == {"a": {"tags": {"old": 1}}, "b": {"tags": {}}}
    assert not tree.contains(("b", "tags", "old"))


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("a: 0o17", None, None),
        ("a: 017", "E111", "YAML reads `017` as the octal number 15"),
        ("a: -017", "E111", "YAML reads `-017` as the octal number -15"),
        ("a: 0x1F", "E111", "YAML reads `0x1F` as the hexadecimal number 31"),
        ("a: 0b101", "E111", "YAML reads `0b101` as the binary number 5"),
        ("a: 1_000", "E111", "YAML reads `1_000` as the number 1000"),
        ("a: 1:30", "E111", "YAML reads `1:30` as the base 60 number 90"),
        ("a: 1:30.5", "E111", "YAML reads `1:30.5` as the base 60 number 90.5"),
        ("a: 2001-12-14t21:59:43Z", "E110", "YAML reads `2001-12-14t21:59:43Z` as a date"),
        ("a: " + "9" * 19, "E117", "`9999999999999999999` is not a usable number"),
        ("a: " + "9" * 5_000, "E117", f"`{'9' * 59}…` is not a usable number"),
        ("a: .NaN", "E117", "`.NaN` is not a usable number"),
        ("~: a", "E109", "a key must be text, but YAML reads `~` as nothing"),
        ("2012-10-17: a", "E109", "a key must be text, but YAML reads `2012-10-17` as a date"),
        ("a: !!binary aGk=", "E112", "the YAML tag `!!binary` is not supported here"),
        ("a: !!python/name:os.system x", "E112", "the YAML tag `!!python/name:os.system` is not supported here"),
        ("a: !!set {b}", "E112", "the YAML tag `!!set` is not supported here"),
    ],
)
def test_ambiguous_scalars_are_reported(text: str, code: str | None, message: str | None) -> None:
    diagnostics = DiagnosticCollector()
    parse_yaml(text, "a.yaml", diagnostics)
    assert [(each.code, each.message) for each in diagnostics.sorted()] == ([(code, message)] if code else [])


@pytest.mark.parametrize("text", ["- " * 100_000, "[" * 100_000, "{a: " * 100_000, "? " * 100_000])
def test_depth_is_limited(text: str) -> None:
    diagnostics = DiagnosticCollector()
    assert parse_yaml(text, "a.yaml", diagnostics) is None
    assert [each.code for each in diagnostics.sorted()] == ["E115"]


def test_a_few_aliases_are_accepted() -> None:
    tree = parsed("a: &a {x: [1, 2, 3]}\n" + "".join(f"b{number}: *a\n" for number in range(1_000)))
    assert tree.at(("b999", "x", 2)).line == 1
