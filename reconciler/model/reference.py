"""Ids that are not known yet, inside the text of a policy document.

A template may write `{{ accounts["shop-prod"].id }}` before that account exists. Its rendering then holds the reference
`⟨account:shop-prod.id⟩`, which the planner replaces where the id is known and the executor once it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from reconciler.model.address import Address
from reconciler.model.base import Json

ORGANIZATION: Address = "organization:"
MANAGEMENT: Address = "management:"

REFERENCE = re.compile(r"⟨([^⟨⟩]+)\.id⟩")
"""The text that stands for an id, with the address."""
_LONGEST_ID = {"account": 12, "root": 34, "ou": 68, "organization": 34, "management": 12}


def reference(address: Address) -> str:
    """The text that stands for the id of `address`."""
    return f"⟨{address}.id⟩"


def references_in(value: Json) -> Iterator[Address]:
    """Every address whose id the value still waits for."""
    if isinstance(value, str):
        yield from REFERENCE.findall(value)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from references_in(key)
            yield from references_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from references_in(each)


def resolved(value: Json, id_of: Callable[[Address], str | None]) -> Json:
    """The value with every reference replaced whose id is known."""
    if isinstance(value, str):
        return REFERENCE.sub(lambda match: id_of(match[1]) or match[0], value)
    if isinstance(value, dict):
        return {str(resolved(key, id_of)): resolved(each, id_of) for key, each in value.items()}
    if isinstance(value, list):
        return [resolved(each, id_of) for each in value]
    return value


def padded(value: Json) -> Json:
    """The value with each reference replaced by a text as long as the longest id it can become, to measure sizes."""
    return resolved(value, lambda address: "x" * _LONGEST_ID.get(address.partition(":")[0], 68))
