"""`guards.protected` compares the policies in force at both ends of a plan."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.kinds.base import UnmanagedRules
from reconciler.model.inventory import Inventory
from reconciler.planning.guards import GuardOverrides, Limits
from reconciler.planning.planner import PlannerSettings
from tests.building import ALLOW_ALL, deny, org
from tests.harness import Organization

P = {"p": deny("s3:Get*"), "q": deny("s3:Put*")}
DELETE = UnmanagedRules({"attachments": "delete", "policies": "delete", "organizational_units": "delete"})


def weakened(pattern: str, before: Inventory, after: Inventory, **allowed: Any) -> list[str]:
    """The addresses of the changes that would weaken what the pattern names."""
    organization = Organization()
    organization.apply(before)
    rules = PlannerSettings(policies=DELETE, limits=Limits(protected=(pattern,)))
    found = organization.plan(after, rules, allowed=GuardOverrides(close=True, **allowed)).plan.guards.violations
    assert {each.guard for each in found} <= {"protected"}
    return [address for each in found for address in each.addresses]


def move(source: str, target: str, attached: dict[str, list[str]], after: dict[str, list[str]] | None = None) -> Any:
    units = ["A", "B"]
    return org(units, {"a": source}, P, attached), org(units, {"a": target}, P, attached if after is None else after)


@pytest.mark.parametrize(
    ("before_after", "blamed"),
    [
        (move("/", "A", {"p": ["/"]}), []),
        (move("/", "A", {"p": ["/"], "q": ["A"]}), []),
        (move("A", "B", {"p": ["A"]}), ["account:a"]),
        (move("A", "B", {"p": ["A", "B"]}), []),
        (move("A", "B", {"p": ["A"]}, {"p": ["/"]}), []),
        (move("A", "/", {"p": ["A"]}), ["account:a"]),
        (move("A", "A", {"p": ["/"]}, {"p": ["A"]}), []),
        (move("A", "A", {"p": ["/"]}, {"p": ["B"]}), ["attachment:p@/"]),
        (move("A", "A", {"p": ["@a"]}, {}), ["attachment:p@account:a"]),
    ],
)
def test_an_account_is_weakened_by_what_it_loses(before_after: Any, blamed: list[str]) -> None:
    assert weakened("account:a", *before_after) == blamed


def test_another_policy_that_denies_the_same_is_as_good() -> None:
    policies = {"p": deny("s3:Get*"), "broad": deny("s3:*")}
    before = org(["A"], {"a": "A"}, policies, {"p": ["A"]})
    after = org(["A"], {"a": "A"}, policies, {"broad": ["A"]})
    assert weakened("account:a", before, after) == []
    assert weakened("account:a", after, before) == ["attachment:broad@A"]


def test_an_allow_list_that_is_opened_weakens() -> None:
    policies = {"list": {**ALLOW_ALL, "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}}
    before = org(["A"], {"a": "A"}, policies, {"list": ["A"]}, no_full_access=["A"])
    after = org(["A"], {"a": "A"}, policies, {"list": ["A"]})
    assert weakened("account:a", before, after) == ["attachment:FullAWSAccess@A"]
    assert weakened("ou:A", before, after) == ["attachment:FullAWSAccess@A"]


def test_a_protected_policy_may_move_up_but_not_away() -> None:
    here = org(["A"], {"a": "A"}, P, {"p": ["A"]})
    assert weakened("policy:p", here, org(["A"], {"a": "A"}, P, {"p": ["/"]})) == []
    assert weakened("policy:p", here, org(["A"], {"a": "A"}, P, {})) == ["attachment:p@A"]


def test_a_protected_ou_is_not_replaced() -> None:
    before = org(["A", "A/X", "B"], {"a": "A/X"}, P, {"p": ["A/X"]})
    after = org(["A", "B", "B/X"], {"a": "B/X"}, P, {"p": ["B/X"]}, previously={"B/X": ["A/X"]})
    assert weakened("ou:A/X", before, after) == ["ou:A/X"]
    assert weakened("ou:A/**", before, after) == ["ou:A/X"]
    assert weakened("ou:B/**", before, after) == ["ou:B/X"]


def test_a_disabled_type_weakens_what_it_protected() -> None:
    organization = Organization()
    types = ("scp", "tag")
    tags = {"t": {"tags": {"team": {"tag_key": {"@@assign": "team"}}}}}
    organization.apply(org(["A"], {"a": "A"}, tags, {"t": ["A"]}, types=types, policy_types={"t": "tag"}))
    disabling = UnmanagedRules({"attachments": "delete"}, {"tag": None})
    rules = PlannerSettings(policies=disabling, limits=Limits(protected=("account:a",)))
    found = organization.plan(org(["A"], {"a": "A"}), rules).plan.guards.violations
    assert ("protected", ("policy_type:tag",)) in [(each.guard, each.addresses) for each in found]


def test_what_is_allowed_by_number_passes_up_to_that_number() -> None:
    before, after = move("A", "B", {"p": ["A"]})
    assert weakened("account:a", before, after, numbers={"protected:account:a": 1}) == []
    assert weakened("account:a", before, after, numbers={"protected:account:a": 0}) == ["account:a"]


ONLY_S3 = {**ALLOW_ALL, "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


def both(*documents: dict[str, Any]) -> dict[str, Any]:
    """One document with the statements of several."""
    statements = [{k: v for k, v in each.items() if k != "Sid"} for one in documents for each in one["Statement"]]
    return {"Version": "2012-10-17", "Statement": statements}


@pytest.mark.parametrize(("count", "said"), [(1, "1 change would"), (2, "2 changes would")])
def test_the_violation_counts_and_has_the_exact_option(count: int, said: str) -> None:
    policies = dict(list(P.items())[:count])
    organization = Organization()
    organization.apply(org(["A"], {"a": "A"}, policies, {key: ["A"] for key in policies}))
    rules = PlannerSettings(policies=DELETE, limits=Limits(protected=("account:a",)))
    found = organization.plan(org(["A"], {"a": "A"}, P), rules).plan.guards.violations
    assert [each.allow for each in found if each.guard == "protected"] == [f"--allow protected:account:a={count}"]
    assert all(said in each.message for each in found if each.guard == "protected")


def test_every_node_of_a_pattern_counts() -> None:
    before = org(["A", "B"], {"a": "A", "b": "B"}, P, {"p": ["A"], "q": ["B"]})
    after = org(["A", "B"], {"a": "A", "b": "B"}, P)
    assert weakened("account:*", before, after) == ["attachment:p@A", "attachment:q@B"]


def test_an_allow_list_that_stays_in_force_is_not_lost() -> None:
    policies = {"list": ONLY_S3}
    before = org(["A"], {"a": "/"}, policies, {"list": ["/"]}, no_full_access=["/"])
    after = org(["A"], {"a": "A"}, policies, {"list": ["/"]}, no_full_access=["/"])
    assert weakened("account:a", before, after) == []


def test_less_that_is_allowed_weakens_nothing_and_hides_nothing() -> None:
    policies = {"list": ONLY_S3, "p": deny("s3:Get*")}
    before = org(["A"], {"a": "A"}, policies, {"list": ["A"], "p": ["A"]})
    assert (
        weakened(
            "account:a", before, org(["A"], {"a": "A"}, policies, {"list": ["A"], "p": ["A"]}, no_full_access=["A"])
        )
        == []
    )
    after = org(["A"], {"a": "A"}, policies, {"list": ["A"]}, no_full_access=["A"])
    assert weakened("account:a", before, after) == ["attachment:p@A"]


@pytest.mark.parametrize(
    ("document", "blamed"),
    [
        (both(deny("s3:Get*"), deny("s3:Put*")), []),
        (both(deny("s3:Get*"), ONLY_S3), ["attachment:x@A"]),
        (both(deny("s3:Get*"), deny("ec2:*")), ["attachment:x@A"]),
    ],
)
def test_what_takes_over_has_to_take_over_all_of_it(document: dict[str, Any], blamed: list[str]) -> None:
    policies = {"x": document, "broad": deny("s3:*")}
    before = org(["A"], {"a": "A"}, policies, {"x": ["A"]})
    after = org(["A"], {"a": "A"}, policies, {"broad": ["A"]})
    assert weakened("account:a", before, after) == blamed
