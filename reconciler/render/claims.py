"""Sentences about a proof and a replay of recorded calls that every format has."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.impact import Replay
from reconciler.render.words import count


def replay_counts(found: Replay) -> str:
    """How many records there were, and what became of them."""
    return (
        f"{found.records:,} records: {found.replayed:,} replayed, {not_understood(found):,} not understood, "
        f"{found.failed:,} no calls that succeeded, {found.elsewhere:,} of other accounts."
    )


def not_understood(found: Replay) -> int:
    """How many records could not be replayed."""
    return sum(each.count for each in found.not_understood)


def replay_verdict(found: Replay) -> Iterator[str]:
    """What is not known because policies were not read; where nothing is denied and all is known, that."""
    for unread in found.unknown:
        accounts = count(len(unread.addresses), "account")
        yield f"For {accounts} more may be denied: {unread.kind.upper()}s were not read ({unread.reason})."
    if not found.newly_denied and not found.unknown:
        yield f"None of the calls that {'were replayed' if found.not_understood else 'worked'} would be denied."
