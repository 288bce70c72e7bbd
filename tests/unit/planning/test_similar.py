"""A warning where something is created beside an undeclared one that is like it."""

from __future__ import annotations

import pytest

from reconciler.model.inventory import Inventory
from tests.building import deny, org
from tests.harness import Organization


def warned(before: Inventory, after: Inventory) -> list[str]:
    organization = Organization()
    organization.apply(before)
    return [each.message for each in organization.plan(after).plan.warnings if each.code == "W520"]


@pytest.mark.parametrize(
    ("live", "declared", "previously", "remedy"),
    [
        ("prod", "Prod", {}, "previously: [/prod]"),
        ("Prod ", "Prod", {}, 'previously: ["/Prod "]'),
        ("Workloads", "Work", {"Work": ["Worklods"]}, "previously: [/Workloads]"),
        ("prod", "Staging", {}, None),
        ("prod", "Prod", {"Prod": ["prod"]}, None),
    ],
)
def test_an_ou(live: str, declared: str, previously: dict[str, list[str]], remedy: str | None) -> None:
    found = warned(org([live]), org([declared], previously=previously))
    assert len(found) == (remedy is not None)
    assert all(f"declare `{remedy}`" in each for each in found)


@pytest.mark.parametrize(
    ("live", "declared", "previously", "same", "warns"),
    [
        ("region-lock", "deny-regions", (), True, True),
        ("region-lock", "deny-regions", (), False, False),
        ("deny-regions", "Deny-Regions", (), False, True),
        ("region-lock", "deny-regions", ("region-lok",), False, True),
        ("region-lock", "deny-regions", ("region-lock",), True, False),
    ],
)
def test_a_policy(live: str, declared: str, previously: tuple[str, ...], same: bool, warns: bool) -> None:
    before = org(policies={live: deny("s3:Get*")})
    document = deny("s3:Get*" if same else "s3:Put*")
    after = org(policies={declared: document}, previously={f"policy:{declared}": previously})
    found = warned(before, after)
    assert len(found) == warns
    assert all("declare `previously: [" in each for each in found)


def test_what_is_declared_itself_is_not_meant() -> None:
    before = org(policies={"one": deny("s3:Get*")})
    assert warned(before, org(policies={"one": deny("s3:Get*"), "two": deny("s3:Get*")})) == []
