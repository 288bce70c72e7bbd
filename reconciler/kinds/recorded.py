"""How CloudTrail shows which thing a recorded call changed: what each kind knows about its own calls.

Names of parameters and their values are those of the APIs; a record has the names with a small first letter.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from reconciler.model.operation import Operation
from reconciler.model.plan import Change

_MAKING = ("Create", "Attach", "Enable", "Register", "Put", "Activate", "Invite", "Accept", "Update")
_ENDING = ("Delete", "Detach", "Disable", "Deregister", "Remove", "Close", "Deactivate", "Cancel", "Leave")
TAGGING = frozenset({"TagResource", "UntagResource"})


class Trace(NamedTuple):
    """The recorded calls that may have made a difference: the names of the `events`, the `values` each of which is
    among the parameters or in the answer, and names of parameters of which it has one (`having`, empty: any).
    With `named` the id is not known, for the thing is gone: earlier calls that name it so have its id."""

    events: frozenset[str]
    values: tuple[str, ...] = ()
    having: frozenset[str] = frozenset()
    named: str | None = None


def writes(operations: Iterable[Operation]) -> frozenset[str]:
    """The names of the operations that write."""
    return frozenset(each.name.rpartition(":")[2] for each in operations if each.writes)


def leading_to(change: Change, events: Iterable[str]) -> frozenset[str]:
    """Those of the events that can have made the difference which the change undoes: what is only live was made, what
    is only declared was deleted; anything may have changed what differs."""
    if change.before is None:
        return frozenset(each for each in events if each.startswith(_ENDING))
    if change.after is None:
        return frozenset(each for each in events if each.startswith(_MAKING))
    return frozenset(events)
