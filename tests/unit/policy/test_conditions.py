"""Condition operators as the documentation describes them, one row a rule.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.policy.language.conditions import predicates_of, truth
from reconciler.policy.language.context import Context, Found, Missing
from reconciler.policy.language.statements import parse, parse_operator
from tests.unit.policy.organizations import deny

ABSENT, UNKNOWN = Missing.ABSENT, Missing.UNKNOWN


def holds(operator: str, values: Any, found: Found, **others: Found) -> bool | None:
    """Whether `{operator: {aws:x: values}}` holds where aws:x is `found`; `others` are aws:PrincipalTag/… keys."""
    statement = parse("scp", deny("*", condition={operator: {"aws:X": values}})).statements[0]
    predicates = predicates_of(statement)
    assert predicates is not None
    known = {f"aws:principaltag/{key}": value for key, value in others.items()}
    return truth(predicates[0], Context({"aws:x": found, **known}))


@pytest.mark.parametrize(
    ("operator", "values", "found", "expected"),
    [
        ("StringEquals", "a", ("a",), True),
        ("StringEquals", "a", ("A",), False),
        ("StringEquals", ["a", "b"], ("b",), True),
        ("StringEquals", "a*", ("ab",), False),
        ("StringNotEquals", ["a", "b"], ("b",), False),
        ("StringNotEquals", ["a", "b"], ("c",), True),
        ("StringEqualsIgnoreCase", "aB", ("Ab",), True),
        ("StringNotEqualsIgnoreCase", "aB", ("Ab",), False),
        ("StringLike", "a*b?", ("axxbc",), True),
        ("StringLike", "a*", ("A1",), False),
        ("StringNotLike", ["a*", "b*"], ("bx",), False),
        ("NumericEquals", 10, ("10.0",), True),
        ("NumericNotEquals", "10", ("11",), True),
        ("NumericLessThan", ["5", "10"], ("7",), True),
        ("NumericLessThanEquals", "10", ("10",), True),
        ("NumericGreaterThan", "10", ("10",), False),
        ("NumericGreaterThanEquals", "10", ("10",), True),
        ("NumericLessThan", "10", ("many",), False),
        ("DateLessThan", "2026-01-01T00:00:00Z", ("2025-12-31T23:59:59Z",), True),
        ("DateGreaterThan", "2026-01-01", ("1767225601",), True),
        ("DateEquals", "2026-01-01T01:00:00+01:00", ("2026-01-01T00:00:00Z",), True),
        ("DateNotEquals", "2026-01-01", ("2026-01-01T00:00:00Z",), False),
        ("Bool", "true", ("True",), True),
        ("Bool", False, ("false",), True),
        ("Bool", "true", ("false",), False),
        ("BinaryEquals", "QUJD", ("QUJD",), True),
        ("BinaryEquals", "QUJD", ("QUJE",), False),
        ("IpAddress", "10.0.0.0/8", ("10.1.2.3",), True),
        ("IpAddress", "2001:db8::/32", ("2001:db8::1",), True),
        ("IpAddress", "2001:db8::/32", ("10.0.0.1",), False),
        ("NotIpAddress", ["10.0.0.0/8", "192.0.2.1"], ("192.0.2.1",), False),
        ("ArnLike", "arn:aws:iam::*:role/Team*", ("arn:aws:iam::111122223333:role/TeamA",), True),
        ("ArnEquals", "arn:aws:iam::*:role/Team*", ("arn:aws:iam::111122223333:role/TeamA",), True),
        ("ArnLike", "arn:aws:*:x", ("arn:aws:iam::1:x",), True),
        ("ArnLike", "arn:aws:s3:*:x/y", ("arn:aws:s3:a:b:x/y",), True),
        ("ArnLike", "arn:aws:iam::*:role/x", ("arn:aws:iam::1:2:role/x",), False),
        ("ArnNotLike", "arn:aws:iam::*:role/x", ("arn:aws:iam::1:role/x",), False),
        ("ArnNotEquals", "arn:aws:iam::1:role/*", ("arn:aws:iam::2:role/x",), True),
        ("Null", "true", ABSENT, True),
        ("Null", "true", ("x",), False),
        ("Null", "false", ("x",), True),
        ("Null", False, ABSENT, False),
        ("Null", "true", (), True),
    ],
)
def test_operators(operator: str, values: Any, found: Found, expected: bool) -> None:
    assert holds(operator, values, found) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("StringEqualsIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("BoolIfExists", True),
        ("Bool", False),
        ("NotIpAddress", True),
        ("ArnNotLike", True),
        ("NumericLessThan", False),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
    ],
)
def test_a_key_that_is_absent(operator: str, expected: bool) -> None:
    assert holds(operator, "true", ABSENT) is expected
    assert holds(operator, "true", ()) is expected


@pytest.mark.parametrize(
    ("operator", "found", "expected"),
    [
        ("ForAllValues:StringEquals", ("a", "b"), True),
        ("ForAllValues:StringEquals", ("a", "x"), False),
        ("ForAllValues:StringNotEquals", ("x", "y"), True),
        ("ForAllValues:StringNotEquals", ("x", "a"), False),
        ("ForAnyValue:StringEquals", ("x", "a"), True),
        ("ForAnyValue:StringEquals", ("x", "y"), False),
        ("ForAnyValue:StringNotEquals", ("a", "x"), True),
        ("ForAnyValue:StringNotEquals", ("a", "b"), False),
        ("StringEquals", ("x", "a"), True),
        ("StringNotEquals", ("x", "a"), False),
    ],
)
def test_keys_with_several_values(operator: str, found: Found, expected: bool) -> None:
    assert holds(operator, ["a", "b"], found) is expected


@pytest.mark.parametrize(
    ("value", "team", "found", "expected"),
    [
        ("${aws:PrincipalTag/team}", ("red",), ("red",), True),
        ("${aws:PrincipalTag/TEAM}/*", ("red",), ("red/x",), True),
        ("${aws:PrincipalTag/team}", ("r*",), ("red",), False),
        ("${aws:PrincipalTag/team, 'none'}", ABSENT, ("none",), True),
        ("${aws:PrincipalTag/team}", ABSENT, ("red",), False),
        ("${aws:PrincipalTag/team}", UNKNOWN, ("red",), None),
        ("${aws:PrincipalTag/team}", ("a", "b"), ("a",), False),
        ("a${*}b", ABSENT, ("a*b",), True),
        ("a${*}b", ABSENT, ("axb",), False),
        ("${Account}", ABSENT, ("${Account}",), True),
    ],
)
def test_policy_variables(value: str, team: Found, found: Found, expected: bool | None) -> None:
    assert holds("StringLike", value, found, team=team) is expected


def test_the_old_language_has_no_variables() -> None:
    old = {**deny("*", condition={"StringEquals": {"aws:x": "${aws:username}"}}), "Version": "2008-10-17"}  # type: ignore[dict-item]
    predicates = predicates_of(parse("scp", old).statements[0])
    assert predicates is not None
    assert truth(predicates[0], Context({"aws:x": ("${aws:username}",)})) is True


@pytest.mark.parametrize("operator", ["StringEquals", "Null", "ForAllValues:StringLike", "BoolIfExists"])
def test_an_unknown_key_leaves_it_open(operator: str) -> None:
    assert holds(operator, "true", UNKNOWN) is None


def test_an_unknown_operator_leaves_it_open() -> None:
    assert holds("StringIsh", "a", ("a",)) is None


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("StringEquals", "StringEquals"),
        ("foranyvalue:stringlikeifexists", "ForAnyValue:StringLikeIfExists"),
        ("NullIfExists", None),
        ("Strings", None),
        ("ForSomeValues:StringEquals", None),
    ],
)
def test_the_names_of_operators(written: str, right: str | None) -> None:
    operator = parse_operator(written)
    assert (str(operator) if operator else None) == right


def test_equal_meanings_are_equal_predicates() -> None:
    one = deny("*", condition={"ArnEquals": {"aws:PrincipalARN": ["b", "a", "a"]}})
    other = deny("*", condition={"ArnLike": {"aws:PrincipalArn": ["a", "b"]}})
    parsed = [predicates_of(parse("scp", each).statements[0]) for each in (one, other)]
    assert parsed[0] == parsed[1]
