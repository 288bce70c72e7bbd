"""At no moment does an account lose a Deny that it has before and after the plan; checked after every write, from the
documents that are attached at that moment."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.kinds.base import UnmanagedRules
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account, Attachment
from reconciler.planning.denies import DenyIndex
from reconciler.planning.planner import PlannerSettings
from tests.building import deny, org
from tests.harness import Organization, Watching, steps

STATEMENT = {"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}
TEN = {f"p{number}": deny(f"ec2:Action{number}") for number in range(9)}


def with_statements(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def denied(live: Inventory, email: str, action: str) -> bool:
    """Whether a Deny on the action is in force for the account with this e-mail."""
    resources = live.by_address()
    node: str | None = next(each.address for each in live.of(Account) if each.email == email)
    while node is not None:
        for each in live.of(Attachment):
            content: Any = getattr(resources[each.policy], "content", None) or {"Statement": []}
            denies = [statement for statement in content["Statement"] if statement["Effect"] == "Deny"]
            if each.target == node and any(action in str(statement["Action"]) for statement in denies):
                return True
        node = getattr(resources[node], "parent", None)
    return False


def apply_watched(before: Inventory, after: Inventory, action: str, rules: PlannerSettings | None = None) -> list[str]:
    """Applies both, and checks the Deny of `a@example.com` after every write of the second."""
    organization = Organization()
    organization.apply(before)
    assert denied(organization.live(), "a@example.com", action)
    kept: list[bool] = []
    plan = organization.plan(after, rules or PlannerSettings(policies=UnmanagedRules({"attachments": "delete"}))).plan
    organization.counting._api = Watching(
        organization.mock, lambda operation, params: kept.append(seen(organization, action))
    )
    report = organization.execute(plan)
    assert not report.failed
    assert kept
    assert all(kept), steps(plan)
    organization.counting._api = organization.mock
    assert organization.plan(after).plan.changes == ()
    return steps(plan)


def seen(organization: Organization, action: str) -> bool:
    watched, organization.counting._api = organization.counting._api, organization.mock
    try:
        return denied(organization.live(), "a@example.com", action)
    finally:
        organization.counting._api = watched


LEAVE = "organizations:LeaveOrganization"


def test_a_replaced_policy_is_attached_before_the_old_one_goes() -> None:
    before = org(["W"], {"a": "W"}, {"old": deny(LEAVE)}, {"old": ["W"]})
    after = org(["W"], {"a": "W"}, {"new": deny(LEAVE)}, {"new": ["W"]})
    assert apply_watched(before, after, LEAVE) == [
        "create policy:new",
        "attach attachment:new@W",
        "detach attachment:old@W",
    ]


def test_a_statement_that_moves_to_a_new_policy_leaves_the_old_one_last() -> None:
    before = org(["W"], {"a": "W"}, {"both": deny(LEAVE, "s3:PutObject")}, {"both": ["W"]})
    after = org(
        ["W"], {"a": "W"}, {"both": deny("s3:PutObject"), "leave": deny(LEAVE)}, {"both": ["W"], "leave": ["W"]}
    )
    assert apply_watched(before, after, LEAVE)[-1] == "update policy:both"


def test_statements_that_change_places_are_first_in_both_policies() -> None:
    before = org(["W"], {"a": "W"}, {"x": deny(LEAVE), "y": deny("s3:PutObject")}, {"x": ["W"], "y": ["W"]})
    after = org(["W"], {"a": "W"}, {"y": deny(LEAVE), "x": deny("s3:PutObject")}, {"x": ["W"], "y": ["W"]})
    for action in (LEAVE, "s3:PutObject"):
        assert len(apply_watched(before, after, action)) == 3


def test_an_account_moves_after_its_new_home_is_guarded_and_before_the_old_one_is_not() -> None:
    before = org(["A", "B"], {"a": "A"}, {"old": deny(LEAVE)}, {"old": ["A"]})
    after = org(["A", "B"], {"a": "B"}, {"old": deny(LEAVE)}, {"old": ["B"]})
    assert apply_watched(before, after, LEAVE) == [
        "attach attachment:old@B",
        "move account:a",
        "detach attachment:old@A",
    ]


def test_a_replaced_ou_is_guarded_before_its_accounts_arrive() -> None:
    before = org(["A", "A/P", "B"], {"a": "A/P"}, {"x": deny(LEAVE)}, {"x": ["A/P"]})
    after = org(["A", "B", "B/P"], {"a": "B/P"}, {"x": deny(LEAVE)}, {"x": ["B/P"]}, previously={"B/P": ["A/P"]})
    apply_watched(before, after, LEAVE)


def test_a_full_node_swaps_a_policy_by_attaching_it_below_for_a_while() -> None:
    policies = {**TEN, "old": deny(LEAVE)}
    del policies["p8"]
    attached = {key: ["W"] for key in policies}
    before = org(["W", "W/P"], {"a": "W/P"}, policies, attached)
    renamed = {key: value for key, value in policies.items() if key != "old"} | {"new": deny(LEAVE)}
    after = org(["W", "W/P"], {"a": "W/P"}, renamed, {key: ["W"] for key in renamed})
    assert apply_watched(before, after, LEAVE) == [
        "create policy:new",
        "attach attachment:old@W/P",
        "detach attachment:old@W",
        "attach attachment:new@W",
        "detach attachment:old@W/P",
    ]


def test_a_full_account_swaps_a_policy_by_letting_another_carry_its_denies() -> None:
    policies = {**TEN, "old": deny(LEAVE)}
    del policies["p8"]
    before = org([], {"a": "/"}, policies, {key: ["@a"] for key in policies})
    renamed = {key: value for key, value in policies.items() if key != "old"} | {"new": deny(LEAVE)}
    after = org([], {"a": "/"}, renamed, {key: ["@a"] for key in renamed})
    assert apply_watched(before, after, LEAVE) == [
        "create policy:new",
        "update policy:p0",
        "detach attachment:old@account:a",
        "attach attachment:new@account:a",
        "update policy:p0",
    ]


def test_where_nothing_keeps_the_deny_the_plan_says_so_and_wants_to_be_allowed() -> None:
    policies = {**TEN, "old": deny(LEAVE)}
    del policies["p8"]
    everywhere = {key: ["@a", "@b"] for key in policies if key != "old"} | {"old": ["@a"]}
    organization = Organization()
    organization.apply(org([], {"a": "/", "b": "/"}, policies, everywhere))
    renamed = {key: value for key, value in policies.items() if key != "old"} | {"new": deny(LEAVE)}
    attached = {key: nodes for key, nodes in everywhere.items() if key != "old"} | {"new": ["@a"]}
    after = org([], {"a": "/", "b": "/"}, renamed, attached)
    plan = organization.plan(after).plan
    (violation,) = plan.guards.violations
    assert violation.allow == "--allow GAP=1"
    assert violation.addresses == ("account:a",)
    report = organization.execute(plan)
    assert not report.failed
    assert organization.plan(after).plan.changes == ()


@pytest.mark.parametrize("quota", [10, 5])
def test_a_swap_that_shares_no_deny_makes_room_first(quota: int) -> None:
    policies = {key: TEN[key] for key in list(TEN)[: quota - 2]} | {"old": deny("s3:PutObject")}
    organization = Organization()
    organization.apply(org(["W"], {"a": "W"}, policies, {key: ["W"] for key in policies}))
    renamed = {key: value for key, value in policies.items() if key != "old"} | {"new": deny(LEAVE)}
    rules = PlannerSettings(policies=UnmanagedRules({"attachments": "delete"}), quotas={"scp": quota})
    plan = organization.plan(org(["W"], {"a": "W"}, renamed, {key: ["W"] for key in renamed}), rules).plan
    assert steps(plan) == ["create policy:new", "detach attachment:old@W", "attach attachment:new@W"]
    assert plan.guards.violations == ()


def test_what_waits_for_room_depends_on_what_makes_it() -> None:
    policies = {key: TEN[key] for key in list(TEN)[:8]} | {"old": deny("s3:PutObject")}
    organization = Organization()
    organization.apply(org(["W"], {"a": "W"}, policies, {key: ["W"] for key in policies}))
    renamed = {key: value for key, value in policies.items() if key != "old"} | {"new": deny(LEAVE)}
    plan = organization.plan(org(["W"], {"a": "W"}, renamed, {key: ["W"] for key in renamed})).plan
    attach = next(each for each in plan.changes if each.action == "attach")
    assert "attachment:old@W" in attach.depends_on


def test_a_name_that_is_given_up_first_is_waited_for() -> None:
    organization = Organization()
    organization.apply(org([], {}, {"x": deny(LEAVE)}))
    desired = org([], {}, {"y": deny(LEAVE), "x": deny("s3:*")}, previously={"policy:y": ["x"]})
    live = organization.plan(desired).plan
    assert steps(live) == ["create policy:y", "update policy:x"]
    chained = org([], {}, {"b": deny("s3:*"), "a": deny(LEAVE)}, previously={"policy:b": ["x"]})
    organization.apply(chained)
    again = org([], {}, {"c": deny("s3:*"), "b": deny(LEAVE)}, previously={"policy:c": ["b"], "policy:b": ["a"]})
    plan = organization.plan(again).plan
    assert [(each.action, each.address, each.depends_on) for each in plan.changes] == [
        ("rename", "policy:c", ()),
        ("rename", "policy:b", ("policy:c",)),
    ]


def test_full_aws_access_goes_only_where_its_replacement_was_attached() -> None:
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    plan = Organization().plan(org(["A"], {}, {"allow": allow}, {"allow": ["A"]}, no_full_access=["A"])).plan
    assert "attachment:allow@A" in plan.changes[-1].depends_on


def test_a_deny_that_a_broader_one_takes_over_is_not_lost() -> None:
    before = org(["W"], {"a": "W"}, {"n": deny("s3:DeleteBucket", "ec2:*")}, {"n": ["W"]})
    after = org(["W"], {"a": "W"}, {"n": deny("ec2:*"), "m": deny("s3:*")}, {"n": ["W"], "m": ["W"]})
    found = apply_watched_by(before, after, lambda text: "s3:*" in text or "s3:DeleteBucket" in text)
    assert found == ["create policy:m", "attach attachment:m@W", "update policy:n"]


def apply_watched_by(before: Inventory, after: Inventory, denies: Any) -> list[str]:
    """Applies both, and checks after every write of the second that a Deny which `denies` knows is attached to W."""
    organization = Organization()
    organization.apply(before)
    plan = organization.plan(after).plan
    kept: list[bool] = []

    def watch(operation: str, params: Any) -> None:
        watched, organization.counting._api = organization.counting._api, organization.mock
        live = organization.live().by_address()
        attached = [each for each in live.values() if isinstance(each, Attachment) and each.target == "ou:W"]
        kept.append(any(denies(str(getattr(live[each.policy], "content", ""))) for each in attached))
        organization.counting._api = watched

    organization.counting._api = Watching(organization.mock, watch)
    assert not organization.execute(plan).failed
    assert kept
    assert all(kept)
    return steps(plan)


@pytest.mark.parametrize(
    ("broad", "narrow", "covers"),
    [
        (deny("s3:*"), deny("s3:GetObject"), True),
        (deny("s3:*"), deny("s3:Get*"), True),
        (deny("s3:Get*"), deny("s3:*"), False),
        (deny("s3:Get?bject"), deny("s3:Get*"), False),
        (deny("*"), deny("s3:*", Bool={"aws:x": "true"}), True),
        (deny("s3:*", Bool={"aws:x": "true"}), deny("s3:*"), False),
        (deny("s3:*"), deny("ec2:*"), False),
    ],
)
def test_which_deny_covers_which(broad: Any, narrow: Any, covers: bool) -> None:
    assert DenyIndex([("scp", narrow)]).mask("scp", broad) == covers


@pytest.mark.parametrize(
    ("statement", "action", "covers"),
    [
        ({"NotAction": "iam:*", "Resource": "*"}, "s3:GetObject", True),
        ({"NotAction": "iam:*", "Resource": "*"}, "iam:GetRole", False),
        ({"NotAction": "iam:Get*", "Resource": "*"}, "iam:*", False),
        ({"Action": "s3:*", "Resource": "arn:aws:s3:::a/*"}, "s3:GetObject", False),
    ],
)
def test_a_deny_of_everything_but_some_actions(statement: dict[str, Any], action: str, covers: bool) -> None:
    broad = with_statements({"Effect": "Deny", **statement})
    assert DenyIndex([("scp", deny(action))]).mask("scp", broad) == covers
