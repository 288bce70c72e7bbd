"""Patterns with `*` and `?`: whether a text matches, and how patterns relate to each other.

A pattern is a tuple of tokens. Relations between patterns (contained, disjoint, overlapping) are all one question,
answered by `witness`: is there a text that these match and those do not? It walks the patterns as automata, so the
answer holds for every text, not only for examples.
"""

from __future__ import annotations

import functools
import re
from collections import deque
from collections.abc import Iterable, Sequence

Tokens = tuple[str, ...]
"""A pattern: each token is one literal character, one of the wildcards below, or several characters (`aA`), any one of
which matches."""

Patterns = tuple[Tokens, ...]

ANY, STAR = "any", "star"
"""One character, and any number of characters."""
SEGMENT_ANY, SEGMENT_STAR = "segment-any", "segment-star"
"""The same within one section of an ARN, which no colon ends."""
NAME_ANY = "name-any"
"""One character that is no slash."""

_REGEX = {ANY: ".", STAR: ".*", SEGMENT_ANY: "[^:]", SEGMENT_STAR: "[^:]*", NAME_ANY: "[^/]"}
_CASES = {each: each.lower() + each.upper() for each in map(chr, range(128)) if each.isalpha()}
_CASES |= dict.fromkeys("kK", "kK\N{KELVIN SIGN}")
"""The letters that `str.lower` makes one: the sign of the Kelvin among them."""
_FRESH = "x0y1z2w3v4u5"
_MOST_STATES = 10_000


class TooLargeError(Exception):
    """The automata have too many states to be walked."""


def literal(text: str) -> Tokens:
    """The pattern that only this text matches."""
    return tuple(text)


@functools.lru_cache(maxsize=65_536)
def pattern(text: str) -> Tokens:
    """`*` and `?` anywhere, as in Action, Resource and StringLike."""
    return tuple({"*": STAR, "?": ANY}.get(char, char) for char in text)


def arn(tokens: Tokens) -> Tokens:
    """The pattern as ArnLike reads it: each of the six sections by itself, only the last of which may hold colons.
    What has fewer sections is left as it is.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html (ARN)
    """
    if tokens.count(":") < 5:
        return tokens
    colons, result = 0, []
    for token in tokens:
        colons += token == ":"
        inside = {STAR: SEGMENT_STAR, ANY: SEGMENT_ANY} if colons < 5 else {}
        result.append(inside.get(token, token))
    return tuple(result)


def folded(tokens: Tokens) -> Tokens:
    """The pattern without regard to case: what `str.lower` makes equal. Raises `TooLargeError` for letters that are
    not ASCII, several of which can become one."""
    if any(len(token) == 1 and not token.isascii() for token in tokens):
        raise TooLargeError
    return tuple(_CASES.get(token, token) for token in tokens)


def is_literal(tokens: Tokens) -> bool:
    """Whether one text only matches the pattern."""
    return all(len(token) == 1 for token in tokens)


@functools.lru_cache(maxsize=65_536)
def regex(tokens: Tokens) -> re.Pattern[str]:
    """What `re` needs to match a text with the pattern (`fullmatch`)."""
    return re.compile("".join(map(_regex, tokens)), re.DOTALL)


def _regex(token: str) -> str:
    return _REGEX.get(token) or (re.escape(token) if len(token) == 1 else f"[{re.escape(token)}]")


def matches(tokens: Tokens, text: str) -> bool:
    return regex(tokens).fullmatch(text) is not None


def matches_any(written: str, texts: Iterable[str]) -> bool:
    """Whether one of the texts matches what is written with `*` and `?`."""
    tokens = pattern(written)
    return any(matches(tokens, each) for each in texts)


def contained(inner: Tokens, outer: Tokens) -> bool:
    """Whether every text that matches `inner` matches `outer`."""
    return witness((inner,), (outer,)) is None


def disjoint(one: Tokens, other: Tokens) -> bool:
    """Whether no text matches both."""
    return witness((one, other)) is None


@functools.lru_cache(maxsize=16_384)
def _automaton(tokens: Tokens) -> _Automaton:
    return _Automaton(tokens)


def reached(tokens: Tokens, text: str, start: int | None = None) -> int:
    """The state of the pattern after a text: after texts with equal states, it goes on to match the same texts.
    `start` is the state to begin with."""
    automaton = _automaton(tokens)
    at = automaton.start if start is None else start
    for letter in text:
        at = automaton.step(at, letter)
    return at


@functools.lru_cache(maxsize=65_536)
def witness(accept: Patterns, reject: Patterns = ()) -> str | None:
    """A text that matches all of `accept` and none of `reject`, or `None` where there is none.

    Raises `TooLargeError` for pathological patterns.
    """
    if _apart(accept):
        return None
    if len(accept) == 1:
        sample = _sample(accept[0])
        if not any(matches(each, sample) for each in reject):
            return sample
        if any(each == accept[0] for each in reject):
            return None
    automata = [_automaton(tokens) for tokens in (*accept, *reject)]
    wanted = len(accept)
    fresh = _fresh(automata)
    start = tuple(each.start for each in automata)
    queue, seen = deque([(start, "")]), {start}
    while queue:
        state, text = queue.popleft()
        accepting = [bool(at & each.final) for each, at in zip(automata, state, strict=True)]
        if all(accepting[:wanted]) and not any(accepting[wanted:]):
            return text
        for letter in (fresh, *sorted(_letters(automata, state))):
            following = tuple(each.step(at, letter) for each, at in zip(automata, state, strict=True))
            if all(following[:wanted]) and following not in seen:
                seen.add(following)
                queue.append((following, text + letter))
        if len(seen) > _MOST_STATES:
            raise TooLargeError
    return None


def _apart(accept: Sequence[Tokens]) -> bool:
    """Whether two of the patterns begin, or end, with different literal characters."""
    for direction in (1, -1):
        for tokens in zip(*(each[::direction] for each in accept), strict=False):
            if any(token in _REGEX for token in tokens):
                break
            if not set.intersection(*map(set, tokens)):
                return True
    return False


def _sample(tokens: Tokens) -> str:
    """A text that matches the pattern, with a letter in the place of each wildcard."""
    return "".join(_FRESH[0] if token in _REGEX else token[0] for token in tokens)


def _fresh(automata: Sequence[_Automaton]) -> str:
    """A letter that no pattern contains, as the representative of all of them."""
    named = {letter for each in automata for letter in each.exact}
    return next((letter for letter in _FRESH if letter not in named), "\N{BLACK SQUARE}")


def _letters(automata: Sequence[_Automaton], state: Sequence[int]) -> set[str]:
    """The letters that lead elsewhere from this state than any other letter does."""
    letters = set().union(*(each.separators for each in automata))
    for each, at in zip(automata, state, strict=True):
        letters.update(letter for letter, positions in each.exact.items() if positions & at)
    return letters


class _Automaton:
    """A pattern as a set of positions, one bit each."""

    def __init__(self, tokens: Tokens) -> None:
        self.final = 1 << len(tokens)
        sections = SEGMENT_ANY in tokens or SEGMENT_STAR in tokens
        self.separators = {each for each, found in ((":", sections), ("/", NAME_ANY in tokens)) if found}
        self._stars = self._any = self._not_colon = self._not_slash = 0
        self._loops = self._section_loops = 0
        self.exact: dict[str, int] = {}
        for position, token in enumerate(tokens):
            bit = 1 << position
            if token in (STAR, SEGMENT_STAR):
                self._stars |= bit
            if token == STAR:
                self._loops |= bit
            elif token == SEGMENT_STAR:
                self._section_loops |= bit
            elif token == ANY:
                self._any |= bit
            elif token == SEGMENT_ANY:
                self._not_colon |= bit
            elif token == NAME_ANY:
                self._not_slash |= bit
            else:
                for letter in token:
                    self.exact[letter] = self.exact.get(letter, 0) | bit
        self.start = self._skip_stars(1)

    def step(self, at: int, letter: str) -> int:
        """The positions after one more letter."""
        inside = letter != ":"
        advance = self._any | self.exact.get(letter, 0) | (self._not_colon if inside else 0)
        advance |= self._not_slash if letter != "/" else 0
        stay = self._loops | (self._section_loops if inside else 0)
        return self._skip_stars(((at & advance) << 1) | (at & stay))

    def _skip_stars(self, at: int) -> int:
        while (grown := at | ((at & self._stars) << 1)) != at:
            at = grown
        return at
