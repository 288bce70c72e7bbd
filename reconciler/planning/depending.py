"""What each change of an ordered plan depends on, so that a failure stops whatever is safe only after it.

Besides what a change needs to exist, and what made room for it (on a full node, or by giving up a name):

- What takes protection away (a detach, a changed document) depends on everything that gave some before it: attachments
  and documents of the same policy type on the same node, above and below it, on the accounts which have left, and,
  where it is the account's own policy, on the account's move.
- An account is created or moved, and an OU replaced, only after all attachments and documents above the place it gets.
- An attachment depends on the document that its policy gets.

Moves do not depend on each other, nor attachments on attachments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from reconciler.model.address import Address
from reconciler.model.plan import Change, ChangeKey
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy
from reconciler.planning.simulation import Simulation


def place_taken(change: Change) -> Address | None:
    """The node in which an account is created or to which it is moved, or in which an OU is replaced."""
    after = change.after
    if isinstance(after, Account) and change.action in ("create", "move"):
        return after.parent
    if isinstance(after, OrganizationalUnit) and change.action == "replace":
        return after.parent
    return None


def with_dependencies(
    sequence: Sequence[Change],
    waits: Mapping[ChangeKey, set[Address]],
    before: Simulation,
    check: Callable[[], None],
) -> Iterator[Change]:
    """The changes with the addresses of the earlier ones which must have succeeded. `waits` has what each needs anyway;
    `before` is the live organization."""
    now = before.copy()
    given = _Given()
    for change in sequence:
        check()
        depends = set() if change.temporary else set(waits.get(change.key, ()))
        depends |= _protection(change, now, given)
        if isinstance(change.resource, Attachment):
            depends |= _room(change.resource, now, given, attach=change.after is not None)
        given.note(change, now)
        now.step(change)
        yield change.model_copy(update={"depends_on": tuple(sorted(depends - {change.address}))})


class _Given:
    """What has given protection so far, by node: changes (address to policy type) on it, changes on nodes below it, and
    the accounts that have left it (an account that moves has left its own node, too); the policies whose documents
    changed; and the attachments that were made and are there, or were taken away and are gone."""

    def __init__(self) -> None:
        self.on: dict[Address, dict[Address, str]] = {}
        self.below: dict[Address, dict[Address, str]] = {}
        self.left: dict[Address, set[Address]] = {}
        self.updated: set[Address] = set()
        self.made: dict[Address, dict[Address, str]] = {}
        self.gone: dict[Address, dict[Address, str]] = {}

    def note(self, change: Change, now: Simulation) -> None:
        """Notes a change that is about to be made."""
        resource = change.resource
        if isinstance(resource, Attachment):
            chain = list(now.chain(resource.target))
            type = _type_of(resource.policy, now)
            come, go = (self.made, self.gone) if change.after is not None else (self.gone, self.made)
            come.setdefault(resource.target, {})[change.address] = type
            go.get(resource.target, {}).pop(change.address, None)
            if change.after is not None:
                self._give(change.address, type, resource.target, chain)
            else:
                self.on.get(resource.target, {}).pop(change.address, None)
                for node in chain:
                    self.below.get(node, {}).pop(change.address, None)
        elif isinstance(resource, Policy) and change.before is not None and "content" in change.fields:
            self.updated.add(change.address)
            for target in now.targets(change.address):
                self._give(change.address, resource.type, target, now.chain(target))
        elif isinstance(change.after, Account) and change.action == "move":
            for node in now.chain(change.address):
                self.left.setdefault(node, set()).add(change.address)
            for node in now.chain(change.after.parent):
                self.below.setdefault(node, {}).update(self.on.get(change.address, {}))

    def _give(self, address: Address, type: str, target: Address, chain: Iterable[Address]) -> None:
        self.on.setdefault(target, {})[address] = type
        for node in chain:
            self.below.setdefault(node, {})[address] = type


def _protection(change: Change, now: Simulation, given: _Given) -> set[Address]:
    """What must have given protection before the change, which is about to be made."""
    resource = change.resource
    depends: set[Address] = set()
    place = place_taken(change)
    if place is not None:
        for node in (change.address, *now.chain(place)):
            depends |= given.on.get(node, {}).keys()
    elif isinstance(resource, Attachment):
        if change.after is None:
            depends |= _around(resource.target, _type_of(resource.policy, now), now, given)
        elif resource.policy in given.updated:
            depends.add(resource.policy)
    elif isinstance(resource, Policy) and change.before is not None and "content" in change.fields:
        if change.temporary and isinstance(change.after, Policy) and now.only_adds(change.after):
            return depends
        for target in now.targets(change.address):
            depends |= _around(target, resource.type, now, given)
    return depends


def _room(resource: Attachment, now: Simulation, given: _Given, *, attach: bool) -> set[Address]:
    """The changes without which the quota of the node, or its minimum, would not allow this one."""
    type = _type_of(resource.policy, now)
    changes = (given.gone if attach else given.made).get(resource.target, {})
    same = {each for each, of in changes.items() if of == type}
    count = len(same) + 1
    possible = now.has_room(resource, count) if attach else now.can_spare(resource, count)
    return set() if possible else same


def _around(node: Address, type: str, now: Simulation, given: _Given) -> set[Address]:
    """What gave protection by policies of a type on the node, above and below it, and the accounts that left it."""
    found = {each for each, of in given.below.get(node, {}).items() if of == type}
    for above in now.chain(node):
        found |= {each for each, of in given.on.get(above, {}).items() if of == type}
    return found | given.left.get(node, set())


def _type_of(policy: Address, now: Simulation) -> str:
    found = now.state.get(policy)
    return found.type if isinstance(found, Policy) else ""
