"""A plan that would keep its own caller from undoing it is blocked, but only where the caller is a member account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.planning.planner import PlanResult
from reconciler.use_cases.permissions import lockout, possible_lockout
from tests.building import deny, org
from tests.e2e.conftest import Program
from tests.harness import Organization

DENY_ALL = deny("organizations:*")


@pytest.fixture
def organization() -> Organization:
    made = Organization()
    made.apply(org(["Admin"], {"admin": "Admin"}, {"x": DENY_ALL}))
    return made


@pytest.mark.parametrize("attached", ["Admin", "/", "@admin"])
def test_a_delegated_administrator_who_denies_himself(organization: Organization, attached: str) -> None:
    account = organization.id_of("email:admin@example.com")
    planned = organization.plan(org(["Admin"], {"admin": "Admin"}, {"x": DENY_ALL}, {"x": [attached]}))
    found = lockout(planned, f"arn:aws:sts::{account}:assumed-role/deployer/run")
    assert found is not None
    assert found.allow == "--allow lockout=1"
    assert "organizations:AttachPolicy" in found.message


def test_an_exempt_role_and_the_management_account_go_on(organization: Organization) -> None:
    account = organization.id_of("email:admin@example.com")
    exempt = deny("organizations:*", ArnNotLike={"aws:PrincipalArn": "arn:aws:iam::*:role/deployer"})
    planned = organization.plan(org(["Admin"], {"admin": "Admin"}, {"x": exempt}, {"x": ["/"]}))
    assert lockout(planned, f"arn:aws:sts::{account}:assumed-role/deployer/run") is None
    assert lockout(planned, f"arn:aws:sts::{account}:assumed-role/other/run") is not None
    assert lockout(planned, "arn:aws:iam::123456789012:user/root") is None


def test_policies_that_were_not_read_may_lock_out_whoever_gets_others(organization: Organization) -> None:
    account = organization.id_of("email:admin@example.com")
    caller = f"arn:aws:sts::{account}:assumed-role/deployer/run"
    moved = organization.plan(org(["Admin"], {"admin": "/"}, {"x": DENY_ALL}))
    assert lockout(moved, caller) is None
    found = lockout(_unread(moved), caller)
    assert found is not None
    assert (found.addresses, found.allow) == (("account:admin",), "--allow lockout=1")
    assert found.message.endswith("which is not known: SCPs were not read: nobody may")
    stays = organization.plan(org(["Admin", "B"], {"admin": "Admin"}, {"x": DENY_ALL}, {"x": ["B"]}))
    assert lockout(_unread(stays), caller) is None


def _unread(planned: PlanResult) -> PlanResult:
    before, after = (each.limited_to([], "nobody may") for each in (planned.before, planned.after))
    return replace(planned, before=before, after=after)


@pytest.mark.parametrize("path", ["org/", ""])
def test_the_path_of_a_role_decides_and_a_session_does_not_have_it(organization: Organization, path: str) -> None:
    """An exemption by path blocks nobody, but whoever runs this is told of it."""
    account = organization.id_of("email:admin@example.com")
    exempt = deny("organizations:*", ArnNotLike={"aws:PrincipalArn": "arn:aws:iam::*:role/org/*"})
    planned = organization.plan(org(["Admin"], {"admin": "Admin"}, {"x": exempt}, {"x": ["/"]}))
    session = f"arn:aws:sts::{account}:assumed-role/deployer/run"
    assert lockout(planned, session) is None
    warning = possible_lockout(planned, session)
    assert warning is not None
    assert warning.code == "W513"
    assert "that depends on the path of its role" in warning.message
    role = f"arn:aws:iam::{account}:role/{path}deployer"
    assert (lockout(planned, role) is None) == bool(path)
    assert possible_lockout(planned, role) is None


def test_an_exemption_that_stays_is_no_lockout(organization: Organization) -> None:
    exempt = deny("organizations:*", ArnNotLike={"aws:PrincipalArn": "arn:aws:iam::*:role/org/*"})
    organization.apply(org(["Admin"], {"admin": "Admin"}, {"x": exempt}, {"x": ["/"]}))
    more = {"x": exempt, "y": deny("s3:*")}
    planned = organization.plan(org(["Admin"], {"admin": "Admin"}, more, {"x": ["/"], "y": ["/"]}))
    session = f"arn:aws:sts::{organization.id_of('email:admin@example.com')}:assumed-role/deployer/run"
    assert lockout(planned, session) is None
    assert possible_lockout(planned, session) is None


def test_the_caller_is_asked_for_once(program: Program) -> None:
    reads = program("plan", "--mock", "--output", "json").json["reads"]
    assert reads["sts:GetCallerIdentity"] == 1
