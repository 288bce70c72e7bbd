"""The rule about `previously`, the earlier names of organizational units and policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from reconciler.model import address
from reconciler.spec.declared import Declared, DeclaredPolicy, Unit
from reconciler.spec.rules.context import RuleContext, repeated
from reconciler.spec.tree import Path
from reconciler.spec.wording import quoted


class _Claim(NamedTuple):
    """An earlier name of `renamed`, which is written at `at`. `key` is unique at any one time."""

    key: str
    name: str
    renamed: Unit | DeclaredPolicy
    at: Path


def names_one_object_each(context: RuleContext) -> None:
    """An earlier name is free now, or its holder was renamed as well, and only one object had it."""
    holders: dict[str, Unit | DeclaredPolicy] = {unit.address: unit for unit in context.declared.units}
    holders |= {_key(policy, policy.name): policy for policy in context.declared.policies.values()}
    claims = list(_claims(context.declared))
    for claim in claims:
        holder = holders.get(claim.key)
        if holder is not None and (holder is claim.renamed or not holder.shape.previously):
            context.report(
                "E311", context.tree.at(claim.at),
                f"{quoted(claim.name)} was renamed according to this, but it is still declared",
                "remove it from `previously`, remove the declaration, or give that one its own `previously`",
                related=[("declared here", context.tree.key(holder.at))],
            )  # fmt: skip
    for _, claim, first in repeated((claim.key, claim) for claim in claims):
        context.report(
            "E312", context.tree.at(claim.at), f"{quoted(claim.name)} is claimed twice as an earlier name",
            "keep it where it really was the name", related=[("first claimed here", context.tree.at(first.at))],
        )  # fmt: skip


def _claims(declared: Declared) -> Iterator[_Claim]:
    for unit in declared.units:
        for index, earlier in enumerate(unit.earlier_addresses):
            yield _Claim(earlier, address.local(earlier), unit, (*unit.at, "previously", index))
    for policy in declared.policies.values():
        for index, earlier in enumerate(policy.shape.previously or ()):
            yield _Claim(_key(policy, earlier), earlier, policy, (*policy.at, "previously", index))


def _key(policy: DeclaredPolicy, name: str) -> str:
    """Names are unique among the policies of a type."""
    return f"{policy.shape.type}\0{name}"
