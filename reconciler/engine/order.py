"""The order of a plan: what must exist comes first, what goes comes last, and nothing is unprotected between.

A change waits for what it needs (`graphlib`). Among those that may go next, the first by rank is taken whose effect,
on paper, keeps every quota and every Deny; one that does not waits until another change has made room for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import NamedTuple

from reconciler.engine.simulation import Problem, Simulation
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.plan import Change
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
    """A step of the ordered plan that takes a Deny away for a while from accounts that have it before and after:
    between the change at index `start` and the one at `end`."""

    start: int
    end: int
    accounts: tuple[Address, ...]


class Ordering(NamedTuple):
    """The changes in the order of execution, each with what it depends on; and what could not be kept."""

    changes: tuple[Change, ...]
    gaps: tuple[Gap, ...]
    refused: tuple[tuple[Change, Problem], ...]
    after: Simulation


def ordered(changes: Iterable[Change], before: Simulation) -> Ordering:
    """Orders the changes. `before` is the live organization; its protected Denies are those of before and after."""
    work = sorted(changes, key=_rank)
    after = before.copy()
    for change in work:
        after.step(change)
    start = before.copy()
    before = before.copy()
    before.protect(after)
    needs = _needs(work, before.state)
    sequence, gaps, refused = _sequence(work, needs, before)
    return Ordering(tuple(_with_dependencies(sequence, needs, start, after)), tuple(gaps), tuple(refused), after)


def _rank(change: Change) -> tuple[int, int, int, str, str]:
    """Preferred place: by action; what goes from the leaves up, all else from the root down; then by address."""
    going = change.after is None
    depth = len(addresses.split_path(addresses.local(change.address))) if change.kind == "organizational_unit" else 0
    waits = 1 if change.kind == "account" and change.action == "create" else 0
    rank = _RANK["move"] if waits else _RANK[change.action]
    return (rank, waits, -depth if going else depth, change.kind, change.address)


def _needs(changes: Sequence[Change], state: Mapping[Address, Resource]) -> dict[tuple[str, str], set[tuple[str, str]]]:
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

    needs: dict[tuple[str, str], set[tuple[str, str]]] = {}
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


def _sequence(
    work: list[Change], needs: Mapping[tuple[str, str], set[tuple[str, str]]], simulation: Simulation
) -> tuple[list[Change], list[Gap], list[tuple[Change, Problem]]]:
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    place = {each.key: index for index, each in enumerate(work)}
    ready: list[int] = []
    sequence: list[Change] = []
    gaps: list[Gap] = []
    refused: list[tuple[Change, Problem]] = []
    while sorter.is_active():
        ready = sorted([*ready, *(place[key] for key in sorter.get_ready())])
        chosen, problems = _choose(ready, work, simulation)
        ready.remove(chosen)
        change = work[chosen]
        for problem in problems:
            if problem.kind == "gap":
                gaps.append(Gap(len(sequence), len(sequence) + 1, problem.accounts))
            else:
                refused.append((change, problem))
        simulation.step(change)
        sequence.append(change)
        sorter.done(change.key)
    return sequence, gaps, refused


def _choose(ready: Sequence[int], work: Sequence[Change], simulation: Simulation) -> tuple[int, list[Problem]]:
    """The first that does no harm; where each does some, one that opens a gap before one that the service refuses."""
    least: tuple[int, list[Problem]] | None = None
    for index in ready:
        problems = simulation.problems(work[index])
        if not problems:
            return index, problems
        if least is None or _harm(problems) < _harm(least[1]):
            least = (index, problems)
    assert least is not None
    return least


def _harm(problems: Iterable[Problem]) -> tuple[int, int]:
    refusals = sum(problem.kind != "gap" for problem in problems)
    return (refusals, sum(len(problem.accounts) for problem in problems))


def _with_dependencies(
    sequence: Sequence[Change],
    needs: Mapping[tuple[str, str], set[tuple[str, str]]],
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
        depends = {address for address, _ in needs[change.key]}
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
