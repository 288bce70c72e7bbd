"""The order of a plan: what must exist comes first, what goes comes last, and nothing is unprotected between.

A change waits for what it needs (`planning.needs`, `graphlib`). Among those that may go next, the first by rank is
taken which, in the simulation, is refused by nothing and takes no Deny away; one that has a problem waits until another
change has made room for it. An account is created or moved, and an OU replaced, only when everything has been attached
above the place that it gets, as long as anything else can be done.

    ready ──▶ one without a problem? ──yes──▶ take it ──────────────┐
      ▲              │ no                                           │
      │              ▼                                              │
      │       a temporary change that helps? ──yes──▶ make it ──────┤
      │              │ no                                           │
      │              ▼                                              │
      │       one that comes only too early? ──yes──▶ take it ──────┤
      │              │ no                                           │
      │              ▼                                              │
      │       take the one with the least cost: a gap, or refused ──┤
      └─────────────────────────────────────────────────────────────┘

It ends: every round takes a wanted change, takes what undoes a temporary one, or makes a temporary change. Each wanted
change is offered each kind of temporary change at most once, and what undoes one is offered none, so the number of
offers left gets strictly smaller with every temporary change. It begins with four for each wanted change, and nothing
adds to it. The rounds are therefore at most a constant times the number of wanted changes and of the nodes that
temporary attachments are made to; the size of a temporary document is limited by its quota.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import NamedTuple

from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.plan import Change, ChangeKey
from reconciler.model.resources import Attachment, OrganizationalUnit, Policy
from reconciler.planning.depending import place_taken, with_dependencies
from reconciler.planning.needs import needs_of
from reconciler.planning.search import safe_order
from reconciler.planning.simulation import Problem, Simulation
from reconciler.planning.temporary_changes import KINDS, Bounds, Kind, Temporary, offers, still_to_undo

_RANK = {
    action: rank
    for rank, actions in enumerate(
        (
            {"enable"},
            {"rename", "create", "invite", "replace"},
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

Check = Callable[[], None]
"""Raises where there is no time left."""


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


def ordered(changes: Iterable[Change], before: Simulation, bounds: Bounds, check: Check = lambda: None) -> Ordering:
    """Orders the changes, adding temporary ones within their `bounds` where no order alone keeps every Deny. `before`
    is the live organization; `check` raises where the time is over."""
    work = sorted(changes, key=_rank)
    after = before.copy()
    for change in work:
        after.step(change)
    needs = needs_of(work, before.state)
    run = _best_run(work, needs, before, after, bounds, check)
    waits = {key: {need[0] for need in found} | run.freed_by.get(key, set()) for key, found in needs.items()}
    changes = tuple(with_dependencies(run.sequence, waits, before, check))
    return Ordering(changes, tuple(run.gaps), tuple(run.refused), after)


def _best_run(
    work: Sequence[Change],
    needs: Mapping[ChangeKey, set[ChangeKey]],
    before: Simulation,
    after: Simulation,
    bounds: Bounds,
    check: Check,
) -> _Run:
    """The preferred order where it keeps everything; else the one of a search, or the one with the least cost."""

    def begin() -> Simulation:
        simulation = before.copy()
        simulation.protect(after)
        return simulation

    run = _Run(work, needs, begin(), bounds, check)
    run.to_the_end()
    if not any(run.cost):
        return run
    others = []
    if run.temporary:
        others.append(_Run(work, needs, begin(), None, check))
    if not run.refused and (found := safe_order(work, needs, begin(), check)) is not None:
        places = {each.key: place for place, each in enumerate(found)}
        found_work = sorted(work, key=lambda each: places.get(each.key, -1 if each.after is not None else len(work)))
        others += [_Run(found_work, needs, begin(), None, check, moves_wait=moves_wait) for moves_wait in (True, False)]
    for other in others:
        other.to_the_end()
    return min((*others, run), key=lambda each: (each.cost, each.temporary))


def _rank(change: Change) -> tuple[int, int, int, str, int, str]:
    """Preferred place: by action; what goes from the leaves up, all else from the root down; attachments of a node in
    the order of its list; then by address."""
    going = change.after is None
    resource = change.resource
    depth = position = 0
    if isinstance(resource, OrganizationalUnit):
        depth = addresses.depth(resource.address)
    elif isinstance(resource, Attachment):
        depth, position = addresses.depth(resource.target), resource.position or 0
    waits = 1 if change.kind == "account" and change.action == "create" else 0
    rank = _RANK["move"] if waits else _RANK[change.action]
    return (rank, waits, -depth if going else depth, change.kind, position, change.address)


class _Step(NamedTuple):
    """A change that may go next. `place` is its rank among all; `undoes` the temporary change's undo as it was noted,
    for what undoes one."""

    place: int
    change: Change
    undoes: Change | None = None


_Blocked = tuple[tuple[int, int, int], _Step, list[Problem]]
"""What may go next and has problems: the cost of taking it, and its place; the step; the problems."""


class _Run:
    """The plan carried out in memory, step by step."""

    def __init__(
        self,
        work: Sequence[Change],
        needs: Mapping[ChangeKey, set[ChangeKey]],
        simulation: Simulation,
        bounds: Bounds | None,
        check: Check,
        *,
        moves_wait: bool = True,
    ) -> None:
        """Without `bounds` no temporary changes are made. `moves_wait`: moves come after the attachments above."""
        self._moves_wait = moves_wait
        self._simulation = simulation
        self._bounds = bounds
        self._check = check
        self._sorter = TopologicalSorter(needs)
        self._place = {each.key: _Step(index, each) for index, each in enumerate(work)}
        self._ready: list[_Step] = []
        """What may go next, in the order of preference."""
        self._full: dict[Address, list[_Step]] = {}
        """Attachments that may go next but wait for room on a node."""
        self._undos: list[Change] = []
        """What undoes temporary changes, in the order in which those were made."""
        self._unused: set[tuple[ChangeKey, Kind]] = (
            {(each.key, kind) for each in work for kind in KINDS} if bounds is not None else set()
        )
        self._to_attach: Counter[Address] = Counter()
        """How many wanted attachments are still to be made, by node."""
        self._updating: set[Address] = set()
        """Policies whose wanted document is still to come."""
        self._open: dict[Address, int] = {}
        self.freed_by: dict[ChangeKey, set[Address]] = {}
        """What was in the way of changes, which the service would have refused at some time."""
        for each in work:
            if isinstance(each.after, Attachment):
                self._to_attach[each.after.target] += 1
            elif isinstance(each.before, Policy) and "content" in each.fields:
                self._updating.add(each.address)
            if each.after is not None:
                self._refusals(each)
        self.sequence: list[Change] = []
        self.temporary = 0
        self.gaps: list[Gap] = []
        self.refused: list[tuple[Change, Problem]] = []

    @property
    def cost(self) -> tuple[int, int, int]:
        """What could not be kept: refusals, gaps, and for how long."""
        return (len(self.refused), len(self.gaps), sum(gap.end - gap.start for gap in self.gaps))

    def to_the_end(self) -> None:
        self._sorter.prepare()
        while True:
            self._check()
            for key in self._sorter.get_ready() if self._sorter.is_active() else ():
                insort(self._ready, self._place[key], key=lambda each: each.place)
            if not self._ready and not self._undos and not any(self._full.values()):
                return
            self._go_on()

    def _go_on(self) -> None:
        early: _Step | None = None
        for each in list(self._ready):
            if self._waits(each):
                continue
            if not self._comes_early(each.change):
                self._take(each)
                return
            early = early or each
        for step in self._undoing():
            if not self._waits(step):
                self._take(step)
                return
        blocked = self._blocked()
        if self._made_temporary_change(blocked):
            return
        if early is not None:
            self._take(early)
            return
        _, step, problems = blocked[0]
        self._accept(step.change, problems)
        self._take(step)

    def _waits(self, step: _Step) -> bool:
        """True where the change has a problem now. An attachment to a full node is put aside until there is room."""
        change = step.change
        if self._refusals(change):
            if isinstance(change.after, Attachment) and _removed(step, self._ready):
                insort(self._full.setdefault(change.after.target, []), step, key=lambda each: each.place)
            return True
        return self._simulation.exposes(change) or self._holds_temporary(change)

    def _undoing(self) -> list[_Step]:
        """What undoes temporary changes, as it has to be done now; an undo with nothing left to undo is dropped."""
        found = [(undo, still_to_undo(undo, self._simulation)) for undo in self._undos]
        self._undos = [undo for undo, current in found if current is not None]
        return [_Step(sys.maxsize, current, undo) for undo, current in found if current is not None]

    def _blocked(self) -> list[_Blocked]:
        """Everything that may go next, with what is wrong with it, least cost first."""
        waiting = [*self._ready, *(each for full in self._full.values() for each in full), *self._undoing()]
        found = [
            (step, self._simulation.problems(step.change)) for step in waiting if not self._holds_temporary(step.change)
        ]
        costs = [((*_cost(problems), step.place), step, problems) for step, problems in found]
        return sorted(costs, key=lambda each: each[0])

    def _comes_early(self, change: Change) -> bool:
        """True where something is still to be attached above the place that an account or a replacing OU gets."""
        above = place_taken(change) if self._moves_wait else None
        return above is not None and any(self._to_attach[node] for node in self._simulation.chain(above))

    def _holds_temporary(self, change: Change) -> bool:
        """True for the end of a node to which something is attached temporarily: that is undone first."""
        if change.action not in ("delete", "remove", "close") or isinstance(change.before, Policy):
            return False
        return any(isinstance(undo.before, Attachment) and undo.before.target == change.address for undo in self._undos)

    def _made_temporary_change(self, blocked: Sequence[_Blocked]) -> bool:
        """Makes a temporary change that lets another one be made; else a merge, of which it may take several."""
        if not self._unused or self._bounds is None:
            return False
        for helping in (True, False):
            for _, step, problems in blocked:
                unused = {kind for kind in KINDS if (step.change.key, kind) in self._unused}
                if step.undoes is not None or not unused:
                    continue
                for offer in offers(step.change, problems, self._simulation, self._bounds, unused, self._updating):
                    if self._helps(offer, step, blocked) if helping else offer.kind == "merge":
                        self._make(offer, step.change)
                        return True
        return False

    def _make(self, offer: Temporary, blocked: Change) -> None:
        left = len(self._unused)
        self._unused.discard((blocked.key, offer.kind))
        assert len(self._unused) < left, "every temporary change uses up an offer"
        for change in offer.first:
            self._step(change)
        undoing = {undo.address for undo in self._undos}
        self._undos += [undo for undo in offer.later if undo.address not in undoing]
        self.temporary += len(offer.first)

    def _helps(self, offer: Temporary, step: _Step, blocked: Iterable[_Blocked]) -> bool:
        """True where the temporary change lets the blocked change be made, or, if it is not made for that, another
        one."""
        before = [self._simulation.state.get(each.address) for each in offer.first]
        for change in offer.first:
            self._simulation.step(change)
        waiting = [step.change] if offer.frees else [other.change for _, other, _ in blocked if other is not step]
        helps = any(
            not self._simulation.exposes(each) and not any(True for _ in self._simulation.refusals(each))
            for each in waiting
        )
        for change, resource in zip(offer.first, before, strict=True):
            self._simulation.restore(change.address, resource)
        return helps

    def _accept(self, change: Change, problems: Sequence[Problem]) -> None:
        self.refused += [(change, problem) for problem in problems if problem.kind != "gap"]
        lost = [account for problem in problems for account in problem.accounts]
        self._open.update({account: len(self.sequence) for account in lost if account not in self._open})

    def _refusals(self, change: Change) -> list[Problem]:
        """Why the service would refuse the change now; what is in the way is noted."""
        found = list(self._simulation.refusals(change))
        for problem in found:
            if problem.blockers:
                self.freed_by.setdefault(change.key, set()).update(problem.blockers)
        return found

    def _take(self, step: _Step) -> None:
        change = step.change
        if step.undoes is not None:
            self._undos.remove(step.undoes)
            self._step(change)
            return
        if not _removed(step, self._ready) and isinstance(change.after, Attachment):
            _removed(step, self._full[change.after.target])
        self._step(change)
        if isinstance(change.after, Attachment):
            self._to_attach[change.after.target] -= 1
        elif isinstance(change.before, Policy) and "content" in change.fields:
            self._updating.discard(change.address)
        self._sorter.done(change.key)

    def _step(self, change: Change) -> None:
        self._simulation.step(change)
        self.sequence.append(change)
        if change.after is None:
            freed = [change.before.target] if isinstance(change.before, Attachment) else list(self._full)
            for step in (each for node in freed for each in self._full.pop(node, ())):
                insort(self._ready, step, key=lambda each: each.place)
        for account in [each for each in self._open if self._simulation.keeps_all_denies(each)]:
            self.gaps.append(Gap(account, self._open.pop(account), len(self.sequence) - 1))


def _removed(step: _Step, steps: list[_Step]) -> bool:
    """Takes the step out of a list in the order of places; false where it is not in it."""
    index = bisect_left(steps, step.place, key=lambda each: each.place)
    if index == len(steps) or steps[index].place != step.place:
        return False
    del steps[index]
    return True


def _cost(problems: Iterable[Problem]) -> tuple[int, int]:
    refusals = sum(problem.kind != "gap" for problem in problems)
    return (refusals, sum(len(problem.accounts) for problem in problems))
