"""A search for an order without a gap, for where taking the next best change leads into one.

Whatever only creates or enables is done first. What is left of interest are the changes that decide what protects whom:
attachments, documents, moves. They are tried in every order, depth first, with two things that keep the search small:
a change that can do no harm to any other one is taken without trying the others, and a set of changes after which no
order continues is recorded. The search ends when its budget is used up; then no order is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reconciler.model.plan import Change, ChangeKey
from reconciler.model.resources import Attachment, Policy
from reconciler.planning.simulation import Simulation

BUDGET = 200_000
"""How many times the search looks at what an account is denied, at most; a few seconds."""
MOST_CHANGES = 60
MOST_STATES = 5_000
"""Sets of changes that are tried, at most."""


def safe_order(
    work: Sequence[Change],
    needs: Mapping[ChangeKey, set[ChangeKey]],
    simulation: Simulation,
    check: Callable[[], None],
) -> list[Change] | None:
    """The changes that decide what protects whom, in an order that opens no gap; `None` where none is found.
    `simulation` knows what is protected, and is used up."""
    deciding = [each for each in work if _decides(each)]
    if len(deciding) > MOST_CHANGES:
        return None
    done: set[ChangeKey] = set()
    for each in work:
        first = not _decides(each) and each.after is not None and needs[each.key] <= done
        if first and not any(True for _ in simulation.refusals(each)):
            simulation.step(each)
            done.add(each.key)
    if any(not needs[each.key] <= done for each in deciding):
        return None
    return _Search(deciding, simulation, check).found()


def _decides(change: Change) -> bool:
    if isinstance(change.resource, Attachment) or change.action == "move":
        return True
    return isinstance(change.before, Policy) and change.after is not None and "content" in change.fields


class _Search:
    def __init__(self, changes: Sequence[Change], simulation: Simulation, check: Callable[[], None]) -> None:
        self._changes = changes
        self._simulation = simulation
        self._check = check
        self._hopeless: set[int] = set()
        """Sets of changes, as masks, after which no order goes on."""
        self._states = 0
        self._until = simulation.looks + BUDGET
        self._taken: list[int] = []

    def found(self) -> list[Change] | None:
        return [self._changes[each] for each in self._taken] if self._go_on(0) else None

    def _go_on(self, done: int) -> bool:
        """Whether there is an order of all that is not `done`; it is then in `_taken`."""
        self._check()
        if done == (1 << len(self._changes)) - 1:
            return True
        self._states += 1
        if done in self._hopeless or self._states > MOST_STATES or self._simulation.looks > self._until:
            return False
        left = [index for index in range(len(self._changes)) if not done >> index & 1]
        possible = [index for index in left if self._possible(index)]
        free = next((index for index in possible if self._is_free(index, left)), None)
        for index in possible if free is None else [free]:
            change = self._changes[index]
            before = self._simulation.state.get(change.address)
            self._simulation.step(change)
            self._taken.append(index)
            if self._go_on(done | 1 << index):
                return True
            self._taken.pop()
            self._simulation.restore(change.address, before)
        self._hopeless.add(done)
        return False

    def _possible(self, index: int) -> bool:
        change = self._changes[index]
        return not any(True for _ in self._simulation.refusals(change)) and not self._simulation.exposes(change)

    def _is_free(self, index: int, left: Sequence[int]) -> bool:
        """True for a change that cannot block another one: one that only protects, and takes no room that another one
        needs."""
        change = self._changes[index]
        if isinstance(change.after, Policy):
            return self._simulation.only_adds(change.after)
        if not isinstance(change.after, Attachment):
            return False
        attaching = (self._changes[other].after for other in left)
        coming = sum(isinstance(each, Attachment) and each.target == change.after.target for each in attaching)
        return self._simulation.has_room(change.after, coming)
