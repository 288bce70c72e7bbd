"""After an error of a call: how often to look for its result, and for how long to make it again. Pure decisions."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.errors import ServiceError
from reconciler.kinds.base import Call
from reconciler.model.operation import Operation
from reconciler.model.service_errors import FULL, MISSING, UNREADABLE, ambiguous

LOOKS = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before each look for what an earlier call made: a list may lag."""

BRIEF = 5.0
"""Seconds that something which this run did not make may be missing: it existed when the plan was made."""

PERSIST = 300.0
"""Seconds for which the creation of an account is retried while answers are lost, or other changes are in progress."""


def looks(call: Call, operation: Operation, error: ServiceError) -> Sequence[float]:
    """Seconds before each look for what the call made, or what an earlier one did."""
    if call.find is None:
        return ()
    meaning = operation.meaning_of(error)
    if meaning == "perhaps_done":
        return LOOKS
    if ambiguous(error):
        return LOOKS if call.find_first else LOOKS[:1]
    return LOOKS[:1] if meaning == "look" else ()


def limit(call: Call, operation: Operation, error: ServiceError, *, new: bool, settle: float, patience: float) -> float:
    """For how many seconds, from its first try, the call is made again after the error. `new` says whether it is about
    something that this run made."""
    if error.detail in FULL or operation.meaning_of(error) == "busy":
        return patience
    if operation.meaning_of(error) in ("settling", "look"):
        if call.find_first:
            return PERSIST
        return BRIEF if error.code in MISSING and not new else settle
    if error.code == UNREADABLE and call.until is not None:
        return settle
    if ambiguous(error) and not operation.repeatable:
        return PERSIST if call.find_first else settle
    return 0.0


def wait(error: ServiceError, delays: int) -> float:
    """Seconds until the next try, after so many of them."""
    return 10.0 if error.detail in FULL else min(15.0, 2.0**delays)
