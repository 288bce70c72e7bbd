"""Contacts and Regions of accounts: what a spec declares, what is read, and how it is compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.applying import waiting
from reconciler.aws.operations import OPERATIONS
from reconciler.errors import ServiceError
from reconciler.kinds.alternate_contact import AlternateContact
from reconciler.kinds.base import Call
from reconciler.kinds.primary_contact import PrimaryContact
from reconciler.kinds.region import DEFAULT, Region, RegionKind, is_opt_in
from reconciler.mock import MockOrganization
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, change_of
from reconciler.model.regions import PARTITIONS
from reconciler.spec import load
from tests.kinds.world import InFile, World

SOC = '{name: SOC, title: On call, email: soc@example.com, phone: "+31"}'
CONTACT = 'full_name: Shop, address: [" Main street 1 "], city: Utrecht, postal_code: "3500", country: nl, phone: "+31"'
TRUSTED = "organization: {trusted_access: [account.amazonaws.com]}\n"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """An organization without any setting of accounts."""
    monkeypatch.chdir(tmp_path)
    made = World(InFile(), monkeypatch)
    made.apply()
    return made


def declared(tmp_path: Path, text: str) -> Inventory:
    spec = tmp_path / "org.yaml"
    spec.write_text(f"version: 1\n{text}", "utf-8")
    return load(spec).inventory


def accounts(audit: str, security: str = "", more: str = TRUSTED) -> str:
    units = f"root: {{organizational_units: {{Base: {{accounts: {{audit: {{{audit}}}, security: {{{security}}}}}}}}}}}"
    return more + units


def test_contacts_of_the_defaults_are_merged_by_type_and_lead_to_their_own_lines(tmp_path: Path) -> None:
    found = declared(
        tmp_path,
        f"""\
defaults:
  accounts:
    alternate_contacts:
      security: {SOC}
      billing: {SOC}
root:
  accounts:
    all: {{id: "111122223333"}}
    some: {{id: "111122223334", alternate_contacts: {{billing: none}}}}
    none: {{id: "111122223335", alternate_contacts: {{}}}}
""",
    )
    lines = {each.address: each.source and each.source.line for each in found.of(AlternateContact)}
    assert lines == {
        "alternate_contact:all/security": 5,
        "alternate_contact:all/billing": 6,
        "alternate_contact:some/security": 5,
    }
    assert found.scope.parts == (
        "alternate_contacts/all/billing",
        "alternate_contacts/all/security",
        "alternate_contacts/none/billing",
        "alternate_contacts/none/operations",
        "alternate_contacts/none/security",
        "alternate_contacts/some/billing",
        "alternate_contacts/some/security",
    )


def test_a_primary_contact_is_trimmed_and_what_is_left_out_is_empty(tmp_path: Path) -> None:
    (found,) = declared(tmp_path, f"root: {{accounts: {{shop: {{id: '111122223333', contact: {{{CONTACT}}}}}}}}}").of(
        PrimaryContact
    )
    assert (found.address, found.address_lines, found.country, found.company) == (
        "contact:shop", ("Main street 1",), "NL", "",
    )  # fmt: skip


def test_only_what_is_declared_is_read(world: World) -> None:
    world.declare(accounts(f"alternate_contacts: {{security: {SOC}}}", "regions: {me-south-1: enabled}"))
    world.apply()
    world.plan()
    reads = [each for each in world.calls.made if each.startswith("account:")]
    assert sorted(reads) == ["account:GetAlternateContact", "account:ListRegions"]
    world.declare(accounts("alternate_contacts: {}"))
    world.plan()
    assert [each for each in world.calls.made if each.startswith("account:")] == ["account:GetAlternateContact"] * 3


def test_an_empty_mapping_deletes_all_contacts(world: World) -> None:
    world.declare(accounts(f"alternate_contacts: {{security: {SOC}, billing: {SOC}, operations: {SOC}}}"))
    world.apply()
    world.declare(accounts("alternate_contacts: {}"))
    assert [each["action"] for each in world.plan()["changes"]] == ["delete"] * 3
    world.apply()
    world.assert_applied()


def test_a_key_that_is_left_out_of_a_primary_contact_is_emptied(world: World) -> None:
    world.declare(accounts(f"contact: {{{CONTACT}, company: Shop BV}}"))
    world.apply()
    world.declare(accounts(f"contact: {{{CONTACT}}}"))
    (change,) = world.plan()["changes"]
    assert (change["fields"], change["before"]["company"], change["after"]["company"]) == (["company"], "Shop BV", "")
    world.apply()
    world.assert_applied()


def test_the_management_account_needs_no_trusted_access(world: World) -> None:
    management = 'root: {accounts: {management: {id: "123456789012", regions: {af-south-1: enabled}}}}'
    world.declare(management)
    world.apply()
    world.assert_applied()


def test_without_trusted_access_of_a_member_the_error_names_the_key_of_the_spec(world: World) -> None:
    world.declare(accounts("regions: {af-south-1: enabled}", more=""))
    ran = world.run("plan")
    assert ran.code == 8, ran
    assert "organization.trusted_access: [account.amazonaws.com]" in ran.err


def test_what_the_snapshot_does_not_have_is_not_compared(world: World) -> None:
    assert world.run("snapshot", "--out", "snapshot.json").code == 0
    world.declare(accounts("regions: {af-south-1: disabled, me-south-1: enabled}", more=""))
    ran = world.run("plan", "--output", "json", "--snapshot", "snapshot.json", options=())
    assert ran.json["changes"] == []
    assert [each["code"] for each in ran.json["warnings"]] == ["W532", "W532", "I608"]


def test_a_region_of_a_new_account_is_enabled_and_none_disabled(world: World) -> None:
    world.declare(
        TRUSTED
        + "root: {accounts: {new: {email: new@example.com, regions: {af-south-1: enabled, me-south-1: disabled}}}}"
    )
    assert "region:new/me-south-1" not in world.changed()
    world.apply()
    world.assert_applied()


def test_disabling_a_region_is_blocked_and_says_what_it_does(world: World) -> None:
    world.declare(accounts("regions: {af-south-1: enabled}"))
    world.apply()
    world.declare(accounts("regions: {af-south-1: disabled}"))
    plan = world.plan()
    (violation,) = plan["guards"]["violations"]
    assert (violation["guard"], violation["allow"]) == ("deletes.regions", "--allow deletes.regions=1")
    assert "cannot be reached" in plan["changes"][0]["note"]
    assert world.plan("--no-delete")["changes"] == []


@pytest.mark.parametrize("count", [7])
def test_more_regions_than_the_service_switches_at_once_are_all_enabled(world: World, count: int) -> None:
    names = [each for each in PARTITIONS["aws"].regions if is_opt_in(each)][:count]
    world.declare(accounts(f"regions: {{{', '.join(f'{each}: enabled' for each in names)}}}"))
    world.apply()
    assert world.calls.made.count("account:EnableRegion") == count
    world.assert_applied()


def test_the_slots_of_a_region() -> None:
    assert dict(RegionKind().slots(_enabling("af-south-1"))) == {"regions": 50, "regions of account:1": 6}


def _enabling(name: str) -> Change:
    region = Region(address=f"region:1/{name}", account="account:1", setting=name, state="enabled")
    return change_of("enable", "declared", after=region)


@pytest.mark.parametrize(("name", "opt_in"), [
    ("af-south-1", True), ("ap-east-1", True), ("eu-west-1", False), ("cn-north-1", False), ("us-gov-west-1", False),
])  # fmt: skip
def test_opt_in_regions(name: str, opt_in: bool) -> None:
    assert is_opt_in(name) == opt_in


def test_the_default_regions_are_regions() -> None:
    assert set(PARTITIONS["aws"].regions) >= DEFAULT


class TestMock:
    """The rules of Account Management."""

    ACCOUNT = "123456789012"

    @pytest.fixture
    def mock(self) -> MockOrganization:
        return MockOrganization.in_memory()

    def refused(self, mock: MockOrganization, operation: str, **params: Any) -> tuple[str, int | None]:
        with pytest.raises(ServiceError) as raised:
            mock.call(operation, params)
        return raised.value.code, raised.value.status

    def test_regions_are_switched_one_change_at_a_time(self, mock: MockOrganization) -> None:
        region = {"RegionName": "af-south-1"}
        mock.call("account:EnableRegion", region)
        statuses = [mock.call("account:GetRegionOptStatus", region)["RegionOptStatus"] for _ in range(3)]
        assert statuses == ["ENABLING", "ENABLING", "ENABLED"]
        assert self.refused(mock, "account:EnableRegion", **region) == ("ValidationException", 400)
        mock.call("account:DisableRegion", region)
        assert self.refused(mock, "account:EnableRegion", **region) == ("ConflictException", 409)
        assert self.refused(mock, "account:DisableRegion", RegionName="eu-west-1") == ("ValidationException", 400)

    def test_six_regions_of_an_account_at_once(self, mock: MockOrganization) -> None:
        *six, seventh = [each for each in PARTITIONS["aws"].regions if is_opt_in(each)][:7]
        for each in six:
            mock.call("account:EnableRegion", {"RegionName": each})
        assert self.refused(mock, "account:EnableRegion", RegionName=seventh) == ("ConflictException", 409)

    def test_regions_come_in_pages(self, mock: MockOrganization) -> None:
        first = mock.call("account:ListRegions", {"MaxResults": 20})
        second = mock.call("account:ListRegions", {"MaxResults": 20, "NextToken": first["NextToken"]})
        names = [each["RegionName"] for each in (*first["Regions"], *second["Regions"])]
        assert sorted(names) == sorted(PARTITIONS["aws"].regions)

    def test_a_new_account_gets_a_copy_of_the_contact_of_the_management_account(self, mock: MockOrganization) -> None:
        mock.call("EnableAWSServiceAccess", {"ServicePrincipal": "account.amazonaws.com"})
        given = {
            "FullName": " Shop ", "AddressLine1": "Main street 1", "City": "Utrecht", "PostalCode": "3500",
            "CountryCode": "nl", "PhoneNumber": "+31",
        }  # fmt: skip
        mock.call("account:PutContactInformation", {"ContactInformation": given})
        request = mock.call("CreateAccount", {"Email": "new@example.com", "AccountName": "New"})["CreateAccountStatus"]
        for _ in range(3):
            status = mock.call("DescribeCreateAccountStatus", {"CreateAccountRequestId": request["Id"]})
        id = status["CreateAccountStatus"]["AccountId"]
        found = mock.call("account:GetContactInformation", {"AccountId": id})["ContactInformation"]
        assert found == {**given, "FullName": "New", "CountryCode": "NL"}

    def test_an_absent_alternate_contact_is_not_found(self, mock: MockOrganization) -> None:
        params = {"AlternateContactType": "SECURITY"}
        assert self.refused(mock, "account:GetAlternateContact", **params) == ("ResourceNotFoundException", 404)
        assert self.refused(mock, "account:DeleteAlternateContact", **params) == ("ResourceNotFoundException", 404)


def test_a_region_that_is_being_switched_by_somebody_else_is_waited_for() -> None:
    operation, error = (
        OPERATIONS["account:EnableRegion"],
        ServiceError("account:EnableRegion", "ConflictException", "no"),
    )
    call = Call("account:EnableRegion", {"RegionName": "af-south-1"})
    assert waiting.limit(call, operation, error, new=False, settle=60.0, patience=1800.0) == 1800.0
