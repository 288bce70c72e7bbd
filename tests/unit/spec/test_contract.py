"""The whole format: one spec with every key, and its inventory and settings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.model.base import Source
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType, Root
from reconciler.spec import Desired
from tests.unit.spec.spec_files import DENY, Specs

EVERYTHING = """\
# yaml-language-server: $schema=./org.schema.json
version: 1

include: ["teams/*.yaml"]

organization:
  id: o-a1b2c3d4e5
  management_account_id: "111122223333"
  feature_set: all
  policy_types: [scp, rcp, tag, backup, ai_opt_out]
  trusted_access: [cloudtrail.amazonaws.com, guardduty.amazonaws.com, sso.amazonaws.com]
  delegated_administrators:
    guardduty.amazonaws.com: [security-tooling]
  resource_policy: {file: policies/delegation.json.j2}
  root_access: [root_credentials, root_sessions]

defaults:
  accounts:
    email: "aws+{{ key }}@example.com"
    role_name: OrganizationAccountAccessRole
    iam_user_access_to_billing: allow
    tags: {managed-by: reconciler}

policies:
  deny-leaving:
    type: scp
    description: Member accounts cannot leave the organization
    content:
      Version: "2012-10-17"
      Statement: [{Sid: DenyLeaving, Effect: Deny, Action: organizations:LeaveOrganization, Resource: "*"}]
  deny-regions:
    type: scp
    file: policies/scp/deny-regions.json.j2
    vars: {allowed_regions: [eu-west-1, eu-central-1]}
    previously: [region-lock]
    tags: {owner: security}

root:
  policies: [deny-leaving]
  tags: {}
  accounts:
    management: {id: "111122223333", email: aws@example.com}
  organizational_units:
    Security:
      accounts:
        log-archive: {}
        security-tooling: {tags: {tier: core}}
    Workloads:
      policies: [deny-regions]
      organizational_units:
        Production:
          previously: [Prod]
          accounts:
            shop-prod:
              name: Shop (production)
              email: shop-prod@example.com
              alternate_contacts:
                security: {name: SOC, title: On call, email: soc@example.com, phone: "+31201234567"}
    Suspended:
      policies: [deny-all]
      accounts:
        old-shop: {id: "444455556666", state: closed}

unmanaged:
  attachments: delete
  policies: report
  organizational_units: report
  accounts: report
  trusted_access: report
  delegated_administrators: report

ignore:
  policies: ["aws-guardrails-*"]
  tags: ["aws:*", "awsApplication"]
  organizational_units: ["Legacy/**"]
  accounts: []

guards:
  protected: ["ou:Security", "ou:Security/**", "account:log-archive", "policy:deny-leaving"]
  max_deletes: {organizational_units: 5, policies: 5, attachments: 10, tags: "25%"}
  max_account_closures: 0
  max_account_creations: 20
"""
REGIONS = """\
{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Deny", "NotAction": ["iam:*"], "Resource": "*",
    "Condition": {
      "StringNotEquals": {"aws:RequestedRegion": {{ vars.allowed_regions | tojson }}},
      "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::{{ accounts["security-tooling"].id }}:role/*"}
    }
  }]
}
"""
DELEGATION = """\
{
  "Statement": {
    "Effect": "Allow",
    "Principal": {"AWS": "{{ accounts["security-tooling"].id }}"},
    "Action": "organizations:List*",
    "Resource": "*"
  }
}
"""
TEAM = f"policies:\n  deny-all:\n    type: scp\n    content: {DENY}\n"


@pytest.fixture
def desired(specs: Specs) -> Desired:
    return specs.load(
        EVERYTHING,
        **{
            "policies/scp/deny-regions.json.j2": REGIONS,
            "policies/delegation.json.j2": DELEGATION,
            "teams/common.yaml": TEAM,
        },
    )


def test_nothing_is_wrong(desired: Desired) -> None:
    assert desired.warnings == ()
    assert desired.files == (
        "org.yaml",
        "teams/common.yaml",
        "policies/scp/deny-regions.json.j2",
        "policies/delegation.json.j2",
    )


def test_the_organization(desired: Desired) -> None:
    assert desired.inventory.organization == Organization(
        id="o-a1b2c3d4e5", management_account_id="111122223333", feature_set="all"
    )


def test_the_tree(desired: Desired) -> None:
    (root,) = desired.inventory.of(Root)
    assert (root.address, root.tags) == ("root:/", {})
    units = {
        each.address: (each.name, each.parent, each.previously) for each in desired.inventory.of(OrganizationalUnit)
    }
    assert units == {
        "ou:Security": ("Security", "root:/", ()),
        "ou:Workloads": ("Workloads", "root:/", ()),
        "ou:Workloads/Production": ("Production", "ou:Workloads", ("ou:Workloads/Prod",)),
        "ou:Suspended": ("Suspended", "root:/", ()),
    }


def test_an_account_with_an_id_keeps_what_is_not_declared(desired: Desired) -> None:
    assert account(desired, "management") == Account(
        address="account:management",
        id="111122223333",
        email="aws@example.com",
        parent="root:/",
        tags={"managed-by": "reconciler"},
        role_name="OrganizationAccountAccessRole",
        iam_user_access_to_billing="allow",
        source=Source(file="org.yaml", line=42, column=5),
    )
    assert account(desired, "old-shop").email is None
    assert account(desired, "old-shop").state == "closed"


def test_an_account_without_an_id_has_what_it_is_created_with(desired: Desired) -> None:
    tooling, shop = account(desired, "security-tooling"), account(desired, "shop-prod")
    assert (tooling.name, tooling.create_name) == (None, "security-tooling")
    assert tooling.email == tooling.create_email == "aws+security-tooling@example.com"
    assert tooling.tags == {"managed-by": "reconciler", "tier": "core"}
    assert (shop.name, shop.create_name, shop.email) == ("Shop (production)",) * 2 + ("shop-prod@example.com",)


def test_policies_with_fullawsaccess(desired: Desired) -> None:
    policies = {each.address: each for each in desired.inventory.of(Policy)}
    assert sorted(policies) == ["policy:FullAWSAccess", "policy:deny-all", "policy:deny-leaving", "policy:deny-regions"]
    assert policies["policy:FullAWSAccess"] == Policy(
        address="policy:FullAWSAccess", id="p-FullAWSAccess", type="scp", name="FullAWSAccess", aws_managed=True
    )
    regions = policies["policy:deny-regions"]
    assert (regions.name, regions.previously, regions.tags) == ("deny-regions", ("region-lock",), {"owner": "security"})
    assert regions.description is None
    assert regions.content == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "NotAction": ["iam:*"],
                "Resource": "*",
                "Condition": {
                    "StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]},
                    "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::⟨account:security-tooling.id⟩:role/*"},
                },
            }
        ],
    }
    assert str(policies["policy:deny-all"].source) == "teams/common.yaml:2"


def test_policy_types_are_those_declared(desired: Desired) -> None:
    assert [each.type for each in desired.inventory.of(PolicyType)] == ["ai_opt_out", "backup", "rcp", "scp", "tag"]


def test_attachments(desired: Desired) -> None:
    full = ["/", "Security", "Suspended", "Workloads", "Workloads/Production"]
    full += [f"account:{key}" for key in ("log-archive", "management", "security-tooling", "shop-prod")]
    assert list(attached(desired.inventory)) == sorted(
        [
            ("FullAWSAccess", "attachment:FullAWSAccess@" + name, name) for name in full
        ]
        + [
            ("deny-all", "attachment:deny-all@Suspended", "Suspended"),
            ("deny-leaving", "attachment:deny-leaving@/", "/"),
            ("deny-regions", "attachment:deny-regions@Workloads", "Workloads"),
        ]
    )  # fmt: skip


def test_resources_are_sorted_and_placed(desired: Desired) -> None:
    addresses = [each.address for each in desired.inventory.resources]
    assert addresses == sorted(addresses)
    assert all(each.source for each in desired.inventory.resources if each.address != "policy:FullAWSAccess")


def test_settings(desired: Desired) -> None:
    settings = desired.settings
    expected = {"attachments": "delete", "policies": "report", "organizational_units": "report", "accounts": "report"}
    assert settings.unmanaged.items() >= expected.items()
    assert settings.ignore.model_dump() == {
        "policies": ("aws-guardrails-*",),
        "tags": ("aws:*", "awsApplication"),
        "organizational_units": ("Legacy/**",),
        "accounts": (),
    }
    assert settings.guards.protected[:2] == ("ou:Security", "ou:Security/**")
    limits = settings.guards.limits
    assert [str(each) for each in (limits["policies"], limits["tags"], limits["policy_types"])] == ["5", "25%", "0"]
    assert desired.inventory.scope.policy_types == ("scp", "rcp", "tag", "backup", "ai_opt_out")
    assert settings.disabled_policy_types == {}
    assert (settings.quotas.policy_types["scp"].attached, settings.quotas.organizational_units) == (10, 2_000)


def account(desired: Desired, key: str) -> Account:
    return next(each for each in desired.inventory.of(Account) if each.address == f"account:{key}")


def attached(inventory: Inventory) -> Iterator[tuple[str, str, str]]:
    for each in inventory.of(Attachment):
        kind, _, name = each.target.partition(":")
        yield each.policy.removeprefix("policy:"), each.address, each.target if kind == "account" else name
