"""What the guards on deletes and on an emptied spec count, and the numbers that they report."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.kinds.base import UnmanagedRules
from reconciler.model.inventory import Inventory
from reconciler.model.limits import Limit
from reconciler.planning.guards import Limits, limits_as_json, limits_from_json
from reconciler.planning.planner import PlannerSettings
from tests.building import deny, org
from tests.harness import Organization

DETACHING = UnmanagedRules({"attachments": "delete"})
DELETING = UnmanagedRules({"attachments": "delete", "organizational_units": "delete", "policies": "delete"})
POLICIES = {"p": deny("s3:Get*"), "q": deny("s3:Put*")}


def violations(before: Inventory, after: Inventory, policies: UnmanagedRules, **limits: Any) -> list[tuple[str, str]]:
    organization = Organization()
    organization.apply(before)
    found = organization.plan(after, PlannerSettings(policies=policies, limits=Limits(**limits))).plan.guards.violations
    return [(each.guard, each.message) for each in found]


@pytest.mark.parametrize(("places", "guards"), [({"p": ["A", "B"]}, []), ({"p": ["A"], "q": ["B"]}, ["emptied"])])
def test_one_policy_that_is_detached_from_several_nodes_is_one_object(
    places: dict[str, list[str]], guards: list[str]
) -> None:
    """A spec without policies is taken for emptied where it puts several of them out of force."""
    before = org(["A", "B"], {"a": "A"}, POLICIES, places)
    found = violations(before, org(["A", "B"], {"a": "A"}), DETACHING)
    assert [guard for guard, _ in found] == guards


def test_detached_policies_do_not_count_as_ous_that_the_spec_lacks() -> None:
    """The spec declares no OU, and none is deleted."""
    before = org(["A"], {"a": "/"}, POLICIES, {"p": ["/"], "q": ["/"]})
    assert violations(before, org([], {"a": "/"}, POLICIES), DETACHING) == []


@pytest.mark.parametrize(
    ("left", "limit", "minimum", "message"),
    [
        (3, "0", 1, "1 OU would be deleted, the limit is 0"),
        (2, "1", 1, "2 OUs would be deleted, the limit is 1"),
        (2, "25%", 4, "2 of 4 OUs would be deleted (50%, the limit is 25%)"),
        (1, "25%", 4, "3 of 4 OUs would be deleted (75%, the limit is 25%)"),
    ],
)
def test_the_message_has_the_number_and_the_limit(left: int, limit: str, minimum: int, message: str) -> None:
    units = ["A", "B", "C", "D"]
    parsed = Limit.parse(limit if "%" in limit else int(limit))
    limits = {"max_deletes": {"organizational_units": parsed}, "minimum": minimum}
    assert violations(org(units), org(units[:left]), DELETING, **limits) == [("deletes.organizational_units", message)]


def test_limits_are_the_same_after_they_were_written_to_a_plan_file() -> None:
    limits = Limits(
        protected=("ou:A/**",),
        max_deletes={"policies": Limit.parse("25%"), "tags": Limit.parse(3)},
        max_account_closures=1,
        max_account_creations=2,
        minimum=5,
    )
    assert limits_from_json(json.loads(json.dumps(limits_as_json(limits)))) == limits


NONE_DELETED = {"max_deletes": {"organizational_units": Limit.parse(0), "tags": Limit.parse(0)}}


def test_a_replaced_ou_is_not_a_deleted_one() -> None:
    before = org(["A", "A/X", "B"], {"a": "A/X"})
    after = org(["A", "B", "B/X"], {"a": "B/X"}, previously={"B/X": ["A/X"]})
    assert violations(before, after, DELETING, **NONE_DELETED) == []


def test_only_tags_that_are_taken_off_what_stays_are_removed_tags() -> None:
    before = org(["A", "B"], {"a": "A"}, tags={"B": {"k": "v"}})
    after = org(["A", "C"], {"a": "C"}, tags={"C": {"k": "v"}})
    found = violations(before, after, DELETING, **NONE_DELETED)
    assert found == [("deletes.organizational_units", "1 OU would be deleted, the limit is 0")]


def test_a_violation_names_each_change_that_it_counts() -> None:
    organization = Organization()
    organization.apply(org(["A", "B", "C"]))
    rules = PlannerSettings(policies=DELETING, limits=Limits(max_deletes={"organizational_units": Limit.parse(1)}))
    (found,) = organization.plan(org(["A"]), rules).plan.guards.violations
    assert set(found.addresses) == {"ou:B", "ou:C"}
