"""The classes of accounts that conditions distinguish.

Conditions read the account of a caller from aws:PrincipalAccount, aws:PrincipalArn and aws:PrincipalOrgPaths, that of
a resource from aws:ResourceAccount and aws:ResourceOrgPaths. A pattern does not distinguish two ids where its
automaton is in the same state after either of them (and what is before it in an ARN); an account of the organization
is identified by its id and its path, and one outside by its id alone. So one account of each class represents all of
them. An id that is written out in any condition or resource is a class of its own, so that an example can be about just
that account.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from reconciler.policy.language import patterns
from reconciler.policy.language.conditions import Predicate, patterns_of
from reconciler.policy.language.context import OrganizationContext

Part = Literal["principal", "resource"]

OUTSIDE = "999999999999"
"""An account that is in no organization of ours."""
MOST_STATES = 5_000
"""How many classes of beginnings of ids are distinguished."""
_KEPT = 3
"""How many ids of one class are kept."""

_ACCOUNT_ID = re.compile(r"(?<!\d)\d{12}(?!\d)")
_PARTITION = re.compile(r"arn:([a-z][a-z-]*):")
_FREE: tuple[patterns.Tokens, ...] = ((patterns.STAR,), (patterns.SEGMENT_STAR,))


class Accounts:
    """The classes of accounts by some predicates, in one part of a request, at each of the places."""

    def __init__(self, predicates: Sequence[Predicate], part: Part, places: Sequence[OrganizationContext]) -> None:
        of_part = {f"aws:{part}account": ("",), f"aws:{part}arn": tuple(_prefixes(predicates, places))}
        self._places = places
        self._named = frozenset(
            found for each in predicates for value in each.values for found in _ACCOUNT_ID.findall(value)
        )
        self._starts: tuple[tuple[patterns.Tokens, int, str], ...] = tuple(
            dict.fromkeys(
                (pattern, state, ":" if prefix else "")
                for each in predicates
                for prefix in of_part.get(each.key, ())
                for pattern in patterns_of(each) or ()
                if not _is_free(pattern, prefix) and (state := patterns.reached(pattern, prefix))
            )
        )
        paths = f"aws:{part}orgpaths"
        self._paths = tuple({each: None for one in predicates if one.key == paths for each in patterns_of(one) or ()})

    def signature(self, account: str) -> tuple[object, ...]:
        """Equal for accounts of the organization that no predicate distinguishes."""
        paths = [place.paths.get(account) for place in self._places]
        on_paths = (None if path is None else patterns.matches(each, path) for path in paths for each in self._paths)
        inside = (account in place.account_ids for place in self._places)
        return (*self._states(account), *on_paths, *inside, account if account in self._named else None)

    def _states(self, account: str) -> Iterator[int]:
        return (patterns.reached(pattern, account + end, start) for pattern, start, end in self._starts)

    def outside(self) -> tuple[str, ...]:
        """An account of each class of those outside of the organization. Raises `patterns.TooLargeError`."""
        inside = frozenset[str]().union(*(place.account_ids for place in self._places))
        found = dict.fromkeys(each for each in sorted(self._named) if each not in inside)
        if OUTSIDE not in inside:
            found[OUTSIDE] = None
        states: dict[tuple[int, ...], tuple[str, ...]] = {tuple(start for _, start, _ in self._starts): ("",)}
        for _ in range(12):
            states = self._longer(states)
        for same in states.values():
            one = next((each for each in same if each not in inside), None)
            if one is not None:
                found[one] = None
            elif len(same) == _KEPT:
                raise patterns.TooLargeError
        return tuple(found)

    def _longer(self, states: dict[tuple[int, ...], tuple[str, ...]]) -> dict[tuple[int, ...], tuple[str, ...]]:
        grown: dict[tuple[int, ...], tuple[str, ...]] = {}
        for state, ids in states.items():
            for digit in "9876543210":
                following = tuple(
                    patterns.reached(pattern, digit, at)
                    for (pattern, _, _), at in zip(self._starts, state, strict=True)
                )
                kept = grown.get(following, ())
                grown[following] = (*kept, *(each + digit for each in ids))[:_KEPT]
        if len(grown) > MOST_STATES:
            raise patterns.TooLargeError
        return grown


def partitions(predicates: Iterable[Predicate], places: Iterable[OrganizationContext]) -> tuple[str, ...]:
    """The partitions that ARNs may be in."""
    written = {found for each in predicates for value in each.values for found in _PARTITION.findall(value)}
    return tuple(dict.fromkeys((*(place.partition for place in places), *sorted(written))))


def _prefixes(predicates: Iterable[Predicate], places: Iterable[OrganizationContext]) -> Iterator[str]:
    for partition in partitions(predicates, places):
        yield f"arn:{partition}:iam::"
        yield f"arn:{partition}:sts::"


def _is_free(pattern: patterns.Tokens, prefix: str) -> bool:
    """Whether the pattern surely treats all accounts alike: any text, or an ARN of any account."""
    if pattern in _FREE:
        return True
    if not prefix:
        return False
    colons = [at for at, token in enumerate(pattern) if token == ":"]
    return (
        len(colons) >= 5 and pattern[colons[3] + 1 : colons[4]] in _FREE and patterns.STAR not in pattern[: colons[3]]
    )
