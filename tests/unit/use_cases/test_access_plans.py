"""Plans of access: who gains and loses it, what is deleted, and what a plan refuses to take away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.aws.layers import Checked, Counting, ReadOnly
from reconciler.errors import SpecInvalid
from reconciler.kinds.identity_center import reading
from reconciler.mock.clock import VirtualClock
from reconciler.planning.guards import GuardOverrides
from reconciler.planning.planner import PlanRequest, PlanResult
from reconciler.spec import load
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.plan import make_plan
from tests.access import LargeOrganization


@pytest.fixture(autouse=True)
def many_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is small enough to be read by pair where reading by principal would do."""
    monkeypatch.setattr(reading, "_FEW_PAIRS", 0)


ADMIN = "AWSReservedSSO_Set00_0123456789abcdef"

Planned = Callable[..., PlanResult]


def session(account: str, role: str = ADMIN) -> str:
    return f"arn:aws:sts::{account}:assumed-role/{role}/someone@example.com"


@pytest.fixture
def organization() -> LargeOrganization:
    """Four accounts in two OUs; Set00 and Set01, each with two groups, in the three members."""
    return LargeOrganization(4, 2, 4, units=2)


@pytest.fixture
def planned(organization: LargeOrganization, tmp_path: Path) -> Planned:
    def run(
        edit: Callable[[str], str] = str, *, command: str = "plan", allow: dict[str, int] | None = None
    ) -> PlanResult:
        text = "\n".join(organization.spec()).replace("to: ['ou:/**']", "to: ['ou:U00', 'ou:U01']")
        path = tmp_path / "org.yaml"
        path.write_text(edit(text), "utf-8")
        counting = Counting(organization)
        connection = Connection(ReadOnly(Checked(counting)), None, counting, VirtualClock())
        request = PlanRequest(command, allowed=GuardOverrides(allow or {}))  # type: ignore[arg-type]  # a literal
        return make_plan(load(path), connection, request)

    return run


def shown(result: PlanResult) -> list[str]:
    return [f"{each.action} {each.address}" for each in result.plan.changes]


def without(group: str) -> Callable[[str], str]:
    return lambda text: text.replace(f"groups: [{group}, ", "groups: [")


def test_what_is_declared_is_there(planned: Planned) -> None:
    assert shown(planned()) == []


def test_an_account_that_moves_gains_and_loses_access(planned: Planned) -> None:
    def only_in_the_first(text: str) -> str:
        return text.replace("Group02], to: ['ou:U00', 'ou:U01']", "Group02], to: ['ou:U00']")

    assert shown(planned(only_in_the_first)) == [
        "delete assignment:Set00@group:Group00@a0002",
        "delete assignment:Set00@group:Group02@a0002",
    ]

    def moved(text: str) -> str:
        lines = only_in_the_first(text).split("\n")
        [line] = [each for each in lines if "a0003:" in each]
        lines.remove(line)
        lines.insert(lines.index("    U01:") + 2, line)
        return "\n".join(lines)

    assert shown(planned(moved))[0] == "move account:a0003"
    assert {each for each in shown(planned(moved)) if "a0003" in each} == {
        "move account:a0003",
        "delete assignment:Set00@group:Group00@a0003",
        "delete assignment:Set00@group:Group02@a0003",
    }


def test_what_is_deleted_is_read_by_pair(planned: Planned, organization: LargeOrganization) -> None:
    planned(without("Group00"))
    assert organization.calls["sso:ListAccountAssignments"] == 3


def test_drift_reads_every_pair(planned: Planned, organization: LargeOrganization) -> None:
    planned(command="drift")
    assert organization.calls["sso:ListAccountAssignmentsForPrincipal"] == 0
    assert organization.calls["sso:ListAccountAssignments"] == 2 * 3


def test_drift_finds_what_nobody_asked_about(planned: Planned, organization: LargeOrganization) -> None:
    organization.hide(0, 2)
    assert shown(planned()) == []
    assert shown(planned(command="drift")) == ["delete assignment:Set00@group:deleted-group@a0002"]


def test_assignments_of_other_sets_are_reported(planned: Planned) -> None:
    def undeclared(text: str) -> str:
        return "\n".join(each for each in text.split("\n") if "Set01" not in each)

    result = planned(undeclared)
    assert shown(result) == []
    assert sum(each.kind == "assignment" for each in result.plan.unmanaged) == 2 * 3


def test_a_set_is_deleted_after_its_assignments(planned: Planned) -> None:
    def undeclared(text: str) -> str:
        lines = [each for each in text.split("\n") if "Set01" not in each]
        return "\n".join([*lines, "unmanaged: {permission_sets: delete}"])

    result = planned(undeclared)
    *assignments, last = shown(result)
    assert last == "delete permission_set:Set01"
    assert len(assignments) == 2 * 3
    assert {each.guard for each in result.plan.guards.violations} == {"deletes.assignments", "deletes.permission_sets"}


def test_a_renamed_set_is_replaced_and_says_who_gets_another_role(planned: Planned) -> None:
    def renamed(text: str) -> str:
        declared = text.replace("Set01: {managed: [ReadOnlyAccess]", "Reader: {previously: [Set01]")
        return declared.replace("permission_set: Set01", "permission_set: Reader")

    result = planned(renamed)
    names = shown(result)
    assert names[0] == "create permission_set:Reader"
    assert names[-1] == "delete permission_set:Set01"
    first = result.plan.changes[0]
    assert first.after is not None
    assert first.after.fields()["managed"] == ["ReadOnlyAccess"]
    assert first.note == (
        "takes the place of permission_set:Set01: Group01, Group03 get a role with another name in 3 accounts "
        "(AWSReservedSSO_Reader_...)"
    )
    for new in (each for each in names if each.startswith("create assignment")):
        old = new.replace("create", "delete").replace("Reader", "Set01")
        assert names.index(new) < names.index(old)
    assert [each.guard for each in result.plan.guards.violations] == ["deletes.permission_sets"]


def test_a_renamed_set_takes_undeclared_assignments_along(planned: Planned) -> None:
    def renamed(text: str) -> str:
        declared = text.replace("Set01: {managed: [ReadOnlyAccess]", "Reader: {previously: [Set01]")
        return declared.partition("  assignments:")[0]

    names = shown(planned(renamed))
    assert sum(each.startswith("create assignment:Reader@") for each in names) == 2 * 3
    assert sum(each.startswith("delete assignment:Set01@") for each in names) == 2 * 3


class TestOwnAccess:
    def test_the_last_way_in_is_guarded(self, planned: Planned, organization: LargeOrganization) -> None:
        organization.caller = session(organization.accounts[1])

        def nobody(text: str) -> str:
            return "\n".join(each for each in text.split("\n") if "permission_set: Set00" not in each)

        allow = {"deletes.assignments": 99}
        [violation] = planned(nobody, allow=allow).plan.guards.violations
        assert violation.guard == "own_access"
        assert violation.allow == "--allow own_access=1"
        assert violation.addresses == (
            "assignment:Set00@group:Group00@a0001",
            "assignment:Set00@group:Group02@a0001",
        )
        assert not planned(nobody, allow={**allow, "own_access": 1}).plan.guards.violations

    def test_one_of_several_ways_in_is_a_warning(self, planned: Planned, organization: LargeOrganization) -> None:
        organization.caller = session(organization.accounts[1])
        result = planned(without("Group00"))
        assert not result.plan.guards.violations
        [warning] = [each for each in result.plan.warnings if each.code == "W386"]
        assert "perhaps through group Group00" in warning.message

    @pytest.mark.parametrize("role", ["Admin", "AWSReservedSSO_Set01_0123456789abcdef"])
    def test_other_roles_are_not_concerned(self, planned: Planned, organization: LargeOrganization, role: str) -> None:
        organization.caller = session(organization.accounts[1], role)
        result = planned(without("Group00"))
        assert not [each for each in result.plan.warnings if each.code == "W386"]

    def test_other_accounts_are_not_concerned(self, planned: Planned, organization: LargeOrganization) -> None:
        organization.caller = session(organization.accounts[0])
        result = planned(without("Group00"))
        assert not [each for each in result.plan.warnings if each.code == "W386"]


class TestMistakes:
    def test_an_unknown_group_is_an_error_at_its_line(self, planned: Planned) -> None:
        with pytest.raises(SpecInvalid) as caught:
            planned(lambda text: text.replace("[Group00,", "[Gruop00,"))
        [found] = caught.value.diagnostics
        assert (found.code, found.message) == ("E386", "the identity store has no group Gruop00")
        assert found.help == "did you mean `Group00`?"
        assert (found.line, found.column) == (18, 40)

    def test_a_region_without_an_instance(self, planned: Planned) -> None:
        with pytest.raises(SpecInvalid) as caught:
            planned(lambda text: text.replace("identity_center:", "identity_center:\n  region: us-east-1"))
        [found] = caught.value.diagnostics
        assert (found.code, found.message) == ("E382", "the organization has no IAM Identity Center in us-east-1")
