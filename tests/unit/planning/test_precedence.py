"""Policies are attached in the order of the spec's list, and a plan that cannot keep it says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.model.inventory import Inventory
from reconciler.model.resources import Attachment
from reconciler.planning.planner import PlanResult
from tests.building import org
from tests.harness import Organization

DOCUMENTS = {key: {"tags": {"cost": {"tag_value": {"@@assign": [key]}}}} for key in ("red", "blue")}


def listed(*policies: str, documents: Mapping[str, Any] = DOCUMENTS) -> Inventory:
    """An organization with these policies attached to one OU, in the order of its list."""
    found = org(
        ["W"],
        {"a": "W"},
        documents,
        {each: ["W"] for each in policies},
        types=("scp", "tag"),
        policy_types=dict.fromkeys(documents, "tag"),
    )
    places = {f"attachment:{each}@W": place for place, each in enumerate(policies, 1)}
    return found.with_resources(
        each.model_copy(update={"position": places.get(each.address)}) if isinstance(each, Attachment) else each
        for each in found.resources
    )


def planned(live: Inventory, desired: Inventory) -> PlanResult:
    organization = Organization()
    organization.apply(live)
    return organization.plan(desired)


def warned(result: PlanResult) -> list[tuple[str | None, str]]:
    return [(each.address, each.message) for each in result.plan.warnings if each.code == "W551"]


@pytest.mark.parametrize("order", [("red", "blue"), ("blue", "red")])
def test_attachments_are_made_in_the_order_of_the_list(order: tuple[str, ...]) -> None:
    result = planned(listed(), listed(*order))
    attached = [each.address for each in result.plan.changes if each.action == "attach"]
    assert attached == [f"attachment:{each}@W" for each in order]
    assert warned(result) == []


def test_what_is_attached_already_comes_first() -> None:
    result = planned(listed("blue"), listed("red", "blue"))
    assert warned(result) == [
        (
            "attachment:red@W",
            "tags.cost.tag_value at ou:W is by blue, which is attached before red, although that one is first in the "
            "list of the spec",
        )
    ]


def test_nothing_is_reported_where_no_setting_depends_on_it() -> None:
    documents = {**DOCUMENTS, "blue": {"tags": {"cost": {"tag_value": {"@@append": ["blue"]}}}}}
    assert warned(planned(listed("blue", documents=documents), listed("red", "blue", documents=documents))) == []


def test_nor_where_both_are_attached_already() -> None:
    assert warned(planned(listed("blue", "red"), listed("red", "blue"))) == []
