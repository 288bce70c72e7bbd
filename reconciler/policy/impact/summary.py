"""A set of actions as a short text: services and patterns, not four hundred names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reconciler.model.impact import ActionSet
from reconciler.policy.language.catalogue import Catalogue, Service
from reconciler.policy.language.words import listed

MOST_SERVICES = 8
MOST_PATTERNS = 6
MOST_LEFT_OUT = 4

_LOOKED_FOR = frozenset({"iam", "sts", "organizations", "route53"})

VERB = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|.")
"""The first word of an action: `Describe` of `DescribeInstances`."""


class Summarizer:
    """Summarizes masks of one catalogue. Patterns that policies contain are preferred to found ones."""

    def __init__(self, catalogue: Catalogue, written: Iterable[str] = ()) -> None:
        self._catalogue = catalogue
        self._whole = [(each, each.mask) for each in catalogue.services.values()]
        self._known: dict[int, ActionSet] = {}
        self._written: dict[str, list[tuple[int, str]]] = {}
        for pattern in dict.fromkeys(written):
            prefix, _, name = pattern.partition(":")
            if name.strip("*") and not name.startswith("*"):
                mask = catalogue.match(pattern)
                self._written.setdefault(prefix.lower(), []).append((mask, pattern))

    def __call__(self, mask: int) -> ActionSet:
        known = self._known.get(mask)
        if known is None:
            known = self._known[mask] = self._summary(mask)
        return known

    def _summary(self, mask: int) -> ActionSet:
        count = (mask & self._catalogue.listed).bit_count()
        if not mask & self._catalogue.unlisted_services:
            services = [each for each in self._services(mask) if mask & each.mask]
            text, include, exclude = self._positive(services, mask)
            return ActionSet(text=text, count=count, include=include, exclude=exclude)
        rest = self._catalogue.everything & ~mask
        if not rest:
            return ActionSet(text="every action", count=count, include=("*",))
        whole = [each.prefix for each in self._services(rest) if rest & each.mask == each.mask]
        parts = [
            pattern
            for each in self._services(rest)
            if 0 != rest & each.mask != each.mask
            for pattern in self._cover(each, rest & each.mask)
        ]
        text = f"every action except {_left_out(whole, parts)}"
        exclude = (*(f"{each}:*" for each in whole), *parts)
        return ActionSet(text=text, count=count, include=("*",), exclude=exclude)

    def _services(self, mask: int) -> Iterator[Service]:
        return (service for service, whole in self._whole if mask & whole)

    def _positive(self, services: list[Service], mask: int) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        whole: list[str] = []
        texts: list[str] = []
        include: list[str] = []
        exclude: list[str] = []
        for service in services:
            part = mask & service.mask
            if part == service.mask:
                whole.append(f"{service.prefix}:*")
            elif part >> (service.first + len(service.names)) & 1:
                without = self._cover(service, service.mask & ~part)
                names = listed((each.partition(":")[2] for each in without), MOST_PATTERNS)
                texts.append(f"{service.prefix}:* but {names}")
                include.append(f"{service.prefix}:*")
                exclude += without
            else:
                within = self._cover(service, part)
                texts += within
                include += within
        return _joined(whole, texts), (*whole, *include), tuple(exclude)

    def _cover(self, service: Service, part: int) -> list[str]:
        """Patterns that are about exactly this part of a service, the largest first taken."""
        written = [(mask, True, pattern) for mask, pattern in self._written.get(service.prefix, ())]
        found = [(mask, False, pattern) for mask, pattern in self._verbs(service, part) if mask.bit_count() > 1]
        fitting = [each for each in (*written, *found) if each[0] and not each[0] & ~part]
        chosen, rest = [], part
        for mask, is_written, pattern in sorted(fitting, key=lambda each: (-each[0].bit_count(), not each[1], each[2])):
            if (mask & rest).bit_count() > (0 if is_written and mask & rest == mask else 1):
                chosen.append(pattern)
                rest &= ~mask
        return [*chosen, *self._catalogue.names(rest)]

    def _verbs(self, service: Service, part: int) -> Iterator[tuple[int, str]]:
        names = [name.partition(":")[2] for name in self._catalogue.names(part)]
        for verb in {match[0] for name in names if (match := VERB.match(name))}:
            pattern = f"{service.prefix}:{verb}*"
            yield self._catalogue.match(pattern), pattern


def _left_out(services: list[str], patterns: list[str]) -> str:
    """What a statement about nearly everything leaves out: the best-known services first."""
    parts = []
    if services:
        shown = sorted(services, key=lambda each: (each not in _LOOKED_FOR, each))
        more = len(shown) - MOST_LEFT_OUT
        parts.append(", ".join(shown[:MOST_LEFT_OUT]) + (f" and {more} more services" if more > 0 else ""))
    if len(patterns) > MOST_PATTERNS:
        of = list(dict.fromkeys(each.partition(":")[0] for each in patterns))
        parts.append(f"{len(patterns)} actions of {listed(of, MOST_LEFT_OUT)}")
    elif patterns:
        parts.append(listed(patterns, MOST_PATTERNS))
    return ", ".join(parts)


def _joined(services: list[str], patterns: list[str]) -> str:
    parts = []
    if services:
        parts.append(listed(services, MOST_SERVICES))
    if patterns:
        parts.append(listed(patterns, MOST_PATTERNS))
    return ", ".join(parts)
