"""What is left of a plan that was applied in part, found from the live organization alone.

Each thing that the plan changes goes through a sequence of states, one for each of its changes:

    before ──1st change──▶ s1 ──2nd change──▶ s2 ...

A live thing is found in one of these states, or between two of them where a change takes several calls; the changes up
to there are done. A change is done only together with all that it waits for, so of several states that look the same
(a temporary attachment that was not made yet, or was removed again) the latest is taken whose changes can be done.

Undoing what is done gives the organization from which the plan was started, if nothing else changed: the plan
holds if its preconditions hold there. So *nothing else changed* needs no record of what was done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from reconciler.applying.executor import prerequisites
from reconciler.applying.states import between, is_as
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.plan import Change, Plan, Precondition
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType, Resource, Root

State = Mapping[Address, Resource]


class Progress(NamedTuple):
    """How far a plan is carried out. `before` is the organization without what is done; `unknown` are the addresses of
    things that are in no state which the plan leaves them in."""

    done: tuple[Change, ...]
    remaining: tuple[Change, ...]
    before: dict[Address, Resource]
    unknown: tuple[Address, ...]


class _Place(NamedTuple):
    """A state in the sequence of a thing: after `done` changes; the next one is begun where `begun` is greater."""

    done: int
    begun: int


def progress(plan: Plan, live: State, ids: Mapping[Address, str]) -> Progress:
    """How far the plan is carried out in `live`, which has the plan's addresses. `ids` are all that are known now."""
    found = _Search(plan.changes, live, ids)
    found.settle()
    done = found.done()
    remaining = tuple(
        change if (now := found.begun.get(index)) is None else _rest_of(change, now)
        for index, change in enumerate(plan.changes)
        if index not in done
    )
    return Progress(
        tuple(change for index, change in enumerate(plan.changes) if index in done),
        remaining,
        _undone(plan, live, found.touched()),
        tuple(sorted(found.unknown)),
    )


class _Search:
    """For each thing that the plan changes, the latest place in its sequence that fits what is live and what else is
    done. Places only ever go back, so it ends."""

    def __init__(self, changes: Sequence[Change], live: State, ids: Mapping[Address, str]) -> None:
        self._changes = changes
        self._needed = prerequisites(changes)
        self._live = live
        self._own: dict[Address, list[int]] = {}
        for index, change in enumerate(changes):
            self._own.setdefault(change.address, []).append(index)
        self._readers = self._waiting_for_earlier_states()
        self._places = {
            address: places_of([changes[index] for index in own], live, ids) for address, own in self._own.items()
        }
        self._fits_several = {address for address, places in self._places.items() if len(places) > 1}
        self.unknown = {address for address, places in self._places.items() if not places}

    def _waiting_for_earlier_states(self) -> list[list[int]]:
        """For each change the earlier ones that wait for an earlier change of the same thing: what they need of it is
        gone after this one."""
        waiting: dict[Address, list[int]] = {}
        found = []
        for index, change in enumerate(self._changes):
            first = self._own[change.address][0]
            found.append([each for each in waiting.get(change.address, ()) if each > first])
            for address in change.depends_on:
                if address != change.address:
                    waiting.setdefault(address, []).append(index)
        return found

    def settle(self) -> None:
        while True:
            done = self.done()
            wrong = [address for address, places in self._places.items() if places and not self._can_be(address, done)]
            if not wrong:
                return
            for address in wrong:
                self._places[address].pop()
                if not self._places[address]:
                    self.unknown.add(address)

    def _can_be(self, address: Address, done: set[int]) -> bool:
        place, own = self._places[address][-1], self._own[address]
        needed = {each for index in own[: place.begun] for each in self._needed[index]}
        if address in self._fits_several:
            needed |= {each for index in own[: place.done] for each in self._readers[index]}
        return needed <= done

    def done(self) -> set[int]:
        return {
            index
            for address, places in self._places.items()
            if places
            for index in self._own[address][: places[-1].done]
        }

    @property
    def begun(self) -> dict[int, Resource]:
        """The changes that were begun and not ended, and what there is now of what they change."""
        return {
            self._own[address][places[-1].done]: self._live[address]
            for address, places in self._places.items()
            if places and places[-1].begun > places[-1].done
        }

    def touched(self) -> dict[Address, Resource | None]:
        """Everything of which a change is done or begun, as it was before the first one."""
        return {
            address: self._changes[self._own[address][0]].before
            for address, places in self._places.items()
            if places and places[-1].begun
        }


def places_of(changes: Sequence[Change], live: State, ids: Mapping[Address, str]) -> list[_Place]:
    """Every place in the sequence of one thing, whose changes these are, that fits what is live; the latest last."""
    now = live.get(changes[0].address)
    places = []
    states = [changes[0].before, *(each.after for each in changes)]
    tags = any("tags" in each.fields for each in changes)
    for done, state in enumerate(states):
        made = done > 0 and changes[0].before is None
        fits = is_as(state, now, ids, made=made, tags=tags or made) or (done == 0 and _not_yet(state, now, live))
        if fits or (state is not None and state.is_fulfilled(live.values())):
            places.append(_Place(done, done))
        elif done < len(changes) and now is not None and between(changes[done], state, now, ids, tags=tags):
            places.append(_Place(done, done + 1))
    return places


def _not_yet(state: Resource | None, now: Resource | None, live: State) -> bool:
    """True for what the service attaches to something that the plan makes, while that is not there."""
    return (
        now is None
        and isinstance(state, Attachment)
        and any(reference not in live for reference in (state.target, state.policy))
    )


def _rest_of(change: Change, now: Resource) -> Change:
    """What is left of a change of which some calls were made."""
    assert change.after is not None
    if change.before is None:  # an account that was created, and is still where the service puts new ones
        assert isinstance(now, Account)
        assert isinstance(change.after, Account)
        moved = now.model_copy(update={"parent": change.after.parent})
        return change.model_copy(update={"action": "move", "before": now, "after": moved, "fields": ("parent",)})
    after = change.onto(now)
    left = tuple(each for each in change.fields if getattr(now, each) != getattr(after, each))
    return change.model_copy(update={"before": now, "after": after, "fields": left})


def _undone(plan: Plan, live: State, touched: Mapping[Address, Resource | None]) -> dict[Address, Resource]:
    """The organization as it was before what is done, with all that the service did along with it undone as well."""
    state = dict(live)
    known = {each.address: each for each in plan.preconditions}
    returned: list[Address] = []
    for address, before in touched.items():
        now = state.pop(address, None)
        if before is not None:
            state[address] = before
        if isinstance(now, PolicyType) and before is None:
            state = {each: found for each, found in state.items() if not _of_type(found, now.type)}
        if isinstance(before, PolicyType):
            returned += _policies_of(before.type, known.values(), state)
        elif now is None and isinstance(before, OrganizationalUnit | Account):
            returned.append(address)
    by_id = {str(each.id): each for each in state.values() if each.id}
    for address in returned:
        _attach_again(known.get(address), by_id, state)
    return {
        address: each
        for address, each in state.items()
        if not isinstance(each, Attachment) or (each.target in state and each.policy in state)
    }


def _of_type(resource: Resource, type: str) -> bool:
    return isinstance(resource, Policy) and resource.type == type


def _policies_of(type: str, known: Iterable[Precondition], state: dict[Address, Resource]) -> list[Address]:
    """Puts back the policies of a disabled type, which cannot be read any more, as far as the plan knows them: they
    were compared before the type was disabled."""
    found = []
    for each in known:
        fields = each.fields or {}
        if each.address.startswith(f"{Policy.prefix}:") and fields.get("type") == type:
            own = {name: value for name, value in fields.items() if name in Policy.model_fields and name != "tags"}
            state.setdefault(each.address, Policy.model_validate({**own, "address": each.address, "id": each.id}))
            found.append(each.address)
    return found


def _attach_again(known: Precondition | None, by_id: Mapping[str, Resource], state: dict[Address, Resource]) -> None:
    """Puts back the attachments that went with a node or a policy type."""
    if known is None or known.fields is None:
        return
    for name in ("attached", "targets"):
        listed = known.fields.get(name)
        for id in listed if isinstance(listed, list) else ():
            other = by_id.get(str(id))
            if isinstance(other, Policy) and name == "attached":
                policy, target = other.address, known.address
            elif isinstance(other, Root | OrganizationalUnit | Account) and name == "targets":
                policy, target = known.address, other.address
            else:
                continue
            made = Attachment(address=addresses.attachment(policy, target), policy=policy, target=target)
            state.setdefault(made.address, made)
