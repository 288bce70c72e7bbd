"""What a change of declarative policies means for the effective policies of accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.inventory import Inventory
from reconciler.model.scope import Unread
from reconciler.policy.impact.settings import settings_impact
from tests.building import org

ACCOUNTS = {"a": "W", "b": "W", "c": "/"}


def values(*assigned: str, operator: str = "@@assign") -> dict[str, Any]:
    return {"tags": {"cost": {"tag_value": {operator: list(assigned)}}}}


def organization(
    policies: Mapping[str, Any], attached: Mapping[str, list[str]], accounts: Mapping[str, str] = ACCOUNTS
) -> Inventory:
    types = dict.fromkeys(policies, "tag")
    return org(["W"], accounts, policies, attached, types=("tag",), policy_types=types)


def lines(before: Inventory, after: Inventory) -> list[tuple[tuple[str, ...], list[str]]]:
    found = settings_impact(before, after)
    return [(each.accounts, [line.text for line in each.lines]) for each in found]


def test_accounts_with_the_same_change_are_one_group() -> None:
    before = organization({"p": values("red", "blue")}, {"p": ["W"]})
    after = organization({"p": values("green", "blue")}, {"p": ["W"]})
    assert lines(before, after) == [(("account:a", "account:b"), ["tags.cost.tag_value: + green, - red"])]
    (impact,) = settings_impact(before, after)
    setting = impact.lines[0].setting
    assert (impact.about, setting and setting.type) == ("settings", "tag")
    assert setting is not None
    assert (setting.added, setting.removed) == (("green",), ("red",))


def test_a_setting_that_comes_and_one_that_goes() -> None:
    before, after = organization({"p": values("red")}, {}), organization({"p": values("red")}, {"p": ["@c"]})
    newly = ["tags.cost.tag_key: newly cost", "tags.cost.tag_value: newly red"]
    assert lines(before, after) == [(("account:c",), newly)]
    gone = ["tags.cost.tag_key: no longer set (was cost)", "tags.cost.tag_value: no longer set (was red)"]
    assert lines(after, before) == [(("account:c",), gone)]


def test_the_order_of_values_is_no_change() -> None:
    one, other = (organization({"p": values(*each)}, {"p": ["/"]}) for each in (("red", "blue"), ("blue", "red")))
    assert lines(one, other) == []


def test_what_the_order_of_attachments_decides_is_not_known() -> None:
    policies = {"p": values("red"), "q": values("blue"), "r": values("green", operator="@@append")}
    before = organization(policies, {"p": ["W"], "q": ["W"]})
    after = organization(policies, {"p": ["W"], "q": ["W"], "r": ["@a"]})
    text = "tags.cost.tag_value: not known (red or blue) → not known (red, green or blue, green)"
    assert lines(before, after) == [(("account:a",), [text])]
    assert lines(before, before) == []


def test_what_was_not_read_is_not_known_of_an_account_that_moves() -> None:
    before, after = (organization({}, {}, {**ACCOUNTS, "a": place}) for place in ("W", "/"))
    scope = before.scope.with_unread([Unread(kind="tag", reason="not allowed")])
    before, after = (each.model_copy(update={"scope": scope}) for each in (before, after))
    text = "not known what changes: the live tag policy documents were not read (not allowed)"
    assert lines(before, after) == [(("account:a",), [text])]
    assert lines(before, before) == []


def test_a_document_that_the_service_will_withhold_is_a_risk() -> None:
    plan = {"plans": {"daily": {"regions": {"@@assign": ["eu-west-1"]}}}}
    before, after = (
        org([], {"c": "/"}, {"p": plan}, {"p": nodes}, types=("backup",), policy_types={"p": "backup"})
        for nodes in ((), ("/",))
    )
    (impact,) = settings_impact(before, after)
    assert impact.risk == "medium"
    assert [line.text for line in impact.lines if line.risk == "medium"] == [
        f"the backup plan daily has no {key}: the service keeps the last document that was valid"
        for key in ("rules", "selections")
    ]
