"""Accounts by any of their names, and ids that need not be known in a request."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import UsageError
from reconciler.model.decision import Request
from reconciler.use_cases.policy_evaluator import PolicyEvaluator, account_named
from tests.building import MANAGEMENT_ID, deny, org
from tests.unit.use_cases.sample import changed, organization


def decision(asked: PolicyEvaluator, action: str, account: str = "shop", **request: Any) -> str:
    return asked.explain(Request(account=account, action=action, **request), closed_context=True).decision


class TestAccount:
    ASKED = PolicyEvaluator.of(
        changed(
            changed(organization(), "account:shop", id="222233334444", name="The shop"),
            "account:lab",
            create_name="The lab",
        )
    )

    @pytest.mark.parametrize("name", ["shop", "222233334444", "account:shop", "The shop"])
    def test_key_id_address_and_name_lead_to_it(self, name: str) -> None:
        assert self.ASKED.account(name) == "account:shop"

    def test_one_that_does_not_exist_yet_has_a_name_as_well(self) -> None:
        assert self.ASKED.account("The lab") == "account:lab"

    @pytest.mark.parametrize(
        ("name", "help"), [("shp", "did you mean shop?"), ("zzz", "the accounts are lab, management, shop")]
    )
    def test_one_that_is_not_there(self, name: str, help: str) -> None:
        with pytest.raises(UsageError, match=f"there is no account {name}") as caught:
            self.ASKED.account(name)
        assert caught.value.help == help

    def test_of_many_only_the_first_are_named(self) -> None:
        accounts = {f"team-{number:02d}": "/" for number in range(30)}
        with pytest.raises(UsageError) as caught:
            account_named(org([], accounts), "zzz")
        assert caught.value.help == f"the accounts are {', '.join(list(accounts)[:8])} and 22 more"

    def test_an_organization_without_accounts_says_so(self) -> None:
        with pytest.raises(UsageError) as caught:
            account_named(org([], {}), "zzz")
        assert caught.value.help == "the organization has no accounts"

    def test_a_name_of_two_accounts_is_none(self) -> None:
        twice = changed(changed(organization(), "account:shop", name="Twin"), "account:lab", name="Twin")
        with pytest.raises(UsageError, match="there is no account Twin"):
            PolicyEvaluator.of(twice).account("Twin")

    def test_a_key_wins_over_the_name_of_another_account(self) -> None:
        assert PolicyEvaluator.of(changed(organization(), "account:lab", name="shop")).account("shop") == "account:shop"


class TestIds:
    """What has no id yet can be asked about all the same, and no answer shows an id that was made up."""

    def test_a_document_that_waits_for_an_id(self) -> None:
        exempt = {"aws:PrincipalArn": "arn:aws:iam::⟨account:shop.id⟩:role/admin"}
        asked = PolicyEvaluator.of(organization({"x": deny("s3:*", ArnNotLike=exempt)}, {"x": ["/"]}))
        assert decision(asked, "s3:GetObject", principal="role/admin") == "allowed"
        assert decision(asked, "s3:GetObject", principal="role/other") == "denied"
        assert decision(asked, "s3:GetObject", "lab", principal="role/admin") == "denied"
        told = asked.explain(Request(account="shop", action="s3:GetObject"))
        assert told.condition == "denied unless aws:PrincipalArn is arn:aws:iam::⟨account:shop.id⟩:role/admin"

    def test_the_organization_may_be_unknown(self) -> None:
        perimeter = deny("s3:*", StringNotEqualsIfExists={"aws:PrincipalOrgID": "⟨organization:.id⟩"})
        asked = PolicyEvaluator.of(
            organization({"x": perimeter}, {"x": ["/"]}, types=("scp", "rcp"), policy_types={"x": "rcp"})
        )
        assert decision(asked, "s3:GetObject") == "allowed"
        stranger = "arn:aws:iam::999988887777:role/x"
        assert decision(asked, "s3:GetObject", principal=stranger) == "denied"
        there = {"aws:PrincipalOrgID": ["{organization}"]}
        assert decision(asked, "s3:GetObject", principal=stranger, context=there) == "allowed"

    @pytest.mark.parametrize(
        ("resource", "expected"),
        [
            ("arn:aws:sqs:eu-west-1:{account}:orders", "denied"),
            ("arn:aws:sqs:eu-west-1:{account}:other", "allowed"),
            ("arn:aws:sqs:eu-west-1:999988887777:orders", "allowed"),
        ],
    )
    @pytest.mark.parametrize("id", [None, "222233334444"])
    def test_the_account_stands_in_a_resource(self, resource: str, expected: str, id: str | None) -> None:
        document = deny("sqs:*")
        document["Statement"][0]["Resource"] = f"arn:aws:sqs:*:{id or '⟨account:shop.id⟩'}:orders"
        made = changed(organization({"x": document}, {"x": ["/"]}), "account:shop", id=id)
        assert decision(PolicyEvaluator.of(made), "sqs:SendMessage", resource=resource) == expected

    @pytest.mark.parametrize(
        ("principal", "arn"),
        [
            ("root", f"arn:aws:iam::{MANAGEMENT_ID}:root"),
            ("role/a/b", f"arn:aws:iam::{MANAGEMENT_ID}:role/a/b"),
            ("user/anna", f"arn:aws:iam::{MANAGEMENT_ID}:user/anna"),
            ("arn:aws:iam::{account}:role/x", f"arn:aws:iam::{MANAGEMENT_ID}:role/x"),
            ("*", "*"),
            ("ec2.amazonaws.com", "ec2.amazonaws.com"),
            (None, None),
        ],
    )
    def test_principals_of_the_account_itself(self, principal: str | None, arn: str | None) -> None:
        request = Request(account="management", action="s3:GetObject", principal=principal)
        _, filled = PolicyEvaluator.of(organization()).question(request)
        assert filled.principal == arn
