"""Whether a live thing is in a state that a plan leaves it in, or on the way from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.document import same_meaning
from reconciler.model.plan import Change
from reconciler.model.reference import resolved
from reconciler.model.resources import Account, Resource, Tags

_OPEN = frozenset({"active", "pending_activation"})


def is_as(state: Resource | None, now: Resource | None, ids: Mapping[Address, str], *, made: bool, tags: bool) -> bool:
    """True where the live thing is in the state. Of what the plan `made` itself only the fields that it sets count;
    `tags` where they do. `ids` are those that references in documents can have."""
    if state is None or now is None:
        return state is now
    if type(state) is not type(now) or (state.id is not None and state.id != now.id):
        return False
    return all(_equal(name, state, now, ids) for name in _compared(state, made=made, tags=tags))


def between(change: Change, state: Resource | None, now: Resource, ids: Mapping[Address, str], *, tags: bool) -> bool:
    """True where some calls of the change were made, and not all: of an update some fields are as they were and others
    as they will be; an account is created in the root and then moved. `tags` where those of the thing count."""
    after = change.after
    if after is None or (state is not None and (type(state) is not type(now) or state.id != now.id)):
        return False
    if state is None:
        waiting = isinstance(now, Account) and isinstance(after, Account) and now.parent == addresses.ROOT
        return waiting and is_as(after.model_copy(update={"parent": addresses.ROOT}), now, ids, made=True, tags=True)
    rest = [name for name in _compared(state, made=False, tags=tags) if name not in change.fields]
    return all(_equal(name, state, now, ids) for name in rest) and all(
        _equal(name, state, now, ids) or _equal(name, after, now, ids) or _some_tags(name, state, after, now)
        for name in change.fields
    )


def _compared(state: Resource, *, made: bool, tags: bool) -> list[str]:
    names = type(state).model_fields.keys() - type(state).identity - {"aws_managed"}
    return [name for name in names if (tags or name != "tags") and (not made or getattr(state, name) is not None)]


def _equal(name: str, one: Resource, other: Resource, ids: Mapping[Address, str]) -> bool:
    mine, theirs = getattr(one, name), getattr(other, name)
    match name:
        case "content" if one.language is not None:
            return mine is None or same_meaning(resolved(mine, ids.get), theirs, one.language)
        case "description" | "tags":
            return bool((mine or None) == (theirs or None))
        case "email" if isinstance(one, Account):
            return bool(_lower(mine) == _lower(theirs))
        case "state" if isinstance(one, Account):
            return (mine in _OPEN) == (theirs in _OPEN)
    return bool(mine == theirs)


def _lower(email: Any) -> Any:
    return email.lower() if isinstance(email, str) else email


def _some_tags(name: str, state: Resource, after: Resource, now: Resource) -> bool:
    """True for tags of which the new ones are set and the old ones not removed yet, or the other way round."""
    if name != "tags":
        return False
    old, new, found = (_tags(each) for each in (state, after, now))
    return found in ({**old, **new}, {key: value for key, value in old.items() if key in new})


def _tags(resource: Resource) -> Tags:
    found: Tags | None = getattr(resource, "tags", None)
    return found or {}
