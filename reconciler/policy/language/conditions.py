"""Whether a condition holds: three-valued, because a context may be known in part.

A `Predicate` is one operator on one key in a form in which equal meanings are mostly equal values. Rules:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from reconciler.policy.language import patterns, values
from reconciler.policy.language.context import RESOURCE, Context, Found, Missing, PartlyKnown
from reconciler.policy.language.statements import NEGATED, OPERATORS, Condition, Qualifier, Statement

Truth = bool | None
"""`None` is unknown."""

ONE_RESOURCE = "Resource"
NOT_RESOURCE = "NotResource"

POSITIVE = {name: name.replace("Not", "", 1) for name in NEGATED} | {
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    NOT_RESOURCE: ONE_RESOURCE,
}
"""The operator that each negated one is the negation of."""
_SAME = {"ArnEquals": "ArnLike", "ArnNotEquals": "ArnNotLike"}
"""ArnEquals and ArnLike behave identically according to the documentation."""
KNOWN = frozenset({*OPERATORS, ONE_RESOURCE, NOT_RESOURCE})
"""The names of predicates that can be evaluated."""
_TEXTS = frozenset({"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnLike", ONE_RESOURCE})
_VARIABLE = re.compile(r"\$\{([^}]*:[^}]*|[*?$])\}")
"""A policy variable: a context key, which has a colon, or an escaped character. Anything else is plain text."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """One operator on one key: `name` is the operator without qualifier and IfExists, `key` is in lower case,
    `values` are sorted. `Resource` and `NotResource` are tests on the key `resource`."""

    name: str
    key: str
    values: tuple[str, ...]
    qualifier: Qualifier | None = None
    if_exists: bool = False
    variables: bool = False
    """Whether some value holds a policy variable, so that it depends on the request."""
    shown: str = field(default="", compare=False)
    """The key as it is written."""
    _hash: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        parts = (self.name, self.key, self.values, self.qualifier, self.if_exists, self.variables)
        object.__setattr__(self, "_hash", hash(parts))

    def __hash__(self) -> int:
        return self._hash

    @property
    def negated(self) -> bool:
        return self.name in NEGATED or self.name == NOT_RESOURCE


def predicates_of(statement: Statement) -> tuple[Predicate, ...] | None:
    """What must hold, besides the action, for the statement to apply; `None` where it never does."""
    tests = []
    if statement.resources is not None and "*" not in statement.resources:
        tests.append(_resource_test(ONE_RESOURCE, statement.resources, statement.variables))
    if statement.not_resources is not None:
        if "*" in statement.not_resources:
            return None
        tests.append(_resource_test(NOT_RESOURCE, statement.not_resources, statement.variables))
    tests += [predicate_of(each, statement.variables) for each in statement.conditions]
    return tuple(dict.fromkeys(tests))


def _resource_test(name: str, patterns: tuple[str, ...], variables: bool) -> Predicate:
    variables = variables and any(map(_VARIABLE.search, patterns))
    return Predicate(name, RESOURCE, tuple(sorted(set(patterns))), variables=variables, shown="the resource")


def predicate_of(condition: Condition, variables: bool) -> Predicate:
    """One condition; `variables` is whether the version of the language has policy variables."""
    operator = condition.operator
    key, stated = condition.key.lower(), tuple(sorted(set(condition.values)))
    if operator is None:
        return Predicate(condition.written, key, stated, shown=condition.key)
    name = _SAME.get(operator.name, operator.name)
    variables = variables and any(map(_VARIABLE.search, stated))
    return Predicate(name, key, stated, operator.qualifier, operator.if_exists, variables, condition.key)


def truth(predicate: Predicate, context: Context) -> Truth:
    """Whether the test holds in this context."""
    return _of_found(predicate, context.find(predicate.key), context)


def _of_found(predicate: Predicate, found: Found, context: Context) -> Truth:
    if isinstance(found, PartlyKnown) and found.or_absent:
        return _same(
            _of_found(predicate, Missing.ABSENT, context),
            _of_found(predicate, PartlyKnown(found.accept, found.reject), context),
        )
    if found is Missing.UNKNOWN or predicate.name not in KNOWN:
        return None
    if predicate.name == "Null":
        absent = found is Missing.ABSENT or found == ()
        return any((each.lower() == "true") == absent for each in predicate.values)
    if found is Missing.ABSENT or found == ():
        return _of_nothing(predicate)
    matcher = _matcher(predicate)
    negated = predicate.negated
    if isinstance(found, PartlyKnown):
        return _not(matcher.some(found, context)) if negated else matcher.some(found, context)
    each_value = [matcher.one(value, context) for value in found]
    if predicate.qualifier is None:
        return _not(_any(each_value)) if negated else _any(each_value)
    holds = [_not(each) for each in each_value] if negated else each_value
    return _any(holds) if predicate.qualifier == "ForAnyValue" else _all(holds)


def matches_value(predicate: Predicate, value: str) -> bool:
    """Whether one value matches some value of the predicate, before negation."""
    return _matcher(predicate).one(value, _NOTHING) is True


_NOTHING = Context()


def _of_nothing(predicate: Predicate) -> bool:
    """The test on a key without a value: true for IfExists and ForAllValues, false for ForAnyValue, else true for
    negated operators only."""
    if predicate.if_exists or predicate.qualifier == "ForAllValues":
        return True
    return predicate.negated and predicate.qualifier is None


def patterns_of(predicate: Predicate) -> patterns.Patterns | None:
    """The patterns of a predicate that compares texts (before negation); `None` for others, and for texts outside of
    ASCII without regard to case."""
    name = POSITIVE.get(predicate.name, predicate.name)
    if name not in _TEXTS:
        return None
    read = patterns.pattern if _has_wildcards(name) else patterns.literal
    try:
        return tuple(_pattern(name, read(each)) for each in predicate.values)
    except patterns.TooLargeError:
        return None


@dataclass(frozen=True, slots=True)
class _Matcher:
    """Whether a value matches any value of the predicate, before negation."""

    one: Callable[[str, Context], Truth]
    some: Callable[[PartlyKnown, Context], Truth]


@functools.lru_cache(maxsize=16_384)
def _matcher(predicate: Predicate) -> _Matcher:
    name = POSITIVE.get(predicate.name, predicate.name)
    if name in _TEXTS:
        return _text_matcher(predicate, name)
    if name == "Bool":
        wanted = frozenset(each.lower() for each in predicate.values)
        return _plain(lambda value: value.lower() in wanted)
    if name == "IpAddress":
        networks = [network for each in predicate.values if (network := values.network(each))]
        return _plain(lambda value: any(_inside(value, each) for each in networks))
    if name == "BinaryEquals":
        accepted = frozenset(binary for each in predicate.values if (binary := values.binary(each)) is not None)
        return _plain(lambda value: values.binary(value) in accepted)
    if name.startswith("Numeric"):
        return _order_matcher(name.removeprefix("Numeric"), values.number, predicate.values)
    return _order_matcher(name.removeprefix("Date"), values.date, predicate.values)


def _plain(matches: Callable[[str], bool]) -> _Matcher:
    return _Matcher(lambda value, _context: matches(value), lambda _some, _context: None)


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "Equals": lambda value, limit: value == limit,
    "LessThan": lambda value, limit: value < limit,
    "LessThanEquals": lambda value, limit: value <= limit,
    "GreaterThan": lambda value, limit: value > limit,
    "GreaterThanEquals": lambda value, limit: value >= limit,
}


def _order_matcher(name: str, read: Callable[[str], float | None], stated: tuple[str, ...]) -> _Matcher:
    compare = _COMPARISONS[name]
    limits = [limit for each in stated if (limit := read(each)) is not None]

    def matches(value: str) -> bool:
        number = read(value)
        return number is not None and any(compare(number, limit) for limit in limits)

    return _plain(matches)


def _inside(value: str, network: values.Network) -> bool:
    address = values.network(value)
    if address is None or address.version != network.version:
        return False
    return int(network.network_address) <= int(address.network_address) and int(address.broadcast_address) <= int(
        network.broadcast_address
    )


def _text_matcher(predicate: Predicate, name: str) -> _Matcher:
    if not predicate.variables:
        accepted = patterns_of(predicate)
        return _Matcher(_one_of(name, predicate), lambda found, _context: _some_matches(found, accepted))

    def one(value: str, context: Context) -> Truth:
        results: list[Truth] = []
        for each in predicate.values:
            expanded = expand(each, name, context)
            if isinstance(expanded, Missing):
                results.append(None if expanded is Missing.UNKNOWN else False)
            elif name == "StringEqualsIgnoreCase":
                results.append("".join(expanded).lower() == value.lower())
            else:
                results.append(patterns.matches(_pattern(name, expanded), value))
        return _any(results)

    return _Matcher(one, lambda _found, _context: None)


def _one_of(name: str, predicate: Predicate) -> Callable[[str, Context], Truth]:
    if name == "StringEqualsIgnoreCase":
        lower = frozenset(each.lower() for each in predicate.values)
        return lambda value, _context: value.lower() in lower
    accepted = patterns_of(predicate) or ()
    exact = frozenset("".join(each) for each in accepted if patterns.is_literal(each))
    wild = [patterns.regex(each) for each in accepted if not patterns.is_literal(each)]
    return lambda value, _context: value in exact or any(each.fullmatch(value) for each in wild)


def _some_matches(found: PartlyKnown, accepted: patterns.Patterns | None) -> Truth:
    """Whether a value which is known only in part matches: surely, surely not, or unknown."""
    if accepted is None:
        return None
    try:
        if patterns.witness((found.accept,), (*accepted, *found.reject)) is None:
            return True
        if all(patterns.witness((found.accept, each), found.reject) is None for each in accepted):
            return False
    except patterns.TooLargeError:
        return None
    return None


def _pattern(name: str, tokens: patterns.Tokens) -> patterns.Tokens:
    if name == "ArnLike":
        return patterns.arn(tokens)
    return patterns.folded(tokens) if name == "StringEqualsIgnoreCase" else tokens


def _has_wildcards(name: str) -> bool:
    return name in ("StringLike", "ArnLike", ONE_RESOURCE)


def expand(text: str, name: str, context: Context) -> patterns.Tokens | Missing:
    """The text with its policy variables filled in: what comes from a variable is literal. Absent where a variable
    has neither value nor default: then nothing matches.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    read = patterns.pattern if _has_wildcards(name) else patterns.literal
    tokens: list[str] = []
    last = 0
    for variable in _VARIABLE.finditer(text):
        tokens += read(text[last : variable.start()])
        value = _variable(variable[1], context)
        if isinstance(value, Missing):
            return value
        tokens += patterns.literal(value)
        last = variable.end()
    return (*tokens, *read(text[last:]))


def variables_in(text: str) -> Iterator[str]:
    """The context keys, in lower case, that the policy variables of a text read."""
    for variable in _VARIABLE.finditer(text):
        key = variable[1].partition(",")[0].strip().lower()
        if key not in ("*", "?", "$"):
            yield key


def keys_read(predicate: Predicate) -> Iterator[str]:
    """The context keys, in lower case, that the truth of a predicate depends on."""
    yield predicate.key
    for value in predicate.values if predicate.variables else ():
        yield from variables_in(value)


def _variable(written: str, context: Context) -> str | Missing:
    if written in ("*", "?", "$"):
        return written
    key, comma, default = written.partition(",")
    found = context.find(key.strip().lower())
    if isinstance(found, tuple) and len(found) == 1:
        return found[0]
    if isinstance(found, PartlyKnown) or found is Missing.UNKNOWN:
        return Missing.UNKNOWN
    return default.strip().strip("'") if comma else Missing.ABSENT


def _not(one: Truth) -> Truth:
    return None if one is None else not one


def _any(truths: Iterable[Truth]) -> Truth:
    seen_unknown = False
    for each in truths:
        if each:
            return True
        seen_unknown = seen_unknown or each is None
    return None if seen_unknown else False


def _all(truths: Iterable[Truth]) -> Truth:
    return _not(_any(_not(each) for each in truths))


def _same(one: Truth, other: Truth) -> Truth:
    return one if one == other else None
