"""All texts, split by patterns: one text for each combination of patterns that a text can match."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from reconciler.policy.language import patterns

MOST_PATTERNS = 120
"""How many patterns with wildcards are compared with each other."""
MOST_PARTS = 256
"""How many parts are distinguished."""
_FEW = 3
"""Up to how many patterns at once the automata are searched without guessing first; that finds the shortest texts."""
MOST_SEARCHES = 400
"""How often the automata of several patterns are searched."""


class _Part(NamedTuple):
    """Texts that match all of `inside` and none of `outside`; `text` is one of them."""

    inside: patterns.Patterns
    outside: patterns.Patterns
    text: str


def parts(
    given: Iterable[patterns.Tokens], accept: patterns.Tokens | None = None, reject: patterns.Patterns = ()
) -> Iterator[str]:
    """A text for each combination of the patterns that one text can match, of the texts that match `accept` and none
    of `reject`. Raises `patterns.TooLargeError` where they are too many."""
    distinct = sorted(set(given))
    literals = {"".join(each): each for each in distinct if patterns.is_literal(each)}
    wild = [each for each in distinct if not patterns.is_literal(each)]
    if len(wild) > MOST_PATTERNS:
        raise patterns.TooLargeError
    everything = accept or (patterns.STAR,)
    for literal in literals:
        if patterns.matches(everything, literal) and not any(patterns.matches(each, literal) for each in reject):
            yield literal
    search = _Search()
    first = search.text((everything,), reject)
    found = [] if first is None else [_Part((everything,), reject, first)]
    for pattern in wild:
        found = [half for part in found for half in search.halves(part, pattern)]
        if len(found) > MOST_PARTS:
            raise patterns.TooLargeError
    for part in found:
        text: str | None = part.text
        if text in literals:
            same = (tokens for each, tokens in literals.items() if _is_in(each, part.inside, part.outside))
            text = search.text(part.inside, (*part.outside, *same))
        if text is not None:
            yield text


class _Search:
    """Looks for texts, a limited number of times."""

    def __init__(self) -> None:
        self._searches = 0

    def halves(self, part: _Part, pattern: patterns.Tokens) -> Iterator[_Part]:
        """The texts of the part that match the pattern, and those that do not, where there are any."""
        inside, outside = (*part.inside, pattern), (*part.outside, pattern)
        matches = patterns.matches(pattern, part.text)
        text = part.text if matches else self._within(part, pattern)
        if text is not None:
            yield _Part(inside, part.outside, text)
        text = self._without(part, pattern) if matches else part.text
        if text is not None:
            yield _Part(part.inside, outside, text)

    def _within(self, part: _Part, pattern: patterns.Tokens) -> str | None:
        if any(patterns.disjoint(pattern, each) for each in part.inside):
            return None
        if any(patterns.contained(pattern, each) for each in part.outside):
            return None
        for text in _guesses(part.text, pattern) if len(part.inside) > _FEW else ():
            if patterns.matches(pattern, text) and _is_in(text, part.inside, part.outside):
                return text
        return self.text((*part.inside, pattern), part.outside)

    def _without(self, part: _Part, pattern: patterns.Tokens) -> str | None:
        if any(patterns.contained(each, pattern) for each in part.inside):
            return None
        return self.text(part.inside, (*part.outside, pattern))

    def text(self, inside: patterns.Patterns, outside: patterns.Patterns) -> str | None:
        """A text that matches all of the first and none of the second."""
        self._searches += 1
        if self._searches > MOST_SEARCHES:
            raise patterns.TooLargeError
        accept = tuple(each for at, each in enumerate(inside) if not _follows(each, at, inside))
        reject = (each for each in outside if not any(patterns.disjoint(each, one) for one in accept))
        return patterns.witness(accept, tuple(reject))


def _follows(pattern: patterns.Tokens, at: int, inside: patterns.Patterns) -> bool:
    """Whether whatever matches another one of the patterns matches this one."""
    return any(
        place != at and patterns.contained(other, pattern) and (place < at or not patterns.contained(pattern, other))
        for place, other in enumerate(inside)
    )


def _is_in(text: str, inside: patterns.Patterns, outside: patterns.Patterns) -> bool:
    return all(patterns.matches(each, text) for each in inside) and not any(
        patterns.matches(each, text) for each in outside
    )


def _guesses(text: str, pattern: patterns.Tokens) -> Iterator[str]:
    """Texts that may match the pattern as well: a literal stretch of it put in at each place, the last one first."""
    stretches = "".join(each if len(each) == 1 else "\0" for each in pattern).split("\0")
    for stretch in reversed(stretches):
        if stretch:
            yield from (text[:at] + stretch + text[at:] for at in range(len(text), -1, -1))
