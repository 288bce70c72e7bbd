"""Effective policies: what the policies of a declarative type, from the root down to an account, mean for it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reconciler.model.address import Address
from reconciler.model.base import Frozen, Json
from reconciler.model.scope import Unknown

Path = tuple[str, ...]
"""The keys that lead to a setting."""
Operator = Literal["@@assign", "@@append", "@@remove"]


class Contribution(Frozen):
    """A policy that takes part in the value of a setting: attached at `level`, by this operator."""

    policy: Address
    level: Address
    operator: Operator

    def __str__(self) -> str:
        return f"{self.policy} at {self.level} ({self.operator})"


class Outcome(Frozen):
    """A value that a setting has, or may have, and the policies that it is from; none for a default of the service."""

    value: Json
    because: tuple[Contribution, ...] = ()


class EffectiveSetting(Frozen):
    """A setting with its value and the policies that it is from. Where the order of attachments decides and is not
    known, `value` is `None` and `alternatives` has what it may be."""

    path: Path
    value: Json = None
    because: tuple[Contribution, ...] = ()
    alternatives: tuple[Outcome, ...] = Field(default=(), exclude_if=lambda found: not found)


class EffectiveError(Frozen):
    """Why a merged document is not valid: the service's code, and the setting that it is about."""

    code: str
    message: str
    path: Path = ()


class EffectivePolicy(Frozen):
    """The effective policy of a type for one account. `document` is what the service publishes, `None` where a setting
    is not known, the type is not enabled or its policies were not read (`unknown`). `errors` are why the service would
    withhold the document and keep the last valid one."""

    account: Address
    type: str
    enabled: bool = True
    document: dict[str, Json] | None = None
    settings: tuple[EffectiveSetting, ...] = ()
    errors: tuple[EffectiveError, ...] = ()
    unknown: tuple[Unknown, ...] = ()


class EffectiveChange(Frozen):
    """The effective policy before and after a plan; `None` where the account does not exist, or is closed."""

    before: EffectivePolicy | None
    after: EffectivePolicy | None
