"""Months in the life of an organization: edits of the spec, changes made by hand, applies that are killed or meet bad
weather, in any order; each apply that is left alone gets everything to where the spec wants it, safely."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reconciler.errors import ServiceError
from reconciler.model.plan import Plan
from tests.faults.injecting import Fault, Injecting, Killed, Killing, When
from tests.faults.world import Watched, World
from tests.harness import steps
from tests.property.drafts import DEEPEST, Draft, Guardrail, desired, drafts, edited, live
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

    @rule(
        data=st.data(), what=st.sampled_from(["attach", "detach", "tag", "write", "move", "unit", "rename", "policy"])
    )
    def by_hand(self, data: st.DataObject, what: str) -> None:
        """Something that goes round the spec; the service may refuse it."""
        backend = self.world.backend
        nodes = st.sampled_from(sorted(backend.nodes))
        own = sorted(id for id, policy in backend.catalogue.items() if not policy.aws_managed)
        units = sorted(each.id for each in backend.units() if len(backend.chain(each.id)) <= DEEPEST)
        places = st.sampled_from([backend.root.id, *units])
        try:
            match what:
                case "attach":
                    self._call("AttachPolicy", PolicyId=data.draw(st.sampled_from(own)), TargetId=data.draw(nodes))
                case "detach":
                    node = backend.nodes[data.draw(nodes)]
                    policy = data.draw(st.sampled_from(sorted(each.id for each in node.attached_policies)))
                    self._call("DetachPolicy", PolicyId=policy, TargetId=node.id)
                case "tag":
                    self._call("TagResource", ResourceId=data.draw(nodes), Tags=[{"Key": "hand", "Value": "made"}])
                case "write":
                    content = Guardrail("", ("sqs:*",)).document()
                    self._call("UpdatePolicy", PolicyId=data.draw(st.sampled_from(own)), Content=str(content))
                case "move":
                    members = sorted(each.id for each in backend.members() if each.id != backend.account_id)
                    member = backend.nodes[data.draw(st.sampled_from(members))]
                    self._call(
                        "MoveAccount",
                        AccountId=member.id,
                        SourceParentId=member.parent_id,
                        DestinationParentId=data.draw(places),
                    )
                case "unit":
                    self._call("CreateOrganizationalUnit", ParentId=data.draw(places), Name=data.draw(NAMES))
                case "rename" if units:
                    self._call(
                        "UpdateOrganizationalUnit",
                        OrganizationalUnitId=data.draw(st.sampled_from(units)),
                        Name=data.draw(NAMES),
                    )
                case "policy":
                    content = Guardrail("", ("sns:*",)).document()
                    self._call(
                        "CreatePolicy",
                        Name=f"hand-{data.draw(NAMES)}",
                        Description="",
                        Type="SERVICE_CONTROL_POLICY",
                        Content=str(content),
                    )
        except ServiceError as refused:
            assert refused.code != "NotImplemented"

    def _call(self, operation: str, **params: object) -> None:
        if "Content" in params:
            params["Content"] = str(params["Content"]).replace("'", '"')
        self.world.call(operation, **params)

    @rule(at=st.integers(0, 30), when=st.sampled_from(["before", "after"]))
    def apply_and_be_killed(self, at: int, when: When) -> None:
        layers: list[Killing] = []

        def layer(api, clock):
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


NAMES = st.sampled_from("ABCDEFXY")

Organization.TestCase.settings = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=12,
    stateful_step_count=8,
    suppress_health_check=list(HealthCheck),
)
TestOrganization = Organization.TestCase


class AtLength(Organization):
    """The same, for longer."""


AtLength.TestCase.settings = settings(
    Organization.TestCase.settings, derandomize=False, max_examples=300, stateful_step_count=20
)
TestOrganizationAtLength = pytest.mark.timeout(7200)(pytest.mark.nightly(AtLength.TestCase))
