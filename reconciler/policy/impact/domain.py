"""Every combination of truths that predicates on one context key can have, and so whether one implies another.

`choices` is complete: whatever a request has for the key, the predicates have the truths of one of the choices. It is
the finite set of representatives on which proofs rest (`prove`). For each kind of operator the argument is:

- Texts (String*, Arn*, Bool, resources, each with `*`, `?` and without regard to case) are patterns. All texts are
  split by one pattern after the other into those that match and those that do not; a part is dropped only where the
  automata of its patterns show that no text is in it. So each text is in exactly one part that is kept, and texts of
  one part match the same patterns.
- Numbers and dates are compared with finitely many limits: the limits, a number between each two neighbours, one below
  all and one above all have every truth, and so has a text that is no number.
- IP addresses are compared with ranges: truths can only change where a range begins or after it ends.
- Bytes equal one of the values, or none of them.
- Where one key is compared in several of these ways, the combinations of all their truths are taken: there can be
  fewer, never more.
- A key with several values: a predicate holds either where some value has a certain property (`ForAnyValue`, plain
  operators that are not negated) or where none has (`ForAllValues`, plain negated operators). Which properties some
  value has is, for a set of values, the union over its members; so all unions of those of single values are taken.
- A key that is absent or has no value, and Null, have one truth each.

A choice whose `found` is `None` may be impossible: it is counted for proofs, and is no example.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from typing import NamedTuple

from reconciler.policy.language import patterns, values
from reconciler.policy.language.conditions import KNOWN, Predicate, matches_value, patterns_of, truth
from reconciler.policy.language.context import RESOURCE, Context, Found, Missing, PartlyKnown
from reconciler.policy.language.global_keys import GLOBAL_KEYS
from reconciler.policy.language.partition import parts

MOST_PARTS = 256
"""How many combinations of truths of one key are distinguished."""

MULTIVALUED = frozenset(name for name, key in GLOBAL_KEYS.items() if key.multivalued)
BOOLEAN = frozenset(name for name, key in GLOBAL_KEYS.items() if key.shape == "bool")
"""The global keys that can have several values, and those that are `true` or `false`."""
_BOOLEANS = frozenset({"true", "false", "True", "False"})
_FAMILIES = ("Numeric", "Date", "IpAddress", "Binary")
_ANY = "x"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Choice(NamedTuple):
    """Truths of some predicates, in their order, and what the key is then; `None` where no such value is known."""

    truths: tuple[bool, ...]
    found: Found | None


def is_closed(predicate: Predicate) -> bool:
    """Whether its truth depends on the value of its key alone, in a way that is known."""
    if predicate.name not in KNOWN or predicate.variables:
        return False
    return predicate.name not in ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase") or bool(
        patterns_of(predicate) or not predicate.values
    )


def choices(predicates: tuple[Predicate, ...], known: Found = Missing.UNKNOWN) -> tuple[Choice, ...]:
    """The truths that closed predicates on one key can have together, each combination once, those of which a value is
    known first. `known` is what is known of the key. Raises `patterns.TooLargeError` where they are too many to be
    distinguished."""
    found = _choices(predicates, known)
    if found is None:
        raise patterns.TooLargeError
    return found


@functools.lru_cache(maxsize=65_536)
def implies(one: Predicate, other: Predicate) -> bool:
    """Whether `other` holds whenever `one` does; false where that cannot be shown."""
    if one == other:
        return True
    if one.key != other.key or not is_closed(one) or not is_closed(other):
        return False
    ours, theirs = patterns_of(one), patterns_of(other)
    if not _when_absent(one, other):
        return False
    try:
        if ours is not None and theirs is not None:
            if one.qualifier == other.qualifier and _texts_imply(one.negated, ours, other.negated, theirs):
                return True
            if _is_disproved(one, other, (*ours[:1], *theirs[:1])):
                return False
    except patterns.TooLargeError:
        return False
    found = _choices((one, other), Missing.UNKNOWN)
    return found is not None and all(each.truths[1] for each in found if each.truths[0])


def all_imply(ones: Iterable[Predicate], others: Iterable[Predicate]) -> bool:
    """Whether all of `others` hold whenever all of `ones` do; false where that cannot be shown."""
    given = tuple(ones)
    return all(any(implies(one, other) for one in given) for other in others)


def _when_absent(one: Predicate, other: Predicate) -> bool:
    """Whether the implication holds for a key without a value."""
    if one.key == RESOURCE:
        return True
    nothing = Context({one.key: Missing.ABSENT})
    return truth(one, nothing) is False or truth(other, nothing) is True


def _is_disproved(one: Predicate, other: Predicate, accepted: patterns.Patterns) -> bool:
    """Whether one of a few sample texts makes the first true and the second false."""
    texts = (_ANY, *(text for each in accepted if (text := patterns.witness((each,))) is not None))
    contexts = (Context({one.key: (text,)}) for text in texts)
    return any(truth(one, each) is True and truth(other, each) is False for each in contexts)


def _texts_imply(negated: bool, ours: patterns.Patterns, other_negated: bool, theirs: patterns.Patterns) -> bool:
    """Whether every text that (does not match | matches) ours (does not match | matches) theirs, as far as single
    patterns show it."""
    if negated == other_negated:
        inner, outer = (theirs, ours) if negated else (ours, theirs)
        return all(each in outer or any(patterns.contained(each, other) for other in outer) for each in inner)
    return other_negated and all(patterns.disjoint(one, other) for one in ours for other in theirs)


@functools.lru_cache(maxsize=65_536)
def _choices(predicates: tuple[Predicate, ...], known: Found) -> tuple[Choice, ...] | None:
    try:
        found: dict[tuple[bool, ...], Found | None] = {}
        for truths, value in _possible(predicates, known):
            if found.get(truths) is None:
                found[truths] = value
            if len(found) > MOST_PARTS:
                return None
    except patterns.TooLargeError:
        return None
    return tuple(sorted((Choice(*each) for each in found.items()), key=lambda each: each.found is None))


def _possible(predicates: tuple[Predicate, ...], known: Found) -> Iterator[Choice]:
    key = predicates[0].key
    if isinstance(known, tuple) or known is Missing.ABSENT:
        yield _with(predicates, known)
        return
    singles = tuple(_singles(predicates, known if isinstance(known, PartlyKnown) else None))
    for properties, text in singles:
        yield Choice(_truths(predicates, properties), None if text is None else (text,))
    if known.or_absent if isinstance(known, PartlyKnown) else key != RESOURCE:
        yield _with(predicates, Missing.ABSENT)
    qualified = any(each.qualifier for each in predicates)
    is_single = key == RESOURCE or (key.startswith("aws:") and key not in MULTIVALUED)
    if isinstance(known, PartlyKnown) or (is_single and not qualified):
        return
    several = key in MULTIVALUED or (qualified and not is_single)
    for properties, texts in _unions(singles):
        yield Choice(_truths(predicates, properties), texts if several else None)


def _with(predicates: tuple[Predicate, ...], found: Found) -> Choice:
    context = Context({predicates[0].key: found})
    return Choice(tuple(truth(each, context) is True for each in predicates), found)


def _unions(singles: Sequence[tuple[int, str | None]]) -> Iterator[tuple[int, tuple[str, ...] | None]]:
    """The properties that sets of values have, with a smallest set that has them."""
    known: dict[int, tuple[str, ...] | None] = {
        properties: None if text is None else (text,) for properties, text in singles
    }
    queue = list(known)
    for properties in queue:
        texts = known[properties]
        for more, text in singles:
            if properties | more not in known:
                known[properties | more] = None if texts is None or text is None else (*texts, text)
                queue.append(properties | more)
        if len(queue) > MOST_PARTS:
            raise patterns.TooLargeError
    return iter(known.items())


def _truths(predicates: tuple[Predicate, ...], properties: int) -> tuple[bool, ...]:
    """What the predicates are for values of which some have these properties."""
    return tuple(
        _of_present(each) if each.name == "Null" else bool(properties >> at & 1) != _holds_for_none(each)
        for at, each in enumerate(predicates)
    )


def _of_present(predicate: Predicate) -> bool:
    return any(each.lower() != "true" for each in predicate.values)


def _holds_for_none(predicate: Predicate) -> bool:
    """Whether the predicate holds where no value has its property (else, where some value has)."""
    return predicate.qualifier == "ForAllValues" or (predicate.qualifier is None and predicate.negated)


def _has_property(predicate: Predicate, *, matches: bool) -> bool:
    """Whether a value has the property of the predicate: to match, or not to match."""
    about_matching = predicate.qualifier is None or (predicate.qualifier == "ForAnyValue") != predicate.negated
    return matches == about_matching


def _singles(predicates: tuple[Predicate, ...], known: PartlyKnown | None) -> Iterator[tuple[int, str | None]]:
    """The properties that one value can have, a bit for each predicate."""
    groups = [group for group in _groups(predicates) if group]
    texts = [text for group in groups for text in _texts(group, known)]
    if not groups:
        texts = [_ANY if known is None else patterns.witness((known.accept,), known.reject) or _ANY]
    elif known is None and "tag/" in predicates[0].key:
        texts.append(_ANY)
    found: dict[int, str | None] = {}
    for text in dict.fromkeys(texts):
        if known is None or is_within(text, known):
            matching = {each for group in groups for each in group if matches_value(each, text)}
            found.setdefault(_properties(predicates, matching), text)
    for matching in _combined(groups, known):
        found.setdefault(_properties(predicates, matching), None)
    return iter(found.items())


def _properties(predicates: tuple[Predicate, ...], matching: AbstractSet[Predicate]) -> int:
    return sum(
        1 << at
        for at, each in enumerate(predicates)
        if each.name != "Null" and _has_property(each, matches=each in matching)
    )


def _combined(groups: Sequence[tuple[Predicate, ...]], known: PartlyKnown | None) -> Iterator[set[Predicate]]:
    """What a value can match as far as each kind of comparison is concerned by itself."""
    matching = [
        {frozenset(each for each in group if matches_value(each, text)) for text in _texts(group, known)}
        | ({frozenset[Predicate]()} if _is_typed(group) else set())
        for group in groups
    ]
    if math.prod(map(len, matching)) > MOST_PARTS:
        raise patterns.TooLargeError
    return (set[Predicate]().union(*sets) for sets in product(*matching))


def _is_typed(group: tuple[Predicate, ...]) -> bool:
    """Whether there are texts that the operators cannot read at all."""
    return _family(group[0]) in ("Numeric", "Date", "IpAddress") or _is_boolean(group)


def _is_boolean(group: tuple[Predicate, ...]) -> bool:
    return group[0].key not in BOOLEAN and all(each.name == "Bool" for each in group)


def is_within(text: str, known: PartlyKnown) -> bool:
    """Whether a value which is known in part can be this one."""
    return patterns.matches(known.accept, text) and not any(patterns.matches(each, text) for each in known.reject)


def _groups(predicates: tuple[Predicate, ...]) -> Iterator[tuple[Predicate, ...]]:
    """The predicates by what they compare: texts, numbers, dates, addresses, bytes."""
    compared = {each: _family(each) for each in predicates if each.name != "Null"}
    for family in ("", *_FAMILIES):
        yield tuple(each for each, its in compared.items() if its == family)


def _family(predicate: Predicate) -> str:
    return next((each for each in _FAMILIES if each in predicate.name), "")


def _texts(group: tuple[Predicate, ...], known: PartlyKnown | None) -> Iterator[str]:
    """Texts with every combination of truths that predicates of one kind can have, but for texts they cannot read."""
    written = [value for each in group for value in each.values]
    match _family(group[0]):
        case "Numeric":
            yield from _numbers(map(values.number, written))
        case "Date":
            yield from _dates(map(values.date, written))
        case "IpAddress":
            yield from _addresses(written)
        case "Binary":
            yield from written
            yield next(
                each
                for each in ("AA==", "AQ==", "Ag==", *(f"{number:04d}" for number in range(999)))
                if each not in written
            )
        case _:
            if known is None and (_is_boolean(group) or (group[0].key in BOOLEAN and _BOOLEANS.issuperset(written))):
                yield from dict.fromkeys(("true", "false", *(written if _is_boolean(group) else ())))
            else:
                yield from parts(
                    (pattern for each in group for pattern in _patterns(each)),
                    known.accept if known else None,
                    known.reject if known else (),
                )


def _patterns(predicate: Predicate) -> patterns.Patterns:
    if predicate.name == "Bool":
        return tuple(patterns.folded(patterns.literal(each)) for each in predicate.values)
    found = patterns_of(predicate)
    if found is None:
        raise patterns.TooLargeError
    return found


def _numbers(limits: Iterable[float | None]) -> Iterator[str]:
    """The limits, numbers between them, and one on each side."""
    for number in _around(limits, 1.0):
        short = f"{number:.15g}"
        yield short if float(short) == number else repr(number)


def _around(limits: Iterable[float | None], step: float) -> list[float]:
    found = sorted({each for each in limits if each is not None and math.isfinite(each)})
    if not found:
        return [0.0]
    between = [(one + other) / 2 for one, other in pairwise(found)]
    return [*found, *between, found[0] - max(step, abs(found[0])), found[-1] + max(step, abs(found[-1]))]


def _dates(limits: Iterable[float | None]) -> Iterator[str]:
    for seconds in _around(limits, 86_400.0):
        try:
            yield (_EPOCH + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
        except OverflowError:
            if seconds > 0:
                yield f"{seconds:.0f}"


def _addresses(written: Iterable[str]) -> Iterator[str]:
    """The first address of each range and the first after it, and of all of both versions."""
    yield from ("203.0.113.7", "2001:db8::7", "0.0.0.0", "::")  # noqa: S104  # an address in a request
    for network in map(values.network, written):
        if network is not None:
            first, last = network[0], network[-1]
            yield str(first)
            if int(last) + 1 < 1 << network.max_prefixlen:
                yield str(type(first)(int(last) + 1))
