"""Looks for a request that makes a formula true, key by key."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.analysis import glob
from reconciler.analysis.condition import Predicate, expand, patterns_of, truth, variables_in
from reconciler.analysis.context import RESOURCE, Context, Found, Missing, Some
from reconciler.analysis.domain import are_all, candidates
from reconciler.analysis.formula import Formula, predicates_in, settled

MOST_STEPS = 20_000

_ANY_VALUE = "x"


class Search:
    """A bounded search for values of what a context leaves open. `gaps` says why a search that found nothing does
    not show that there is nothing."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._steps = 0
        self.gaps: dict[str, None] = {}

    def solutions(self, formula: Formula) -> Iterator[dict[str, Any]]:
        """What to add to the request (`resource`, `context`) so that the formula is true; keys that are not in
        `context` are absent."""
        for assigned in self._solve(formula, {}):
            given = {key: found for key, found in assigned.items() if isinstance(found, tuple)}
            resource = given.pop(RESOURCE, (None,))[0]
            told_absent = {
                key: () for key in assigned if key not in given and isinstance(self._context.find(key), Some)
            }
            yield {"resource": resource, "context": {**given, **told_absent}}

    def _solve(self, formula: Formula, assigned: dict[str, Found]) -> Iterator[dict[str, Found]]:
        self._steps += 1
        if self._steps > MOST_STEPS:
            self.gaps["too many combinations of conditions"] = None
            return
        if isinstance(formula, bool):
            if formula:
                yield assigned
            return
        key = self._next_key(formula, assigned)
        if key is None:
            self.gaps["a condition that compares with an unknown operator"] = None
            return
        tried: set[Formula] = set()
        for found in self._values(key, formula, assigned):
            grown = {**assigned, key: found}
            context = Context({**self._context.known, **grown})
            rest = settled(formula, functools.partial(truth, context=context))
            if rest not in tried:
                tried.add(rest)
                yield from self._solve(rest, grown)

    def _next_key(self, formula: Formula, assigned: Mapping[str, Found]) -> str | None:
        """The key that most predicates ask for; before it the keys of policy variables."""
        predicates = list(predicates_in(formula))
        for predicate in predicates:
            for value in predicate.values if predicate.variables else ():
                for key in variables_in(value):
                    if key not in assigned:
                        return key
        counts = Counter(each.key for each in predicates if each.key not in assigned)
        return counts.most_common(1)[0][0] if counts else None

    def _values(self, key: str, formula: Formula, assigned: Mapping[str, Found]) -> Iterator[Found]:
        predicates = tuple(dict.fromkeys(each for each in predicates_in(formula) if each.key == key))
        known = self._context.find(key)
        if not predicates:
            self.gaps[f"a policy variable with {key}"] = None
        elif not are_all(predicates):
            self.gaps[f"conditions on {predicates[0].shown} that are too intricate to compare"] = None
        try:
            found = candidates(predicates)
        except glob.TooLargeError:
            self.gaps[f"too many patterns on {key}"] = None
            return
        context = Context({**self._context.known, **assigned})
        more = [*_expanded(predicates, context), *(() if predicates else ((_ANY_VALUE,), Missing.ABSENT))]
        if not isinstance(known, Some):
            yield from (*found, *more)
            return
        yield from (each for each in (*found, *more) if _is_possible(each, known))
        yield from _within(known, predicates)


def _is_possible(found: Found, known: Some) -> bool:
    """Whether a value is one that a value which is known in part can be."""
    if not isinstance(found, tuple):
        return known.or_absent
    return all(
        glob.matches(known.accept, value) and not any(glob.matches(each, value) for each in known.reject)
        for value in found
    )


def _within(known: Some, predicates: Iterable[Predicate]) -> Iterator[Found]:
    """Values that a value which is known in part can be, inside each pattern and outside all of them."""
    patterns = tuple(pattern for each in predicates for pattern in patterns_of(each) or ())
    for accept, reject in [((known.accept,), patterns), *(((known.accept, each), ()) for each in patterns)]:
        text = glob.witness(accept, (*reject, *known.reject))
        if text is not None:
            yield (text,)


def _expanded(predicates: Iterable[Predicate], context: Context) -> Iterator[Found]:
    """Values that match what policy variables have become."""
    for predicate in predicates:
        for value in predicate.values if predicate.variables else ():
            tokens = expand(value, "StringLike", context)
            if not isinstance(tokens, Missing):
                yield ("".join(token if len(token) == 1 else _ANY_VALUE for token in tokens),)
