"""Drift for those who have to react to it: how severe a difference is, whom it concerns, and who made it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal, get_args

from pydantic import Field

from reconciler.model.address import Address
from reconciler.model.base import Frozen
from reconciler.model.impact import Impact

Severity = Literal["exposure", "unknown", "access", "outage", "other"]
"""What a difference means, the worst first:

- `exposure`: accounts are less restricted than declared.
- `unknown`: whether they are is not known, because policies were not read.
- `access`: somebody, or a service, has access that is not declared.
- `outage`: accounts, people or services may do less than declared.
- `other`: nobody may do more or less by it.
"""

SEVERITIES: tuple[Severity, ...] = get_args(Severity)


def by_severity(found: Iterable[Severity | None]) -> dict[str, int]:
    """How many there are of each severity, the worst first; of those that occur."""
    counts = Counter(found)
    return {each: counts[each] for each in SEVERITIES if counts[each]}


class ChangedBy(Frozen):
    """The recorded call that made a difference: the ARN of its `principal` (a role without its session, the name of a
    service), the `session`, the time `at` (RFC 3339, UTC), the `event` and its `source`. With `own` it was this
    program by its user agent, which callers choose themselves, and `plan` begins the digest of the plan that it
    applied. `unknown` is why no call is known; nothing else is set then."""

    principal: str | None = None
    session: str | None = None
    at: str | None = None
    event: str | None = None
    source: str | None = None
    own: bool = False
    plan: str | None = None
    unknown: str | None = None


class Exposure(Frozen):
    """What accounts may do, as it is live compared with what is declared: the accounts that are less and more
    restricted, those of which it is not known, and the `impact` of going from what is declared to what is live."""

    less_restricted: tuple[Address, ...] = ()
    more_restricted: tuple[Address, ...] = ()
    not_known: tuple[Address, ...] = ()
    impact: tuple[Impact, ...] = Field(default=())
