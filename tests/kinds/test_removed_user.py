"""A user that a spec no longer names loses the access that it gave, where all pairs are few enough to be read."""

from __future__ import annotations

from pathlib import Path

from reconciler.aws.layers import ReadOnly
from reconciler.model.plan import Plan
from reconciler.spec import load
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.plan import PlanRequest, make_plan
from tests.faults.world import World

SPEC = """\
version: 1
root: {accounts: {a: {email: a@example.com}}}
identity_center:
  permission_sets: {Admin: {managed: [AdministratorAccess]}}
  assignments: [{permission_set: Admin, users: [anna, bob], to: ["ou:/**"]}]
"""


def planned(world: World, path: Path, spec: str) -> Plan:
    path.write_text(spec)
    connection = Connection(ReadOnly(world.api), world.api, None, world.clock)
    return make_plan(load(path), connection, PlanRequest()).plan


def test_a_user_that_is_taken_out_of_an_entry_loses_its_access(tmp_path: Path) -> None:
    world, path = World(), tmp_path / "org.yaml"
    [instance] = world.api.call("sso:ListInstances", {})["Instances"]
    for name in ("anna", "bob"):
        world.api.call("identitystore:CreateUser", {"IdentityStoreId": instance["IdentityStoreId"], "UserName": name})
    world.execute(planned(world, path, SPEC))
    world.clock.sleep(60)
    plan = planned(world, path, SPEC.replace(", bob", ""))
    assert [f"{each.action} {each.address}" for each in plan.changes] == ["delete assignment:Admin@user:bob@a"]
