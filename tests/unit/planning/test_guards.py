"""Each guard just below, at and above its limit; and that what it says lets the plan pass does so."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.kinds import DELETE_LIMITS
from reconciler.kinds.base import UnmanagedRules
from reconciler.model.globs import matches
from reconciler.model.inventory import Inventory
from reconciler.model.limits import Limit
from reconciler.model.plan import Violation
from reconciler.planning.guards import GuardOverrides, Limits
from reconciler.planning.planner import PlannerSettings
from tests.building import deny, org
from tests.harness import Organization

EVERYTHING = UnmanagedRules({"attachments": "delete", "policies": "delete", "organizational_units": "delete"})
UNITS = [f"U{number}" for number in range(4)]
POLICIES = {f"p{number}": deny(f"s3:Get{number}") for number in range(4)}


@pytest.fixture(scope="module")
def organization() -> Organization:
    """Four OUs, four policies on the first of them, four tags on the second; only plans are made on it."""
    made = Organization()
    made.apply(
        org(
            UNITS,
            {"a": "U3"},
            POLICIES,
            {key: ["U0"] for key in POLICIES},
            tags={"U1": {f"k{n}": "v" for n in range(4)}},
        )
    )
    return made


def violations(
    organization: Organization, desired: Inventory, limits: Limits, allowed: GuardOverrides | None = None
) -> list[Violation]:
    planned = organization.plan(
        desired, PlannerSettings(policies=EVERYTHING, limits=limits), allowed=allowed or GuardOverrides()
    )
    return list(planned.plan.guards.violations)


def fewer(**changes: Any) -> Inventory:
    """The organization with less in it: `units`, `policies`, `attached`, `tags` say how many are left."""
    left = {"units": 4, "policies": 4, "attached": 4, "tags": 4} | changes
    return org(
        ["U3", *UNITS[: left["units"] - 1]],
        {"a": "U3"},
        dict(list(POLICIES.items())[: left["policies"]]),
        {key: ["U0"] for key in list(POLICIES)[: left["attached"]]},
        tags={"U1": {f"k{n}": "v" for n in range(left["tags"])}},
    )


@pytest.mark.parametrize(
    ("kind", "desired"),
    [
        ("organizational_units", fewer(units=2)),
        ("policies", fewer(policies=2, attached=2)),
        ("attachments", fewer(attached=2)),
        ("tags", fewer(tags=2)),
    ],
)
@pytest.mark.parametrize(
    ("limit", "blocked"), [(3, False), (2, False), (1, True), (0, True), ("51%", False), ("49%", True), ("0%", True)]
)
def test_deletes_are_counted_by_kind(
    organization: Organization, kind: str, desired: Inventory, limit: int | str, blocked: bool
) -> None:
    if kind == "attachments" and isinstance(limit, str):
        limit = {"51%": "20%", "49%": "10%", "0%": "0%"}[limit]  # FullAWSAccess is attached everywhere too
    limits = Limits(max_deletes={kind: Limit.parse(limit)}, minimum=1)
    found = violations(organization, desired, limits)
    assert [each.guard for each in found] == ([f"deletes.{kind}"] if blocked else [])
    if blocked:
        assert found[0].allow == f"--allow deletes.{kind}=2"
        assert violations(organization, desired, limits, GuardOverrides({f"deletes.{kind}": 2})) == []
        assert violations(organization, desired, limits, GuardOverrides({f"deletes.{kind}": 1})) == found


@pytest.mark.parametrize(("minimum", "blocked"), [(3, True), (4, True), (5, False)])
def test_a_percentage_counts_only_where_there_is_enough(
    organization: Organization, minimum: int, blocked: bool
) -> None:
    limits = Limits(max_deletes={"organizational_units": Limit.parse("10%")}, minimum=minimum)
    assert bool(violations(organization, fewer(units=3), limits)) == blocked


@pytest.mark.parametrize(("limit", "blocked"), [(3, False), (2, False), (1, True)])
def test_account_creations(organization: Organization, limit: int, blocked: bool) -> None:
    desired = org(UNITS, {"a": "U3", "new-1": "U0", "new-2": "U0"}, POLICIES, {key: ["U0"] for key in POLICIES})
    found = violations(organization, desired, Limits(max_account_creations=limit))
    assert [each.allow for each in found] == (["--allow account_creations=2"] if blocked else [])


def closing(organization: Organization) -> Inventory:
    desired = fewer()
    return desired.with_resources(
        each.model_copy(update={"state": "closed"}) if each.address == "account:a" else each
        for each in desired.resources
    )


@pytest.mark.parametrize(
    ("limit", "allowed", "guards"),
    [
        (None, GuardOverrides(), ["close"]),
        (None, GuardOverrides(close=True), []),
        (1, GuardOverrides(close=True), []),
        (0, GuardOverrides(close=True), ["account_closures"]),
        (0, GuardOverrides({"account_closures": 1}, close=True), []),
        (0, GuardOverrides(), ["close", "account_closures"]),
    ],
)
def test_closing_an_account_wants_two_keys(
    organization: Organization, limit: int | None, allowed: GuardOverrides, guards: list[str]
) -> None:
    found = violations(organization, closing(organization), Limits(max_account_closures=limit), allowed)
    assert [each.guard for each in found] == guards


def changed(organization: Organization) -> Inventory:
    return org(
        UNITS,
        {"a": "U3"},
        {**POLICIES, "p3": deny("s3:Other")},
        {key: ["U0"] for key in POLICIES},
        tags={"U1": {f"k{n}": "v" for n in range(4)}},
    )


@pytest.mark.parametrize(
    ("pattern", "desired", "blocked"),
    [
        ("policy:p3", fewer(policies=3, attached=3), True),
        ("policy:p3", fewer(attached=3), True),
        ("policy:p*", fewer(attached=3), True),
        ("policy:p2", fewer(attached=3), False),
        ("policy:p3", changed, True),
        ("policy:p2", changed, False),
        ("ou:U0", fewer(attached=3), True),
        ("ou:U*", fewer(units=3), True),
        ("ou:U1", fewer(units=3), False),
        ("account:a", closing, True),
        ("account:b", closing, False),
    ],
)
def test_a_protected_address_is_not_weakened(
    organization: Organization, pattern: str, desired: Any, blocked: bool
) -> None:
    wanted = desired(organization) if callable(desired) else desired
    found = violations(organization, wanted, Limits(protected=(pattern,)), GuardOverrides(close=True))
    assert [each.guard for each in found] == (["protected"] if blocked else [])
    if blocked:
        number = len(found[0].addresses)
        lifted = GuardOverrides({f"protected:{pattern}": number}, close=True)
        assert violations(organization, wanted, Limits(protected=(pattern,)), lifted) == []


def test_the_management_account_is_never_moved() -> None:
    organization = Organization()
    desired = org(["A"], {"management": "A"})
    (found,) = violations(organization, desired, Limits())
    assert (found.guard, found.allow) == ("management_account", None)


def test_a_spec_that_declares_nothing_is_blocked_even_where_nothing_is_deleted(organization: Organization) -> None:
    rules = PlannerSettings(policies=UnmanagedRules({"attachments": "delete"}))
    made = Organization()
    made.apply(org(UNITS, {"a": "U3"}, POLICIES, {key: ["/"] for key in POLICIES}))
    (found,) = made.plan(org(), rules).plan.guards.violations
    assert (found.guard, found.allow) == ("emptied", "--allow emptied=4")
    assert made.plan(org(), rules, allowed=GuardOverrides({"emptied": 4})).plan.guards.violations == ()


@pytest.mark.parametrize(("left", "blocked"), [(0, True), (1, False)])
def test_a_spec_that_deletes_all_of_a_kind_is_blocked(organization: Organization, left: int, blocked: bool) -> None:
    found = violations(organization, fewer(policies=left, attached=left), Limits())
    assert [each.guard for each in found] == (["emptied"] if blocked else [])


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("ou:A", ["ou:A"], ["ou:A/B", "ou:AB"]),
        ("ou:A/*", ["ou:A/B"], ["ou:A", "ou:A/B/C"]),
        ("ou:A/**", ["ou:A/B", "ou:A/B/C"], ["ou:A", "ou:B"]),
        ("**/prod", ["a/prod", "a/b/prod"], ["prod", "a/prod/b"]),
        ("aws-?", ["aws-1"], ["aws-12", "aws-"]),
        ("a.b", ["a.b"], ["axb"]),
    ],
)
def test_globs(pattern: str, matching: list[str], other: list[str]) -> None:
    assert [each for each in [*matching, *other] if matches(pattern, each)] == matching


@pytest.mark.parametrize(("limit", "blocked"), [(3, True), (4, False), ("99%", True), ("100%", False)])
def test_an_empty_mapping_of_tags_removes_them_all_and_counts(
    organization: Organization, limit: int | str, blocked: bool
) -> None:
    desired = fewer()
    desired = desired.with_resources(
        each.model_copy(update={"tags": {}}) if each.address == "ou:U1" else each for each in desired.resources
    )
    found = violations(organization, desired, Limits(max_deletes={"tags": Limit.parse(limit)}, minimum=1))
    assert [each.guard for each in found] == (["deletes.tags"] if blocked else [])


@pytest.mark.parametrize("plural", sorted(DELETE_LIMITS))
def test_a_percentage_of_few_objects_is_the_default_never_no_limit(plural: str) -> None:
    default = DELETE_LIMITS[plural].default
    limit = Limit.parse("100%")
    assert limit.allowed(9, 10, default) == default
    assert limit.allowed(10, 10, default) == 10


@pytest.mark.parametrize(("limit", "blocked"), [("1%", True), (0, True), (1, False)])
def test_disabling_a_policy_type_is_counted(limit: int | str, blocked: bool) -> None:
    made = Organization()
    made.apply(org(types=("scp", "tag")))
    rules = PlannerSettings(
        policies=UnmanagedRules({"attachments": "delete"}, {"tag": None}),
        limits=Limits(max_deletes={"policy_types": Limit.parse(limit)}),
    )
    found = made.plan(org(), rules, allowed=GuardOverrides({"emptied": 1})).plan.guards.violations
    assert [each.guard for each in found] == (["deletes.policy_types"] if blocked else [])


@pytest.mark.parametrize(
    ("left", "blocked"),
    [
        (org(accounts={"management": "/"}), True),
        (org(), True),
        (org(["A"], policies={"p": deny("s3:Get1")}), False),
    ],
)
def test_a_spec_with_only_the_management_account_is_blocked(left: Inventory, blocked: bool) -> None:
    made = Organization()
    made.apply(org(["A"], {"management": "/", "a": "A"}, {"p": deny("s3:Get1")}, {"p": ["/"]}))
    found = made.plan(left, PlannerSettings(policies=UnmanagedRules({"attachments": "delete"}))).plan.guards.violations
    assert [each.guard for each in found] == (["emptied"] if blocked else [])


def test_a_spec_without_policies_that_detaches_several_is_blocked() -> None:
    made = Organization()
    made.apply(org(["A"], {"a": "A"}, POLICIES, {key: ["/"] for key in POLICIES}))
    found = made.plan(
        org(["A"], {"a": "A"}), PlannerSettings(policies=UnmanagedRules({"attachments": "delete"}))
    ).plan.guards
    assert [(each.guard, each.allow) for each in found.violations] == [("emptied", "--allow emptied=4")]
