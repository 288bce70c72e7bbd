"""The order of a plan: what must exist comes first, what goes comes last, and nothing is unprotected between.

A change waits for what it needs (`graphlib`). Among those that may go next, the first by rank is taken whose effect,
on paper, keeps every quota and every Deny; one that does not waits until another change has made room for it.
"""

from __future__ import annotations

import sys
from bisect import insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import NamedTuple

from reconciler.engine.remedies import remedy
from reconciler.engine.simulation import Problem, Simulation
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.plan import Change, ChangeKey
from reconciler.model.resources import Account, Attachment, Policy, Resource

_RANK = {
    action: rank
    for rank, actions in enumerate(
        (
            {"enable"},
            {"rename", "create", "replace"},
            {"update"},
            {"attach"},
            {"move"},
            {"detach"},
            {"close", "remove"},
            {"delete"},
            {"disable"},
        )
    )
    for action in actions
}


class Gap(NamedTuple):
    """An account that is without a Deny, which it has before and after the plan, from the change at index `start`
    until the one at `end` is done."""

    account: Address
    start: int
    end: int


class Ordering(NamedTuple):
    """The changes in the order of execution, each with what it depends on; and what could not be kept."""

    changes: tuple[Change, ...]
    gaps: tuple[Gap, ...]
    refused: tuple[tuple[Change, Problem], ...]
    after: Simulation


def ordered(changes: Iterable[Change], before: Simulation, sizes: dict[str, int | None]) -> Ordering:
    """Orders the changes, adding temporary ones where no order alone keeps every Deny. `before` is the live
    organization; `sizes` has the largest document of each policy type."""
    work = sorted(changes, key=_rank)
    after = before.copy()
    for change in work:
        after.step(change)
    running = before.copy()
    running.protect(after)
    needs = _needs(work, before.state)
    run = _Run(work, needs, running, sizes)
    run.to_the_end()
    waits = {key: {need[0] for need in found} | run.freed_by.get(key, set()) for key, found in needs.items()}
    changes = tuple(_with_dependencies(run.sequence, waits, before, after))
    return Ordering(changes, tuple(run.gaps), tuple(run.refused), after)


def _rank(change: Change) -> tuple[int, int, int, str, str]:
    """Preferred place: by action; what goes from the leaves up, all else from the root down; then by address."""
    going = change.after is None
    depth = len(addresses.split_path(addresses.local(change.address))) if change.kind == "organizational_unit" else 0
    waits = 1 if change.kind == "account" and change.action == "create" else 0
    rank = _RANK["move"] if waits else _RANK[change.action]
    return (rank, waits, -depth if going else depth, change.kind, change.address)


def _needs(changes: Sequence[Change], state: Mapping[Address, Resource]) -> dict[ChangeKey, set[ChangeKey]]:
    """For each change the ones that must be done first, because of what exists when."""
    makes: dict[Address, Change] = {each.address: each for each in changes if each.before is None}
    wanted: dict[Address, Resource] = {each.address: each.after for each in changes if each.after is not None}
    leaves: dict[Address, list[Change]] = {}
    for each in changes:
        if each.before is not None:
            kept = set(each.after.references()) if each.after is not None else set()
            for reference in each.before.references():
                if reference not in kept:
                    leaves.setdefault(reference, []).append(each)

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
        mine = needs.setdefault(each.key, set())
        for side in (each.before, each.after):
            if side is not None:
                mine.update(maker.key for maker in makers(side, {each.address}) if maker.key != each.key)
        if each.before is not None and each.after is None:
            mine.update(leaver.key for leaver in leaves.get(each.address, ()) if leaver.key != each.key)
        if each.before is not None and each.address in makes:
            mine.add(makes[each.address].key)
    return needs


class _Run:
    """The plan carried out on paper, step by step."""

    def __init__(
        self,
        work: Sequence[Change],
        needs: Mapping[ChangeKey, set[ChangeKey]],
        simulation: Simulation,
        sizes: dict[str, int | None],
    ) -> None:
        self._simulation = simulation
        self._sizes = sizes
        self._sorter = TopologicalSorter(needs)
        self._place = {each.key: (index, each) for index, each in enumerate(work)}
        self._ready: list[tuple[int, Change]] = []
        """What may go next, in the order of preference; what undoes something temporary stands last."""
        self._open: dict[Address, int] = {}
        self._refused_at = {each.key: 0 for each in work if simulation.refused(each)}
        """Changes that the service would have refused, and the length of the sequence when that was last seen."""
        self.freed_by: dict[ChangeKey, set[Address]] = {}
        """Changes that had to wait for a name or for room, and what made it."""
        self.sequence: list[Change] = []
        self.gaps: list[Gap] = []
        self.refused: list[tuple[Change, Problem]] = []

    def to_the_end(self) -> None:
        self._sorter.prepare()
        while True:
            for key in self._sorter.get_ready() if self._sorter.is_active() else ():
                insort(self._ready, self._place[key], key=lambda each: each[0])
            if not self._ready:
                return
            self._go_on()

    def _go_on(self) -> None:
        """Takes the first change that does no harm; where each does some, mends that, or takes the least harmful."""
        least: tuple[tuple[int, int], tuple[int, Change], list[Problem]] | None = None
        for each in self._ready:
            problems = self._simulation.problems(each[1])
            if not problems:
                self._take(each)
                return
            if any(problem.kind != "gap" for problem in problems):
                self._refused_at[each[1].key] = len(self.sequence)
            if least is None or _harm(problems) < least[0]:
                least = (_harm(problems), each, problems)
        assert least is not None
        _, (place, change), problems = least
        if all(problem.kind == "gap" for problem in problems) and self._mended(change):
            return
        self.refused += [(change, problem) for problem in problems if problem.kind != "gap"]
        lost = [account for problem in problems for account in problem.accounts]
        self._open.update(dict.fromkeys(lost, len(self.sequence)))
        self._take((place, change))

    def _mended(self, blocked: Change) -> bool:
        """Does what lets the change be made later without harm; false where nothing is known to."""
        found = remedy(blocked, self._simulation, self._sizes)
        if found is None or any(self._simulation.problems(change) for change in found.first):
            return False
        for change in found.first:
            self._step(change)
        self._ready += [(_LAST, change) for change in found.later]
        return True

    def _take(self, chosen: tuple[int, Change]) -> None:
        self._ready.remove(chosen)
        change = chosen[1]
        if (since := self._refused_at.get(change.key)) is not None:
            self.freed_by[change.key] = {each.address for each in self.sequence[since:] if _makes_room(each, change)}
        self._step(chosen[1])
        if chosen[0] != _LAST:
            self._sorter.done(chosen[1].key)

    def _step(self, change: Change) -> None:
        self._simulation.step(change)
        self.sequence.append(change)
        for account in [each for each in self._open if self._simulation.whole(each)]:
            self.gaps.append(Gap(account, self._open.pop(account), len(self.sequence) - 1))


_LAST = sys.maxsize


def _makes_room(done: Change, change: Change) -> bool:
    """True where `done` can have freed the place on a node, or the name, that `change` takes."""
    if isinstance(done.resource, Attachment) and isinstance(change.resource, Attachment):
        return done.resource.target == change.resource.target
    return done.kind == change.kind and done.action in ("rename", "delete")


def _harm(problems: Iterable[Problem]) -> tuple[int, int]:
    refusals = sum(problem.kind != "gap" for problem in problems)
    return (refusals, sum(len(problem.accounts) for problem in problems))


def _with_dependencies(
    sequence: Sequence[Change],
    waits: Mapping[ChangeKey, set[Address]],
    before: Simulation,
    after: Simulation,
) -> Iterator[Change]:
    """Each change with the addresses of the earlier changes which must have succeeded: what it needs to exist, and,
    before protection is loosened, whatever tightened it earlier on the same nodes, above or below them."""

    def chain(node: Address) -> Iterator[Address]:
        return after.chain(node) if node in after.state else before.chain(node)

    tightened_at: dict[Address, set[Address]] = {}
    tightened_below: dict[Address, set[Address]] = {}
    for change in sequence:
        depends = set(waits.get(change.key, ()))
        targets = _protects(change, after)
        if change.action != "attach":
            for target in targets:
                depends |= tightened_below.get(target, set())
                for node in chain(target):
                    depends |= tightened_at.get(node, set())
        if change.action != "detach":
            for target in targets:
                tightened_at.setdefault(target, set()).add(change.address)
                for node in chain(target):
                    tightened_below.setdefault(node, set()).add(change.address)
        yield change.model_copy(update={"depends_on": tuple(sorted(depends - {change.address}))})


def _protects(change: Change, after: Simulation) -> tuple[Address, ...]:
    """The nodes whose protection by SCPs or RCPs the change decides."""
    resource = change.resource
    if isinstance(resource, Attachment):
        return (resource.target,) if after.denies_by(resource.policy) else ()
    if isinstance(resource, Policy):
        if change.before is None or "content" not in change.fields or not after.denies_by(change.address):
            return ()
        return after.targets(change.address)
    if isinstance(change.before, Account) and isinstance(change.after, Account) and change.action == "move":
        return (change.before.parent, change.after.parent, change.address)
    return ()
