"""What a plan reads beyond the scope of its spec, and that nothing is read twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import yaml

from reconciler.aws.boto_errors import denied
from reconciler.aws.layers import ReadOnly
from reconciler.model.api import Api, Params, Response
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.explain import around_plan
from reconciler.use_cases.load_spec import Desired, load_spec
from reconciler.use_cases.plan import PlanRequest, PlanResult, make_plan
from tests.building import deny, org
from tests.faults.world import World

ONCE = ("DescribeOrganization", "ListRoots", "ListAccounts", "tagging:GetResources", "sts:GetCallerIdentity")


def world() -> World:
    """An SCP, a tag policy and tags on an OU that the specs below do not mention."""
    made = World()
    made.apply(
        org(
            ["Old", "Old/Prod", "New"],
            {"a": "Old/Prod"},
            {"deny": deny("s3:*"), "keys": {"tags": {}}},
            {"deny": ["Old/Prod"], "keys": ["Old/Prod"]},
            types=("scp", "tag"),
            policy_types={"keys": "tag"},
            tags={"Old/Prod": {"by": "hand"}},
        )
    )
    made.reach()
    return made


def spec(folder: Path, units: Mapping[str, object]) -> Desired:
    path = folder / "org.yaml"
    path.write_text(yaml.dump({"version": 1, "root": {"organizational_units": units}}), "utf-8")
    return load_spec(path)


def plan(made: World, desired: Desired) -> PlanResult:
    return make_plan(desired, connection(made), PlanRequest())


def connection(made: World) -> Connection:
    return Connection(ReadOnly(made.api), made.api, made.counting, made.clock)


ACCOUNT = {"accounts": {"a": {"email": "a@example.com"}}}
REPLACED = {"Old": {}, "New": {"organizational_units": {"Prod": {"previously": ["Old/Prod"], **ACCOUNT}}}}
MOVED = {"Old": {"organizational_units": {"Prod": {}}}, "New": ACCOUNT}


def test_an_ou_that_is_replaced_takes_along_what_was_not_in_the_scope_of_the_spec(tmp_path: Path) -> None:
    made = world()
    desired = spec(tmp_path, REPLACED)
    assert (desired.inventory.scope.policy_types, desired.inventory.scope.tags) == ((), False)
    found = plan(made, desired)
    (created,) = [each for each in found.plan.changes if each.action in ("create", "replace")]
    assert getattr(created.after, "tags", None) == {"by": "hand"}
    attached = {each.address for each in found.plan.changes if each.action == "attach"}
    assert {"attachment:deny@New/Prod", "attachment:keys@New/Prod"} <= attached
    assert (found.plan.scope.policy_types, found.plan.scope.tags) == (("scp", "rcp", "tag"), True)
    assert {name: made.counting.calls[name] for name in ONCE} == dict.fromkeys(ONCE, 1)
    assert made.counting.calls["DescribePolicy"] == 2


def test_a_plan_that_moves_an_account_reads_what_it_inherits(tmp_path: Path) -> None:
    made = world()
    found = plan(made, spec(tmp_path, MOVED))
    assert found.plan.scope.policy_types == ("scp", "rcp", "tag")
    assert found.before.unread() == ()
    assert made.counting.calls["DescribePolicy"] == 2
    assert made.counting.calls["tagging:GetResources"] == 0


class WithoutScps:
    """A service whose caller may not list SCPs."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.refused = 0

    def call(self, operation: str, params: Params) -> Response:
        if operation == "ListPolicies" and params["Filter"] == "SERVICE_CONTROL_POLICY":
            self.refused += 1
            raise denied(operation, "AccessDeniedException", "no")
        return self._api.call(operation, params)


def test_what_may_not_be_read_is_tried_once_and_stays_unknown(tmp_path: Path) -> None:
    made = world()
    without = WithoutScps(made.mock)
    made.reach(lambda api, clock: without)
    found = plan(made, spec(tmp_path, MOVED))
    assert without.refused == 1
    assert {each.kind for each in found.before.unread()} == {"scp"}
    assert found.plan.scope.policy_types == ("rcp", "tag")


def test_an_explanation_around_a_plan_reads_the_organization_once(tmp_path: Path) -> None:
    made = world()
    desired = spec(tmp_path, MOVED)
    found = plan(made, desired)
    calls = Counter(made.counting.calls)
    around_plan(found.plan, desired, connection(made))
    again = Counter(made.counting.calls) - calls
    assert again["DescribeOrganization"] == again["ListAccounts"] == 1
    assert again["DescribePolicy"] == 2
