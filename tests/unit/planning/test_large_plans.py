"""Plans of thousands of changes: what depends on what grows with the changes, not with their square."""

from __future__ import annotations

import pytest

from reconciler.model.inventory import Inventory, Organization
from reconciler.model.plan import Plan
from reconciler.model.resources import Account
from reconciler.planning import planner
from reconciler.planning.planner import PlanRequest
from tests.building import MANAGEMENT_ID, deny, org
from tests.harness import RULES

MANY = 400
NAMES = [f"a{number}" for number in range(MANY)]
POLICIES = {f"p{number}": deny(f"s3:Get{number}") for number in range(5)}


def live(desired: Inventory) -> Inventory:
    """The organization as if it had been applied."""
    resources = [
        each.model_copy(update={"id": f"{number:012d}", "name": each.create_name})
        if isinstance(each, Account)
        else each.model_copy(update={"id": f"id-{number}"})
        for number, each in enumerate(desired.resources)
    ]
    organization = Organization(id="o-1", management_account_id=MANAGEMENT_ID)
    return desired.model_copy(update={"organization": organization}).with_resources(resources)


def planned(before: Inventory, after: Inventory) -> tuple[Plan, int]:
    """The plan, and how often its order was looked at."""
    rounds = 0

    def count() -> None:
        nonlocal rounds
        rounds += 1

    return planner.plan(after, live(before), RULES, PlanRequest(), count).plan, rounds


def on(place: str) -> dict[str, list[str]]:
    return {key: [place] for key in POLICIES}


@pytest.mark.parametrize(
    ("before", "after", "changes", "most"),
    [
        (  # moves into one OU depend on its attachments, and what is detached on the moves
            org(["A", "B"], dict.fromkeys(NAMES, "A"), POLICIES, on("A")),
            org(["A", "B"], dict.fromkeys(NAMES, "B"), POLICIES, on("B")),
            MANY + 10,
            10,
        ),
        (
            org(["A", "B"], dict.fromkeys(NAMES, "A"), POLICIES, on("B")),
            org(["A", "B"], dict.fromkeys(NAMES, "B"), POLICIES, on("B")),
            MANY,
            0,
        ),
        (org(["A"]), org(["A"], dict.fromkeys(NAMES, "A"), POLICIES, on("A")), MANY + 10, 6),
        (
            org(["T", "A"], dict.fromkeys(NAMES, "A"), POLICIES, on("A")),
            org(["T", "T/A"], dict.fromkeys(NAMES, "T/A"), POLICIES, on("T/A"), previously={"T/A": ["A"]}),
            MANY + 7,
            8,
        ),
    ],
    ids=["moves", "moves only", "creations", "replaced"],
)
def test_dependencies_grow_with_the_changes(before: Inventory, after: Inventory, changes: int, most: int) -> None:
    plan, rounds = planned(before, after)
    assert len(plan.changes) == changes
    assert sum(len(each.depends_on) for each in plan.changes) <= most * changes
    assert rounds <= 3 * (changes + 1)
    assert plan.guards.violations == () or plan.summary.create
