"""The guards on accounts that are unknown, or already there under another name or e-mail."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.kinds.base import UnmanagedRules
from reconciler.model.base import Source
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Guards, Plan
from reconciler.model.resources import Account
from reconciler.planning import planner
from reconciler.planning.guards import GuardOverrides, Limits
from reconciler.planning.planner import PlannerSettings, PlanRequest
from tests.building import org
from tests.harness import Organization


def with_account(desired: Inventory, key: str, **fields: Any) -> Inventory:
    return desired.with_resources(
        each.model_copy(update=fields) if each.address == f"account:{key}" else each for each in desired.resources
    )


def guards(organization: Organization, desired: Inventory, **numbers: int) -> Guards:
    rules = PlannerSettings(policies=UnmanagedRules({"attachments": "delete"}), limits=Limits())
    return organization.plan(desired, rules, allowed=GuardOverrides(numbers)).plan.guards


UNKNOWN = "999988887777"


@pytest.mark.parametrize(
    ("fields", "blocked"),
    [
        ({}, True),
        ({"invite": True}, False),
        ({"state": "closed"}, False),
        ({"state": "removed"}, False),
    ],
)
def test_an_id_that_no_account_has_blocks_the_plan(fields: dict[str, Any], blocked: bool) -> None:
    desired = with_account(org(["A"], {"a": "A"}), "a", id=UNKNOWN, email=None, **fields)
    found = guards(Organization(), desired).violations
    assert [(each.guard, each.addresses, each.allow) for each in found] == (
        [("unknown_account", ("account:a",), None)] if blocked else []
    )
    if blocked:
        assert UNKNOWN in found[0].message
        assert guards(Organization(), desired, unknown_account=1).violations == found


def test_an_account_that_is_ignored_is_not_unknown() -> None:
    organization = Organization()
    organization.apply(org(["A"], {"a": "A"}))
    id = organization.id_of("email:a@example.com")
    desired = with_account(org(["A"], {"a": "A"}), "a", id=id)
    planned = organization.plan(desired, PlannerSettings(ignore={"accounts": ("a",)})).plan
    assert planned.guards.violations == ()


def test_an_account_to_be_invited_is_not_created() -> None:
    desired = with_account(org(["A"], {"a": "A"}), "a", invite=True)
    assert [each.address for each in Organization().plan(desired).plan.changes] == ["ou:A"]


@pytest.mark.parametrize(("name", "blocked"), [("shop", True), ("Shop", True), ("shop-2", False), (None, False)])
def test_a_second_account_of_a_live_name_is_blocked(name: str | None, blocked: bool) -> None:
    organization = Organization()
    organization.apply(with_account(org(["A"], {"a": "A"}), "a", create_name="shop"))
    organization.apply(org(["A"]))
    desired = org(["A"], {"b": "A"})
    desired = with_account(desired, "b", create_name=name or "b", email="corrected@example.com")
    found = guards(organization, desired).violations
    assert [(each.guard, each.addresses, each.allow) for each in found] == (
        [("similar_account", ("account:b",), "--allow similar_account=1")] if blocked else []
    )
    if blocked:
        assert f'id: "{organization.id_of("email:a@example.com")}"' in found[0].message
        assert guards(organization, desired, similar_account=1).violations == ()


def test_a_closed_account_of_the_name_is_no_obstacle() -> None:
    organization = Organization()
    organization.apply(org(["A"], {"a": "A"}))
    organization.call("CloseAccount", AccountId=organization.id_of("email:a@example.com"))
    desired = with_account(org(["A"], {"b": "A"}), "b", create_name="a")
    assert guards(organization, desired).violations == ()


def test_two_declared_accounts_may_have_one_name() -> None:
    organization = Organization()
    organization.apply(org(["A"], {"a": "A"}))
    desired = with_account(org(["A"], {"a": "A", "b": "A"}), "b", create_name="a")
    assert guards(organization, desired).violations == ()


def closed_in(place: str) -> Organization:
    """An account that was closed by hand, in an OU."""
    organization = Organization()
    organization.apply(org(["A", "Suspended"], {"a": place}))
    organization.call("CloseAccount", AccountId=organization.id_of("email:a@example.com"))
    return organization


def plan_of(organization: Organization, desired: Inventory, **rules: Any) -> Plan:
    return organization.plan(desired, PlannerSettings(policies=UnmanagedRules({"attachments": "delete", **rules}))).plan


@pytest.mark.parametrize("state", ["active", "closed"])
def test_a_closed_account_is_not_moved_or_tagged(state: str) -> None:
    desired = with_account(org(["A", "Suspended"], {"a": "A"}, tags={"@a": {"k": "v"}}), "a", state=state)
    plan = plan_of(closed_in("Suspended"), desired)
    assert plan.changes == ()
    assert [(each.code, each.severity) for each in plan.warnings] == [
        *([("W502", "warning")] if state == "active" else []),
        ("I501", "info"),
    ]
    assert "and stays in ou:Suspended, the spec has it in ou:A" in plan.warnings[-1].message


def test_a_closed_account_is_moved_out_of_an_ou_that_is_deleted() -> None:
    desired = with_account(org(["A"], {"a": "A"}), "a", state="closed")
    plan = plan_of(closed_in("Suspended"), desired, organizational_units="delete")
    assert [(each.action, each.address) for each in plan.changes] == [
        ("move", "account:a"),
        ("delete", "ou:Suspended"),
    ]


def test_an_undeclared_ou_that_cannot_be_deleted_names_its_accounts() -> None:
    organization = Organization()
    organization.apply(org(["A", "A/B"], {"a": "A/B"}))
    plan = plan_of(organization, org(), organizational_units="delete")
    id = organization.id_of("email:a@example.com")
    assert [each.message for each in plan.warnings] == [
        f"ou:A is undeclared and cannot be deleted: it still contains a ({id})",
        f"ou:A/B is undeclared and cannot be deleted: it still contains a ({id})",
    ]


@pytest.mark.parametrize("state", ["closed", "removed"])
def test_the_management_account_is_never_closed_or_removed(state: str) -> None:
    desired = with_account(org(["A"], {"management": "/"}), "management", state=state)
    rules = PlannerSettings(limits=Limits())
    found = Organization().plan(desired, rules, allowed=GuardOverrides(close=True)).plan.guards.violations
    (only,) = [each for each in found if each.guard == "management_account"]
    assert (only.addresses, only.allow) == (("account:management",), None)
    assert only.message == "the management account is never moved, closed or removed"


@pytest.mark.parametrize(("count", "words"), [(1, "1 account would"), (2, "2 accounts would")])
def test_creations_are_counted_in_words(count: int, words: str) -> None:
    desired = org(["A"], {f"a{number}": "A" for number in range(count)})
    rules = PlannerSettings(limits=Limits(max_account_creations=0))
    (found,) = Organization().plan(desired, rules).plan.guards.violations
    assert found.message == f"{words} be created, the limit is 0"


@pytest.mark.parametrize(("count", "more"), [(3, ""), (5, " and 2 more")])
def test_a_few_unknown_accounts_are_named_and_the_first_one_has_its_place(count: int, more: str) -> None:
    desired = org(["A"], {f"a{number}": "A" for number in range(count)})
    for number in range(count):
        place = Source(file="org.yaml", line=number + 1, column=1)
        id = str(999988887770 + number)
        desired = with_account(desired, f"a{number}", id=id, email=None, source=place)
    (found,) = guards(Organization(), desired).violations
    named = "a0 (999988887770), a1 (999988887771), a2 (999988887772)"
    assert f"the id of {named}{more}: a typing error" in found.message
    assert found.message.endswith("or the credentials of another organization")
    assert found.source is not None
    assert found.source.line == 1


@pytest.mark.parametrize(("count", "more"), [(3, ""), (4, "; and 1 more")])
def test_a_few_similar_accounts_are_named(count: int, more: str) -> None:
    organization = Organization()
    organization.apply(org(["A"], {f"a{number}": "A" for number in range(count)}))
    desired = org(["A"], {f"a{number}": "A" for number in range(count)})
    for number in range(count):
        place = Source(file="org.yaml", line=number + 1, column=1)
        desired = with_account(desired, f"a{number}", email=f"b{number}@example.com", source=place)
    (found,) = guards(organization, desired).violations
    assert found.message.count("would be a second account") == 3
    assert found.message.endswith(more) if more else "more" not in found.message
    assert found.source is not None
    assert found.source.line == 1


def as_now(organization: Organization, key: str, **fields: Any) -> Inventory:
    """The live organization, with other fields of one account."""
    email = f"{key}@example.com"
    live = organization.live()
    return live.with_resources(
        each.model_copy(update=fields) if isinstance(each, Account) and each.email == email else each
        for each in live.resources
    )


def planned(desired: Inventory, live: Inventory) -> Plan:
    rules = PlannerSettings(policies=UnmanagedRules({"attachments": "delete"}))
    return planner.plan(desired, live, rules, PlanRequest(allowed=GuardOverrides(close=True))).plan


def test_a_new_account_is_not_removed_before_four_days() -> None:
    organization = Organization()
    organization.apply(org(["A"], {"a": "A"}))
    desired = with_account(org(["A"], {"a": "A"}), "a", state="removed")
    (violation,) = planned(desired, as_now(organization, "a", stays_until="2026-11-30")).guards.violations
    assert (violation.guard, violation.allow) == ("refused", None)
    assert "can be removed from 2026-11-30" in violation.message
    assert planned(desired, as_now(organization, "a", stays_until=None)).guards.violations == ()


@pytest.mark.parametrize("state", ["active", "closed", "removed"])
def test_an_account_that_aws_suspended_is_named_and_not_touched(state: str) -> None:
    organization = Organization()
    organization.apply(org(["A"], {"a": "A"}))
    desired = with_account(org(["A"], {"a": "A"}), "a", state=state)
    plan = planned(desired, as_now(organization, "a", state="suspended"))
    assert plan.changes == ()
    assert [each.code for each in plan.warnings] == ["W543"]


@pytest.mark.parametrize("state", ["closed", "removed"])
def test_the_entry_of_an_account_that_is_gone_can_be_removed(state: str) -> None:
    organization = Organization()
    desired = with_account(org(["A"], {"a": "A"}), "a", state=state, id="999988887777")
    organization.apply(org(["A"]))
    plan = planned(desired, organization.live())
    assert plan.changes == ()
    assert [(each.code, each.severity) for each in plan.warnings] == [("I504", "info")]


def test_an_account_is_moved_before_it_is_closed() -> None:
    organization = Organization()
    organization.apply(org(["A"], {"a": "A"}))
    desired = with_account(org(["A", "Suspended"], {"a": "Suspended"}, tags={"@a": {"k": "v"}}), "a", state="closed")
    plan = planned(desired, organization.live())
    assert [each.action for each in plan.changes if each.address == "account:a"] == ["update", "move", "close"]


def test_closures_that_the_quota_may_not_allow_need_the_allowance() -> None:
    organization = Organization()
    organization.apply(org(["A"], {"a": "A"}))
    desired = with_account(org(["A"], {"a": "A"}), "a", state="closed")
    live = organization.live()
    closed = [
        Account(address=f"account:{number}", id=str(number), name="x", parent="ou:A", state="closed")
        for number in range(100_000_000_000, 100_000_000_250)
    ]
    (violation,) = planned(desired, live.with_resources([*live.resources, *closed])).guards.violations
    assert (violation.guard, violation.allow) == ("closure_quota", "--allow closure_quota=1")
    assert "0 may be left of the 250" in violation.message
    assert planned(desired, live.with_resources([*live.resources, *closed[1:]])).guards.violations == ()
