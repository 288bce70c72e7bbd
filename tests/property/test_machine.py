"""Months in the life of an organization: edits of the spec, changes made by hand, applies that are killed or meet bad
weather, in any order; each apply that is left alone gets everything to where the spec wants it, safely."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reconciler.errors import ServiceError
from reconciler.model.api import Api
from reconciler.model.clock import Clock
from reconciler.model.plan import Plan
from tests.faults.injecting import Fault, Injecting, Killed, Killing, When
from tests.faults.world import Watched, World
from tests.harness import steps
from tests.property.drafts import Draft, desired, live
from tests.property.edits import drafts, edited
from tests.property.hands import HANDS, Hand
from tests.property.invariants import Observer, broken

WEATHER: dict[Fault, float] = {
    "throttle": 0.08, "conflict": 0.05, "policy_changes": 0.05, "fault": 0.04, "drop_before": 0.03, "drop_after": 0.06,
}  # fmt: skip


class Organization(RuleBasedStateMachine):
    world: World
    declared: Draft
    applied: Draft
    """The spec as it was when an apply last got through: what later ones call things `previously`."""
    torn = False
    """An apply was killed, and not yet run again."""

    @initialize(draft=drafts())
    def begin(self, draft: Draft) -> None:
        self.world = World(state=live(draft))
        self.declared = self.applied = draft

    @precondition(lambda self: not self.torn)
    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        self.declared = data.draw(edited(self.declared))

    @rule(data=st.data(), hand=st.sampled_from(HANDS))
    def by_hand(self, data: st.DataObject, hand: Hand) -> None:
        """Something that goes round the spec; the service may refuse it."""
        operation, params = hand(data.draw, self.world.backend)
        with suppress(ServiceError):
            self.world.call(operation, **params)

    @rule(at=st.integers(0, 30), when=st.sampled_from(["before", "after"]))
    def apply_and_be_killed(self, at: int, when: When) -> None:
        layers: list[Killing] = []

        def layer(api: Api, clock: Clock) -> Api:
            layers.append(Killing(api, at, when))
            return layers[0]

        self.world.reach(layer)
        plan = self._plan()
        layers[0].armed = True
        try:
            self.world.execute(plan)
            self._got_through()
        except Killed:
            self.torn = True
        self.world.reach()

    @rule(seed=st.integers(0, 10**6))
    def apply_in_bad_weather(self, seed: int) -> None:
        plan = self._plan()
        self.world.reach(lambda api, clock: Injecting(api, clock, seed, WEATHER, lost_creations=False))
        report = self.world.execute(plan)
        assert (report.failed, report.skipped) == ((), ())
        self.world.reach()
        self._got_through()

    @rule()
    def apply(self) -> None:
        observer = Observer(self.world.backend)
        plan = self._plan()
        self.world.reach(lambda api, clock: Watched(api, self.world.backend, observer))
        report = self.world.execute(plan)
        self.world.reach()
        assert (report.failed, report.skipped) == ((), ())
        assert observer.broken == []
        assert observer.lost(plan.ids[each.account] for each in plan.proof.gaps) == []
        self._got_through()

    def _plan(self) -> Plan:
        return self.world.plan(desired(self.declared, self.applied)).plan

    def _got_through(self) -> None:
        self.torn = False
        again = self._plan()
        assert steps(again) == []
        self.applied = self.declared

    @invariant()
    def the_organization_is_whole(self) -> None:
        if hasattr(self, "world"):
            assert broken(self.world.backend) == []
            assert max(self.world.requests().values(), default=0) <= 1

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.apply()


Organization.TestCase.settings = settings(
    max_examples=8,
    stateful_step_count=7,
    suppress_health_check=list(HealthCheck),
)
TestOrganization = Organization.TestCase


class AtLength(Organization):
    """The same, for longer."""


AtLength.TestCase.settings = settings(Organization.TestCase.settings, max_examples=300, stateful_step_count=20)
TestOrganizationAtLength = pytest.mark.timeout(7200)(pytest.mark.nightly(AtLength.TestCase))
