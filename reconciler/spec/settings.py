"""What a spec says that is no resource: how to treat what is not declared, what to refuse, how much there may be."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reconciler.model.base import Frozen
from reconciler.model.limits import DEFAULT_MAX_DELETES, Limit
from reconciler.model.policy_types import POLICY_TYPES

Undeclared = Literal["ignore", "report", "delete"]


class Unmanaged(Frozen):
    """What happens to what is live but not declared."""

    attachments: Undeclared = "delete"
    policies: Undeclared = "report"
    organizational_units: Undeclared = "report"
    accounts: Literal["ignore", "report"] = "report"


class Ignore(Frozen):
    """Patterns (`model.globs`) of what is out of sight: live names of policies, keys of tags, paths of organizational
    units, and keys, ids, names or e-mails of accounts. The defaults are always part of them: the policies of AWS
    Control Tower and the tags that only AWS sets."""

    policies: tuple[str, ...] = ("aws-guardrails-*",)
    tags: tuple[str, ...] = ("aws:*",)
    organizational_units: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


def _default(plural: str) -> Limit:
    return Limit(number=DEFAULT_MAX_DELETES[plural])


class MaxDeletes(Frozen):
    """How much one apply may delete, by kind."""

    organizational_units: Limit = _default("organizational_units")
    policies: Limit = _default("policies")
    attachments: Limit = _default("attachments")
    tags: Limit = _default("tags")
    policy_types: Limit = _default("policy_types")


class Guards(Frozen):
    """What an apply refuses to do. `protected` has patterns of addresses."""

    protected: tuple[str, ...] = ()
    max_deletes: MaxDeletes = MaxDeletes()
    max_account_closures: int | None = None
    max_account_creations: int = 20
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
    """Everything in a spec that is no resource. The policy types in `disabled_policy_types` are to be disabled."""

    unmanaged: Unmanaged = Unmanaged()
    ignore: Ignore = Ignore()
    guards: Guards = Guards()
    quotas: Quotas = Quotas()
    disabled_policy_types: tuple[str, ...] = ()
