"""What a plan does to permissions: claims about it, and its impact."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import UsageError
from reconciler.model.impact import Claim
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Plan
from reconciler.model.plan import Organization as PlanOrganization
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, Resource
from reconciler.use_cases.impact import prove_claim
from reconciler.use_cases.permissions import changes_permissions, impact_between, refuted_claims
from tests.building import MANAGEMENT_ID, deny
from tests.unit.use_cases.sample import organization


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
