"""Conditions as English text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.policy.language.conditions import NOT_RESOURCE, ONE_RESOURCE, Predicate

MOST_VALUES = 4
"""How many values of a list are shown before the rest is counted."""

_COMPARED = {
    "LessThan": ("is less than", "is not less than"),
    "LessThanEquals": ("is at most", "is more than"),
    "GreaterThan": ("is more than", "is at most"),
    "GreaterThanEquals": ("is at least", "is less than"),
}
_BEFORE = {
    "LessThan": ("is before", "is not before"),
    "LessThanEquals": ("is not after", "is after"),
    "GreaterThan": ("is after", "is not after"),
    "GreaterThanEquals": ("is not before", "is before"),
}
_LIKE = ("StringLike", "StringNotLike", "ArnLike", "ArnNotLike", ONE_RESOURCE, NOT_RESOURCE)


def described(predicate: Predicate) -> str:
    """The predicate: `aws:RequestedRegion is none of eu-west-1, eu-central-1`."""
    return _said(predicate, positive=True)


def described_negation(predicate: Predicate) -> str:
    """Its opposite: `aws:RequestedRegion is one of eu-west-1, eu-central-1`."""
    return _said(predicate, positive=False)


def condition_clause(predicates: Sequence[Predicate]) -> str:
    """When all of these hold: ` if A and B, unless C or D`, or nothing where there are none."""
    exceptions = [each for each in predicates if each.negated]
    conditions = [each for each in predicates if not each.negated]
    parts = []
    if conditions:
        parts.append(f" if {' and '.join(map(described, conditions))}")
    if exceptions:
        parts.append(f" unless {' or '.join(map(described_negation, exceptions))}")
    return ",".join(parts)


def listed(values: Iterable[str], most: int = MOST_VALUES) -> str:
    """`a, b, c and 3 more`."""
    values = list(values)
    if len(values) <= most + 1:
        return ", ".join(values)
    return f"{', '.join(values[:most])} and {len(values) - most} more"


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 account`, `3 accounts`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _said(predicate: Predicate, *, positive: bool) -> str:
    name, key = predicate.name, predicate.shown or predicate.key
    if name == "Null":
        absent = any(each.lower() == "true" for each in predicate.values)
        return f"{key} is {'absent' if absent == positive else 'present'}"
    if predicate.qualifier:
        every = (predicate.qualifier == "ForAllValues") == positive
        key = f"{'every' if every else 'some'} value of {key}"
    verb = _verb(predicate, positive)
    text = f"{key} {verb} {listed(predicate.values)}"
    optional = predicate.if_exists and not predicate.negated
    return f"{text} (or absent)" if optional and positive else text


def _verb(predicate: Predicate, positive: bool) -> str:
    name = predicate.name
    is_in = positive != predicate.negated
    several = len(predicate.values) > 1
    for family, verbs in (("Numeric", _COMPARED), ("Date", _BEFORE)):
        if name.startswith(family) and (pair := verbs.get(name.removeprefix(family))):
            return pair[0] if positive else pair[1]
    if name in ("IpAddress", "NotIpAddress"):
        return "is in" if is_in else "is not in"
    if name in _LIKE and any("*" in each or "?" in each for each in predicate.values):
        return "is like" if is_in else "is not like"
    if several:
        return "is one of" if is_in else "is none of"
    return "is" if is_in else "is not"
