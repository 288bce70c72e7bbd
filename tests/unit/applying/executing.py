"""A world, a plan for it and its execution, for the tests of the executor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from reconciler.applying.executor import Executor
from reconciler.aws.operations import OPERATIONS
from reconciler.errors import ReconcilerError
from reconciler.model.plan import Plan
from reconciler.model.report import Report
from tests.building import deny
from tests.faults.injecting import Fault, Scripted
from tests.faults.world import World
from tests.harness import BY_KIND

DENY = deny("s3:*")


class Remembering:
    """A journal in memory."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def record(self, event: str, **details: Any) -> None:
        self.lines.append((event, details))

    def events(self, *events: str) -> list[str]:
        return [f"{event} {details.get('operation')}" for event, details in self.lines if event in events]


class BrokenJournal:
    def record(self, event: str, **details: Any) -> None:
        raise ReconcilerError("the journal cannot be written: No space left on device")


def execute(world: World, plan: Plan, journal: Any = None, **options: Any) -> Report:
    def listed(operation: str, params: dict[str, Any], member: str) -> Iterator[dict[str, Any]]:
        yield from world.api.call(operation, params).get(member, [])

    return Executor(
        plan=plan,
        kinds=BY_KIND,
        operations=OPERATIONS,
        api=world.api,
        clock=world.clock,
        journal=journal or Remembering(),
        read=listed,
        **options,
    ).run()


def world_with(
    before: Any = None, *, script: dict[tuple[str, int], Fault] | None = None, desired: Any = None
) -> tuple[World, Plan, Callable[[], Report]]:
    """A world, the plan for the desired organization in it, and the apply that meets the script's faults."""
    world = World()
    if before is not None:
        world.apply(before)
    plan = world.plan(desired).plan
    world.reach(lambda api, clock: Scripted(api, clock, script or {}))
    return world, plan, lambda: execute(world, plan)
