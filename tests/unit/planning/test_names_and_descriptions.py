"""Names that the service would not take block the plan that sends them; a description is never emptied."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account, Policy
from tests.building import deny, org
from tests.harness import Organization, steps

LEAVE = deny("organizations:LeaveOrganization")


def changed(inventory: Inventory, kind: type[Any], **fields: Any) -> Inventory:
    """The same with other fields on each customer's resource of the kind."""
    return inventory.with_resources(
        each.model_copy(update=fields) if isinstance(each, kind) and not getattr(each, "aws_managed", False) else each
        for each in inventory.resources
    )


def refused(organization: Organization, desired: Inventory) -> list[str]:
    return [each.message for each in organization.plan(desired).plan.guards.violations if each.guard == "refused"]


class TestNames:
    @pytest.mark.parametrize(
        ("name", "problem"),
        [
            ("Café", "account:shop cannot be named 'Café': only printable ASCII is allowed"),
            ("x" * 51, "it has 51 characters, and 50 are allowed"),
            ("Shop ", "the service does not keep blanks at the ends"),
        ],
    )
    def test_a_new_account_with_a_name_that_it_cannot_have_is_refused(self, name: str, problem: str) -> None:
        desired = changed(org([], {"shop": "/"}), Account, create_name=name)
        (message,) = refused(Organization(), desired)
        assert problem in message

    def test_a_new_account_may_have_any_other_name(self) -> None:
        assert refused(Organization(), changed(org([], {"shop": "/"}), Account, create_name="Shop <1>")) == []

    def test_an_account_that_exists_may_have_any_name(self) -> None:
        organization = Organization()
        organization.apply(org([], {"shop": "/"}))
        desired = changed(org([], {"shop": "/"}), Account, name="shop", create_name="Café")
        assert steps(organization.plan(desired).plan) == []
        assert refused(organization, desired) == []

    @pytest.mark.parametrize("name", ["Café", "<Shop>", " Shop"])
    def test_another_name_that_the_service_does_not_take_is_refused(self, name: str) -> None:
        organization = Organization()
        organization.apply(org([], {"shop": "/"}))
        (message,) = refused(organization, changed(org([], {"shop": "/"}), Account, name=name))
        assert message.startswith(f"account:shop cannot be named {name!r}")

    def test_a_new_ou_has_no_blanks_at_its_ends(self) -> None:
        assert refused(Organization(), org(["Security "])) == [
            "ou:Security  cannot be named 'Security ': the service does not keep blanks at the ends"
        ]

    def test_an_ou_that_exists_may_have_them(self) -> None:
        organization = Organization()
        root = organization.call("ListRoots")["Roots"][0]["Id"]
        organization.call("CreateOrganizationalUnit", ParentId=root, Name="Security ")
        assert refused(organization, org(["Security "])) == []


class TestDescriptions:
    def test_one_with_text_is_not_emptied(self) -> None:
        organization = Organization()
        desired = org([], {}, {"deny": LEAVE})
        organization.apply(changed(desired, Policy, description="Nobody leaves"))
        plan = organization.plan(changed(desired, Policy, description="")).plan
        assert plan.changes == ()
        assert [each.code for each in plan.warnings] == ["W530"]
        assert "'Nobody leaves'" in plan.warnings[0].message

    def test_another_change_leaves_it_alone_as_well(self) -> None:
        organization = Organization()
        organization.apply(changed(org([], {}, {"deny": LEAVE}), Policy, description="Nobody leaves"))
        desired = changed(org([], {}, {"deny": deny("account:CloseAccount")}), Policy, description="")
        (change,) = organization.plan(desired).plan.changes
        assert change.fields == ("content",)
        assert isinstance(change.after, Policy)
        assert change.after.description == "Nobody leaves"
        organization.apply(desired)
        assert organization.plan(desired).plan.changes == ()

    def test_an_empty_one_stays_empty_and_a_new_policy_may_have_one(self) -> None:
        organization = Organization()
        desired = changed(org([], {}, {"deny": LEAVE}), Policy, description="")
        organization.apply(desired)
        plan = organization.plan(desired).plan
        assert (plan.changes, plan.warnings) == ((), ())

    def test_they_are_compared_exactly(self) -> None:
        organization = Organization()
        desired = org([], {}, {"deny": LEAVE})
        organization.apply(changed(desired, Policy, description="Nobody leaves\n"))
        assert organization.plan(changed(desired, Policy, description="Nobody leaves\n")).plan.changes == ()
        (change,) = organization.plan(changed(desired, Policy, description="Nobody leaves")).plan.changes
        assert change.fields == ("description",)
