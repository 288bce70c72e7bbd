"""What a change waits for, and is skipped with, because of what exists when."""

from __future__ import annotations

from reconciler.kinds.base import UnmanagedRules
from reconciler.model.inventory import Inventory
from reconciler.model.reference import reference
from reconciler.planning.planner import PlannerSettings
from tests.building import deny, org
from tests.harness import Organization

DELETE = PlannerSettings(
    policies=UnmanagedRules({"attachments": "delete", "policies": "delete", "organizational_units": "delete"})
)


def dependencies(before: Inventory, after: Inventory, rules: PlannerSettings = DELETE) -> dict[str, tuple[str, ...]]:
    """`action address` of each change -> the addresses that it depends on."""
    organization = Organization()
    organization.apply(before)
    changes = organization.plan(after, rules).plan.changes
    return {f"{each.action} {each.address}": each.depends_on for each in changes}


def test_an_ou_is_deleted_after_everything_has_left_it() -> None:
    found = dependencies(org(["A", "A/X", "B"], {"a": "A"}), org(["B"], {"a": "B"}))
    assert {"account:a", "ou:A/X"} <= set(found["delete ou:A"])


def test_a_policy_is_deleted_after_it_was_detached() -> None:
    policies = {"p": deny("s3:Get*")}
    found = dependencies(org(["A"], {"a": "A"}, policies, {"p": ["A"]}), org(["A"], {"a": "A"}))
    assert found["delete policy:p"] == ("attachment:p@A",)


def test_what_keeps_a_reference_does_not_have_to_leave() -> None:
    policies = {"p": deny("s3:Get*"), "q": deny("s3:Put*")}
    found = dependencies(
        org(["A"], {"a": "A"}, policies, {"p": ["A"], "q": ["A"]}),
        org(["A"], {"a": "A"}, {"q": deny("s3:List*")}, {"q": ["A"]}),
    )
    assert "policy:q" not in found["delete policy:p"]


def test_a_document_waits_for_the_account_that_it_names() -> None:
    named = deny("s3:*", ArnNotLike={"aws:PrincipalArn": f"arn:aws:iam::{reference('account:new')}:role/x"})
    found = dependencies(org(["A"], {"a": "A"}), org(["A"], {"a": "A", "new": "A"}, {"p": named}, {"p": ["@a"]}))
    assert found["create policy:p"] == ("account:new",)
    assert "policy:p" in found["attach attachment:p@account:a"]
