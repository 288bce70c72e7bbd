"""The quota of accounts is read where a plan creates accounts, and refuses more of them before the first write."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.mock import other_services
from reconciler.mock.refusal import Refusal
from reconciler.mock.statefile import StateFile
from tests.kinds.world import InFile, World

QUOTA = "servicequotas:GetServiceQuota"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """An organization of three accounts."""
    monkeypatch.chdir(tmp_path)
    made = World(InFile(), monkeypatch)
    made.apply()
    return made


def declare(world: World, count: int, organization: str = "") -> None:
    accounts = ", ".join(f"new-{number}: {{email: new-{number}@example.com}}" for number in range(count))
    world.declare(f"{organization}root: {{accounts: {{{accounts}}}}}")


def with_quota(world: World, quota: int) -> None:
    state = world.backend.state()
    extra = state.mock.model_copy(update={"account_quota": quota})
    world.backend.restore(StateFile.model_validate({**dict(state), "mock": extra}))


def test_it_is_read_once_and_only_where_accounts_are_created(world: World) -> None:
    world.plan()
    assert QUOTA not in world.calls.made
    declare(world, 2)
    world.plan()
    assert world.calls.made.count(QUOTA) == 1


def test_more_accounts_than_the_quota_are_refused(world: World) -> None:
    declare(world, 8)
    plan = world.plan()
    (violation,) = plan["guards"]["violations"]
    assert violation["guard"] == "refused"
    assert "would have 11 accounts, the quota is 10" in violation["message"]
    assert "organization.quotas.accounts" in violation["message"]
    ran = world.run("apply", "--auto-approve")
    assert (ran.code, world.calls.writes) == (4, [])


def test_a_higher_quota_of_the_organization_counts(world: World) -> None:
    with_quota(world, 11)
    declare(world, 8)
    assert not world.plan()["guards"]["blocked"]


def test_the_quota_of_the_spec_counts_and_needs_no_read(world: World) -> None:
    declare(world, 8, "organization: {quotas: {accounts: 20}}\n")
    assert not world.plan()["guards"]["blocked"]
    assert QUOTA not in world.calls.made


def test_a_quota_that_may_not_be_read_is_unknown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(organization: object, params: object) -> object:
        raise Refusal("AccessDeniedException", "no")

    monkeypatch.setitem(other_services.ANSWERS, QUOTA, denied)
    declare(world, 8)
    assert not world.plan()["guards"]["blocked"]
