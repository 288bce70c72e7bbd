"""An attachment to a full node relies on the detach that makes room for it."""

from __future__ import annotations

import pytest

from reconciler.kinds.base import UnmanagedRules
from reconciler.planning.planner import PlannerSettings
from tests.building import deny, org
from tests.faults.test_dependencies import applied, attached

FULL = PlannerSettings(policies=UnmanagedRules({"attachments": "delete"}), quotas={"scp": 2})
"""FullAWSAccess and one more fit on a node."""


@pytest.mark.parametrize("elsewhere", [False, True])
def test_nothing_is_attached_to_a_full_node_where_the_detach_failed(elsewhere: bool) -> None:
    """What is attached elsewhere in the same plan is not stopped."""
    policies = {"old": deny("s3:*"), "new": deny("ec2:*")}
    places = ["A", "B"] if elsewhere else ["A"]
    world, report = applied(
        org(["A", "B"], {"a": "A"}, policies, {"old": ["A"]}),
        org(["A", "B"], {"a": "A"}, policies, {"new": places}),
        "DetachPolicy",
        FULL,
    )
    assert [(each.address, each.because) for each in report.skipped] == [("attachment:new@A", "attachment:old@A")]
    assert "attachment:old@A" in attached(world)
    assert ("attachment:new@B" in attached(world)) == elsewhere


def test_a_detach_does_not_rely_on_attachments_of_another_policy_type() -> None:
    """A tag policy takes over no Deny of an SCP."""
    types = ("scp", "tag")
    policies = {"p": deny("s3:*"), "t": {"tags": {"team": {"tag_key": {"@@assign": "team"}}}}}
    declared = {"t": "tag"}
    world, report = applied(
        org(["A"], {"a": "A"}, policies, {"p": ["A"]}, types=types, policy_types=declared),
        org(["A"], {"a": "A"}, policies, {"t": ["A"]}, types=types, policy_types=declared),
        "AttachPolicy",
    )
    assert [each.address for each in report.failed] == ["attachment:t@A"]
    assert report.skipped == ()
    assert "attachment:p@A" not in attached(world)
