"""The inheritance of declarative policies: recorded results of the service, and a second, naive implementation.

The tables: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_inheritance_mgmt.html, and
observed against the live service, September 2026.
"""

from __future__ import annotations

from functools import reduce
from itertools import permutations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.base import Json
from reconciler.model.document import listed
from reconciler.policy.effective.inheritance import AttachedDocument, Level, inherited, value_key
from reconciler.policy.effective.organization import merge

CONTROL = "@@operators_allowed_for_child_policies"
PATH = ("tags", "c", "tag_value")
Documents = tuple[dict[str, Any], ...]


def tag(**operators: Any) -> dict[str, Any]:
    """A tag policy with operators (`allowed` for the limit) at one setting."""
    return {"tags": {"c": {"tag_value": {CONTROL if key == "allowed" else f"@@{key}": operators[key]
                                         for key in operators}}}}  # fmt: skip


def levels(*nodes: Documents, known: bool = True) -> list[Level]:
    return [
        Level(f"ou:{at}", tuple(AttachedDocument(f"policy:{at}-{place}", document, place if known else 0)
                                for place, document in enumerate(documents)))
        for at, documents in enumerate(nodes)
    ]  # fmt: skip


def effective(*nodes: Documents, known: bool = True) -> Json:
    found = {each.path: each for each in merge("account:a", "tag", levels(*nodes, known=known)).settings}
    assert not found[PATH].alternatives
    return found[PATH].value


RED, BLUE = tag(assign=["red"]), tag(assign=["blue"])


@pytest.mark.parametrize(
    ("nodes", "value"),
    [
        (((RED, BLUE),), ["red"]),
        (((tag(append=["red"]), BLUE),), ["blue", "red"]),
        (((tag(assign=["red", "blue"]), tag(remove=["red"])),), ["blue"]),
        (((tag(append=["red"]), tag(remove=["red"])),), []),
        (((tag(remove=["red"]), tag(append=["red"])),), []),
        (((tag(assign=["red"], append=["blue"], remove=["red"]),),), ["blue"]),
        (((tag(assign=["red", "blue"]),), (tag(append=["blue", "green"]),)), ["red", "blue", "green"]),
        (((tag(assign=["red"], allowed=["@@append"]),), (tag(assign=["green"]),)), ["red"]),
        (((tag(assign=["red"], allowed=["@@append"]), tag(allowed=["@@remove"])), (tag(append=["b"]),)), ["red"]),
        (((tag(assign=["red"], allowed=["@@none"]), BLUE), (tag(append=["b"], remove=["red"]),)), ["red"]),
        (((tag(assign=["red"], allowed=["@@all"]),), (BLUE,)), ["blue"]),
        (((tag(assign=["red"], allowed=["@@none"]),), (tag(allowed=["@@all"]),), (BLUE,)), ["red"]),
        (((RED,), (tag(remove=["red"]),)), []),
        (((), (tag(remove=["red"]),)), ["*"]),
        (((tag(assign=[12, True, None]),), (tag(append=["12", 13]),)), ["12", "true", "null", "13"]),
        (((RED,), (BLUE,)), ["blue"]),
    ],
)  # fmt: skip
def test_what_the_service_makes_of_two_policies(nodes: tuple[Documents, ...], value: Json) -> None:
    assert effective(*nodes) == value


def test_a_limit_on_a_container_does_not_bind_what_is_in_it() -> None:
    limit = {"tags": {CONTROL: ["@@none"], "c": {CONTROL: ["@@none"], **RED["tags"]["c"]}}}
    assert effective((limit,), (BLUE,)) == ["blue"]


def test_a_limit_does_not_bind_its_own_node() -> None:
    assert effective((tag(allowed=["@@none"]), RED)) == ["red"]


class TestUnknownOrder:
    def test_of_different_values_is_an_outcome_each(self) -> None:
        found = merge("account:a", "tag", levels((RED, BLUE), (tag(append=["green"]),), known=False))
        setting = next(each for each in found.settings if each.path == PATH)
        assert found.document is None
        assert setting.value is None
        assert [each.value for each in setting.alternatives] == [["red", "green"], ["blue", "green"]]
        assert [str(each) for each in setting.alternatives[1].because] == [
            "policy:0-1 at ou:0 (@@assign)", "policy:1-0 at ou:1 (@@append)",
        ]  # fmt: skip

    def test_of_equal_values_is_none(self) -> None:
        assert effective((tag(assign=["red", "blue"]), tag(assign=["blue", "red"])), known=False) == ["red", "blue"]

    def test_ends_where_a_node_below_assigns(self) -> None:
        assert effective((RED, BLUE), (tag(assign=["green"]),), known=False) == ["green"]

    def test_ends_where_the_outcomes_become_equal(self) -> None:
        assert effective((RED, BLUE), (tag(remove=["red", "blue"]),), known=False) == []


class TestOfATagPolicy:
    def test_names_have_no_case_and_settings_have_defaults(self) -> None:
        found = merge("account:a", "tag", levels(({"tags": {"Cost": {"tag_key": {"@@assign": "COST"}}, "Owner": {}}},)))
        assert found.document == {
            "tags": {"cost": {"tag_key": "COST", "tag_value": ["*"]}, "owner": {"tag_key": "owner", "tag_value": ["*"]}}
        }

    def test_too_many_required_keys_are_an_error(self) -> None:
        required = {"report_required_tag_for": {"@@assign": ["ec2:instance"]}}
        documents = tuple({"tags": {f"k{each}": required for each in range(at, at + 26)}} for at in (0, 26))
        assert [each.code for each in merge("account:a", "tag", levels(documents)).errors] == ["ELEMENTS_TOO_MANY"]
        assert merge("account:a", "tag", levels(documents[:1])).errors == ()


def test_chat_policies_are_published_in_lower_case() -> None:
    document = {"Chatbot": {"Default": {"Client": {"@@Assign": "disabled"}}, "Platforms": {"Slack": {}}}}
    assert merge("account:a", "chatbot", levels((document,))).document == {
        "chatbot": {"default": {"client": "disabled"}}
    }


@pytest.mark.parametrize(
    ("plan", "codes"),
    [
        ({"rules": {"r": {"target_backup_vault_name": {"@@assign": "v"}}}}, ["KEY_REQUIRED", "KEY_REQUIRED"]),
        (
            {
                "regions": {"@@assign": []},
                "selections": {"tags": {"s": {"tag_key": {"@@assign": "k"}}}},
                "rules": {"r": {"lifecycle": {"move_to_cold_storage_after_days": {"@@assign": "9"},
                                              "delete_after_days": {"@@assign": "98"}}}},
            },
            ["ELEMENTS_TOO_FEW", "CROSS_ATTRIBUTE_VALIDATION"],
        ),
    ],
)  # fmt: skip
def test_an_incomplete_backup_plan_is_an_error(plan: dict[str, Any], codes: list[str]) -> None:
    found = merge("account:a", "backup", levels(({"plans": {"daily": plan}},)))
    assert [each.code for each in found.errors] == codes


def test_plain_values_are_assigned() -> None:
    document = {"securityhub": {"enable_in_regions": ["eu-west-1"]}}
    assert merge("account:a", "security_hub", levels((document,))).document == document


NAMES = ("red", "blue", "green")
values = st.lists(st.sampled_from(NAMES), max_size=2, unique=True)
limits = st.sampled_from((["@@none"], ["@@all"], ["@@append"], ["@@assign", "@@remove"], ["@@remove", "@@append"]))
operators = st.fixed_dictionaries(
    {}, optional={"@@assign": values, "@@append": values, "@@remove": values, CONTROL: limits}
)
documents = st.fixed_dictionaries({}, optional={"a": operators, "b": st.fixed_dictionaries({"c": operators})})
nodes = st.lists(st.lists(documents, max_size=3).map(tuple), min_size=1, max_size=3)


def naive(chain: list[Documents], path: tuple[str, ...]) -> list[str] | None:
    """One setting, by the words of the documentation, where the order at each node is known."""
    value: list[str] | None = None
    allowed = {"@@assign", "@@append", "@@remove"}
    for attached in chain:
        here = [reduce(lambda setting, step: setting.get(step, {}), path, document) for document in attached]
        for each in reversed(here):
            if "@@assign" in each and "@@assign" in allowed:
                value = [*each["@@assign"]]
        for operator in ("@@append", "@@remove"):
            for each in here:
                if operator not in each or operator not in allowed:
                    continue
                if operator == "@@append":
                    value = (value or []) + each[operator]
                elif value is not None:
                    value = [one for one in value if one not in each[operator]]
        for each in here:
            if CONTROL in each and "@@all" not in each[CONTROL]:
                allowed = {one for one in allowed if one in each[CONTROL]}
    return value


@given(nodes, st.sampled_from((("a",), ("b", "c"))))
def test_a_setting_has_the_outcomes_that_all_orders_of_attachment_have(
    chain: list[Documents], path: tuple[str, ...]
) -> None:
    setting = inherited(levels(*chain, known=False))
    for step in path:
        setting = setting.children.get(step, type(setting)())
    orders = product(*(permutations(each) for each in chain))
    expected = [naive(list(order), path) for order in orders]
    found = [listed(each.value) for each in setting.outcomes]
    possible = [set(each) for each in expected if each is not None]
    assert all({*map(str, each)} in possible for each in found)
    assert all(any({*map(str, each)} == one for each in found) for one in possible)
    assert len({value_key(each.value) for each in setting.outcomes}) == len(setting.outcomes)


@given(nodes, st.sampled_from((("a",), ("b", "c"))))
def test_a_setting_has_one_outcome_where_the_order_is_known(chain: list[Documents], path: tuple[str, ...]) -> None:
    setting = inherited(levels(*chain))
    for step in path:
        setting = setting.children.get(step, type(setting)())
    expected = naive(chain, path)
    assert [sorted(map(str, listed(each.value))) for each in setting.outcomes] == (
        [] if expected is None else [sorted({*expected})]
    )
