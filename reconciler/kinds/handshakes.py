"""Handshakes: what one account proposes to another. Invitations and the change to all features are handshakes.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_Handshake.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from reconciler.kinds.base import Reads
from reconciler.model.operation import Answer, Operation

LIST_HANDSHAKES = Operation(
    "ListHandshakesForOrganization",
    5,
    8,
    Answer(
        "Handshakes",
        list,
        MappingProxyType({"Id": str, "State": str, "Action": str, "Parties": list, "Resources": list}),
    ),
)
RUNNING = frozenset({"REQUESTED", "OPEN"})
"""The states in which a handshake waits for somebody; a new invitation is OPEN at once."""


def handshakes(reads: Reads, **selected: str) -> Iterable[Mapping[str, Any]]:
    """The handshakes of the organization, of the last 30 days, that are selected, by one field only."""
    return reads.items(LIST_HANDSHAKES.name, "Handshakes", Filter=selected)


def newest(found: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The one that was requested last; one that still waits for somebody before all others."""
    return max(found, key=lambda each: (each["State"] in RUNNING, _time(each, "RequestedTimestamp")), default=None)


def time_of(handshake: Mapping[str, Any], member: str) -> str | None:
    """A time of a handshake (RFC 3339, to the second)."""
    return _time(handshake, member).strftime("%Y-%m-%dT%H:%M:%SZ") if member in handshake else None


def _time(handshake: Mapping[str, Any], member: str) -> datetime:
    value = handshake.get(member, 0)
    return value.astimezone(UTC) if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)
