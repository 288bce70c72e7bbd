"""What each change needs to be done first because of what exists when; the order and the targets of a plan follow it.

- What is named has to exist: an attachment needs its policy and its node, a move its OU, a document the ids in it.
- What is deleted is first removed from all its uses: an OU waits for its accounts and OUs to leave, a policy for its
  attachments (a policy type can be disabled while there are policies of it).
- What follows something (`Resource.follows`) is made after it is made or changed, and deleted before it.
- What is closed or removed is moved and changed first.
- What is replaced goes after everything that takes over from it: the new OU and all that is attached to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.model.address import Address, kind_of, policy_type
from reconciler.model.plan import Change, ChangeKey
from reconciler.model.resources import Attachment, OrganizationalUnit, Policy, PolicyType, Resource


def needs_of(changes: Sequence[Change], state: Mapping[Address, Resource]) -> dict[ChangeKey, set[ChangeKey]]:
    """For each change the ones that must be done first. `state` is the live organization."""
    makes: dict[Address, Change] = {
        each.address: each for each in changes if each.before is None or each.action == "enable"
    }
    wanted: dict[Address, Resource] = {each.address: each.after for each in changes if each.after is not None}
    leaves: dict[Address, list[Change]] = {}
    for each in changes:
        if each.before is not None:
            kept = set(each.after.references()) if each.after is not None else set()
            for reference in each.before.references():
                disabled = isinstance(each.before, Policy) and kind_of(reference) == PolicyType.prefix
                if reference not in kept and not disabled:
                    leaves.setdefault(reference, []).append(each)
        for released in each.after.releases() if each.after is not None else ():
            leaves.setdefault(released, []).append(each)
    own: dict[Address, list[Change]] = {}
    for each in changes:
        own.setdefault(each.address, []).append(each)
    successors = taking_over(changes)
    detaching = _detaching(changes, state)
    followers = following(changes)

    def makers(resource: Resource, seen: set[Address]) -> Iterator[Change]:
        for reference in resource.references():
            if reference in seen:
                continue
            seen.add(reference)
            if reference in makes:
                yield makes[reference]
            elif (found := wanted.get(reference) or state.get(reference)) is not None:
                yield from makers(found, seen)

    needs: dict[ChangeKey, set[ChangeKey]] = {}
    for each in changes:
        mine: set[ChangeKey] = set()
        for side in (each.before, each.after):
            if side is not None:
                mine.update(maker.key for maker in makers(side, {each.address}))
        if each.before is not None and (each.after is None or each.action == "close"):
            mine.update(other.key for other in leaves.get(each.address, ()))
            mine.update(other.key for other in successors.get(each.address, ()))
            mine.update(other.key for other in detaching.get(each.address, ()))
            mine.update(other.key for other in followers.get(each.address, ()))
        for leader in each.after.follows() if each.after else ():
            mine.update(other.key for other in own.get(leader, ()) if other.after is not None)
        if each.action in ("close", "remove"):
            mine.update(other.key for other in own.get(each.address, ()))
        if each.before is not None and each.address in makes:
            mine.add(makes[each.address].key)
        needs[each.key] = mine - {each.key}
    return needs


def following(changes: Iterable[Change]) -> dict[Address, list[Change]]:
    """For each address the changes that end what follows it (`Resource.follows`)."""
    found: dict[Address, list[Change]] = {}
    for each in changes:
        for leader in each.before.follows() if each.before is not None and each.after is None else ():
            found.setdefault(leader, []).append(each)
    return found


def taking_over(changes: Iterable[Change]) -> dict[Address, list[Change]]:
    """For each OU that is replaced and deleted, the changes of what takes over from it."""
    changes = list(changes)
    successor = {
        each.before.replaced_by: each.address
        for each in changes
        if each.action == "delete" and isinstance(each.before, OrganizationalUnit) and each.before.replaced_by
    }
    found: dict[Address, list[Change]] = {}
    for each in changes:
        place = each.resource.target if isinstance(each.resource, Attachment) else each.address
        if place in successor:
            found.setdefault(successor[place], []).append(each)
    return found


def _detaching(changes: Iterable[Change], state: Mapping[Address, Resource]) -> dict[Address, list[Change]]:
    """For each policy that is deleted, what takes it off nodes without detaching it: the end of the node, or of the
    policy's type."""
    changes = list(changes)
    deleted = {
        each.address: each.before for each in changes if each.action == "delete" and isinstance(each.before, Policy)
    }
    if not deleted:
        return {}
    ends = {each.address: each for each in changes if each.action in ("delete", "remove", "disable")}
    found: dict[Address, list[Change]] = {}
    for attached in state.values():
        if isinstance(attached, Attachment) and attached.policy in deleted:
            for end in (attached.target, policy_type(deleted[attached.policy].type)):
                if end in ends:
                    found.setdefault(attached.policy, []).append(ends[end])
    return found
