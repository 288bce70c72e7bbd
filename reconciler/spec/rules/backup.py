"""Rules about backup plans, which several policies can define together.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_backup_syntax.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.model import address
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.spec.rules.context import RuleContext
from reconciler.spec.tree import Path
from reconciler.spec.wording import quoted

_PARTS_OF_A_PLAN = ("rules", "regions", "selections")
_PARTS_OF_A_RULE = ("schedule_expression", "target_backup_vault_name")
_HELP = "add it here, or to a backup policy with the same names that is attached above or below"


def plans_are_complete(context: RuleContext) -> None:
    """The policies that reach an account are merged, and the merged plan needs rules, Regions and selections, a
    rule a schedule and a vault. Otherwise the account keeps its last valid plan, or none."""
    plans = {
        key: _plans(document.value)
        for key, document in context.documents.items()
        if context.declared.policies[key].shape.type == "backup"
    }
    for key, own in plans.items():
        missing = [each for each in _missing(own) if not _has_value(own, each)]
        if missing and (others := _merged_with(context, key, set(plans))):
            missing = [each for each in missing if not any(_has_value(plans[other], each) for other in others)]
        for path in missing:
            span, label = context.documents[key].span(("plans", *path[:-1]))
            what = "plan" if len(path) == 2 else "rule"
            context.report(
                "E414", span, f"the backup {what} {quoted(str(path[-2]))} has no {quoted(str(path[-1]))}",
                _HELP, label=label,
            )  # fmt: skip


def _plans(document: Mapping[str, Json]) -> dict[str, Json]:
    return _settings(document.get("plans"))


def _settings(written: Json) -> dict[str, Json]:
    return {key: each for key, each in written.items() if not key.startswith("@")} if isinstance(written, dict) else {}


def _missing(plans: Mapping[str, Json]) -> Iterator[Path]:
    """What each plan and each rule needs. An empty plan needs nothing."""
    for name, plan in plans.items():
        if not _settings(plan):
            continue
        for part in _PARTS_OF_A_PLAN:
            yield (name, part)
        for rule, written in _settings(_settings(plan).get("rules")).items():
            if isinstance(written, dict):
                yield from ((name, "rules", rule, part) for part in _PARTS_OF_A_RULE)


def _has_value(plans: Json, path: Path) -> bool:
    """True where a value, or a setting with values in it, is written at `path`."""
    for step in path:
        plans = _settings(plans).get(str(step))
    return bool(plans)


def _merged_with(context: RuleContext, key: str, keys: set[str]) -> set[str]:
    """The policies among `keys` that some account has together with `key`: those attached to the same node, or to one
    above or below it."""
    above: dict[Address, Address] = {unit.address: unit.parent for unit in context.declared.units}
    above |= {account.address: account.parent for account in context.declared.accounts}
    nodes: dict[str, set[Address]] = {}
    for target in context.declared.targets():
        for policy in target.policies:
            nodes.setdefault(policy, set()).add(target.address)
    own = nodes.get(key, set())
    own_chains = {each for node in own for each in _chain(node, above)}
    return {
        other
        for other in keys - {key}
        for node in nodes.get(other, ())
        if node in own_chains or own & set(_chain(node, above))
    }


def _chain(node: Address, above: Mapping[Address, Address]) -> Iterator[Address]:
    yield node
    while node != address.ROOT and node in above:
        node = above[node]
        yield node
