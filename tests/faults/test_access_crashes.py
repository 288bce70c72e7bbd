"""Kill -9 at every call of an apply of access, and run it again: nothing is assigned twice, nothing is left
unprovisioned, and nobody has other access than without the kill."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from reconciler.aws import reader
from reconciler.aws.layers import ReadOnly
from reconciler.mock.statefile import StateFile
from reconciler.model.api import Api
from reconciler.model.clock import Clock
from reconciler.model.plan import Plan
from reconciler.planning.guards import GuardOverrides
from reconciler.planning.planner import PlanRequest, plan
from reconciler.spec import Desired, load
from reconciler.use_cases.plan import planner_settings
from tests.faults.injecting import Killed, Killing, When
from tests.faults.world import World

TREE = """\
version: 1
root:
  organizational_units:
    Workloads:
      accounts:
        a: {email: a@example.com}
        b: {email: b@example.com}
        c: {email: c@example.com}
identity_center:
"""
BEFORE = """\
  permission_sets:
    Admin: {managed: [AdministratorAccess], session: 4h}
    Old: {managed: [ReadOnlyAccess], relay_state: "https://a.example.com"}
  assignments:
    - {permission_set: Admin, groups: [Ops, Dev], to: ["ou:Workloads/**"]}
    - {permission_set: Old, groups: [Audit], to: ["account:a", "account:b"]}
"""
AFTER = """\
  permission_sets:
    Admin:
      description: For emergencies
      session: 1h
      managed: [PowerUserAccess]
      customer_managed: [{name: base}]
      inline: {content: {Statement: [{Effect: Deny, Action: "iam:*", Resource: "*"}]}}
      boundary: {managed: PowerUserAccess}
      tags: {owner: platform}
    Reader: {previously: [Old], tags: {owner: audit}}
  assignments:
    - {permission_set: Admin, groups: [Ops], users: [eve@example.com], to: ["ou:Workloads/**"]}
    - {permission_set: Reader, groups: [Audit, Dev], to: ["ou:Workloads/**"]}
"""
ALL = PlanRequest(allowed=GuardOverrides({"deletes.assignments": 99, "deletes.permission_sets": 9}))


@cache
def declared(access: str) -> Desired:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "org.yaml"
        path.write_text(TREE + access, "utf-8")
        return load(path)


def planned(world: World, access: str) -> Plan:
    desired = declared(access)
    live = reader.read(ReadOnly(world.api), desired.inventory.scope)
    return plan(desired.inventory, live, planner_settings(desired.settings), ALL).plan


@cache
def start() -> StateFile:
    """The organization before, with groups and a user."""
    world = World()
    [instance] = world.api.call("sso:ListInstances", {})["Instances"]
    store = {"IdentityStoreId": instance["IdentityStoreId"]}
    for name in ("Ops", "Dev", "Audit"):
        world.api.call("identitystore:CreateGroup", {**store, "DisplayName": name})
    world.api.call("identitystore:CreateUser", {**store, "UserName": "eve@example.com"})
    report = world.execute(planned(world, BEFORE))
    assert (report.failed, report.skipped) == ((), ())
    world.clock.sleep(60)
    return world.state


def applied(at: int, when: When) -> tuple[World, Killing]:
    """The organization after an apply that is killed at one of its calls, -1 for none."""
    layers: list[Killing] = []

    def layer(api: Api, clock: Clock) -> Api:
        layers.append(Killing(api, at, when))
        return layers[0]

    world = World(layer, state=start())
    made = planned(world, AFTER)
    layers[0].armed = True
    if at < 0:
        report = world.execute(made)
        assert (report.failed, report.skipped) == ((), ())
    else:
        with pytest.raises(Killed):
            world.execute(made)
    world.reach()
    return world, layers[0]


def made(world: World, kind: str) -> Counter[tuple[str, ...]]:
    """How often each assignment was created, or deleted."""
    center = world.backend.identity_center
    assert center is not None
    found = (each for each in center.requests.values() if each.kind == kind and each.failure is None)
    return Counter((each.permission_set, str(each.account), each.principal) for each in found)


@cache
def undisturbed() -> tuple[str, tuple[str, ...]]:
    world, layer = applied(-1, "before")
    return world.picture(), tuple(layer.made)


def test_the_apply_has_every_call_that_writes() -> None:
    writes = {each for each in undisturbed()[1] if "List" not in each and "Describe" not in each}
    assert writes == {
        "sso:AttachCustomerManagedPolicyReferenceToPermissionSet", "sso:AttachManagedPolicyToPermissionSet",
        "sso:CreateAccountAssignment", "sso:CreatePermissionSet", "sso:DeleteAccountAssignment",
        "sso:DeletePermissionSet", "sso:DetachManagedPolicyFromPermissionSet", "sso:ProvisionPermissionSet",
        "sso:PutInlinePolicyToPermissionSet", "sso:PutPermissionsBoundaryToPermissionSet", "sso:TagResource",
        "sso:UpdatePermissionSet",
    }  # fmt: skip


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_every_call_converges(when: When) -> None:
    wanted, calls = undisturbed()
    for at, operation in enumerate(calls):
        world, _ = applied(at, when)
        report = world.execute(planned(world, AFTER))
        place = f"killed {when} call {at}, {operation}"
        assert (report.failed, report.skipped) == ((), ()), place
        assert planned(world, AFTER).changes == (), place
        assert world.picture() == wanted, place
        assert max(made(world, "creation").values()) == 1, place
        center = world.backend.identity_center
        assert center is not None
        assert not any(each.outdated for each in center.sets.values()), place
