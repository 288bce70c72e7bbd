"""One example of each kind: the files that the contract of all kinds is tested with.

`org.yaml` is the same for all and includes `kind.yaml`, which has the text of an example. A new kind needs an entry
here (`test_registry.py` says so); the tests of the contract then test it with every backend.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from reconciler.mock import Seed

ORG = """\
version: 1
include: [kind.yaml, settings.yaml]
root:
  organizational_units:
    Base:
      accounts:
        audit: {email: audit@example.com}
        security: {email: security@example.com}
"""

HOSTILE = "no: - x=+1 .y_"
"""A name that YAML reads as something else, with characters that every kind accepts."""

_LEGAL = 'content: {tags: {team: {tag_key: {"@@assign": team}}}}'
_OTHER = 'content: {tags: {team: {tag_key: {"@@assign": Team}}}}'


SEED = Seed(groups=("Platform", HOSTILE), users=("auditor@example.com",))
"""What every organization of the contract begins with: groups and users cannot be made by the program."""

_ALLOW = "{Effect: Allow, Action: 's3:Get*', Resource: '*'}"
_ADMIN = "identity_center: {permission_sets: {Admin: {managed: [AdministratorAccess]}}, assignments: "
_CENTER = {"InstanceArn": "identity_center:/"}
_ASSIGNED = {
    **_CENTER, "PermissionSetArn": "permission_set:Admin", "TargetType": "AWS_ACCOUNT",
    "PrincipalType": "GROUP", "PrincipalId": "group:Platform",
}  # fmt: skip


def _of_audit(section: str) -> str:
    return (
        "organization: {trusted_access: [account.amazonaws.com]}\n"
        f"root: {{organizational_units: {{Base: {{accounts: {{audit: {{{section}}}}}}}}}}}"
    )


def _delegation(action: str, tags: str) -> str:
    principal = f"{{AWS: '{Seed().management_account_id}'}}"
    statement = f"{{Effect: Allow, Principal: {principal}, Action: '{action}', Resource: '*'}}"
    return f"organization: {{resource_policy: {{content: {{Statement: [{statement}]}}, tags: {tags}}}}}"


def _alternate(contacts: str) -> str:
    return _of_audit(f"alternate_contacts: {contacts}")


def _contact(name: str, more: str = "") -> str:
    fields = (
        f"full_name: {name}, address: [Main street 1], city: Utrecht, postal_code: '3500', country: nl, phone: '+31'"
    )
    return _of_audit(f"contact: {{{fields}{more}}}")


def _billing(section: str) -> str:
    return f"billing: {{{section}}}"


class Example(NamedTuple):
    """The text of `kind.yaml`: one that declares a thing, one that declares it with another value, and one that does
    not declare it, though its kind is managed (an empty list, or a state; `None` for what cannot be removed). `wrong`
    has a value of the wrong type on its last line.

    `address` is what `declared` declares. `by_hand` is a call that makes it differ from that, and `stale` one after
    which the way from `declared` to `another` is not as it was planned; a parameter that is an address (an account by
    its e-mail) stands for its id. `limit` is the key in `guards.max_deletes`, where it is not the plural of the kind,
    and `name` the one in `declared` that can be any other."""

    address: str
    declared: str
    another: str
    removed: str | None
    wrong: str
    by_hand: tuple[str, dict[str, Any]]
    stale: tuple[str, dict[str, Any]] | None = None
    limit: str | None = None
    name: str | None = None


EXAMPLES = {
    "policy_type": Example(
        address="policy_type:tag",
        declared="organization: {policy_types: [tag]}",
        another="organization: {policy_types: [tag, backup]}",
        removed="organization: {policy_types: {tag: disabled}}",
        wrong="organization:\n  policy_types: 7",
        by_hand=("DisablePolicyType", {"RootId": "root:/", "PolicyType": "TAG_POLICY"}),
    ),
    "root": Example(
        address="root:/",
        declared="root: {tags: {owner: a}}",
        another="root: {tags: {owner: b, team: c}}",
        removed="root: {tags: {}}",
        wrong="root:\n  tags: 7",
        by_hand=("UntagResource", {"ResourceId": "root:/", "TagKeys": ["owner"]}),
        stale=("UntagResource", {"ResourceId": "root:/", "TagKeys": ["owner"]}),
        limit="tags",
        name="owner",
    ),
    "policy": Example(
        address="policy:legal",
        declared=f"policies: {{legal: {{type: tag, {_LEGAL}, tags: {{owner: a}}}}}}",
        another=f"policies: {{legal: {{type: tag, {_OTHER}, description: New, tags: {{owner: b}}}}}}",
        removed="organization: {policy_types: [tag]}",
        wrong="policies:\n  legal: 7",
        by_hand=("DeletePolicy", {"PolicyId": "policy:legal"}),
        stale=("DeletePolicy", {"PolicyId": "policy:legal"}),
        name="legal",
    ),
    "account": Example(
        address="account:shop",
        declared="root: {accounts: {shop: {email: shop@example.com, tags: {owner: a}}}}",
        another="root: {organizational_units: {Base: {accounts: {shop: {email: shop@example.com, tags: {}}}}}}",
        removed="root: {accounts: {shop: {email: shop@example.com, state: closed}}}",
        wrong="root:\n  accounts: {shop: 7}",
        by_hand=(
            "MoveAccount",
            {"AccountId": "shop@example.com", "SourceParentId": "root:/", "DestinationParentId": "ou:Base"},
        ),
        stale=("CloseAccount", {"AccountId": "shop@example.com"}),
        name="shop",
    ),
    "organizational_unit": Example(
        address="ou:Shop",
        declared="root: {organizational_units: {Shop: {tags: {owner: a}}}}",
        another="root: {organizational_units: {Store: {previously: [Shop], tags: {owner: b}}}}",
        removed="",
        wrong="root:\n  organizational_units: {Shop: 7}",
        by_hand=("DeleteOrganizationalUnit", {"OrganizationalUnitId": "ou:Shop"}),
        stale=("DeleteOrganizationalUnit", {"OrganizationalUnitId": "ou:Shop"}),
        name="Shop",
    ),
    "attachment": Example(
        address="attachment:legal@Base",
        declared=(
            f"policies: {{legal: {{type: tag, {_LEGAL}}}, other: {{type: tag, {_OTHER}}}}}\n"
            "root: {organizational_units: {Base: {policies: [legal]}}}"
        ),
        another=(
            f"policies: {{legal: {{type: tag, {_LEGAL}}}, other: {{type: tag, {_OTHER}}}}}\n"
            "root: {organizational_units: {Base: {policies: [legal, other]}}}"
        ),
        removed=f"policies: {{legal: {{type: tag, {_LEGAL}}}, other: {{type: tag, {_OTHER}}}}}",
        wrong="root:\n  policies: 7",
        by_hand=("DetachPolicy", {"PolicyId": "policy:legal", "TargetId": "ou:Base"}),
        stale=("DeletePolicy", {"PolicyId": "policy:other"}),
        name="legal",
    ),
    "trusted_access": Example(
        address="trusted_access:config.amazonaws.com",
        declared="organization: {trusted_access: [config.amazonaws.com]}",
        another="organization: {trusted_access: [config.amazonaws.com, sso.amazonaws.com]}",
        removed="organization: {trusted_access: []}",
        wrong="organization:\n  trusted_access: 7",
        by_hand=("DisableAWSServiceAccess", {"ServicePrincipal": "config.amazonaws.com"}),
    ),
    "delegated_administrator": Example(
        address="delegated_administrator:config.amazonaws.com@audit",
        declared=(
            "organization:\n"
            "  trusted_access: [config.amazonaws.com]\n"
            "  delegated_administrators: {config.amazonaws.com: [audit]}"
        ),
        another=(
            "organization:\n"
            "  trusted_access: [config.amazonaws.com]\n"
            "  delegated_administrators: {config.amazonaws.com: [audit, security]}"
        ),
        removed=(
            "organization:\n"
            "  trusted_access: [config.amazonaws.com]\n"
            "  delegated_administrators: {config.amazonaws.com: []}"
        ),
        wrong="organization:\n  delegated_administrators: {config.amazonaws.com: 7}",
        by_hand=(
            "DeregisterDelegatedAdministrator",
            {"AccountId": "audit@example.com", "ServicePrincipal": "config.amazonaws.com"},
        ),
        stale=("CloseAccount", {"AccountId": "security@example.com"}),
        name="audit",
    ),
    "resource_policy": Example(
        address="resource_policy:/",
        declared=_delegation("organizations:List*", "{owner: a}"),
        another=_delegation("organizations:Describe*", "{team: b}"),
        removed="organization: {resource_policy: none}",
        wrong="organization:\n  resource_policy: 7",
        by_hand=("DeleteResourcePolicy", {}),
        stale=("DeleteResourcePolicy", {}),
    ),
    "root_access": Example(
        address="root_access:root_sessions",
        declared="organization: {trusted_access: [iam.amazonaws.com], root_access: [root_sessions]}",
        another=("organization: {trusted_access: [iam.amazonaws.com], root_access: [root_sessions, root_credentials]}"),
        removed="organization: {trusted_access: [iam.amazonaws.com], root_access: []}",
        wrong="organization:\n  root_access: 7",
        by_hand=("iam:DisableOrganizationsRootSessions", {}),
        stale=("DisableAWSServiceAccess", {"ServicePrincipal": "iam.amazonaws.com"}),
    ),
    "alternate_contact": Example(
        address="alternate_contact:audit/security",
        declared=_alternate("{security: {name: SOC, title: On call, email: soc@example.com, phone: '1'}}"),
        another=_alternate("{security: {name: SOC, title: On call, email: soc@example.org, phone: '1'}}"),
        removed=_alternate("{security: none}"),
        wrong="root:\n  organizational_units: {Base: {accounts: {audit: {alternate_contacts: 7}}}}",
        by_hand=(
            "account:DeleteAlternateContact",
            {"AccountId": "audit@example.com", "AlternateContactType": "SECURITY"},
        ),
        stale=(
            "account:DeleteAlternateContact",
            {"AccountId": "audit@example.com", "AlternateContactType": "SECURITY"},
        ),
    ),
    "contact": Example(
        address="contact:audit",
        declared=_contact("Shop BV", ", company: Shop BV, website: shop.example.com"),
        another=_contact("Shop NV", ", district: ' Utrecht '"),
        removed=None,
        wrong="root:\n  organizational_units: {Base: {accounts: {audit: {contact: 7}}}}",
        by_hand=(
            "account:PutContactInformation",
            {
                "AccountId": "audit@example.com",
                "ContactInformation": {
                    "FullName": "Shop",
                    "AddressLine1": "Main street 1",
                    "City": "Utrecht",
                    "PostalCode": "3500",
                    "CountryCode": "NL",
                    "PhoneNumber": "+31",
                },
            },
        ),
        stale=(
            "account:PutContactInformation",
            {
                "AccountId": "audit@example.com",
                "ContactInformation": {
                    "FullName": "Shop",
                    "AddressLine1": "Main street 1",
                    "City": "Utrecht",
                    "PostalCode": "3500",
                    "CountryCode": "NL",
                    "PhoneNumber": "+31",
                },
            },
        ),
    ),
    "region": Example(
        address="region:audit/af-south-1",
        declared=_of_audit("regions: {af-south-1: enabled, me-south-1: disabled}"),
        another=_of_audit("regions: {af-south-1: enabled, me-south-1: enabled}"),
        removed=_of_audit("regions: {af-south-1: disabled, me-south-1: disabled}"),
        wrong="root:\n  organizational_units: {Base: {accounts: {audit: {regions: 7}}}}",
        by_hand=("account:DisableRegion", {"AccountId": "audit@example.com", "RegionName": "af-south-1"}),
        stale=("CloseAccount", {"AccountId": "audit@example.com"}),
    ),
    "cost_category": Example(
        address="cost_category:Team",
        declared=_billing(
            "cost_categories: {Team: {default: Unassigned, rules: [{value: Shop, accounts: ['ou:Base']}, "
            "{inherit: account_name}], tags: {owner: a}}}"
        ),
        another=_billing(
            "cost_categories: {Team: {default: none, rules: [{value: Shop, accounts: ['account:audit'], "
            "services: [AmazonEC2]}, {value: Tools, tags: {team: [tools]}}, {inherit: {tag: team}}], "
            "split_charges: [{from: Tools, to: [Shop], method: even}], tags: {team: b}}}"
        ),
        removed=_billing("cost_categories: {}"),
        wrong="billing:\n  cost_categories: {Team: 7}",
        by_hand=("ce:DeleteCostCategoryDefinition", {"CostCategoryArn": "cost_category:Team"}),
        stale=("ce:DeleteCostCategoryDefinition", {"CostCategoryArn": "cost_category:Team"}),
    ),
    "cost_allocation_tag": Example(
        address="cost_allocation_tag:aws:createdBy",
        declared=_billing("cost_allocation_tags: {active: ['aws:createdBy']}"),
        another=_billing("cost_allocation_tags: {inactive: ['aws:createdBy']}")
        + "\nguards: {max_deletes: {cost_allocation_tags: 1}}",
        removed=_billing("cost_allocation_tags: {active: []}"),
        wrong="billing:\n  cost_allocation_tags: 7",
        by_hand=(
            "ce:UpdateCostAllocationTagsStatus",
            {"CostAllocationTagsStatus": [{"TagKey": "aws:createdBy", "Status": "Inactive"}]},
        ),
    ),
    "budget": Example(
        address="budget:shop",
        declared=_billing(
            "budgets: {shop: {limit: 5000 USD, per: month, for: 'ou:Base', "
            "notify: [{actual: 80%, to: [finops@example.com, it@example.com]}, "
            "{forecasted: 6000, to: [finops@example.com]}], tags: {owner: a}}}"
        ),
        another=_billing(
            "budgets: {shop: {limit: 6000 USD, per: quarter, for: {cost_category: {Team: Shop}}, "
            "notify: [{actual: 80%, to: [cfo@example.com, it@example.com]}, "
            "{actual: 100%, sns: 'arn:aws:sns:us-east-1:111122223333:budgets'}], tags: {team: b}}}"
        ),
        removed=_billing("budgets: {}"),
        wrong="billing:\n  budgets: {shop: 7}",
        by_hand=("budgets:DeleteBudget", {"AccountId": Seed().management_account_id, "BudgetName": "shop"}),
        stale=("budgets:DeleteBudget", {"AccountId": Seed().management_account_id, "BudgetName": "shop"}),
    ),
    "invitation": Example(
        address="invitation:555566667777",
        declared='root: {accounts: {"555566667777": {id: "555566667777", invite: true, invite_notes: Welcome}}}',
        another=(
            'root: {accounts: {"555566667777": {id: "555566667777", invite: true, invite_notes: Welcome}, '
            "other: {email: other@example.com, invite: true}}}"
        ),
        removed="root: {accounts: {other: {email: other@example.com, invite: true}}}",
        wrong='root:\n  accounts: {shop: {id: "555566667777", invite: 7}}',
        by_hand=("CancelHandshake", {"HandshakeId": "invitation:555566667777"}),
    ),
    "permission_set": Example(
        address="permission_set:Read",
        declared=(
            "identity_center: {permission_sets: {Read: {description: For auditors, session: 4h, "
            "managed: [job-function/ViewOnlyAccess], customer_managed: [{name: base}], tags: {owner: a}, "
            f"inline: {{content: {{Version: '2012-10-17', Statement: [{_ALLOW}]}}}}, "
            "boundary: {managed: ReadOnlyAccess}}}}"
        ),
        another=(
            "identity_center: {permission_sets: {Read: {description: Auditors, session: 1h30m, "
            "relay_state: 'https://a.b', "
            "managed: [ReadOnlyAccess], customer_managed: [{name: base, path: /b/}], tags: {team: b}, "
            "inline: none, boundary: {customer_managed: {name: limit}}}}}"
        ),
        removed="identity_center: {permission_sets: {}}",
        wrong="identity_center:\n  permission_sets: {Read: 7}",
        by_hand=("sso:UpdatePermissionSet", {**_CENTER, "PermissionSetArn": "permission_set:Read"}),
        stale=("sso:DeletePermissionSet", {**_CENTER, "PermissionSetArn": "permission_set:Read"}),
    ),
    "assignment": Example(
        address="assignment:Admin@group:Platform@audit",
        declared=f"{_ADMIN}[{{permission_set: Admin, groups: [Platform], to: ['account:audit']}}]}}",
        another=(
            f"{_ADMIN}[{{permission_set: Admin, groups: [Platform], users: [auditor@example.com], to: ['ou:Base']}}]}}"
        ),
        removed=f"{_ADMIN}[]}}",
        wrong="identity_center:\n  assignments: 7",
        by_hand=("sso:DeleteAccountAssignment", {**_ASSIGNED, "TargetId": "audit@example.com"}),
        stale=("CloseAccount", {"AccountId": "security@example.com"}),
        name="Platform",
    ),
}
"""By the name of the kind."""

REMOVABLE = [name for name, each in EXAMPLES.items() if each.removed is not None]
"""The kinds of which something can be removed."""
