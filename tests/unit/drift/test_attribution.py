"""Who made a difference: recorded calls matched with what differs."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.drift.attribution import Attribution, changed_by
from reconciler.kinds.alternate_contact import AlternateContact
from reconciler.kinds.billing.budget_resource import Budget
from reconciler.kinds.billing.cost_allocation_tag import CostAllocationTag
from reconciler.kinds.billing.cost_category_resource import CostCategory
from reconciler.kinds.delegated_administrator import DelegatedAdministrator
from reconciler.kinds.identity_center.resources import Assignment, PermissionSet
from reconciler.kinds.region import Region
from reconciler.kinds.resource_policy import ResourcePolicy
from reconciler.kinds.root_access import RootAccess
from reconciler.kinds.trusted_access import TrustedAccess
from reconciler.model.drift import ChangedBy
from reconciler.model.plan import Change, change_of
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType, Resource

ALICE = {
    "type": "AssumedRole",
    "arn": "arn:aws:sts::111122223333:assumed-role/Admin/alice",
    "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/org/Admin"}},
}
IDS = {
    "policy:lock": "p-1111111111",
    "ou:Dev": "ou-aaaa-11111111",
    "ou:Prod": "ou-aaaa-22222222",
    "account:shop": "222222222222",
    "permission_set:Admin": "arn:aws:sso:::permissionSet/ssoins-1/ps-1",
    "group:Ops": "b3c4-55",
}


def record(event: str, parameters: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A record of CloudTrail."""
    return {
        "eventTime": "2026-09-13T17:42:10Z",
        "eventSource": "organizations.amazonaws.com",
        "eventName": event,
        "userIdentity": ALICE,
        "userAgent": "aws-cli/2.0",
        "requestParameters": parameters,
        "responseElements": None,
        "readOnly": False,
    } | more


def found(change: Change, *records: dict[str, Any]) -> ChangedBy:
    """Who made a difference, by these records, the newest first."""
    attribution = Attribution([change], IDS)
    for each in records:
        attribution.add(each)
    return attribution.result("no event")[change.key]


def changed(resource: Resource, *fields: str, action: Any = "update") -> Change:
    return change_of(action, "differs", before=resource, after=resource, fields=fields)


def extra(resource: Resource) -> Change:
    return change_of("delete", "not_declared", before=resource)


def missing(resource: Resource) -> Change:
    return change_of("create", "declared", after=resource)


LOCK = Policy(address="policy:lock", id=IDS["policy:lock"], name="lock", type="scp")
AT_DEV = Attachment(address="attachment:lock@Dev", policy="policy:lock", target="ou:Dev")
SHOP = Account(address="account:shop", id=IDS["account:shop"], name="shop", parent="ou:Dev")
DEV = OrganizationalUnit(address="ou:Dev", id=IDS["ou:Dev"], name="Dev", parent="root:/")
PAIR = {"policyId": IDS["policy:lock"], "targetId": IDS["ou:Dev"]}
ADMIN = PermissionSet(address="permission_set:Admin", id=IDS["permission_set:Admin"], name="Admin")

CASES: dict[str, tuple[Change, dict[str, Any]]] = {
    "a changed document": (changed(LOCK, "content"), record("UpdatePolicy", {"policyId": LOCK.id, "content": "{}"})),
    "a renamed policy": (changed(LOCK, "name"), record("UpdatePolicy", {"policyId": LOCK.id, "name": "lock"})),
    "an undeclared policy": (
        extra(LOCK),
        record("CreatePolicy", {"name": "lock"}, responseElements={"policy": {"policySummary": {"id": LOCK.id}}}),
    ),
    "a detached policy": (missing(AT_DEV), record("DetachPolicy", PAIR)),
    "an attached policy": (extra(AT_DEV), record("AttachPolicy", PAIR)),
    "a moved account": (
        changed(SHOP, "parent", action="move"),
        record("MoveAccount", {"accountId": SHOP.id, "destinationParentId": IDS["ou:Dev"]}),
    ),
    "a renamed account": (
        changed(SHOP, "name"),
        record("PutAccountName", {"accountId": SHOP.id, "accountName": "x"}, eventSource="account.amazonaws.com"),
    ),
    "tags of an account": (changed(SHOP, "tags"), record("TagResource", {"resourceId": SHOP.id, "tags": []})),
    "a renamed OU": (
        changed(DEV, "name", action="rename"),
        record("UpdateOrganizationalUnit", {"organizationalUnitId": DEV.id, "name": "Dev"}),
    ),
    "a disabled policy type": (
        missing(PolicyType(address="policy_type:rcp", type="rcp")),
        record("DisablePolicyType", {"policyType": "RESOURCE_CONTROL_POLICY", "rootId": "r-1"}),
    ),
    "trusted access": (
        extra(TrustedAccess(address="trusted_access:ram.amazonaws.com", principal="ram.amazonaws.com")),
        record("EnableAWSServiceAccess", {"servicePrincipal": "ram.amazonaws.com"}),
    ),
    "a delegated administrator": (
        missing(
            DelegatedAdministrator(
                address="delegated_administrator:x@shop", principal="x.amazonaws.com", account="account:shop"
            )
        ),
        record("DeregisterDelegatedAdministrator", {"accountId": SHOP.id, "servicePrincipal": "x.amazonaws.com"}),
    ),
    "the resource policy": (
        changed(ResourcePolicy(address="resource_policy:organization", id="rp-1", content={}), "content"),
        record("PutResourcePolicy", {"content": "{}"}),
    ),
    "centralised root access": (
        missing(RootAccess(address="root_access:root_sessions", feature="root_sessions")),
        record("DisableOrganizationsRootSessions", None, eventSource="iam.amazonaws.com"),
    ),
    "an alternate contact": (
        missing(
            AlternateContact(
                address="alternate_contact:shop/security",
                account="account:shop",
                setting="security",
                name="n",
                title="t",
                email="e@example.com",
                phone="1",
            )
        ),
        record("DeleteAlternateContact", {"accountId": SHOP.id, "alternateContactType": "SECURITY"}),
    ),
    "a permission set": (
        changed(ADMIN, "inline"),
        record("PutInlinePolicyToPermissionSet", {"permissionSetArn": ADMIN.id, "inlinePolicy": "{}"}),
    ),
    "an assignment": (
        extra(
            Assignment(
                address="assignment:Admin@group:Ops@shop",
                permission_set="permission_set:Admin",
                principal="group:Ops",
                account="account:shop",
            )
        ),
        record(
            "CreateAccountAssignment",
            {"permissionSetArn": ADMIN.id, "targetId": SHOP.id, "principalId": IDS["group:Ops"]},
        ),
    ),
    "a Region": (
        changed(
            Region(address="region:shop/af-south-1", account="account:shop", setting="af-south-1", state="enabled"),
            "state",
        ),
        record("EnableRegion", {"accountId": SHOP.id, "regionName": "af-south-1"}),
    ),
    "a budget": (
        changed(Budget(address="budget:shop-monthly", id="arn:b", name="shop-monthly"), "limit"),
        record("UpdateBudget", {"accountId": "1", "newBudget": {"budgetName": "shop-monthly"}}),
    ),
    "a cost category": (
        extra(CostCategory(address="cost_category:Team", id="arn:c", name="Team")),
        record("CreateCostCategoryDefinition", {"name": "Team"}, responseElements={"costCategoryArn": "arn:c"}),
    ),
    "a cost allocation tag": (
        changed(CostAllocationTag(address="cost_allocation_tag:team", state="active"), "state"),
        record("UpdateCostAllocationTagsStatus", {"costAllocationTagsStatus": [{"tagKey": "team"}]}),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_call_that_made_it_is_found(case: str) -> None:
    change, made = CASES[case]
    other = record(
        made["eventName"], {"policyId": "p-other", "accountId": "333333333333"}, eventTime="2026-09-14T00:00:00Z"
    )
    records = [made] if case in ("the resource policy", "centralised root access") else [other, made]
    assert found(change, *records) == ChangedBy(
        principal="arn:aws:iam::111122223333:role/org/Admin",
        session="alice",
        at="2026-09-13T17:42:10Z",
        event=made["eventName"],
        source=made["eventSource"],
    )


@pytest.mark.parametrize(
    "other",
    [
        record("UpdatePolicy", {"policyId": LOCK.id, "name": "lock"}),
        record("TagResource", {"resourceId": LOCK.id}),
        record("AttachPolicy", PAIR),
        record("UpdatePolicy", {"policyId": "p-2222222222", "content": f"about {LOCK.id}"}),
        record("UpdatePolicy", {"policyId": LOCK.id, "content": "{}"}, errorCode="MalformedPolicyDocumentException"),
        record("UpdatePolicy", {"policyId": LOCK.id, "content": "{}"}, readOnly=True),
        record("DescribePolicy", {"policyId": LOCK.id}, readOnly=None),
    ],
    ids=[
        "only its name",
        "only its tags",
        "only attached",
        "another policy",
        "refused",
        "a read",
        "a read by its name",
    ],
)
def test_a_call_that_did_not_change_it_is_not_taken(other: dict[str, Any]) -> None:
    made = record("UpdatePolicy", {"policyId": LOCK.id, "content": "{}"}, eventTime="2026-09-01T00:00:00Z")
    assert found(changed(LOCK, "content"), other).unknown == "no event"
    assert found(changed(LOCK, "content"), other, made).at == "2026-09-01T00:00:00Z"


def test_the_newest_call_made_it() -> None:
    newer, older = (
        record("UpdatePolicy", {"policyId": LOCK.id, "content": "{}"}, eventTime=each)
        for each in ("2026-09-02T00:00:00Z", "2026-09-01T00:00:00Z")
    )
    assert found(changed(LOCK, "content"), newer, older).at == "2026-09-02T00:00:00Z"


def test_what_is_gone_is_found_by_the_name_that_it_had() -> None:
    """DeletePolicy has an id, and the spec a name: the call that made the policy has both."""
    gone = Policy(address="policy:gone", name="gone", type="scp")
    made = record("CreatePolicy", {"name": "gone"}, responseElements={"policy": {"policySummary": {"id": "p-gone"}}})
    deleted = record("DeletePolicy", {"policyId": "p-gone"}, eventTime="2026-09-14T00:00:00Z")
    another = record("DeletePolicy", {"policyId": "p-another"}, eventTime="2026-09-15T00:00:00Z")
    who = found(missing(gone), another, deleted, made)
    assert (who.event, who.at) == ("DeletePolicy", "2026-09-14T00:00:00Z")
    assert found(missing(gone), another, made).unknown == "no event"


def test_why_nobody_is_known() -> None:
    unknown = Attachment(address="attachment:new@Dev", policy="policy:new", target="ou:Dev")
    assert found(missing(unknown)).unknown == "no recorded call names it by an id that is known"
    assert found(missing(AT_DEV)) == ChangedBy(unknown="no event")


def test_own_changes_are_marked_by_the_user_agent() -> None:
    own = record("DetachPolicy", PAIR, userAgent="[Boto3/1.44 md/x reconciler/0.1.0 plan/9f2c41aabbcc]")
    assert (found(missing(AT_DEV), own).own, found(missing(AT_DEV), own).plan) == (True, "9f2c41aabbcc")


@pytest.mark.parametrize(
    ("identity", "principal", "session"),
    [
        ({"type": "Root", "arn": "arn:aws:iam::1:root"}, "arn:aws:iam::1:root", None),
        ({"type": "IAMUser", "arn": "arn:aws:iam::1:user/bob"}, "arn:aws:iam::1:user/bob", None),
        ({"type": "AWSService", "invokedBy": "ram.amazonaws.com"}, "ram.amazonaws.com", None),
        ({"type": "AWSAccount", "accountId": "999999999999"}, "999999999999", None),
        ({"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/A/b"}, "arn:aws:sts::1:assumed-role/A/b", "b"),
        (None, None, None),
        ({"type": "AssumedRole", "arn": 7}, None, None),
    ],
)
def test_who_called(identity: Any, principal: str | None, session: str | None) -> None:
    who = changed_by(record("DetachPolicy", userIdentity=identity))
    assert (who.principal, who.session) == (principal, session)


@pytest.mark.parametrize(
    "broken", [{}, {"eventName": 7}, {"eventName": "DetachPolicy", "requestParameters": "p-1111111111"}], ids=str
)
def test_a_record_of_another_form_is_nothing(broken: dict[str, Any]) -> None:
    assert found(missing(AT_DEV), broken).unknown == "no event"
