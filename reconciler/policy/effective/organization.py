"""The effective policies of the accounts of an organization, computed offline."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from reconciler.model.address import ROOT, Address
from reconciler.model.base import Json
from reconciler.model.effective import EffectivePolicy, EffectiveSetting, Outcome, Path
from reconciler.model.inventory import Inventory
from reconciler.model.policy_types import POLICY_TYPES
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType
from reconciler.model.scope import Unknown
from reconciler.policy.effective.inheritance import AttachedDocument, Level, Setting, inherited
from reconciler.policy.effective.types import as_value_of, defaults_of, errors_in, fold_of

DECLARATIVE = tuple(row.short for row in POLICY_TYPES if row.language == "declarative")
"""The policy types that have effective policies, by their short names."""


Documents = Mapping[Address, tuple[AttachedDocument, ...]]
"""The documents of one declarative type by the nodes that they are attached to."""


def attached_documents(inventory: Inventory, type_short: str) -> Documents:
    """What is attached to each node, in the order of attachment as far as it is known."""
    policies = {each.address: each for each in inventory.of(Policy) if each.type == type_short}
    found: dict[Address, list[AttachedDocument]] = defaultdict(list)
    for each in inventory.of(Attachment) if policies else ():
        if (policy := policies.get(each.policy)) is not None:
            found[each.target].append(AttachedDocument(policy.address, policy.content, each.position or 0))
    return {node: tuple(sorted(attached, key=_by_position)) for node, attached in found.items()}


def effective_policies(inventory: Inventory, type_short: str) -> dict[Address, EffectivePolicy]:
    """The effective policy of a declarative type for each open account. Where the order of the attachments to a node
    decides and is not known, the settings say so; where the policies were not read, the answer does."""
    documents = attached_documents(inventory, type_short)
    unread = next((each for each in inventory.scope.unread if each.kind == type_short), None)
    enabled = any(each.type == type_short for each in inventory.of(PolicyType))
    merged: dict[tuple[Address, ...], EffectivePolicy] = {}
    found = {}
    for account, path in _paths(inventory).items():
        if unread is not None:
            unknown = (Unknown(kind=type_short, addresses=path, reason=unread.reason),)
            found[account] = EffectivePolicy(account=account, type=type_short, unknown=unknown)
        elif not enabled:
            found[account] = EffectivePolicy(account=account, type=type_short, enabled=False)
        else:
            key = tuple(node for node in path if node in documents)
            if key not in merged:
                merged[key] = merge(account, type_short, [Level(node, documents[node]) for node in key])
            found[account] = merged[key].model_copy(update={"account": account})
    return found


def merge(account: Address, type_short: str, levels: Iterable[Level]) -> EffectivePolicy:
    """The effective policy at the end of the levels, the root first."""
    root = inherited(levels, fold_of(type_short), as_value_of(type_short))
    outcomes = {**dict(_leaves(root, ())), **{path: (each,) for path, each in defaults_of(type_short, root)}}
    settings = tuple(_setting(path, found) for path, found in sorted(outcomes.items()))
    known = {path: found[0].value for path, found in outcomes.items() if len(found) == 1}
    document = _document(known) if len(known) == len(outcomes) else None
    errors = errors_in(type_short, document) if document is not None else ()
    return EffectivePolicy(account=account, type=type_short, document=document, settings=settings, errors=errors)


def _setting(path: Path, outcomes: tuple[Outcome, ...]) -> EffectiveSetting:
    if len(outcomes) > 1:
        return EffectiveSetting(path=path, alternatives=outcomes)
    return EffectiveSetting(path=path, value=outcomes[0].value, because=outcomes[0].because)


def _leaves(found: Setting, path: Path) -> Iterator[tuple[Path, tuple[Outcome, ...]]]:
    """The settings that have a value; what is empty is not published."""
    if found.outcomes:
        yield path, found.outcomes
        return
    for name, each in found.children.items():
        yield from _leaves(each, (*path, name))


def _document(values: Mapping[Path, Json]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for path, value in values.items():
        place = found
        for step in path[:-1]:
            inner = place.setdefault(step, {})
            assert isinstance(inner, dict), "a setting has a value or settings in it"
            place = inner
        place[path[-1]] = value
    return found


def _paths(inventory: Inventory) -> dict[Address, tuple[Address, ...]]:
    parents = {each.address: each.parent for each in inventory.of(OrganizationalUnit)}

    @functools.cache
    def above(node: Address) -> tuple[Address, ...]:
        return (ROOT,) if node == ROOT else (*above(parents.get(node, ROOT)), node)

    accounts = (each for each in inventory.of(Account) if each.state not in ("closed", "removed"))
    return {each.address: (*above(each.parent), each.address) for each in accounts}


def _by_position(attached: AttachedDocument) -> tuple[int, Address]:
    return attached.position, attached.policy
