"""The order of keys in a spec: that of the documentation. Names of accounts, OUs, policies and tags keep theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from reconciler.model.base import Json
from reconciler.spec.shape import shape_at
from reconciler.spec.tree import Path

E = TypeVar("E")


def in_order(path: Path, entries: Iterable[E], name_of: Callable[[E], str]) -> list[E]:
    """The entries of the mapping at `path`, by their names. Keys for anchors (`x-...`) come directly after `version`;
    another unknown key stays behind the one before it."""
    listed = list(entries)
    shape = shape_at(path)
    if shape is None:
        return listed
    ranks = {key: float(rank) for rank, key in enumerate(shape.model_fields)}
    previous = -1.0
    order: dict[int, tuple[float, int]] = {}
    for place, entry in enumerate(listed):
        name = name_of(entry)
        previous = 0.5 if name.startswith("x-") and not path else ranks.get(name, previous)
        order[place] = (previous, place)
    return [listed[place] for place in sorted(order, key=order.__getitem__)]


def ordered(value: Json, path: Path = ()) -> Json:
    """A value of a spec, which is or will be at `path`, with the keys of all mappings in it in their order."""
    if isinstance(value, dict):
        return {key: ordered(value[key], (*path, key)) for key in in_order(path, value, str)}
    return value
