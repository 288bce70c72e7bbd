"""One large change of an organization, with every kind of step: the plan that is killed at every call."""

from __future__ import annotations

from functools import cache

from reconciler.kinds.base import UnmanagedRules
from reconciler.mock.statefile import StateFile
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account
from reconciler.planning.planner import PlannerSettings
from tests.building import ALLOW_ALL, deny, org
from tests.faults.world import World

RULES = PlannerSettings(
    policies=UnmanagedRules({"attachments": "delete", "organizational_units": "delete", "policies": "delete"}),
)

BEFORE = org(
    ["Core", "Core/Net", "Apps", "Apps/Web", "Old", "Old/Prod", "Old/Prod/EU", "Legacy", "Attic", "Attic/Box"],
    {
        "log": "Core", "net": "Core/Net", "web": "Apps/Web", "web-eu": "Apps/Web", "shop": "Old/Prod",
        "shop-eu": "Old/Prod/EU", "gone": "Legacy", "spare": "Attic", "spare-2": "Attic/Box",
    },
    {
        "leave": deny("organizations:LeaveOrganization"), "region": deny("ec2:*"), "trail": deny("cloudtrail:Stop*"),
        "old-lock": deny("s3:Delete*"), "unused": deny("sqs:*"), "half-used": deny("sns:*"), "list": ALLOW_ALL,
        "web-only": deny("iam:*"),
    },
    {
        "leave": ["/"], "region": ["Apps", "Old/Prod"], "trail": ["Core", "Old"], "old-lock": ["Core/Net", "@shop"],
        "half-used": ["Attic", "Legacy"], "list": ["Legacy"], "web-only": ["Apps/Web", "@web", "Old/Prod/EU"],
    },
    tags={"Core": {"owner": "a", "old": "1"}, "@log": {"tier": "core"}, "policy:leave": {"v": "1"}},
    no_full_access=["Legacy"],
)  # fmt: skip

AFTER_UNITS = [
    "Core", "Core/Network", "Apps", "Apps/Web", "Apps/Batch", "Apps/Batch/EU", "New", "New/Prod", "New/Prod/EU",
    "Heritage", "Labs",
]  # fmt: skip


def after() -> Inventory:
    desired = org(
        AFTER_UNITS,
        {
            "log": "Core", "net": "Core/Network", "web": "Apps/Batch", "web-eu": "Apps/Batch/EU", "shop": "New/Prod",
            "shop-eu": "New/Prod/EU", "gone": "Heritage", "spare": "Labs", "spare-2": "Labs",
            "new-1": "Labs", "new-2": "Labs", "new-3": "Apps/Web", "new-4": "New/Prod", "new-5": "/", "new-6": "Core",
            "new-7": "Apps/Batch",
        },
        {
            "leave": deny("organizations:LeaveOrganization", "account:CloseAccount"), "region": deny("ec2:*", "rds:*"),
            "trail": deny("cloudtrail:Stop*"), "lock": deny("s3:Delete*"), "list": ALLOW_ALL, "web-only": deny("iam:*"),
            "keys": deny("kms:*"), "root": deny("sts:AssumeRoot"), "tags": {"tags": {}}, "batch": deny("batch:*"),
            "half-used": deny("sns:*"),
        },
        {
            "leave": ["/"], "region": ["Apps", "New/Prod", "Labs"], "trail": ["Core", "New"],
            "lock": ["Core/Network", "@shop", "@new-1"], "list": ["Heritage", "Labs"],
            "web-only": ["Apps/Web", "@web", "New/Prod/EU", "@new-3"], "keys": ["Core", "Apps", "New", "@new-2"],
            "root": ["/"], "tags": ["Core", "@new-6", "/"], "batch": ["Apps/Batch"], "half-used": ["Labs"],
        },
        types=("scp", "tag"),
        policy_types={"tags": "tag"},
        tags={
            "Core": {"owner": "b", "new": "1"}, "@log": {}, "@shop": {"tier": "shop"}, "Labs": {"owner": "lab"},
            "@new-1": {"tier": "lab"}, "policy:keys": {"v": "1"}, "policy:leave": {"v": "2"}, "/": {"org": "x"},
            "Apps/Web": {"owner": "web"}, "Heritage": {"owner": "nobody"},
        },
        previously={
            "Core/Network": ["Core/Net"], "New/Prod": ["Old/Prod"], "Heritage": ["Legacy"], "policy:lock": ["old-lock"],
        },
        no_full_access=["Heritage", "Labs"],
    )  # fmt: skip
    closed = [
        each.model_copy(update={"state": "closed"}) if isinstance(each, Account) and each.address == CLOSED else each
        for each in desired.resources
    ]
    return desired.with_resources(closed)


CLOSED = "account:gone"


@cache
def start() -> StateFile:
    """The organization before the change."""
    world = World()
    world.apply(BEFORE)
    return world.state
