"""The actions of a plan, one row each: how an action is shown, and how it is described from the live side."""

from __future__ import annotations

from typing import Literal, NamedTuple

DriftState = Literal["changed", "missing", "extra"]


class Action(NamedTuple):
    """`drift` is the state of the live object, and `live` what is wrong with it, in words (`None`: fields differ)."""

    name: str
    symbol: str
    past: str
    drift: DriftState
    live: str | None = None


ACTIONS = (
    Action("enable", "+", "enabled", "missing", "is not enabled"),
    Action("create", "+", "created", "missing", "does not exist"),
    Action("invite", "+", "invited", "missing", "is not in the organization"),
    Action("update", "~", "updated", "changed"),
    Action("rename", "~", "renamed", "changed"),
    Action("replace", "±", "replaced", "changed", "has another one in its place"),
    Action("attach", "+", "attached", "missing"),
    Action("move", "→", "moved", "changed", "is elsewhere"),
    Action("detach", "-", "detached", "extra"),
    Action("disable", "-", "disabled", "extra", "is enabled, but not declared"),
    Action("close", "-", "closed", "changed", "is open, declared closed"),
    Action("remove", "-", "removed", "extra", "is in the organization, declared removed"),
    Action("delete", "-", "deleted", "extra", "exists, but is not declared"),
)
"""In the order in which actions are counted and listed."""

_BY_NAME = {row.name: row for row in ACTIONS}
_ASCII = {"±": "*", "→": ">"}


def action(name: str) -> Action:
    """The row of an action; a name without a row, from a newer version, is shown like a creation."""
    return _BY_NAME.get(name) or Action(name, "+", f"{name.removesuffix('e')}ed", "changed")


def rank(name: str) -> int:
    """The place of an action in the table."""
    return list(_BY_NAME).index(name)


def symbol(name: str, *, unicode: bool = True) -> str:
    """One character for an action; the verb is always beside it."""
    found = action(name).symbol
    return found if unicode else _ASCII.get(found, found)


def past(name: str) -> str:
    """`created` of `create`."""
    return action(name).past
