"""Billing follows the tree: accounts that come, move and go, tags that no bill has yet, actions of budgets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.aws.layers import Counting
from reconciler.errors import AccessDenied
from reconciler.kinds.billing.budget_action import BudgetAction
from reconciler.kinds.billing.budget_resource import Budget
from reconciler.kinds.billing.cost_category_resource import CostCategory
from reconciler.model.api import Params, Response
from reconciler.model.resources import Account, Policy
from tests.kinds.world import World, in_process

pytestmark = [pytest.mark.slow, in_process]

BILLING = """\
billing:
  cost_categories:
    Team: {rules: [{value: Base, accounts: ["ou:Base"]}, {inherit: account_name}]}
  budgets:
    base: {limit: 5000 USD, for: "ou:Base", notify: [{actual: 80%, to: [finops@example.com]}]}
"""
BOTH = ["budget:base", "cost_category:Team"]
DENY = (
    "policies: {stop: {type: scp, content: {Version: '2012-10-17', "
    "Statement: [{Sid: Stop, Effect: Deny, Action: 'ec2:RunInstances', Resource: '*'}]}}}\n"
)
READ_ACTIONS = "budgets:DescribeBudgetActionsForAccount"


def steps(plan: dict[str, Any]) -> list[str]:
    return [f"{each['action']} {each['address']}" for each in plan["changes"]]


def notes(plan: dict[str, Any]) -> dict[str, str]:
    return {each["address"]: each.get("note") for each in plan["changes"]}


def codes(plan: dict[str, Any]) -> list[str]:
    return [each["code"] for each in plan["warnings"]]


def id_of(world: World, email: str) -> str:
    return next(str(each.id) for each in world.backend.state().of(Account) if each.email == email)


def live_accounts(world: World) -> tuple[set[str], set[str]]:
    """The ids of accounts in the budget and in the first rule of the category."""
    state = world.backend.state()
    (budget,), (category,) = list(state.of(Budget)), list(state.of(CostCategory))
    assert budget.filter is not None
    assert category.rules is not None
    return set(budget.filter.accounts or ()), set(category.rules[0].accounts or ())


def test_an_account_that_moves_and_one_that_is_new_change_the_category_and_the_budget(world: World) -> None:
    world.declare(BILLING)
    world.apply()
    tree = Path("org.yaml").read_text("utf-8")
    audit = "        audit: {email: audit@example.com}\n"
    assert audit in tree
    Path("org.yaml").write_text(tree.replace(audit, "        new: {email: new@example.com}\n"), "utf-8")
    world.declare(BILLING + "root: {organizational_units: {Other: {accounts: {audit: {email: audit@example.com}}}}}")

    plan = world.plan()

    assert {f"update {each}" for each in BOTH} < set(steps(plan))
    assert {notes(plan)[each] for each in BOTH} == {"adds account:new, removes account:audit"}
    order = [each["address"] for each in plan["changes"]]
    assert order.index("account:new") < min(map(order.index, BOTH))
    world.apply()
    world.assert_applied()
    expected = {id_of(world, each) for each in ("new@example.com", "security@example.com")}
    assert live_accounts(world) == (expected, expected)


def test_a_closed_account_leaves_both(world: World) -> None:
    world.declare(BILLING)
    world.apply()
    closed = "root: {organizational_units: {Base: {accounts: {audit: {state: closed}}}}}"
    world.declare(BILLING + closed)
    assert set(steps(world.plan("--allow-close"))) == {"close account:audit", *(f"update {each}" for each in BOTH)}
    world.apply("--allow-close")
    world.assert_applied("--allow-close")
    expected = {id_of(world, "security@example.com")}
    assert live_accounts(world) == (expected, expected)


def test_an_account_that_has_not_joined_is_in_nothing_until_it_has(world: World) -> None:
    other = "555566667777"
    invited = (
        f'root: {{organizational_units: {{Acquired: {{accounts: {{acquired: {{id: "{other}", invite: true}}}}}}}}}}'
    )
    billing = BILLING.replace('["ou:Base"]', '["ou:Base", "ou:Acquired"]')
    billing += '    acquired: {limit: 5 USD, for: "ou:Acquired"}\n'
    world.declare(billing + invited)
    assert set(steps(world.plan())) == {f"create {each}" for each in BOTH} | {
        "invite invitation:acquired", "create ou:Acquired",
    }  # fmt: skip
    world.apply()
    world.assert_applied()
    assert other not in live_accounts(world)[1]
    world.by_hand("AcceptHandshake", {"HandshakeId": f"invitation:{other}"}, caller=other)
    plan = world.plan()
    assert {"create budget:acquired", "update cost_category:Team"} < set(steps(plan))
    world.apply()
    world.assert_applied()


def test_accounts_of_another_organization_survive_an_import(world: World) -> None:
    rule = {"Value": "Sold", "Rule": {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": ["999988887777"]}}}
    definition = {"Name": "History", "RuleVersion": "CostCategoryExpression.v1", "Rules": [rule]}
    world.by_hand("ce:CreateCostCategoryDefinition", definition)
    assert world.run("import", "--force").code == 0
    assert "999988887777" in Path("org.yaml").read_text("utf-8")
    world.assert_applied()


def test_an_accepted_change_leaves_the_patterns_of_everything_else(world: World) -> None:
    world.declare(BILLING)
    world.apply()
    owner = {"AccountId": "123456789012"}
    found = next(world.backend.state().of(Budget))
    budget = {"BudgetName": "base", "BudgetType": "COST", "TimeUnit": "MONTHLY"}
    assert found.filter is not None
    expression = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [*(found.filter.accounts or ())]}}
    changed = {**budget, "BudgetLimit": {"Amount": "7000", "Unit": "USD"}, "Metrics": ["UnblendedCost"]}
    world.by_hand("budgets:UpdateBudget", {**owner, "NewBudget": {**changed, "FilterExpression": expression}})
    assert world.changed() == ["budget:base"]
    assert world.run("import", "--update").code == 0
    text = Path("kind.yaml").read_text("utf-8")
    assert text == f"version: 1\n{BILLING}\n".replace("5000 USD", '"7000 USD"')
    world.assert_applied()


def test_a_tag_that_no_bill_has_is_pending_and_then_activated(world: World) -> None:
    tagged = "root: {organizational_units: {Base: {accounts: {audit: {tags: {team: shop}}}}}}"
    world.declare("billing: {cost_allocation_tags: {active: [team], inactive: [stage]}}")
    plan = world.plan()
    assert steps(plan) == []
    (pending,) = plan["pending"]
    assert (pending["address"], pending["state"]) == ("cost_allocation_tag:team", "not_seen")
    assert "24 hours" in pending["detail"]
    assert world.run("plan", "--detailed-exitcode").code == 0
    world.declare("billing: {cost_allocation_tags: {active: [team]}}\n" + tagged)
    world.apply()
    assert steps(world.plan()) == ["update cost_allocation_tag:team"]
    world.apply()
    world.assert_applied()
    world.declare("billing: {cost_allocation_tags: {inactive: [team]}}\n" + tagged)
    assert [each["guard"] for each in world.plan()["guards"]["violations"]] == ["deletes.cost_allocation_tags"]


def test_a_key_that_the_service_refuses_is_a_failure(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.declare("billing: {cost_allocation_tags: {active: ['aws:createdBy']}}")
    call = Counting.call

    def refusing(layer: Counting, operation: str, params: Params) -> Response:
        if operation != "ce:UpdateCostAllocationTagsStatus":
            return call(layer, operation, params)
        (entry,) = params["CostAllocationTagsStatus"]
        return {"Errors": [{"TagKey": entry["TagKey"], "Code": "TagKeysNotFoundException", "Message": "not found"}]}

    monkeypatch.setattr(Counting, "call", refusing)
    ran = world.run("apply", "--auto-approve", "--output", "json")
    assert ran.code == 7
    (failed,) = ran.json["failed"]
    assert (failed["address"], "TagKeysNotFoundException" in failed["error"]) == (
        "cost_allocation_tag:aws:createdBy",
        True,
    )


@pytest.mark.parametrize(
    ("section", "text"),
    [
        ("cost_categories: {New: {default: Other}}", "has no rules"),
        ("budgets: {new: {notify: [{actual: 80%, to: [a@example.com]}]}}", "has no limit"),
    ],
)
def test_what_is_new_and_incomplete_is_refused_before_the_first_write(world: World, section: str, text: str) -> None:
    world.declare(f"billing: {{{section}}}")
    (violation,) = world.plan()["guards"]["violations"]
    assert violation["guard"] == "refused"
    assert text in violation["message"]


def test_nothing_of_billing_is_read_where_the_spec_has_none(world: World) -> None:
    world.declare("")
    world.plan()
    assert [each for each in world.calls.made if each.startswith(("ce:", "budgets:"))] == []
    world.declare("billing: {cost_allocation_tags: {active: []}}")
    world.plan()
    assert {each for each in world.calls.made if each.startswith(("ce:", "budgets:"))} == {"ce:ListCostAllocationTags"}


def with_action(world: World, account: str) -> None:
    """A budget action that attached the SCP to the account."""
    state = world.backend.state()
    policy = next(str(each.id) for each in state.of(Policy) if each.name == "stop")
    target = id_of(world, account)
    action = BudgetAction(
        address="budget_action:11111111-2222-3333-4444-555555555555", budget="base", policy=policy, targets=(target,),
        status="execution_success",
    )  # fmt: skip
    world.backend.restore(state.with_resources([*state.resources, action]))
    world.by_hand("AttachPolicy", {"PolicyId": policy, "TargetId": target})


def test_an_scp_that_a_budget_attached_and_the_apply_takes_off_is_a_warning(world: World) -> None:
    world.declare(DENY)
    world.apply()
    with_action(world, "audit@example.com")
    plan = world.plan()
    assert steps(plan) == ["detach attachment:stop@account:audit"]
    assert "W391" in codes(plan)
    (found,) = [each for each in plan["warnings"] if each["code"] == "W391"]
    assert "the budget base attaches policy:stop to account:audit" in found["message"]
    declared = "root: {organizational_units: {Base: {accounts: {audit: {policies: [stop]}}}}}"
    world.declare(DENY + declared)
    assert "W391" not in codes(world.plan())


def test_actions_are_read_with_budgets_and_are_no_reason_to_fail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.declare(DENY + BILLING)
    world.apply()
    with_action(world, "audit@example.com")
    assert "W391" in codes(world.plan())
    call = Counting.call

    def denying(layer: Counting, operation: str, params: Params) -> Response:
        if operation == READ_ACTIONS:
            raise AccessDenied(f"{operation}: not allowed")
        return call(layer, operation, params)

    monkeypatch.setattr(Counting, "call", denying)
    plan = world.plan()
    assert steps(plan) == ["detach attachment:stop@account:audit"]
    assert "W391" not in codes(plan)
