"""What two sides differ in, as sets of actions and the conditions under which they are treated differently."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from reconciler.model.impact import AccessChange
from reconciler.policy.impact.domain import all_imply
from reconciler.policy.impact.masks import ConditionalAllow, Rule, Side, in_order
from reconciler.policy.language import patterns
from reconciler.policy.language.conditions import POSITIVE, Predicate, patterns_of


class Part(NamedTuple):
    """Actions that change in the same way. `restricted`: newly denied when all of `predicates` hold; `relaxed`: no
    longer denied then. With `allows`, the predicates are instead the condition of an Allow: `restricted` is then
    allowed only if they hold. For `gained` they are what still denies. `rule` is the statement that causes it."""

    change: AccessChange
    mask: int
    predicates: tuple[Predicate, ...] = ()
    rule: Rule | None = None
    allows: bool = False
    several: bool = False
    """Whether there are more conditions than `predicates`."""


def difference(before: Side, after: Side) -> tuple[Part, ...]:
    """Every way in which the second side treats actions differently from the first."""
    lost, gained = after.denied & ~before.denied, before.denied & ~after.denied
    parts = [Part("lost", lost)] if lost else []
    parts += _gained(gained, after)
    open_to_both = ~(before.denied | after.denied)
    parts += _denials("restricted", before, after, open_to_both)
    parts += _denials("relaxed", after, before, open_to_both)
    parts += _allows("restricted", in_order(after.allowed_if - before.allowed_if), open_to_both)
    parts += _allows("relaxed", in_order(before.allowed_if - after.allowed_if), open_to_both)
    return tuple(_merged(parts))


def widened(narrow: Side, wide: Side) -> int:
    """The actions of which `wide` may allow requests that `narrow` denies."""
    mask = 0
    for part in difference(narrow, wide):
        if part.change in ("gained", "relaxed") or part.allows:
            mask |= part.mask
    return mask


def _gained(mask: int, after: Side) -> Iterator[Part]:
    """What was denied and no longer is: freely, or under the conditions that remain."""
    conditional = 0
    for rule in after.denied_if:
        conditional |= rule.mask
    for allow in after.allowed_if:
        for rule in allow.allowed_if:
            conditional |= rule.mask & ~allow.allowed
    if free := mask & ~conditional:
        yield Part("gained", free)
    if mask & conditional:
        rules = [rule for rule in after.denied_if if rule.mask & mask]
        only = rules[0] if len(rules) == 1 and not after.allowed_if else None
        yield Part("gained", mask & conditional, only.predicates if only else (), only, several=only is None)


def _denials(change: AccessChange, old: Side, new: Side, open_to_both: int) -> Iterator[Part]:
    """What `new` denies on a condition and `old` does not."""
    gone, held = in_order(old.denied_if - new.denied_if), in_order(old.denied_if)
    for rule in in_order(new.denied_if - old.denied_if):
        mask = rule.mask & open_to_both
        for other in held:
            if mask & other.mask and covers(other, rule):
                mask &= ~other.mask
        for other in gone:
            if mask & other.mask and (narrower := _narrowed(rule, other)) is not None:
                yield Part(change, mask & other.mask, narrower, rule)
                mask &= ~other.mask
        if mask:
            yield Part(change, mask, rule.predicates, rule)


def _allows(change: AccessChange, allows: Iterable[ConditionalAllow], open_to_both: int) -> Iterator[Part]:
    for allow in allows:
        for rule in allow.allowed_if:
            if mask := rule.mask & ~allow.allowed & open_to_both:
                yield Part(change, mask, rule.predicates, rule, allows=True)


@functools.lru_cache(maxsize=65_536)
def covers(wider: Rule, narrower: Rule) -> bool:
    """Whether the first denies whenever the second does (of the actions that both are about)."""
    return all_imply(narrower.predicates, wider.predicates)


@functools.lru_cache(maxsize=65_536)
def _narrowed(rule: Rule, other: Rule) -> tuple[Predicate, ...] | None:
    """When the first rule applies and the second one does not, where they differ in the values of one predicate."""
    ours = [each for each in rule.predicates if each not in other.predicates]
    theirs = [each for each in other.predicates if each not in rule.predicates]
    if len(ours) != 1 or len(theirs) != 1:
        return None
    try:
        difference = _values_between(ours[0], theirs[0])
    except patterns.TooLargeError:
        return None
    if difference is None:
        return None
    return (difference, *(each for each in rule.predicates if each is not ours[0]))


def _values_between(ours: Predicate, theirs: Predicate) -> Predicate | None:
    """The predicate that holds where `ours` does and `theirs` does not: `is one of a` for `is none of b` and `is none
    of a, b`."""
    if replace(ours, values=()) != replace(theirs, values=()):
        return None
    accepted = patterns_of(ours), patterns_of(theirs)
    if accepted[0] is None or accepted[1] is None or ours.qualifier or ours.variables:
        return None
    from_values, from_patterns, others = (
        (theirs.values, accepted[1], accepted[0]) if ours.negated else (ours.values, accepted[0], accepted[1])
    )
    values = tuple(
        value
        for value, pattern in zip(from_values, from_patterns, strict=True)
        if pattern not in others and patterns.witness((pattern,), others) is not None
    )
    overlapping = any(
        patterns.witness((pattern, other)) is not None
        for value, pattern in zip(from_values, from_patterns, strict=True)
        if value in values
        for other in others
    )
    if not values or overlapping:
        return None
    return replace(ours, name=POSITIVE.get(ours.name, ours.name), values=values, if_exists=False)


def _merged(parts: Iterable[Part]) -> Iterator[Part]:
    """Parts that differ in their actions only, as one."""
    found: dict[tuple[object, ...], Part] = {}
    for part in parts:
        key = (part.change, frozenset(part.predicates), part.allows, part.several)
        known = found.get(key)
        found[key] = part if known is None else known._replace(mask=known.mask | part.mask)
    return iter(found.values())
