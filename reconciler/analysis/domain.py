"""What values of one context key tell predicates on it apart, and so whether one predicate implies another.

For each predicate the values to try are finite: a text inside and outside each pattern and each overlap of two, the
numbers around each limit, the addresses around each range, and no value at all.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from itertools import combinations

from reconciler.analysis import glob, values
from reconciler.analysis.condition import KNOWN, Predicate, patterns_of, truth
from reconciler.analysis.context import RESOURCE, Context, Found, Missing

MOST_PATTERNS = 40
"""How many patterns of one key are compared with each other."""
MOST_PAIRS = 8
"""Of how many values the pairs are tried, for keys with several values."""


@functools.lru_cache(maxsize=16_384)
def candidates(predicates: tuple[Predicate, ...]) -> tuple[Found, ...]:
    """Values of the one key of all these predicates that make every combination of truths they can have (as far as
    two patterns overlap). Raises `glob.TooLargeError` for pathological patterns."""
    singles = tuple(dict.fromkeys(_singles(predicates)))
    found: list[Found] = [(each,) for each in singles]
    if any(each.qualifier for each in predicates):
        found += combinations(singles[:MOST_PAIRS], 2)
    if predicates and predicates[0].key != RESOURCE:
        found.append(Missing.ABSENT)
    return tuple(found)


@functools.lru_cache(maxsize=16_384)
def are_all(predicates: tuple[Predicate, ...]) -> bool:
    """Whether `candidates` surely has every combination of truths that these predicates can have: not where values
    depend on the request, operators are not known, several predicates ask for sets of values, or three patterns
    overlap."""
    if not all(map(_is_closed, predicates)):
        return False
    if sum(each.qualifier is not None for each in predicates) > 1:
        return False
    patterns = {pattern for each in predicates for pattern in patterns_of(each) or ()}
    wild = [each for each in patterns if any(len(token) > 1 for token in each)]
    overlaps = [pair for pair in combinations(wild, 2) if not glob.disjoint(*pair)]
    crossing = [each for one, other in overlaps if not _nested(one, other) for each in (one, other)]
    return len(crossing) == len(set(crossing))


def _is_closed(predicate: Predicate) -> bool:
    """Whether its truth depends on the value of its key alone, in a way that is known."""
    return predicate.name in KNOWN and not predicate.variables


def _nested(one: glob.Tokens, other: glob.Tokens) -> bool:
    return glob.contained(one, other) or glob.contained(other, one)


@functools.lru_cache(maxsize=65_536)
def implies(one: Predicate, other: Predicate) -> bool:
    """Whether `other` holds whenever `one` does; false where that cannot be shown."""
    if one == other:
        return True
    if one.key != other.key or not _is_closed(one) or not _is_closed(other):
        return False
    try:
        ours, theirs = patterns_of(one), patterns_of(other)
        if ours is not None and theirs is not None and one.qualifier == other.qualifier:
            return _when_absent(one, other) and _texts_imply(one.negated, ours, other.negated, theirs)
        return _tried(one, other)
    except glob.TooLargeError:
        return False


def _when_absent(one: Predicate, other: Predicate) -> bool:
    """Whether the implication holds for a key without a value."""
    if one.key == RESOURCE:
        return True
    nothing = Context({one.key: Missing.ABSENT})
    return truth(one, nothing) is False or truth(other, nothing) is True


def _texts_imply(negated: bool, ours: glob.Patterns, other_negated: bool, theirs: glob.Patterns) -> bool:
    """Whether every text that (does not match | matches) ours (does not match | matches) theirs."""
    if negated and other_negated:
        return all(each in ours or glob.witness((each,), ours) is None for each in theirs)
    if negated:
        return glob.witness(((glob.STAR,),), (*ours, *theirs)) is None
    if other_negated:
        return all(glob.disjoint(one, other) for one in ours for other in theirs)
    return all(each in theirs or glob.witness((each,), theirs) is None for each in ours)


def _tried(one: Predicate, other: Predicate) -> bool:
    contexts = (Context({one.key: each}) for each in candidates((one, other)))
    return all(truth(other, each) is True for each in contexts if truth(one, each) is not False)


def all_imply(ones: Iterable[Predicate], others: Iterable[Predicate]) -> bool:
    """Whether all of `others` hold whenever all of `ones` do; false where that cannot be shown."""
    given = tuple(ones)
    return all(any(implies(one, other) for one in given) for other in others)


def _singles(predicates: tuple[Predicate, ...]) -> Iterator[str]:
    texts = [(each, patterns) for each in predicates if (patterns := patterns_of(each)) is not None]
    if texts:
        yield from _texts([patterns for _, patterns in texts])
    for each in predicates:
        if each.name == "Bool":
            yield from ("true", "false")
        elif each.name.startswith("Numeric"):
            yield from _around(map(values.number, each.values))
        elif each.name.startswith("Date"):
            yield from _around(map(values.date, each.values))
        elif each.name.endswith("IpAddress"):
            yield from _addresses(each)
        elif each.name == "BinaryEquals":
            yield from (*each.values, "AA==")
        elif each.name == "Null":
            yield "x"


def _texts(groups: list[glob.Patterns]) -> Iterator[str]:
    """Texts inside each pattern (outside the others), inside each overlap, and outside all."""
    everything = tuple(dict.fromkeys(pattern for group in groups for pattern in group))
    wild = [pattern for pattern in everything if any(len(token) > 1 for token in pattern)]
    if len(wild) > MOST_PATTERNS:
        raise glob.TooLargeError
    for pattern in everything:
        if pattern not in wild:
            yield "".join(pattern)
            continue
        others = tuple(each for each in everything if each != pattern)
        elsewhere = [tuple(each for each in group if each != pattern) for group in groups if pattern not in group]
        for reject in ((), others, *elsewhere):
            if (text := glob.witness((pattern,), reject)) is not None:
                yield text
    for one, other in combinations(wild, 2):
        if (text := glob.witness((one, other))) is not None:
            yield text
    if (text := glob.witness(((glob.STAR,),), everything)) is not None:
        yield text


def _around(limits: Iterable[float | None]) -> Iterator[str]:
    for limit in limits:
        if limit is not None:
            yield from (f"{limit - 1:.15g}", f"{limit:.15g}", f"{limit + 1:.15g}")


def _addresses(predicate: Predicate) -> Iterator[str]:
    for written in predicate.values:
        network = values.network(written)
        if network is None:
            continue
        first, last = network[0], network[-1]
        yield from (str(first), str(last))
        for neighbour in (int(first) - 1, int(last) + 1):
            if 0 <= neighbour < 1 << network.max_prefixlen:
                yield str(type(first)(neighbour))
    yield from ("203.0.113.7", "2001:db8::7")
