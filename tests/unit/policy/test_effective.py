"""Effective policies of an organization, and policies at one node that assign the same setting."""

from __future__ import annotations

import pytest

from reconciler.model.effective import EffectivePolicy
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Attachment
from reconciler.model.scope import Unread
from reconciler.policy.effective.organization import effective_policies
from reconciler.policy.lint.organization import lint_organization
from tests.building import org


def values(*assigned: str, key: str = "cost") -> dict[str, object]:
    return {"tags": {key: {"tag_value": {"@@assign": list(assigned)}}}}


def organization(attached: dict[str, list[str]], *, types: tuple[str, ...] = ("tag",)) -> Inventory:
    policies = {
        "red": values("red"),
        "blue": values("blue"),
        "owner": values("me", key="owner"),
        "also-red": values("red"),
    }
    return org(
        ["W"], {"a": "W", "b": "/"}, policies, attached, types=types, policy_types=dict.fromkeys(policies, "tag")
    )  # fmt: skip


def in_order(inventory: Inventory, *policies: str) -> Inventory:
    """The attachments with the positions that these policies have in every list."""
    return inventory.with_resources(
        each.model_copy(update={"position": policies.index(each.policy.removeprefix("policy:")) + 1})
        if isinstance(each, Attachment)
        else each
        for each in inventory.resources
    )


def tag_policies(inventory: Inventory) -> dict[str, EffectivePolicy]:
    return effective_policies(inventory, "tag")


class TestEffectivePolicies:
    def test_are_merged_from_the_root_down(self) -> None:
        found = tag_policies(organization({"red": ["/"], "blue": ["W"], "owner": ["@a"]}))
        assert found["account:a"].document == {
            "tags": {
                "cost": {"tag_key": "cost", "tag_value": ["blue"]},
                "owner": {"tag_key": "owner", "tag_value": ["me"]},
            }
        }
        assert found["account:b"].document == {"tags": {"cost": {"tag_key": "cost", "tag_value": ["red"]}}}
        setting = next(each for each in found["account:a"].settings if each.path[-2:] == ("cost", "tag_value"))
        assert [str(each) for each in setting.because] == ["policy:blue at ou:W (@@assign)"]

    def test_follow_the_list_of_the_spec(self) -> None:
        inventory = organization({"red": ["W"], "blue": ["W"]})
        assert tag_policies(inventory)["account:a"].document is None
        for first, second in (("red", "blue"), ("blue", "red")):
            found = tag_policies(in_order(inventory, first, second))["account:a"]
            assert found.settings[1].value == [first]

    def test_are_empty_where_nothing_is_attached(self) -> None:
        assert tag_policies(organization({}))["account:a"].document == {}

    @pytest.mark.parametrize(
        ("tags", "published"),
        [
            ({"@@assign": "x"}, "x"),
            ({"t": {"@@assign": "x", "tag_key": {"@@assign": "T"}}}, {"t": "x"}),
            ({"t": {"tag_key": {"x": {"@@assign": 1}}}}, {"t": {"tag_key": {"x": 1}, "tag_value": ["*"]}}),
        ],
    )
    def test_of_documents_that_are_no_tag_policies_can_be_computed(self, tags: object, published: object) -> None:
        inventory = org(
            ["W"], {"a": "W"}, {"p": {"tags": tags}}, {"p": ["W"]}, types=("tag",), policy_types={"p": "tag"}
        )
        assert tag_policies(inventory)["account:a"].document == {"tags": published}

    def test_do_not_exist_where_the_type_is_not_enabled(self) -> None:
        found = tag_policies(organization({}, types=()))["account:a"]
        assert (found.enabled, found.document) == (False, None)

    def test_are_not_known_where_policies_were_not_read(self) -> None:
        inventory = organization({})
        scope = inventory.scope.with_unread([Unread(kind="tag", reason="not allowed")])
        found = tag_policies(inventory.model_copy(update={"scope": scope}))["account:a"]
        assert found.document is None
        assert [(each.addresses, each.reason) for each in found.unknown] == [
            (("root:/", "ou:W", "account:a"), "not allowed")
        ]


class TestConflicts:
    def findings(self, inventory: Inventory) -> list[tuple[str, str]]:
        return [(each.address, each.message) for each in lint_organization(inventory) if each.code == "W480"]

    def test_name_the_policies_and_the_setting(self) -> None:
        inventory = in_order(organization({"red": ["W"], "blue": ["W"], "owner": ["W"]}), "red", "owner", "blue")
        assert self.findings(inventory) == [
            ("attachment:blue@W", "red and blue, attached to ou:W, assign tags.cost.tag_value differently")
        ]

    def test_need_different_values_at_one_node(self) -> None:
        assert self.findings(organization({"red": ["W"], "also-red": ["W"], "blue": ["/"], "owner": ["W"]})) == []


def test_what_cannot_be_merged_is_found_once() -> None:
    required = {"report_required_tag_for": {"@@assign": ["ec2:instance"]}}
    policies = {name: {"tags": {f"{name}{at}": required for at in range(26)}} for name in ("p", "q")}
    types = dict.fromkeys(policies, "tag")
    attached = {"p": ["/"], "q": ["W"]}
    inventory = org(["W"], {"a": "W", "b": "W", "c": "/"}, policies, attached, types=("tag",), policy_types=types)
    (finding,) = (each for each in lint_organization(inventory) if each.code == "W481")
    assert (finding.code, finding.address) == ("W481", "account:a")
    assert finding.message == (
        "the tag policy documents above account:a and 1 more cannot be merged: 52 tag keys are required for "
        "ec2:instance, and 50 at most are allowed"
    )
