"""The impact of a change of policies: the actions that accounts lose and gain, what is proven of it, and the recorded
calls that it would deny."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reconciler.model.address import Address
from reconciler.model.base import Frozen, Json
from reconciler.model.decision import Blocker, Request, Verdict
from reconciler.model.effective import Contribution, Path
from reconciler.model.scope import Unknown

AccessChange = Literal["lost", "gained", "restricted", "relaxed"]
"""`lost` is denied from now on, `gained` was denied until now; `restricted` and `relaxed` depend on the request."""

AccessEffect = Literal["loses", "gains", "changes"]
About = Literal["principals", "resources", "settings"]
Version = Literal["before", "after"]
Risk = Literal["high", "medium", "low"]

Claim = Literal["no-gain", "no-loss"]
"""What may be claimed of a change: no request is allowed, or denied, that was not before."""


class ActionSet(Frozen):
    """A set of actions: `text` describes it in a line, `count` counts those with a name; exactly it is all that
    match one of `include` and none of `exclude`."""

    text: str
    count: int
    include: tuple[str, ...]
    exclude: tuple[str, ...] = ()


class Cause(Frozen):
    """A statement that causes a change: its Sid, or its number counting from 1. `version` is the state that has it."""

    policy: str
    statement: str | int
    version: Version

    def __str__(self) -> str:
        return f"{self.policy}, statement {self.statement}"


class AllowList(Frozen):
    """A level where no SCP allows some actions, and the SCPs that are attached there."""

    level: Address
    scps: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"no SCP allows it at {self.level} (attached there: {', '.join(self.scps) or 'none'})"


class SettingChange(Frozen):
    """A setting of the effective policy of a type that changes. `None` is one that is not set; of a list, `added` and
    `removed` have its members. `because` are the policies that it is from afterwards, or before where it is no longer
    set. The path is empty where all settings are meant."""

    type: str
    path: Path = ()
    before: Json = None
    after: Json = None
    added: tuple[Json, ...] = ()
    removed: tuple[Json, ...] = ()
    because: tuple[Contribution, ...] = ()


class ImpactLine(Frozen):
    """One change. `restricted` and `relaxed` depend on `condition` (`if …`, `unless …`). `unknown` may be any of them,
    for any action: policies that decide were not read. `missing_allow_at` are the levels where no SCP allows the
    actions any more, and `allow_lists` what is attached there. `ends_sign_in` are the sign-in calls (SAML, web
    identity) that are denied from now on.
    With `varies`, it is these actions for the group as a whole, but not all of them for each of its accounts, because
    other policies deny some of them before and after.
    With `setting`, it is not about actions, but a setting of an effective policy that is `changed`, or `unknown`."""

    change: AccessChange | Literal["changed", "unknown"]
    actions: ActionSet
    condition: str | None = None
    because: tuple[Cause, ...] = ()
    missing_allow_at: tuple[Address, ...] = ()
    allow_lists: tuple[AllowList, ...] = ()
    ends_sign_in: tuple[str, ...] = ()
    risk: Risk = "low"
    why: str | None = None
    varies: bool = False
    text: str
    setting: SettingChange | None = Field(default=None, exclude_if=lambda found: found is None)


class Impact(Frozen):
    """What changes for one group of accounts: for their principals (SCPs), for access to their resources (RCPs), or of
    the settings of one effective policy."""

    about: About
    accounts: tuple[Address, ...]
    lines: tuple[ImpactLine, ...]
    risk: Risk


class AccessEntry(Frozen):
    """What happens to one principal's access with one permission set of IAM Identity Center: it `gains` or `loses` the
    set in these accounts, or the set itself `changes` in them, in these `fields`. `principal` is `None` where it is not
    known who has the set: assignments were not read. `text` says it in a line."""

    principal: Address | None
    permission_set: Address
    effect: AccessEffect
    accounts: tuple[Address, ...]
    fields: tuple[str, ...] = Field(default=(), exclude_if=lambda found: not found)
    text: str


class CounterExample(Frozen):
    """A request that is decided differently before and after, with a closed context."""

    account: Address
    request: Request
    before: Verdict
    after: Verdict


class ClaimProof(Frozen):
    """The answer to one claim about some accounts; `example` where it is refuted, `reason` where it is not proven."""

    claim: Claim
    verdict: Literal["proven", "refuted", "not_proven"]
    accounts: int
    example: CounterExample | None = None
    reason: str | None = None


class NewlyDenied(Frozen):
    """Recorded calls that succeeded and would be denied: surely, or on a `condition`. `blocked_by` is `None` where an
    Allow is missing, at the levels of `missing_allow_at`."""

    account: Address
    principal: str
    action: str
    count: int
    condition: str | None = None
    blocked_by: Blocker | None = None
    missing_allow_at: tuple[Address, ...] = ()


class NotUnderstood(Frozen):
    """Calls that succeeded, of an event whose actions are not known."""

    event_source: str
    event_name: str
    count: int


class Lookback(Frozen):
    """How far CloudTrail's event history was read: `complete` where no record since then was left out, and the
    accounts of the records."""

    since: str
    complete: bool
    accounts: tuple[str, ...]


class Replay(Frozen):
    """The result of a replay of records: `failed` were no calls that succeeded, `elsewhere` belong to no account of the
    organization, `not_understood` were not replayed, the most frequent ones first. `newly_denied` has the certain ones
    first, then by count. `unknown` are accounts of which more calls may be denied: policies were not read."""

    records: int
    replayed: int
    failed: int
    elsewhere: int
    not_understood: tuple[NotUnderstood, ...]
    newly_denied: tuple[NewlyDenied, ...]
    unknown: tuple[Unknown, ...] = ()
    lookback: Lookback | None = Field(default=None, exclude_if=lambda found: found is None)
