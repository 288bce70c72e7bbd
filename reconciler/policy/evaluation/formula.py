"""Boolean formulas over predicates: what remains undecided about a request.

A formula is `True`, `False`, or a value built with `all_of`, `any_of` and `negation`, which simplify as they build,
so that a formula without predicates is always a plain boolean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from reconciler.policy.language.condition import Predicate, Truth


@dataclass(frozen=True, slots=True)
class Holds:
    """The predicate is true."""

    predicate: Predicate


@dataclass(frozen=True, slots=True)
class Not:
    part: Holds | All | AnyOf


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Formula, ...]


Formula = bool | Holds | Not | All | AnyOf


def all_of(parts: Iterable[Formula]) -> Formula:
    """True where all parts are."""
    kept: dict[Formula, None] = {}
    for part in parts:
        if part is False:
            return False
        if isinstance(part, All):
            kept.update(dict.fromkeys(part.parts))
        elif part is not True:
            kept[part] = None
    if len(kept) < 2:
        return next(iter(kept), True)
    return All(tuple(kept))


def any_of(parts: Iterable[Formula]) -> Formula:
    """True where at least one part is."""
    kept: dict[Formula, None] = {}
    for part in parts:
        if part is True:
            return True
        if isinstance(part, AnyOf):
            kept.update(dict.fromkeys(part.parts))
        elif part is not False:
            kept[part] = None
    if len(kept) < 2:
        return next(iter(kept), False)
    return AnyOf(tuple(kept))


def negation(part: Formula) -> Formula:
    if isinstance(part, bool):
        return not part
    return part.part if isinstance(part, Not) else Not(part)


def holds(predicate: Predicate, truth: Truth) -> Formula:
    """A predicate whose truth may be known."""
    return Holds(predicate) if truth is None else truth


def settled(formula: Formula, truth: Callable[[Predicate], Truth]) -> Formula:
    """The formula with every predicate replaced whose truth is known."""
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, Holds):
        known = truth(formula.predicate)
        return formula if known is None else known
    if isinstance(formula, Not):
        return negation(settled(formula.part, truth))
    parts = (settled(each, truth) for each in formula.parts)
    return all_of(parts) if isinstance(formula, All) else any_of(parts)


def predicates_in(formula: Formula) -> Iterator[Predicate]:
    """Every predicate, as often as it occurs."""
    if isinstance(formula, Holds):
        yield formula.predicate
    elif isinstance(formula, Not):
        yield from predicates_in(formula.part)
    elif isinstance(formula, All | AnyOf):
        for each in formula.parts:
            yield from predicates_in(each)
