"""Groups and users that the identity store does not have. One that was deleted keeps its assignments, and a spec can
name it by its id, as `import` does."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.aws.layers import ReadOnly
from reconciler.errors import SpecInvalid
from reconciler.model.plan import Plan
from reconciler.spec import Desired, load
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.import_organization import ImportOptions, import_organization
from reconciler.use_cases.plan import PlanRequest, make_plan
from tests.faults.world import World

SPEC = """\
version: 1
root:
  accounts:
    a: {email: a@example.com}
    b: {email: b@example.com}
identity_center:
  permission_sets: {Admin: {managed: [AdministratorAccess]}}
  assignments:
    - {permission_set: Admin, groups: [Ops, Dev], users: [eve@example.com], to: ["ou:/**"]}
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    """The organization of the spec, with the group Dev and the user eve deleted since."""
    world = World()
    [instance] = world.api.call("sso:ListInstances", {})["Instances"]
    store = {"IdentityStoreId": instance["IdentityStoreId"]}
    world.api.call("identitystore:CreateGroup", {**store, "DisplayName": "Ops"})
    group = world.api.call("identitystore:CreateGroup", {**store, "DisplayName": "Dev"})["GroupId"]
    user = world.api.call("identitystore:CreateUser", {**store, "UserName": "eve@example.com"})["UserId"]
    (tmp_path / "org.yaml").write_text(SPEC)
    report = world.execute(planned(world, load(tmp_path / "org.yaml")))
    assert (report.failed, report.skipped) == ((), ())
    world.clock.sleep(60)
    world.api.call("identitystore:DeleteGroup", {**store, "GroupId": group})
    world.api.call("identitystore:DeleteUser", {**store, "UserId": user})
    return world


def connection(world: World) -> Connection:
    return Connection(ReadOnly(world.api), world.api, None, world.clock)


def planned(world: World, desired: Desired) -> Plan:
    return make_plan(desired, connection(world), PlanRequest()).plan


def test_an_imported_spec_names_them_and_plans_nothing(world: World, tmp_path: Path) -> None:
    *_, spec = import_organization(connection(world), tmp_path / "out", ImportOptions())
    assert [each.address for each in planned(world, load(spec)).changes] == []


def test_an_id_that_has_nothing_is_unknown(world: World, tmp_path: Path) -> None:
    (tmp_path / "org.yaml").write_text(SPEC.replace("Ops, Dev", "90670a5e-1111-2222-3333-444455556666"))
    with pytest.raises(SpecInvalid) as error:
        planned(world, load(tmp_path / "org.yaml"))
    assert {each.code for each in error.value.diagnostics} == {"E386"}


def test_another_case_of_a_name_is_suggested(world: World, tmp_path: Path) -> None:
    (tmp_path / "org.yaml").write_text(SPEC.replace("[Ops, Dev], users: [eve@example.com]", "[ops]"))
    with pytest.raises(SpecInvalid) as error:
        planned(world, load(tmp_path / "org.yaml"))
    assert [each.help for each in error.value.diagnostics] == ["did you mean `Ops`?"]
