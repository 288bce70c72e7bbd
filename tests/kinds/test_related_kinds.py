"""Kinds that depend on each other: what a saved plan relies on, and what it reads beyond what the spec manages."""

from __future__ import annotations

import pytest

from tests.kinds.world import World

CONFIG = "config.amazonaws.com"
TRUSTED = f"organization: {{trusted_access: [{CONFIG}]}}"
ALONE = f"organization: {{delegated_administrators: {{{CONFIG}: [audit]}}}}"
LIMITS = "guards: {max_deletes: {trusted_access: 5, delegated_administrators: 5}}"
DELETE = "unmanaged: {trusted_access: delete}"
REGISTER = ("RegisterDelegatedAdministrator", {"AccountId": "audit@example.com", "ServicePrincipal": CONFIG})


def test_a_registration_relies_on_trusted_access_that_the_spec_does_not_manage(world: World) -> None:
    world.declare(TRUSTED)
    world.apply()
    world.declare(ALONE)
    assert world.run("plan", "--save", "plan.json").code == 0
    world.by_hand("DisableAWSServiceAccess", {"ServicePrincipal": CONFIG})
    ran = world.run("apply", "--auto-approve", "plan.json")
    assert ran.code == 5, ran
    assert f"trusted_access:{CONFIG} is no longer among what the plan relies on" in ran.err
    assert world.calls.writes == []
    assert [each["guard"] for each in world.plan()["guards"]["violations"]] == ["refused"]


def test_a_service_is_not_disabled_while_it_has_an_administrator_that_the_spec_does_not_manage(world: World) -> None:
    world.declare(TRUSTED)
    world.apply()
    world.declare("organization: {trusted_access: []}", DELETE, LIMITS)
    assert world.run("plan", "--save", "plan.json").code == 0
    world.by_hand(*REGISTER)
    ran = world.run("apply", "--auto-approve", "plan.json")
    assert ran.code == 4, ran
    assert "cannot be disabled while there is" in ran.err
    assert world.calls.writes == []
    (violation,) = world.plan()["guards"]["violations"]
    assert violation["guard"] == "refused"


def test_an_account_that_administers_a_service_is_not_removed(world: World) -> None:
    world.declare(TRUSTED)
    world.apply()
    world.by_hand(*REGISTER)
    removed = "root: {organizational_units: {Base: {accounts: {audit: {state: removed}}}}}"
    world.declare(removed)
    violations = world.plan()["guards"]["violations"]
    assert [each["guard"] for each in violations] == ["close", "refused"]
    assert f"account:audit cannot be removed while it administers {CONFIG}" in violations[1]["message"]
    world.declare(
        f"organization: {{delegated_administrators: {{{CONFIG}: []}}}}\n{removed}",
        "unmanaged: {delegated_administrators: delete}",
        LIMITS,
    )
    assert world.changed() == [f"delegated_administrator:{CONFIG}@audit", "account:audit"]
    violations = world.plan()["guards"]["violations"]
    assert [each["guard"] for each in violations] == ["close", "refused"]
    assert "less than four days ago" in violations[1]["message"]
    assert "administers" not in violations[1]["message"]


def test_what_the_spec_does_not_manage_is_not_read_without_need(world: World) -> None:
    world.declare("")
    world.plan()
    assert not {each for each in world.calls.made if "Delegated" in each or "ServiceAccess" in each}
    world.declare(TRUSTED)
    world.plan()
    assert not {each for each in world.calls.made if "Delegated" in each}


@pytest.mark.parametrize("world", ["http"], indirect=True)
def test_a_denied_read_of_a_member_account_names_the_trusted_access_that_it_needs(world: World) -> None:
    world.declare("root: {organizational_units: {Base: {accounts: {audit: {alternate_contacts: {security: none}}}}}}")
    ran = world.run("plan")
    assert ran.code == 8, ran
    assert "add it to `organization.trusted_access`" in " ".join(ran.err.split())
