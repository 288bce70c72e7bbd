"""Relations between patterns, against all short texts of a small alphabet."""

from __future__ import annotations

from fnmatch import translate
from itertools import product
from re import compile as compile_regex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.policy.language import patterns

TEXTS = ["".join(letters) for length in range(6) for letters in product("ab:x", repeat=length)]
written_patterns = st.text(alphabet="ab:*?", max_size=5)


@given(written_patterns)
@settings(max_examples=150)
def test_matching_is_that_of_the_shell(pattern: str) -> None:
    shell = compile_regex(translate(pattern))
    assert [patterns.matches(patterns.pattern(pattern), text) for text in TEXTS] == [
        bool(shell.match(text)) for text in TEXTS
    ]


@given(st.lists(written_patterns, min_size=1, max_size=2), st.lists(written_patterns, max_size=2))
@settings(max_examples=300)
def test_a_witness_is_one_and_where_there_is_none_no_text_is(accept: list[str], reject: list[str]) -> None:
    inside, outside = tuple(map(patterns.pattern, accept)), tuple(map(patterns.pattern, reject))
    text = patterns.witness(inside, outside)
    if text is None:
        assert not any(_fits(inside, outside, each) for each in TEXTS)
    else:
        assert _fits(inside, outside, text)


def _fits(accept: patterns.Patterns, reject: patterns.Patterns, text: str) -> bool:
    return all(patterns.matches(each, text) for each in accept) and not any(
        patterns.matches(each, text) for each in reject
    )


@given(written_patterns, written_patterns)
@settings(max_examples=200)
def test_arn_sections_hold_no_colon(one: str, other: str) -> None:
    tokens = patterns.arn(patterns.pattern(f"arn:{one}:*:?:{other}:*"))
    for text in ("arn:a:b:x:b:c:d", "arn:a:b:c:d", "arn:a:b:x:a:b", "arn::::b:"):
        if patterns.matches(tokens, text):
            assert text.count(":") >= 5
            assert patterns.matches(patterns.pattern(f"arn:{one}:*:?:{other}:*"), text)


@pytest.mark.parametrize(
    ("inner", "outer", "expected"),
    [
        ("s3:Get*", "s3:*", True),
        ("s3:*", "s3:Get*", False),
        ("arn:aws:iam::*:role/Admin*", "arn:aws:iam::*:role/*", True),
        ("a?", "a*", True),
        ("a*", "a?", False),
        ("*a*b*", "*b*", True),
    ],
)
def test_containment(inner: str, outer: str, expected: bool) -> None:
    assert patterns.contained(patterns.pattern(inner), patterns.pattern(outer)) is expected


def test_disjoint() -> None:
    assert patterns.disjoint(patterns.pattern("*a"), patterns.pattern("*b"))
    assert not patterns.disjoint(patterns.pattern("a*"), patterns.pattern("*b"))
    assert patterns.disjoint(patterns.arn(patterns.pattern("arn:a:b:c:*:x")), patterns.literal("arn:a:b:c:d:e:x"))


def test_pathological_patterns_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_MOST_STATES", 20)
    patterns.witness.cache_clear()
    with pytest.raises(patterns.TooLargeError):
        patterns.witness((patterns.pattern("*a*b*c*d*"), patterns.pattern("*d*c*b*a*")), (patterns.pattern("*q*"),))
    patterns.witness.cache_clear()
