"""The chains of an inventory."""

from __future__ import annotations

from reconciler.model.inventory import Inventory, Organization
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType, Resource, Root
from reconciler.policy.evaluation.chains import chains, organization_context
from reconciler.policy.lint.organization.finding import LintContext
from reconciler.policy.lint.organization.policies import attached_again_below
from tests.unit.policy.organizations import ACCOUNT_ID, deny, deny_rcp

TREE: tuple[Resource, ...] = (
    Root(address="root:/", id="r-1"),
    PolicyType(address="policy_type:scp", type="scp"),
    PolicyType(address="policy_type:rcp", type="rcp"),
    OrganizationalUnit(address="ou:A", id="ou-a", name="A", parent="root:/"),
    OrganizationalUnit(address="ou:A/B", id="ou-b", name="B", parent="ou:A"),
    Account(address="account:shop", id=ACCOUNT_ID, parent="ou:A/B"),
    Account(address="account:new", parent="ou:A"),
    Account(address="account:gone", id="555566667777", parent="root:/", state="closed"),
    Account(address="account:main", id="999900001111", parent="root:/"),
    Policy(address="policy:FullAWSAccess", name="FullAWSAccess", type="scp", aws_managed=True),
    Policy(address="policy:RCPFullAWSAccess", name="RCPFullAWSAccess", type="rcp", aws_managed=True),
    Policy(address="policy:no-s3", name="no-s3", type="scp", content=deny("s3:*")),
    Policy(address="policy:perimeter", name="perimeter", type="rcp", content=deny_rcp("s3:*")),
    Policy(address="policy:tags", name="tags", type="tag", content={"tags": {}}),
)


def organization(*attached: tuple[str, str], without: str = "") -> Inventory:
    attachments = [Attachment(address=f"attachment:{p}@{t}", policy=f"policy:{p}", target=t) for p, t in attached]
    about = Organization(id="o-ours", management_account_id="999900001111")
    kept = [each for each in TREE if each.address != without]
    return Inventory(organization=about, resources=(*kept, *attachments))


def test_levels_run_from_the_root_to_the_account() -> None:
    everywhere = [("FullAWSAccess", "root:/"), ("RCPFullAWSAccess", "root:/"), ("tags", "ou:A")]
    found = chains(organization(*everywhere, ("no-s3", "ou:A"), ("perimeter", "ou:A/B"), ("no-s3", "account:shop")))
    levels = found["account:shop"].levels
    assert [(each.name, [x.key for x in each.scps], [x.key for x in each.rcps]) for each in levels] == [
        ("root:/", ["FullAWSAccess"], ["RCPFullAWSAccess"]),
        ("ou:A", ["no-s3"], []),
        ("ou:A/B", [], ["perimeter"]),
        ("account:shop", ["no-s3"], []),
    ]
    assert set(found) == {"account:shop", "account:new", "account:main"}
    assert found["account:shop"].levels[0] is found["account:new"].levels[0]
    assert found["account:new"].account_id is None
    assert found["account:main"].management


def test_a_managed_policy_that_was_not_read_is_full_access() -> None:
    above = chains(organization(("FullAWSAccess", "root:/")))["account:shop"]
    assert above.levels[0].scps[0].document.statements[0].actions == ("*",)


def test_a_type_that_is_not_enabled_has_no_effect() -> None:
    above = chains(organization(("no-s3", "ou:A"), without="policy_type:scp"))["account:shop"]
    assert not above.scps_enabled
    assert above.levels[1].scps == ()


def test_what_a_context_takes_from_the_organization() -> None:
    place = organization_context(organization())
    assert place.organization_id == "o-ours"
    assert place.account_ids == {ACCOUNT_ID, "555566667777", "999900001111"}
    assert place.paths == {
        ACCOUNT_ID: "o-ours/r-1/ou-a/ou-b/", "555566667777": "o-ours/r-1/", "999900001111": "o-ours/r-1/",
    }  # fmt: skip


class TestLint:
    def test_what_is_inherited_need_not_be_attached_again(self) -> None:
        inventory = organization(
            ("FullAWSAccess", "root:/"), ("FullAWSAccess", "ou:A"), ("no-s3", "ou:A"), ("no-s3", "account:shop")
        )
        (finding,) = attached_again_below(inventory, LintContext())
        assert (finding.code, finding.address) == ("W470", "attachment:no-s3@account:shop")
        assert finding.message == "no-s3 is already attached to ou:A, so account:shop inherits it"

    def test_the_same_policy_in_two_branches_is_no_repetition(self) -> None:
        assert (
            list(attached_again_below(organization(("no-s3", "account:shop"), ("no-s3", "account:new")), LintContext()))
            == []
        )
