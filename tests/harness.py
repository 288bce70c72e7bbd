"""A mocked organization, and the whole way from a desired inventory to a report, with an eye on every call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from reconciler.applying.executor import Executor
from reconciler.aws import pages, reader
from reconciler.aws.layers import Checked, Counting, ReadOnly
from reconciler.aws.operations import OPERATIONS
from reconciler.aws.retrying import Retrying
from reconciler.kinds import BY_KIND as BY_KIND
from reconciler.kinds.base import UnmanagedRules
from reconciler.mock import MockOrganization, Seed
from reconciler.mock.clock import VirtualClock
from reconciler.model.api import Api, Params, Response
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan
from reconciler.model.report import Report
from reconciler.model.scope import Scope
from reconciler.planning import planner
from tests.building import EVERY_TYPE

RULES = planner.PlannerSettings(policies=UnmanagedRules({"attachments": "delete"}))


class NoJournal:
    def record(self, event: str, **details: Any) -> None:
        """Nobody reads it."""


class Organization:
    """A mocked organization with a call log; `layer` wraps the mock, for faults."""

    def __init__(self, layer: Callable[[Api], Api] = lambda api: api, mock: MockOrganization | None = None) -> None:
        self.mock = mock or MockOrganization.in_memory(Seed())
        self.clock = VirtualClock()
        self.counting = Counting(layer(self.mock))
        self.api = Retrying(Checked(self.counting), clock=self.clock)

    def live(self, types: frozenset[str] | None = None, parts: tuple[str, ...] | None = ()) -> Inventory:
        scope = EVERY_TYPE if types is None else Scope(policy_types=tuple(types))
        return reader.read(ReadOnly(self.api), scope.model_copy(update={"parts": parts}))

    def plan(self, desired: Inventory, rules: planner.PlannerSettings = RULES, **request: Any) -> planner.PlanResult:
        return planner.plan(desired, self.live(), rules, planner.PlanRequest(**request))

    def execute(self, plan: Plan, **options: Any) -> Report:
        def listed(operation: str, params: dict[str, Any], member: str) -> Iterator[dict[str, Any]]:
            return pages.items(self.api, operation, params, member)

        return Executor(
            plan=plan,
            kinds=BY_KIND,
            operations=OPERATIONS,
            api=self.api,
            clock=self.clock,
            journal=NoJournal(),
            read=listed,
            **options,
        ).run()

    def apply(self, desired: Inventory, rules: planner.PlannerSettings = RULES) -> Plan:
        """Plans and applies; fails where anything fails."""
        plan = self.plan(desired, rules).plan
        report = self.execute(plan)
        assert (report.failed, report.skipped) == ((), ())
        return plan

    def call(self, operation: str, **params: Any) -> Response:
        """A change made by hand."""
        return self.mock.call(operation, params)

    def id_of(self, address: str) -> str:
        """The id of something live, by its live address (accounts by e-mail: `email:a@example.com`)."""
        if address.startswith("email:"):
            found = [each for each in self.live().resources if getattr(each, "email", None) == address[6:]]
        else:
            found = [each for each in self.live().resources if each.address == address]
        assert len(found) == 1, address
        return str(found[0].id)


def empty_page(operation: str) -> Response:
    """A page of a list, without items."""
    answer = OPERATIONS[operation].answer
    assert answer is not None
    return {answer.member: []}


class Watching:
    """An `Api` that calls `watch(operation, params)` after each write that took effect."""

    def __init__(self, api: Api, watch: Callable[[str, Params], None]) -> None:
        self._api = api
        self._watch = watch

    def call(self, operation: str, params: Params) -> Response:
        answer = self._api.call(operation, params)
        if OPERATIONS[operation].writes:
            self._watch(operation, params)
        return answer


def steps(plan: Plan) -> list[str]:
    """The plan as a list of `action address`."""
    return [f"{each.action} {each.address}" for each in plan.changes]
