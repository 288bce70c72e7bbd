"""The right name that is most similar to a wrong one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

_NEAR = 0.6
_VERY_NEAR = 0.85
_SAME_START = 3
"""A mistake is seldom in the first letters, and among thousands of names those that begin alike are few."""


def nearest(written: str, right: Iterable[str]) -> str | None:
    """The right name that is most similar to the written one, if any is."""
    if isinstance(right, set | frozenset):
        right = sorted(right)
    return _nearest(written.lower(), right if isinstance(right, tuple) else tuple(right))


def did_you_mean(written: str, right: Iterable[str]) -> str | None:
    """The help for a wrong name, where a right one is near."""
    found = nearest(written, right)
    return f"did you mean {found}?" if found else None


@lru_cache(maxsize=8_192)
def _nearest(written: str, right: tuple[str, ...]) -> str | None:
    by_lower_case = _by_lower_case(right)
    alike = [each for each in by_lower_case if each.startswith(written[:_SAME_START])]
    found = get_close_matches(written, alike, n=1, cutoff=_VERY_NEAR) or get_close_matches(
        written, by_lower_case, n=1, cutoff=_NEAR
    )
    return by_lower_case[found[0]] if found else None


@lru_cache(maxsize=64)
def _by_lower_case(right: tuple[str, ...]) -> dict[str, str]:
    return {each.lower(): each for each in right}
