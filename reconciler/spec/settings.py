"""What a spec says that is no resource: how to treat what is not declared, what to refuse, how much there may be."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reconciler.kinds import DELETE_LIMITS, UNDECLARED
from reconciler.kinds.base import Unmanaged
from reconciler.model.base import Frozen
from reconciler.model.limits import Limit
from reconciler.model.policy_types import POLICY_TYPES


class Ignore(Frozen):
    """Patterns (`model.globs`) of what is out of sight: live names of policies, keys of tags, paths of organizational
    units, and keys, ids, names or e-mails of accounts. The defaults are always part of them: the policies of AWS
    Control Tower and the tags that only AWS sets."""

    policies: tuple[str, ...] = ("aws-guardrails-*",)
    tags: tuple[str, ...] = ("aws:*",)
    organizational_units: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


def _default_limits() -> dict[str, Limit]:
    return {each.plural: Limit(number=each.default) for each in DELETE_LIMITS.values()}


def _default_treatment() -> dict[str, Unmanaged]:
    return {plural: each.default for plural, each in UNDECLARED.items()}


class Guards(Frozen):
    """What an apply refuses to do. `protected` has patterns of addresses, `max_deletes` how much it may delete of each
    kind, by the key of `guards.max_deletes`."""

    protected: tuple[str, ...] = ()
    max_deletes: dict[str, Limit] = Field(default_factory=_default_limits)
    max_account_closures: int | None = None
    max_account_creations: int = 20
    max_account_invitations: int = 20
    minimum: int = 10
    impact: dict[str, Literal["no-gain", "no-loss"]] = Field(default_factory=dict)
    """OU path -> what may not happen to any account in it."""


class Quota(Frozen):
    """The limits of one policy type; `None` is not known and left to the service."""

    characters: int | None = None
    attached: int | None = None


def _defaults_of_aws() -> dict[str, Quota]:
    return {row.short: Quota(characters=row.max_characters, attached=row.max_attached) for row in POLICY_TYPES}


class Quotas(Frozen):
    """Service quotas: the defaults of AWS with the spec's own. `accounts` `None`: not known."""

    policy_types: dict[str, Quota] = Field(default_factory=_defaults_of_aws)
    accounts: int | None = None
    organizational_units: int = 2_000


class Settings(Frozen):
    """Everything in a spec that is no resource. The policy types in `disabled_policy_types` are to be disabled;
    `unmanaged` has what happens to live things that are not declared, by its keys in the spec."""

    unmanaged: dict[str, Unmanaged] = Field(default_factory=_default_treatment)
    ignore: Ignore = Ignore()
    guards: Guards = Guards()
    quotas: Quotas = Quotas()
    disabled_policy_types: tuple[str, ...] = ()
