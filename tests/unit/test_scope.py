"""What an inventory says of what it does not know, and the files of versions that did not say it."""

from __future__ import annotations

from typing import Any

from reconciler.kinds import KINDS
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan
from reconciler.model.resources import Attachment, Policy, PolicyType
from reconciler.model.scope import Scope, Unread
from reconciler.use_cases.policy_evaluator import PolicyEvaluator
from tests.building import deny, org

CLASSES = [kind.resource for kind in KINDS]
WHOLE = org(["A"], {"a": "A"}, {"x": deny("s3:*"), "t": {"tags": {}}}, {"x": ["A"], "t": ["A"]},
            types=("scp", "tag"), policy_types={"t": "tag"})  # fmt: skip


def dumped(inventory: Inventory) -> dict[str, Any]:
    return inventory.model_dump(mode="json", exclude_none=True)


def test_a_snapshot_without_a_scope_is_one_of_everything() -> None:
    data = dumped(WHOLE)
    del data["scope"]
    assert Inventory.load(data, CLASSES) == WHOLE
    assert WHOLE.unread() == ()


def test_a_part_says_what_it_lacks_also_after_it_was_in_a_file() -> None:
    part = WHOLE.limited_to(["tag"], "nobody may")
    assert part.unread() == (Unread(kind="scp", reason="nobody may"),)
    assert {each.type for each in part.of(Policy)} == {"tag"}
    assert [each.address for each in part.of(Attachment)] == ["attachment:t@A"]
    assert Inventory.load(dumped(part), CLASSES) == part
    assert part.limited_to(["tag"]) == part
    assert [each.kind for each in part.limited_to([]).unread()] == ["scp", "tag"]


def test_a_type_that_is_not_enabled_is_known_to_have_no_effect() -> None:
    part = WHOLE.limited_to(["tag"])
    disabled = part.with_resources(each for each in part.resources if not isinstance(each, PolicyType))
    assert disabled.unread() == ()


def test_a_plan_of_an_earlier_version_says_what_to_read_again() -> None:
    plan = Plan.load(
        {
            "organization": {"id": "o-1", "management_account_id": "1", "root_id": "r-1"},
            "spec_digest": "",
            "changes": [],
            "scope": {"policy_types": ["scp"], "ignored_tags": ["aws:*"]},
        },
        CLASSES,
    )
    assert plan.scope == Scope(policy_types=("scp",), ignored_tags=("aws:*",))
    assert plan.model_dump(mode="json")["scope"] == {
        "policy_types": ["scp"],
        "tags": True,
        "ignored_tags": ["aws:*"],
        "unread": [],
    }


def test_what_a_spec_does_not_manage_is_not_taken_for_unread() -> None:
    """The spec decides which types are enabled; those that it does not manage count in no decision about it."""
    spec = org(["A"], {"a": "A"}, types=()).model_copy(update={"scope": Scope(unread=(Unread(kind="scp"),))})
    found = PolicyEvaluator.of(spec)
    assert all(chain.unread == () for chain in found.chains.values())


def test_what_is_missing_for_a_scope_is_named_part_by_part() -> None:
    part = WHOLE.limited_to(["tag"], "nobody may")
    part = part.model_copy(update={"scope": part.scope.model_copy(update={"tags": False})})
    assert part.missing(Scope(policy_types=("tag", "backup"), tags=False)) == []
    assert part.missing(Scope(policy_types=("scp",), tags=True, parts=("trusted_access",))) == [
        "policies of type scp (nobody may)",
        "tags",
        "trusted_access",
    ]
    assert part.missing(Scope(tags=False)) == ["policies of type scp (nobody may)"], "a whole scope has every type"


def test_a_kind_has_all_of_its_parts() -> None:
    scope = Scope(parts=("trusted_access", "delegated_administrators/guardduty.amazonaws.com"))
    assert scope.has_part("trusted_access/sso.amazonaws.com")
    assert not scope.has_part("delegated_administrators")


def test_further_types_come_in_the_order_of_the_table() -> None:
    assert Scope(policy_types=("tag",)).with_types(["rcp", "scp"]) == Scope(policy_types=("scp", "rcp", "tag"))
    assert Scope().with_types(["rcp"]) == Scope(), "all types belong to a whole scope"


def test_a_new_reason_replaces_the_one_before() -> None:
    unread = Scope(unread=(Unread(kind="tag"), Unread(kind="scp"))).with_unread([Unread(kind="scp", reason="denied")])
    assert unread.unread == (Unread(kind="scp", reason="denied"), Unread(kind="tag"))
