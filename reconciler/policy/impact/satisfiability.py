"""Looks for a request that makes a formula true, key by key.

`candidates` is complete: where it finds nothing and has no `gaps`, no request makes the formula true. It treats more as
possible than is: every key by itself, and predicates that depend on several keys (policy variables) or that cannot
be evaluated as true or false at will. `examples` tries values instead, and so handles policy variables.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from reconciler.policy.evaluation.formula import Formula, predicates_in, simplified
from reconciler.policy.impact.domain import choices, is_closed, is_within
from reconciler.policy.language import patterns
from reconciler.policy.language.conditions import Predicate, expand, truth, variables_in
from reconciler.policy.language.context import Context, Found, Missing, PartlyKnown

MOST_STEPS = 20_000

_ANY_VALUE = "x"


class Candidate(NamedTuple):
    """What makes the formula true: the values of keys, `None` where no value is known that does. With `guessed`, the
    truth of some predicate was assumed."""

    found: Mapping[str, Found | None]
    guessed: tuple[Predicate, ...] = ()

    @property
    def is_concrete(self) -> bool:
        return not self.guessed and None not in self.found.values()


class Search:
    """A bounded search in what a context leaves open."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.steps = 0
        self._impossible: set[Formula] = set()
        self.gaps: dict[str, None] = {}

    def candidates(self, formula: Formula) -> Iterator[Candidate]:
        """Everything that may make the formula true, as far as the truths of its predicates are concerned."""
        return self._possible(formula, Candidate({}))

    def _possible(self, formula: Formula, so_far: Candidate) -> Iterator[Candidate]:
        if isinstance(formula, bool):
            if formula:
                yield so_far
            return
        if formula in self._impossible or not self._goes_on():
            return
        any_found = False
        tried: set[Formula] = set()
        for truths, more in self._branches(formula, so_far):
            rest = simplified(formula, truths.get)
            if rest not in tried:
                tried.add(rest)
                for each in self._possible(rest, more):
                    any_found = True
                    yield each
        if not any_found and not self.gaps:
            self._impossible.add(formula)

    def _goes_on(self) -> bool:
        self.steps += 1
        if self.steps > MOST_STEPS:
            self.gaps["too many combinations of conditions"] = None
            return False
        return True

    def _branches(self, formula: Formula, so_far: Candidate) -> Iterator[tuple[dict[Predicate, bool], Candidate]]:
        """The truths that the predicates on one key can have, or that one predicate can have by itself."""
        predicates = list(predicates_in(formula))
        counts = Counter(each.key for each in predicates if is_closed(each) and each.key not in so_far.found)
        if counts:
            key = counts.most_common(1)[0][0]
            together = tuple(dict.fromkeys(each for each in predicates if each.key == key and is_closed(each)))
            try:
                for choice in choices(together, self._context.find(key)):
                    found = {**so_far.found, key: choice.found}
                    yield dict(zip(together, choice.truths, strict=True)), so_far._replace(found=found)
                return
            except patterns.TooLargeError:
                predicates = list(together)
        one = predicates[0]
        guessed = so_far._replace(guessed=(*so_far.guessed, one))
        yield {one: True}, guessed
        yield {one: False}, guessed

    def examples(self, formula: Formula, assigned: Mapping[str, Found] | None = None) -> Iterator[dict[str, Found]]:
        """Values of keys that make the formula true; it need not find them all."""
        assigned = assigned or {}
        if isinstance(formula, bool):
            if formula:
                yield dict(assigned)
            return
        key = self._next_key(formula, assigned)
        if key is None or not self._goes_on():
            return
        tried: set[Formula] = set()
        for found in self._values(key, formula, assigned):
            grown = {**assigned, key: found}
            context = Context({**self._context.known, **grown}, absent=self._context.absent)
            rest = simplified(formula, functools.partial(truth, context=context))
            if rest not in tried:
                tried.add(rest)
                yield from self.examples(rest, grown)

    def _next_key(self, formula: Formula, assigned: Mapping[str, Found]) -> str | None:
        """The key that most predicates read; before it the keys of policy variables."""
        predicates = list(predicates_in(formula))
        for predicate in predicates:
            for value in predicate.values if predicate.variables else ():
                for key in variables_in(value):
                    if key not in assigned and self._is_open(key):
                        return key
        counts = Counter(each.key for each in predicates if each.key not in assigned)
        return counts.most_common(1)[0][0] if counts else None

    def _is_open(self, key: str) -> bool:
        known = self._context.find(key)
        return known is Missing.UNKNOWN or isinstance(known, PartlyKnown)

    def _values(self, key: str, formula: Formula, assigned: Mapping[str, Found]) -> Iterator[Found]:
        predicates = tuple(dict.fromkeys(each for each in predicates_in(formula) if each.key == key))
        known = self._context.find(key)
        context = Context({**self._context.known, **assigned}, absent=self._context.absent)
        for expanded in _expanded(predicates, context):
            if not isinstance(known, PartlyKnown) or is_within(expanded, known):
                yield (expanded,)
        closed = tuple(filter(is_closed, predicates))
        try:
            if closed:
                yield from (each.found for each in choices(closed, known) if each.found is not None)
            elif isinstance(known, PartlyKnown):
                text = patterns.witness((known.accept,), known.reject)
                yield from () if text is None else ((text,),)
        except patterns.TooLargeError:
            return
        if not isinstance(known, PartlyKnown):
            yield (_ANY_VALUE,)
            yield Missing.ABSENT


def _expanded(predicates: Iterable[Predicate], context: Context) -> Iterator[str]:
    """Values that match what policy variables have become."""
    for predicate in predicates:
        for value in predicate.values if predicate.variables else ():
            tokens = expand(value, "StringLike", context)
            if not isinstance(tokens, Missing):
                yield "".join(token if len(token) == 1 else _ANY_VALUE for token in tokens)
