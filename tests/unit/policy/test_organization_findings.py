"""Findings about an organization: each where it is right, and never about what is not known."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from reconciler.kinds.alternate_contact import AlternateContact
from reconciler.kinds.delegated_administrator import DelegatedAdministrator
from reconciler.kinds.root_access import RootAccess
from reconciler.kinds.trusted_access import TrustedAccess
from reconciler.model.base import Source
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, Resource, Root
from reconciler.model.scope import Scope, Unread
from reconciler.policy.lint.organization import CHECKS, SWITCHES, lint_organization
from reconciler.policy.lint.organization.finding import LintContext
from tests.unit.policy.organizations import deny

MANAGEMENT = Account(address="account:main", id="999900001111", parent="root:/")
SHOP = Account(address="account:shop", id="111122223333", parent="ou:A")
UNIT = OrganizationalUnit(address="ou:A", name="A", parent="root:/")
SUSPENDED = OrganizationalUnit(address="ou:Suspended", name="Suspended", parent="root:/")
GUARDDUTY = TrustedAccess(address="trusted_access:guardduty.amazonaws.com", principal="guardduty.amazonaws.com")
EVERYTHING = Scope(parts=None)


def organization(*resources: Resource, scope: Scope = EVERYTHING) -> Inventory:
    about = Organization(id="o-ours", management_account_id="999900001111")
    return Inventory(organization=about, scope=scope, resources=(Root(address="root:/"), *resources))


def scp(name: str, content: object = deny("s3:*")) -> Policy:  # frozen by convention
    return Policy(address=f"policy:{name}", name=name, type="scp", content=content)  # type: ignore[arg-type]


def attached(policy: str, target: str) -> Attachment:
    return Attachment(address=f"attachment:{policy}@{target}", policy=f"policy:{policy}", target=target)


def contact(account: Account) -> AlternateContact:
    address = AlternateContact.at(account.address, "security")
    return AlternateContact(
        address=address,
        account=account.address,
        setting="security",
        name="SOC",
        title="On call",
        email="soc@example.com",
        phone="1",
    )


def codes(inventory: Inventory, quotas: LintContext | None = None) -> list[str]:
    return [each.code for each in lint_organization(inventory, quotas)]


GOOD: dict[str, tuple[Resource, ...]] = {
    "W601": (MANAGEMENT, SHOP, UNIT, scp("a"), attached("a", "ou:A")),
    "W602": (SUSPENDED, scp("a", deny("*")), attached("a", "root:/")),
    "I601": (MANAGEMENT.model_copy(update={"parent": "ou:A"}), UNIT),
    "I602": (MANAGEMENT, SHOP, UNIT),
    "I603": (
        GUARDDUTY,
        DelegatedAdministrator(
            address="delegated_administrator:x", principal="guardduty.amazonaws.com", account="account:shop"
        ),
    ),
    "I604": (SHOP, UNIT, contact(SHOP)),
    "I605": (SHOP, UNIT, SUSPENDED),
    "I606": (UNIT, scp("a"), attached("a", "ou:A")),
    "I607": (UNIT, scp("a"), attached("a", "ou:A")),
    "I608": (SHOP, UNIT, RootAccess(address="root_access:root_sessions", feature="root_sessions")),
}
BAD: dict[str, tuple[Resource, ...]] = {
    "W601": (MANAGEMENT, SHOP, UNIT, scp("a"), attached("a", "account:main")),
    "W602": (SUSPENDED, scp("a"), attached("a", "ou:Suspended")),
    "I601": (MANAGEMENT.model_copy(update={"parent": "ou:A"}), SHOP, UNIT),
    "I602": (MANAGEMENT, SHOP.model_copy(update={"parent": "root:/"})),
    "I603": (GUARDDUTY,),
    "I604": (SHOP, UNIT),
    "I605": (UNIT,),
    "I606": (UNIT, scp("a")),
    "I608": (SHOP, UNIT),
    "I607": (UNIT, *(each for n in range(9) for each in (scp(f"p{n}"), attached(f"p{n}", "ou:A")))),
}
QUOTAS = LintContext(attached={"scp": 10}, accounts=10, organizational_units=10)


@pytest.mark.parametrize("code", GOOD)
def test_no_finding_where_all_is_well(code: str) -> None:
    assert code not in codes(organization(*GOOD[code]), QUOTAS)


@pytest.mark.parametrize("code", BAD)
def test_one_finding_where_it_is_not(code: str) -> None:
    assert codes(organization(*BAD[code]), QUOTAS).count(code) == 1


@pytest.mark.parametrize(
    ("code", "scope"),
    [
        ("W602", Scope(unread=(Unread(kind="scp"),))),
        ("I603", Scope(parts=("trusted_access",))),
        ("I604", Scope(parts=("trusted_access",))),
        ("I606", Scope(unread=(Unread(kind="scp"),))),
        ("I608", Scope(parts=("trusted_access",))),
    ],
)
def test_what_was_not_read_is_no_finding(code: str, scope: Scope) -> None:
    known = [each for each in BAD[code] if scope.has("scp") or not isinstance(each, Policy | Attachment)]
    assert code not in codes(organization(*known, scope=scope), QUOTAS)


@pytest.mark.parametrize("name", ["shop", "111122223333"])
def test_the_contacts_of_single_accounts_are_known(name: str) -> None:
    """A spec calls the account by its key, a read by its id."""
    scope = Scope(parts=(f"alternate_contacts/{name}/security",))
    assert "I604" in codes(organization(*BAD["I604"], scope=scope))


def test_a_document_that_is_not_known_may_deny_everything() -> None:
    assert "W602" not in codes(organization(SUSPENDED, scp("a", None), attached("a", "ou:Suspended")))


def test_a_quota_that_is_not_known_is_never_reached() -> None:
    assert "I607" not in codes(organization(*BAD["I607"]), LintContext(attached={"scp": None}))


def test_accounts_and_ous_have_quotas_too() -> None:
    units = [OrganizationalUnit(address=f"ou:{n}", name=f"{n}", parent="root:/") for n in range(9)]
    (found,) = (each for each in lint_organization(organization(*units), QUOTAS) if each.code == "I607")
    assert found.message == "9 of 10 OUs of the organization are in use"


def test_many_are_one_finding() -> None:
    units = [OrganizationalUnit(address=f"ou:{n}", name=f"{n}", parent="root:/") for n in range(5)]
    (found,) = lint_organization(organization(*units))
    assert found.message == "5 OUs have no accounts and no OUs: 0, 1, 2 and 2 more"


def test_a_code_is_switched_off() -> None:
    assert list(lint_organization(organization(UNIT), switched_off=["I605"])) == []


def test_every_check_is_one_function_that_says_nothing_of_nothing() -> None:
    def found(inventory: Inventory) -> Iterable[str]:
        return (each.code for check in CHECKS for each in check(inventory, LintContext()))

    assert list(found(organization())) == []
    assert {*BAD, "W470", "W480", "W481"} == set(SWITCHES)


def test_a_policy_of_a_spec_is_reported_where_the_spec_is_checked() -> None:
    declared = scp("a").model_copy(update={"source": Source(file="org.yaml", line=1, column=1)})
    assert "I606" not in codes(organization(declared))


def test_without_the_id_of_the_management_account_none_is_it() -> None:
    new = Account(address="account:new", parent="root:/")
    assert Inventory(resources=(new,)).management_account() is None


@pytest.mark.parametrize(("code", "address"), [
    ("W601", "policy:a"), ("W602", "ou:Suspended"), ("I602", "account:shop"), ("I604", "account:shop"),
    ("I605", "ou:A"), ("I606", "policy:a"),
])  # fmt: skip
def test_what_is_out_of_sight_is_not_reported(code: str, address: str) -> None:
    assert code not in codes(organization(*BAD[code]), LintContext(out_of_sight={address}))
