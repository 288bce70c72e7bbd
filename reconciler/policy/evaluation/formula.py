"""Boolean formulas over predicates: what remains undecided about a request.

A formula is `True`, `False`, or a value built with `all_of`, `any_of` and `negation`, which simplify as they build,
so that a formula without predicates is always a plain boolean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from reconciler.policy.language.conditions import Predicate, Truth


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
    return _junction(All, parts, neutral=True)


def any_of(parts: Iterable[Formula]) -> Formula:
    """True where at least one part is."""
    return _junction(AnyOf, parts, neutral=False)


def _junction(kind: type[All] | type[AnyOf], parts: Iterable[Formula], *, neutral: bool) -> Formula:
    """The parts without those that are `neutral`, each once; no further part is read after one that decides."""
    kept: dict[Formula, None] = {}
    for part in parts:
        if isinstance(part, bool):
            if part is not neutral:
                return part
        elif isinstance(part, kind):
            kept.update(dict.fromkeys(part.parts))
        else:
            kept[part] = None
    return kind(tuple(kept)) if len(kept) > 1 else next(iter(kept), neutral)


def negation(part: Formula) -> Formula:
    if isinstance(part, bool):
        return not part
    return part.part if isinstance(part, Not) else Not(part)


def holds(predicate: Predicate, truth: Truth) -> Formula:
    """A predicate whose truth may be known."""
    return Holds(predicate) if truth is None else truth


def simplified(formula: Formula, truth: Callable[[Predicate], Truth]) -> Formula:
    """The formula with every predicate replaced whose truth is known."""
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, Holds):
        known = truth(formula.predicate)
        return formula if known is None else known
    if isinstance(formula, Not):
        return negation(simplified(formula.part, truth))
    parts = (simplified(each, truth) for each in formula.parts)
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
