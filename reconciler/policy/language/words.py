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


def described(predicate: Predicate, *, positive: bool = True, most: int = MOST_VALUES) -> str:
    """The predicate, with `most` of its values: `aws:RequestedRegion is none of eu-west-1, eu-central-1`; without
    `positive` its negation: `aws:RequestedRegion is one of eu-west-1, eu-central-1`."""
    name, key = predicate.name, predicate.shown or predicate.key
    if name == "Null":
        absent = any(each.lower() == "true" for each in predicate.values)
        return f"{key} is {'absent' if absent == positive else 'present'}"
    if predicate.qualifier:
        every = (predicate.qualifier == "ForAllValues") == positive
        key = f"{'every' if every else 'some'} value of {key}"
    text = f"{key} {_verb(predicate, positive)} {listed(predicate.values, most)}"
    return f"{text} (or absent)" if positive and predicate.if_exists and not predicate.negated else text


def conjunction(predicates: Iterable[Predicate]) -> str:
    """All of these hold: `A and B`."""
    return " and ".join(map(described, predicates))


def condition_clause(predicates: Sequence[Predicate]) -> str:
    """When all of these hold: ` if A and B, unless C or D`, or nothing where there are none."""
    exceptions = [each for each in predicates if each.negated]
    conditions = [each for each in predicates if not each.negated]
    parts = []
    if conditions:
        parts.append(f" if {conjunction(conditions)}")
    if exceptions:
        parts.append(f" unless {' or '.join(described(each, positive=False) for each in exceptions)}")
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


def _verb(predicate: Predicate, positive: bool) -> str:
    name = predicate.name
    is_in = positive != predicate.negated
    for family, verbs in (("Numeric", _COMPARED), ("Date", _BEFORE)):
        if name.startswith(family) and (pair := verbs.get(name.removeprefix(family))):
            return pair[0] if positive else pair[1]
    if name in ("IpAddress", "NotIpAddress"):
        return "is in" if is_in else "is not in"
    if name in _LIKE and any("*" in each or "?" in each for each in predicate.values):
        return "is like" if is_in else "is not like"
    if len(predicate.values) > 1:
        return "is one of" if is_in else "is none of"
    return "is" if is_in else "is not"
