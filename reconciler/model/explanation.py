"""The answer to "may a principal do this?", as people and pipelines read it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reconciler.model.address import Address
from reconciler.model.base import Frozen
from reconciler.model.scope import Unknown


class DenyingStatement(Frozen):
    """The statement that denies (or, in a conditional answer, may deny): its Sid or its number from 1, the
    level that its policy is attached to, and where it is written, as far as that is known."""

    policy: str
    statement: str | int
    level: Address
    file: str | None = None
    line: int | None = None


class ExplainedLevel(Frozen):
    """What is attached at one level, and whether that level by itself lets the request pass: `None` where that depends
    on policies that were not read, `conditional` where it depends on the request."""

    target: Address
    scps: tuple[str, ...] = ()
    rcps: tuple[str, ...] = ()
    allowed: bool | None
    conditional: bool = False


class Explanation(Frozen):
    """A decision by the SCPs and RCPs of every level, with its reason. `condition` says on what a conditional decision
    depends, `exempt` why no policy applies, `unknown` what was not read of all that decides. `not_managed` are the
    policy types that decide and of which the spec says nothing: the decision is then by what it declares. `warnings`
    have what looks wrong about the question."""

    account: str
    action: str
    decision: Literal["allowed", "denied", "conditional", "unknown"]
    levels: tuple[ExplainedLevel, ...] = ()
    blocked_by: DenyingStatement | None = None
    missing_allow_at: tuple[Address, ...] = ()
    condition: str | None = None
    exempt: str | None = None
    unknown: tuple[Unknown, ...] = ()
    not_managed: tuple[str, ...] = Field(default=(), exclude_if=lambda found: not found)
    warnings: tuple[str, ...] = Field(default=(), exclude_if=lambda found: not found)

    @property
    def scps_without_allow(self) -> str:
        """The SCPs at the levels where none allows the action, each once; `none` where there is none."""
        levels = (each for each in self.levels if each.target in self.missing_allow_at)
        return ", ".join(dict.fromkeys(name for level in levels for name in level.scps)) or "none"
