"""Checks of a saved plan, which may have been edited.

Whether its changes are consistent, which of them are a loss whatever they are called, and where an account would lose a
Deny between two of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from reconciler.model.address import Address, attachment
from reconciler.model.plan import DESTRUCTIVE, Change
from reconciler.model.resources import Attachment, OrganizationalUnit, Resource
from reconciler.model.scope import Scope
from reconciler.planning.denies import DenyIndex
from reconciler.planning.simulation import Simulation, documents

_CREATES = frozenset({"enable", "create", "invite", "replace", "attach"})
_BEGINS_AGAIN = frozenset({"enable", "invite"})
"""Actions that also begin again what ended, or go on with what was begun."""
_REMOVES = frozenset({"disable", "detach", "remove", "delete"})
_OF_ACCOUNTS = frozenset({"close", "remove"})


def inconsistencies(changes: Sequence[Change]) -> list[str]:
    """What no plan that this program made has, a line each."""
    found = []
    states: dict[Address, Resource | None] = {}
    for number, change in enumerate(changes, 1):
        where = f"change {number}, {change.action} {change.address}"
        found += [f"{where}: {problem}" for problem in _problems(change)]
        if change.address in states and states[change.address] != change.before:
            found.append(f"{where}: begins with another state than the change before it leaves")
        states[change.address] = change.after
    return found


def _problems(change: Change) -> Iterator[str]:
    sides = [each for each in (change.before, change.after) if each is not None]
    if not sides:
        yield "changes nothing"
    if any(each.address != change.address for each in sides):
        yield "changes something of another address"
    if any(isinstance(each, Attachment) and each.address != _address_of(each) for each in sides):
        yield "attaches something other than its address names"
    creates = change.action in _CREATES and not (change.action in _BEGINS_AGAIN and change.before is not None)
    if creates and (change.before is not None or change.after is None):
        yield "creates what exists"
    elif change.action in _REMOVES and (change.before is None or change.after is not None):
        yield "removes what is to stay"
    elif not creates and change.action not in _REMOVES:
        if change.before is None or change.after is None:
            yield "changes what does not exist before and after it"
        elif change.onto(change.before) != change.after:
            yield f"changes more than {', '.join(change.fields) or 'nothing'}"
    if change.action in _OF_ACCOUNTS and change.kind != "account":
        yield "does what is done to accounts only"


def _address_of(resource: Attachment) -> Address:
    return attachment(resource.policy, resource.target)


def as_losses(changes: Sequence[Change], before: Mapping[Address, Resource]) -> tuple[Change, ...]:
    """The changes for the guards to count: one is temporary only if it removes what the plan itself made, and replaced
    only if something in the plan replaces it, whatever the plan claims."""
    replaced = {
        each.after.replaces
        for each in changes
        if each.action == "replace" and isinstance(each.after, OrganizationalUnit) and each.after.replaces
    }
    counted = []
    for each in changes:
        update: dict[str, object] = {}
        if each.action in DESTRUCTIVE and each.temporary and each.address in before:
            update["temporary"] = False
        if each.reason == "replaced" and each.address not in replaced:
            update["reason"] = "not_declared"
        counted.append(each.model_copy(update=update) if update else each)
    return tuple(counted)


class Quotas(NamedTuple):
    """Attachments per node by policy type, and the most of a kind; what is not named has the default of AWS."""

    attached: Mapping[str, int | None] = MappingProxyType({})
    most: Mapping[str, int | None] = MappingProxyType({})


def simulations(
    changes: Sequence[Change],
    resources: Sequence[Resource],
    management: Address | None,
    quotas: Quotas | None = None,
    scope: Scope | None = None,
) -> tuple[Simulation, Simulation]:
    """The organization before and after the changes. `scope` says what is known of it."""
    wanted = [each.after for each in changes if each.after is not None]
    deny_index = DenyIndex(documents((*resources, *wanted)))
    quotas = quotas or Quotas()
    before = Simulation(resources, quotas.attached, management, deny_index, quotas.most, scope)
    after = before.copy()
    for change in changes:
        after.step(change)
    return before, after


class Problems(NamedTuple):
    """What goes wrong between two changes: accounts that lose a Deny for a while which they have before and after, and
    changes that the service refuses, each with the reason."""

    gaps: tuple[Address, ...]
    refused: tuple[tuple[Address, str], ...]


def problems(changes: Sequence[Change], before: Simulation, after: Simulation) -> Problems:
    """The problems of carrying the changes out in their order."""
    running = before.copy()
    running.protect(after)
    lost: dict[Address, None] = {}
    refused = []
    for change in changes:
        for problem in running.problems(change):
            lost.update(dict.fromkeys(problem.accounts))
            if problem.kind != "gap":
                refused.append((change.address, problem.text))
        running.step(change)
    return Problems(tuple(lost), tuple(refused))
