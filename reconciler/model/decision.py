"""A request to AWS, and the decision that the SCPs and RCPs of an organization make on it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from reconciler.model.address import Address
from reconciler.model.base import Frozen
from reconciler.model.document import texts
from reconciler.model.scope import Unknown

Verdict = Literal["allowed", "denied", "conditional", "unknown"]


class Request(Frozen):
    """The request to do `action`. `account` is the caller's account, or with the `principal` of another account the
    account that owns the resource. Without `principal` the caller is any role of the account (nobody, for actions
    without a principal), and `arn:aws:iam::ACCOUNT:role/*` is any role of another one. A service is written
    `cloudtrail.amazonaws.com`, an unsigned caller `*`."""

    account: str
    action: str
    resource: str | None = None
    region: str | None = None
    principal: str | None = None
    resource_account: str | None = None
    context: dict[str, Annotated[tuple[str, ...], BeforeValidator(texts)]] = Field(default_factory=dict)


class Blocker(Frozen):
    """A statement that denies (or, in a conditional answer, may deny), and the level that its policy is attached to:
    `statement` is its Sid, or its number counting from 1 where it has none; `index` counts from 0, `type` is the type
    of the policy."""

    policy: str
    statement: str | int
    index: int
    level: Address
    type: str


class DenyingStatement(Blocker):
    """A blocker with the place where it is written, as far as that is known."""

    index: int = Field(exclude=True)
    type: str = Field(exclude=True)
    file: str | None = None
    line: int | None = None


class LevelDecision(Frozen):
    """What is attached at one level, and whether that level by itself lets the request pass: `None` where that depends
    on policies that were not read, `conditional` where it depends on what is not known of the request. `identity` are
    the policies of the caller, at a level of its own: those of them that are known."""

    target: Address
    scps: tuple[str, ...] = ()
    rcps: tuple[str, ...] = ()
    identity: tuple[str, ...] | None = Field(default=None, exclude_if=lambda found: found is None)
    allowed: bool | None
    conditional: bool = False


class Decision(Frozen):
    """A decision by the SCPs and RCPs of every level, with its reason. `condition` is what a conditional decision
    depends on, and `blocked_by` then the first statement that may deny. `exempt` is why no policy applies. The decision
    is unknown where policies in `unknown`, which apply to the request, were not read, and no other one surely denies.
    `not_managed` are the policy types that decide and of which the spec has nothing: the decision is then by what it
    declares. `warnings` are about the request itself."""

    account: str
    action: str
    decision: Verdict
    levels: tuple[LevelDecision, ...] = ()
    blocked_by: DenyingStatement | None = None
    missing_allow_at: tuple[Address, ...] = ()
    condition: str | None = None
    exempt: str | None = None
    unknown: tuple[Unknown, ...] = ()
    not_managed: tuple[str, ...] = Field(default=(), exclude_if=lambda found: not found)
    warnings: tuple[str, ...] = Field(default=(), exclude_if=lambda found: not found)

    @property
    def levels_without_own_allow(self) -> tuple[LevelDecision, ...]:
        """The levels of the caller's own policies where none allows the action."""
        own = (each for each in self.levels if each.identity is not None)
        return tuple(each for each in own if each.target in self.missing_allow_at)

    @property
    def missing_scp_allow_at(self) -> tuple[Address, ...]:
        """The levels where no SCP allows the action."""
        own = {each.target for each in self.levels_without_own_allow}
        return tuple(each for each in self.missing_allow_at if each not in own)

    @property
    def scps_without_allow(self) -> str:
        """The SCPs at the levels where none allows the action, each once; `none` where there is none."""
        levels = (each for each in self.levels if each.target in self.missing_allow_at)
        return ", ".join(dict.fromkeys(name for level in levels for name in level.scps)) or "none"
