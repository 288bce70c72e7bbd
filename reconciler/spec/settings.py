"""The part of a spec that is not a resource: treatment of what is not declared, what is ignored, guards, quotas."""

from __future__ import annotations

from typing import Self

from pydantic import Field

from reconciler.kinds.base import Unmanaged
from reconciler.model.base import Frozen, Source
from reconciler.spec.declared import Declared
from reconciler.spec.schema import Guards, Ignore, Quotas, UnmanagedShape
from reconciler.spec.tree import Tree


class Settings(Frozen):
    """Everything in a spec that is not a resource. `disabled_policy_types` has the policy types to disable, by short
    name, with where the spec says so; `unmanaged` what happens to live objects that are not declared, by its keys;
    `findings_off` the codes of findings about the organization that are not reported."""

    unmanaged: dict[str, Unmanaged] = Field(default_factory=lambda: UnmanagedShape().model_dump())
    ignore: Ignore = Ignore().with_defaults()
    guards: Guards = Guards()
    quotas: Quotas = Quotas()
    disabled_policy_types: dict[str, Source] = Field(default_factory=dict)
    findings_off: tuple[str, ...] = ()

    @classmethod
    def of(cls, declared: Declared, tree: Tree) -> Self:
        """The settings of a spec, with the defaults filled in."""
        spec = declared.spec
        return cls(
            unmanaged=spec.unmanaged.model_dump(),
            ignore=spec.ignore.with_defaults(),
            guards=spec.guards,
            quotas=spec.organization.quotas or Quotas(),
            findings_off=tuple(sorted(code for code, reported in (spec.findings or {}).items() if not reported)),
            disabled_policy_types={
                short: tree.source(("organization", "policy_types", short)) for short in declared.disabled_types()
            },
        )
