"""Relations between patterns, against all short texts of a small alphabet."""

from __future__ import annotations

from fnmatch import translate
from itertools import product
from re import compile as compile_regex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.policy.language import glob

TEXTS = ["".join(letters) for length in range(6) for letters in product("ab:x", repeat=length)]
patterns = st.text(alphabet="ab:*?", max_size=5)


@given(patterns)
@settings(max_examples=150)
def test_matching_is_that_of_the_shell(pattern: str) -> None:
    shell = compile_regex(translate(pattern))
    assert [glob.matches(glob.glob(pattern), text) for text in TEXTS] == [bool(shell.match(text)) for text in TEXTS]


@given(st.lists(patterns, min_size=1, max_size=2), st.lists(patterns, max_size=2))
@settings(max_examples=300)
def test_a_witness_is_one_and_where_there_is_none_no_text_is(accept: list[str], reject: list[str]) -> None:
    inside, outside = tuple(map(glob.glob, accept)), tuple(map(glob.glob, reject))
    text = glob.witness(inside, outside)
    if text is None:
        assert not any(_fits(inside, outside, each) for each in TEXTS)
    else:
        assert _fits(inside, outside, text)


def _fits(accept: glob.Patterns, reject: glob.Patterns, text: str) -> bool:
    return all(glob.matches(each, text) for each in accept) and not any(glob.matches(each, text) for each in reject)


@given(patterns, patterns)
@settings(max_examples=200)
def test_arn_sections_hold_no_colon(one: str, other: str) -> None:
    tokens = glob.arn(glob.glob(f"arn:{one}:*:?:{other}:*"))
    for text in ("arn:a:b:x:b:c:d", "arn:a:b:c:d", "arn:a:b:x:a:b", "arn::::b:"):
        if glob.matches(tokens, text):
            assert text.count(":") >= 5
            assert glob.matches(glob.glob(f"arn:{one}:*:?:{other}:*"), text)


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
    assert glob.contained(glob.glob(inner), glob.glob(outer)) is expected


def test_disjoint() -> None:
    assert glob.disjoint(glob.glob("*a"), glob.glob("*b"))
    assert not glob.disjoint(glob.glob("a*"), glob.glob("*b"))
    assert glob.disjoint(glob.arn(glob.glob("arn:a:b:c:*:x")), glob.literal("arn:a:b:c:d:e:x"))


def test_pathological_patterns_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glob, "_MOST_STATES", 20)
    glob.witness.cache_clear()
    with pytest.raises(glob.TooLargeError):
        glob.witness((glob.glob("*a*b*c*d*"), glob.glob("*d*c*b*a*")), (glob.glob("*q*"),))
    glob.witness.cache_clear()
