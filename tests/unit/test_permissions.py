"""The use cases about what policies mean, as functions: names and ids, tests of policies, claims about a plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import ReconcilerError, UsageError
from reconciler.model.base import Source
from reconciler.model.decision import Request
from reconciler.model.impact import Claim
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.plan import Change, Plan
from reconciler.model.plan import Organization as PlanOrganization
from reconciler.model.policy_test import PolicyTest
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, Resource
from reconciler.use_cases.explain import identity_policy_in, requests_in
from reconciler.use_cases.impact import prove_claim
from reconciler.use_cases.permissions import changes_permissions, impact_between, refuted_claims
from reconciler.use_cases.policy_evaluator import PolicyEvaluator
from reconciler.use_cases.policy_tests import failed_tests
from tests.building import MANAGEMENT_ID, deny, org

UNITS = ["Workloads", "Workloads/Production", "Sandbox"]
ACCOUNTS = {"management": "/", "shop": "Workloads/Production", "lab": "Sandbox"}


def organization(policies: Any = None, attached: Any = None, **more: Any) -> Inventory:
    made = org(UNITS, ACCOUNTS, policies, attached, **more)
    return made.model_copy(update={"organization": Organization(management_account_id=MANAGEMENT_ID)})


def changed(inventory: Inventory, address: str, **fields: Any) -> Inventory:
    """The same with other fields in one resource."""
    return inventory.with_resources(
        each.model_copy(update=fields) if each.address == address else each for each in inventory.resources
    )


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

    @pytest.mark.parametrize(("name", "help"), [("shp", "did you mean shop?"), ("zzz", "see `reconciler show`")])
    def test_one_that_is_not_there(self, name: str, help: str) -> None:
        with pytest.raises(UsageError, match=f"there is no account {name}") as caught:
            self.ASKED.account(name)
        assert caught.value.help == help

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


class TestPolicyTests:
    MADE = organization({"x": deny("s3:*")}, {"x": ["Workloads"]})
    PLACES: Mapping[str, tuple[Source, ...]] = {"x": (Source(file="policies/x.json", line=4),)}

    def failures(self, **test: Any) -> list[tuple[str, str, str | None]]:
        source = Source(file="policies/tests/a.yaml", line=7, column=3)
        values = {"account": "shop", "action": "s3:GetObject", "expect": "allowed", "source": source, **test}
        found = failed_tests(self.MADE, self.PLACES, [PolicyTest(**values)])
        assert {(each.file, each.line, each.column) for each in found} <= {("policies/tests/a.yaml", 7, 3)}
        return [(each.code, each.message, each.help) for each in found]

    def test_one_that_passes_says_nothing(self) -> None:
        assert self.failures(expect="denied") == []

    @pytest.mark.parametrize(
        ("test", "message", "help"),
        [
            (
                {},
                "s3:GetObject in shop is denied, not allowed",
                "it is denied by statement Deny of x at ou:Workloads (policies/x.json:4)",
            ),
            ({"name": "Open"}, "Open: s3:GetObject in shop is denied, not allowed", None),
            (
                {"account": "lab", "expect": "denied"},
                "s3:GetObject in lab is allowed, not denied",
                "no policy denies it",
            ),
            (
                {"account": "management", "expect": "denied"},
                "s3:GetObject in management is allowed, not denied",
                "SCPs and RCPs do not apply to the management account",
            ),
        ],
    )
    def test_one_that_fails_says_why(self, test: dict[str, Any], message: str, help: str | None) -> None:
        ((code, told, why),) = self.failures(**test)
        assert (code, told) == ("E326", message)
        assert help is None or why == help

    def test_an_allow_that_is_missing_is_named(self) -> None:
        bare = organization({"x": deny("s3:*")}, {"x": ["Workloads"]}, no_full_access=["Sandbox"])
        test = PolicyTest(account="lab", action="s3:GetObject", expect="allowed", source=Source(file="a", line=1))
        (found,) = failed_tests(bare, {}, [test])
        assert found.help == "no SCP allows it at ou:Sandbox; attached there: none"

    def test_an_account_that_is_not_there(self) -> None:
        ((code, message, help),) = self.failures(account="shp")
        assert (code, message, help) == ("E327", "there is no account shp", "did you mean shop?")


class TestRequests:
    def test_empty_lines_are_left_out(self, tmp_path: Path) -> None:
        file = tmp_path / "requests.jsonl"
        file.write_text('\n{"account": "a", "action": "s3:x", "context": {"k": [1, true]}}\n\n')
        (found,) = requests_in(file)
        assert found.context == {"k": ("1", "true")}

    def test_a_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="cannot be read"):
            list(requests_in(tmp_path / "none"))
        (tmp_path / "binary").write_bytes(b"\xff\xfe")
        with pytest.raises(UsageError, match="cannot be read"):
            list(requests_in(tmp_path / "binary"))

    def test_an_identity_policy_that_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "mine.json").write_text("{")
        with pytest.raises(ReconcilerError, match=r"mine\.json is not an IAM policy"):
            identity_policy_in(tmp_path / "mine.json")


def change(action: str, after: Resource | None, before: Resource | None = None, fields: tuple[str, ...] = ()) -> Change:
    made = after or before
    assert made is not None
    values = {"address": made.address, "kind": made.kind, "action": action, "reason": "declared"}
    return Change.model_validate({**values, "after": after, "before": before, "fields": fields})


ACCOUNT = Account(address="account:shop", parent="root:/")
POLICY = Policy(address="policy:x", type="scp", name="x", content=deny("s3:*"))
HELD = Attachment(address="attachment:x@/", policy="policy:x", target="root:/")
UNIT = OrganizationalUnit(address="ou:A", name="A", parent="root:/")


@pytest.mark.parametrize(
    ("found", "changes"),
    [
        (change("attach", HELD), True),
        (change("detach", None, HELD), True),
        (change("move", ACCOUNT, ACCOUNT, ("parent",)), True),
        (change("update", POLICY, POLICY, ("content",)), True),
        (change("update", POLICY, POLICY, ("tags", "description")), False),
        (change("create", POLICY), False),
        (change("create", UNIT), False),
        (change("update", ACCOUNT, ACCOUNT, ("tags",)), False),
    ],
)
def test_only_what_can_change_permissions_loads_the_catalogue(found: Change, changes: bool) -> None:
    assert changes_permissions([found]) is changes
    assert not changes_permissions([])


class TestClaims:
    """`guards.impact`, and `impact --assert`."""

    OPEN = organization({"x": deny("s3:Put*")}, {})
    SHUT = organization({"x": deny("s3:Put*")}, {"x": ["Workloads"]})

    def planned(self, before: Inventory, after: Inventory) -> Any:
        from reconciler.planning.planner import PlanResult

        identity = PlanOrganization(id="o-1", management_account_id=MANAGEMENT_ID, root_id="r-1")
        return PlanResult(Plan(organization=identity, spec_digest=""), before, after)

    def test_what_is_refuted_is_a_violation_with_an_example_and_the_option_that_lets_it_pass(self) -> None:
        claims: dict[str, Claim] = {"Workloads": "no-gain", "Sandbox": "no-gain", "/": "no-loss"}
        (found,) = refuted_claims(self.planned(self.SHUT, self.OPEN), claims, {})
        assert (found.guard, found.allow) == ("impact:Workloads", "--allow impact:Workloads=1")
        assert found.addresses == ("account:shop",)
        assert found.message.startswith("accounts in Workloads would gain permissions, for example s3:Put")

    def test_what_is_allowed_is_none(self) -> None:
        planned = self.planned(self.SHUT, self.OPEN)
        assert refuted_claims(planned, {"Workloads": "no-gain"}, {"impact:Workloads": 1}) == []

    def test_losses_are_told_as_such(self) -> None:
        (found,) = refuted_claims(self.planned(self.OPEN, self.SHUT), {"Workloads/Production": "no-loss"}, {})
        assert found.message.startswith("accounts in Workloads/Production would lose permissions")

    @pytest.mark.parametrize(("scope", "accounts"), [("Workloads", 1), ("Sandbox", 1), (None, 2), ("/", 2)])
    def test_the_scope_is_everything_below_an_ou(self, scope: str | None, accounts: int) -> None:
        proof = prove_claim("no-loss", self.SHUT, self.OPEN, scope)
        assert (proof.verdict, proof.accounts) == ("proven", accounts + (scope in (None, "/")))

    def test_a_scope_without_accounts_is_a_mistake(self) -> None:
        with pytest.raises(UsageError, match="there is no account below ou:Nowhere"):
            prove_claim("no-gain", self.SHUT, self.OPEN, "Nowhere")


def test_impact_is_told_for_accounts_that_are_on_both_sides() -> None:
    before = organization({"x": deny("s3:Put*")}, {"x": ["Workloads"]})
    after = organization({"x": deny("s3:Put*")}, {})
    (found,) = impact_between(before, after, ["policy:x"])
    assert found.accounts == ("account:shop",)
    assert impact_between(before, before, []) == ()
