"""Policies in words: what is denied, when, who is exempt, and whom it reaches."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.base import Json, Source
from reconciler.model.guardrail import Guardrail, GuardrailStatement
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.resources import Account, Policy
from reconciler.policy.evaluation.guardrails import guardrails
from tests.building import MANAGEMENT_ID, deny, org
from tests.unit.policy.organizations import allow, document

UNITS = ["Security", "Workloads", "Workloads/Production"]
ACCOUNTS = {"management": "/", "audit": "Security", "shop": "Workloads/Production", "lab": "Workloads"}


def told(content: Json, *nodes: str, type: str = "scp", inventory: Inventory | None = None) -> Guardrail:
    """One policy of a small organization."""
    made = inventory or org(UNITS, ACCOUNTS, {"x": content}, {"x": nodes}, policy_types={"x": type})
    made = made.model_copy(update={"organization": Organization(id="o-1", management_account_id=MANAGEMENT_ID)})
    (found,) = guardrails(made).policies
    return found


def statement(content: Json, type: str = "scp") -> GuardrailStatement:
    (found,) = told(content, type=type).statements
    return found


def denied_if(**condition: Any) -> GuardrailStatement:
    return statement(deny("ec2:*", **condition))


class TestReach:
    @pytest.mark.parametrize(
        ("nodes", "units", "accounts"),
        [
            (["/"], (*UNITS,), ("audit", "lab", "shop")),
            (["Workloads"], ("Workloads", "Workloads/Production"), ("lab", "shop")),
            (["Workloads/Production"], ("Workloads/Production",), ("shop",)),
            (["@shop"], (), ("shop",)),
            (["Security", "@shop"], ("Security",), ("audit", "shop")),
            (["Workloads", "Workloads/Production", "@lab"], ("Workloads", "Workloads/Production"), ("lab", "shop")),
            ([], (), ()),
        ],
    )
    def test_everything_at_and_below_a_node(
        self, nodes: list[str], units: tuple[str, ...], accounts: tuple[str, ...]
    ) -> None:
        found = told(deny("s3:*"), *nodes)
        assert (found.units, found.accounts) == (units, accounts)

    def test_scps_and_rcps_do_not_reach_the_management_account_but_other_policies_do(self) -> None:
        assert "management" not in told(deny("s3:*"), "/").accounts
        assert "management" not in told(deny("s3:*"), "/", type="rcp").accounts
        assert "management" in told({"tags": {}}, "/", type="tag").accounts

    def test_a_closed_account_is_reached_by_nothing(self) -> None:
        made = org(UNITS, ACCOUNTS, {"x": deny("s3:*")}, {"x": ["Workloads"]})
        closed = [
            each.model_copy(update={"state": "closed"}) if isinstance(each, Account) else each
            for each in made.resources
        ]
        assert told({}, inventory=made.with_resources(closed)).accounts == ()

    def test_the_root_stands_first(self) -> None:
        assert told(deny("s3:*"), "@audit", "Workloads", "/").attached_to == ("root:/", "account:audit", "ou:Workloads")


class TestWords:
    def test_actions_and_resources_are_complete(self) -> None:
        actions = tuple(f"ec2:Action{number:02d}" for number in range(40))
        found = statement(deny(*actions))
        assert (found.effect, found.actions, found.all_but_actions, found.resources) == ("Deny", actions, False, ())

    def test_what_is_left_out_is_told_as_such(self) -> None:
        written = {"Effect": "Deny", "NotAction": ["iam:*"], "NotResource": "arn:aws:s3:::x"}
        found = statement(document(written))
        assert (found.actions, found.all_but_actions) == (("iam:*",), True)
        assert (found.resources, found.all_but_resources) == (("arn:aws:s3:::x",), True)

    def test_a_statement_without_a_sid_is_called_by_its_number(self) -> None:
        assert statement(document({"Effect": "Deny", "Action": "s3:*", "Resource": "*"})).name == "statement 1"

    def test_what_never_applies_is_not_told(self) -> None:
        assert told(document({"Effect": "Deny", "Action": "s3:*", "NotResource": "*"})).statements == ()

    def test_conditions_name_all_their_values(self) -> None:
        types = [f"t{number}.*" for number in range(7)]
        found = denied_if(StringNotLike={"ec2:InstanceType": types}, Null={"ec2:InstanceType": "false"})
        assert found.conditions == (
            "ec2:InstanceType is not like t0.*, t1.*, t2.*, t3.*, t4.*, t5.*, t6.*",
            "ec2:InstanceType is present",
        )

    def test_the_verb_fits_all_values(self) -> None:
        found = denied_if(StringLike={"aws:RequestedRegion": ["a-1", "a-2", "a-3", "a-4", "a-5", "us-*"]})
        assert found.conditions == ("aws:RequestedRegion is like a-1, a-2, a-3, a-4, a-5, us-*",)


class TestExempt:
    @pytest.mark.parametrize(
        ("condition", "exempt"),
        [
            ({"ArnNotLike": {"aws:PrincipalArn": "arn:*:iam::*:role/org/admin"}}, ("role org/admin",)),
            (
                {"StringNotLike": {"aws:PrincipalARN": ["arn:aws:iam::*:role/a", "arn:aws:iam::*:role/b*"]}},
                ("role a", "role b*"),
            ),
            (
                {"ArnNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{MANAGEMENT_ID}:role/a"}},
                ("role a of account management",),
            ),
            (
                {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::999988887777:role/a"}},
                ("role a of account 999988887777",),
            ),
            (
                {"ArnNotLike": {"aws:PrincipalArn": "arn:*:iam::⟨account:audit.id⟩:role/a"}},
                ("role a of account audit",),
            ),
            (
                {"ArnNotLike": {"aws:PrincipalArn": ["arn:*:iam::*:role/a", "arn:*:iam::*:user/b"]}},
                ("aws:PrincipalArn is like arn:*:iam::*:role/a, arn:*:iam::*:user/b",),
            ),
            ({"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}, ("AWS services",)),
            ({"Bool": {"aws:PrincipalIsAWSService": False}}, ("AWS services",)),
            ({"StringNotEquals": {"aws:PrincipalOrgID": "o-9"}}, ("aws:PrincipalOrgID is o-9",)),
            (
                {"StringNotEquals": {"aws:PrincipalOrgID": "⟨organization:.id⟩"}},
                ("aws:PrincipalOrgID is this organization",),
            ),
        ],
    )
    def test_whom_a_condition_leaves_alone(self, condition: dict[str, Any], exempt: tuple[str, ...]) -> None:
        found = denied_if(**condition)
        assert (found.exempt, found.conditions) == (exempt, ())

    @pytest.mark.parametrize(
        ("condition", "said"),
        [
            ({"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:root"}}, "aws:PrincipalArn is like arn:*:iam::*:root"),
            ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, "aws:PrincipalIsAWSService is true"),
            ({"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}, "aws:RequestedRegion is not eu-west-1"),
            ({"Bool": {"aws:SecureTransport": "false"}}, "aws:SecureTransport is false"),
        ],
    )
    def test_when_is_not_who(self, condition: dict[str, Any], said: str) -> None:
        found = denied_if(**condition)
        assert (found.exempt, found.conditions) == ((), (said,))

    def test_an_allow_exempts_nobody(self) -> None:
        condition = {"ArnNotLike": {"aws:PrincipalArn": "arn:*:iam::*:role/a"}}
        found = statement(allow("s3:*", condition=condition))
        assert (found.exempt, found.conditions) == ((), ("aws:PrincipalArn is not like arn:*:iam::*:role/a",))

    def test_an_id_inside_an_arn_says_that_it_is_one(self) -> None:
        written = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::logs-⟨account:audit.id⟩/*"}
        assert statement(document(written)).resources == ("arn:aws:s3:::logs-account audit/*",)
        written["Resource"] = "arn:aws:sqs:*:⟨account:audit.id⟩:x"
        assert statement(document(written)).resources == ("arn:aws:sqs:*:(id of account audit):x",)


def test_a_declarative_policy_is_told_by_its_settings() -> None:
    content: Json = {
        "tags": {
            "team": {
                "tag_key": {"@@assign": "Team", "@@operators_allowed_for_child_policies": ["@@none"]},
                "tag_value": {"@@append": ["a", "b"]},
            }
        },
        "days": {"@@assign": 35},
    }
    found = told(content, "/", type="tag")
    assert found.statements == ()
    assert [(each.path, each.values) for each in found.settings] == [
        ("tags.team.tag_key", ("Team",)),
        ("tags.team.tag_key.@@operators_allowed_for_child_policies", ("@@none",)),
        ("tags.team.tag_value.@@append", ("a", "b")),
        ("days", ("35",)),
    ]


class TestAnchors:
    def anchors(self, *keys: str, **fields: object) -> list[tuple[str, ...]]:
        made = org(policies=dict.fromkeys(keys, deny("s3:*")))
        resources = [
            each.model_copy(update=fields) if isinstance(each, Policy) and not each.aws_managed else each
            for each in made.resources
        ]
        return [each.anchors for each in guardrails(made.with_resources(resources)).policies]

    def test_the_key_and_the_id(self) -> None:
        assert self.anchors("deny-regions", id="p-2kgnabcd") == [("deny-regions", "p-2kgnabcd")]
        assert self.anchors("deny-regions") == [("deny-regions",)]

    def test_other_characters_become_hyphens_and_no_anchor_is_used_twice(self) -> None:
        assert self.anchors("Deny Regions!", "deny.regions", "💥") == [
            ("deny-regions",),
            ("deny-regions-2",),
            ("policy",),
        ]

    def test_they_do_not_depend_on_other_policies(self) -> None:
        assert self.anchors("b") == self.anchors("a", "b")[1:]


def test_order_sizes_and_places() -> None:
    made = org(
        policies={"b": deny("s3:*"), "a": deny("ec2:*"), "t": {"tags": {}}},
        attached={"a": ["/"]},
        types=("scp", "tag"),
        policy_types={"t": "tag"},
    )
    found = guardrails(made, {"a": (Source(file="a.json", line=4),)}, {"scp": 400})
    assert [each.key for each in found.policies] == ["a", "b", "t"], "FullAWSAccess is AWS's own"
    first, _, tag = found.policies
    assert (first.size, first.max_size, tag.max_size) == (103, 400, 10_000)
    assert first.statements[0].source == Source(file="a.json", line=4)
    assert found.policies[1].statements[0].source is None
