"""Permission sets of IAM Identity Center, and its instance."""

import json
from typing import Any

import pytest

from reconciler.errors import ServiceError
from reconciler.model.api import REGION
from tests.unit.mock.access import READ, Access
from tests.unit.mock.world import MANAGEMENT, MEMBER, World, tag_list

CONFLICT, ABSENT, WRONG, QUOTA, DENIED = (
    f"{each}Exception"
    for each in ("Conflict", "ResourceNotFound", "Validation", "ServiceQuotaExceeded", "AccessDenied")
)
STATEMENT = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
NOBODY = "arn:aws:sso:::permissionSet/ssoins-0000000000000000/ps-0000000000000000"


@pytest.fixture
def access(world: World) -> Access:
    return Access(world.mock)


class TestInstance:
    def test_a_new_organization_has_one_in_one_region(self, access: Access) -> None:
        (listed,) = access.call("sso:ListInstances")["Instances"]
        assert (listed["PrimaryRegion"], listed["OwnerAccountId"]) == ("us-east-1", MANAGEMENT)
        assert access.call("sso:DescribeInstance", InstanceArn=access.instance) == listed

    def test_elsewhere_there_is_none(self, access: Access) -> None:
        assert access.call("sso:ListInstances", **{REGION: "eu-west-1"}) == {"Instances": []}
        everywhere = access.call("sso:ListInstances", RegionScope="ALL_REGIONS", **{REGION: "eu-west-1"})
        assert len(everywhere["Instances"]) == 1
        access.sso_refused("ListPermissionSets", ABSENT, **{REGION: "eu-west-1"})
        access.sso_refused("DescribeInstance", DENIED, **{REGION: "eu-west-1"})

    def test_another_instance_is_unknown(self, access: Access) -> None:
        other = "arn:aws:sso:::instance/ssoins-0000000000000000"
        access.sso_refused("ListPermissionSets", ABSENT, InstanceArn=other)
        access.sso_refused("DescribeInstance", DENIED, InstanceArn=other)
        access.sso_refused("ListPermissionSets", WRONG, "INVALID_PATTERN", InstanceArn="arn:aws:sso:::instance/x")

    def test_only_the_management_account_and_a_delegate_may_call(self, access: Access) -> None:
        with pytest.raises(ServiceError, match=DENIED):
            access.sso("ListPermissionSets", caller=MEMBER)
        access.call("EnableAWSServiceAccess", ServicePrincipal="sso.amazonaws.com")
        access.call("RegisterDelegatedAdministrator", AccountId=MEMBER, ServicePrincipal="sso.amazonaws.com")
        assert access.sso("ListPermissionSets", caller=MEMBER) == {"PermissionSets": []}

    def test_an_operation_of_organizations_takes_a_region_too(self, access: Access) -> None:
        assert access.call("ListRoots", **{REGION: "us-east-1"}) == access.call("ListRoots")


class TestPermissionSets:
    def test_it_has_the_defaults_of_the_service(self, access: Access) -> None:
        arn = access.set("Admin")
        assert arn.startswith("arn:aws:sso:::permissionSet/ssoins-")
        found = access.described(arn)
        assert (found["Name"], found["SessionDuration"]) == ("Admin", "PT1H")
        assert not {"Description", "RelayState"} & found.keys()
        assert access.sso("ListPermissionSets") == {"PermissionSets": [arn]}

    def test_names_are_unique_and_have_their_form(self, access: Access) -> None:
        access.set("Admin")
        access.sso_refused("CreatePermissionSet", CONFLICT, Name="Admin")
        access.set("admin")
        access.sso_refused("CreatePermissionSet", WRONG, "INVALID_PATTERN", Name="Ä")
        access.sso_refused("CreatePermissionSet", WRONG, "MAX_LENGTH_EXCEEDED", Name="a" * 33)
        access.sso_refused("CreatePermissionSet", WRONG, "MIN_LENGTH_EXCEEDED", Name="a", Description="")

    @pytest.mark.parametrize("duration", ["PT30M", "PT13H", "P1D"])
    def test_a_session_lasts_one_to_twelve_hours(self, access: Access, duration: str) -> None:
        access.sso_refused("CreatePermissionSet", WRONG, Name="a", SessionDuration=duration)
        arn = access.set("a", SessionDuration="PT90M")
        access.sso_refused("UpdatePermissionSet", WRONG, PermissionSetArn=arn, SessionDuration=duration)
        access.sso_refused("UpdatePermissionSet", WRONG, "INVALID_PATTERN", PermissionSetArn=arn, SessionDuration="4h")

    def test_an_update_clears_what_is_not_sent(self, access: Access) -> None:
        arn = access.set(Description="one", SessionDuration="PT4H", RelayState="https://a.b")
        access.sso("UpdatePermissionSet", PermissionSetArn=arn, Description="two")
        found = access.described(arn)
        assert (found["Description"], found["SessionDuration"], found.get("RelayState")) == ("two", "PT1H", None)

    def test_an_unknown_one_is_not_found(self, access: Access) -> None:
        for operation in ("DescribePermissionSet", "DeletePermissionSet", "GetInlinePolicyForPermissionSet"):
            access.sso_refused(operation, ABSENT, PermissionSetArn=NOBODY)

    def test_it_is_deleted_when_nobody_has_it(self, access: Access) -> None:
        arn, group = access.set(), access.group()
        access.assign(arn, MEMBER, group)
        access.sso_refused("DeletePermissionSet", CONFLICT, PermissionSetArn=arn)
        access.unassign(arn, MEMBER, group)
        access.sso("DeletePermissionSet", PermissionSetArn=arn)
        assert access.sso("ListPermissionSets") == {"PermissionSets": []}

    def test_tags(self, access: Access) -> None:
        arn = access.set(Tags=tag_list(a="1", b="2"))
        access.sso("TagResource", ResourceArn=arn, Tags=tag_list(b="3", c="4"))
        access.sso("UntagResource", ResourceArn=arn, TagKeys=["a", "absent"])
        assert access.sso("ListTagsForResource", ResourceArn=arn)["Tags"] == tag_list(b="3", c="4")
        access.sso_refused("ListTagsForResource", ABSENT, ResourceArn=NOBODY)
        many = tag_list(**{f"k{n}": "v" for n in range(49)})
        access.sso_refused("TagResource", QUOTA, ResourceArn=arn, Tags=many)
        access.sso_refused("CreatePermissionSet", QUOTA, Name="x", Tags=tag_list(**{f"k{n}": "v" for n in range(51)}))

    def test_lists_have_pages_of_at_most_100(self, access: Access) -> None:
        made = [access.set(f"s{number}") for number in range(101)]
        assert len(access.sso("ListPermissionSets")["PermissionSets"]) == 100
        listed = access.all("sso:ListPermissionSets", "PermissionSets", InstanceArn=access.instance, MaxResults=40)
        assert listed == made
        access.sso_refused("ListPermissionSets", WRONG, "MAX_VALUE_EXCEEDED", MaxResults=101)
        access.sso_refused("ListPermissionSets", WRONG, "INVALID_NEXT_TOKEN", NextToken="x")


class TestParts:
    def managed(self, access: Access, arn: str) -> list[Any]:
        answer = access.sso("ListManagedPoliciesInPermissionSet", PermissionSetArn=arn)
        found: list[Any] = answer["AttachedManagedPolicies"]
        return found

    def test_managed_policies(self, access: Access) -> None:
        arn = access.set()
        policy = {"PermissionSetArn": arn, "ManagedPolicyArn": READ}
        access.sso("AttachManagedPolicyToPermissionSet", **policy)
        assert self.managed(access, arn) == [{"Name": "ReadOnlyAccess", "Arn": READ}]
        access.sso_refused("AttachManagedPolicyToPermissionSet", CONFLICT, **policy)
        access.sso("DetachManagedPolicyFromPermissionSet", **policy)
        access.sso_refused("DetachManagedPolicyFromPermissionSet", ABSENT, **policy)
        own = {**policy, "ManagedPolicyArn": f"arn:aws:iam::{MEMBER}:policy/own"}
        access.sso_refused("AttachManagedPolicyToPermissionSet", WRONG, "INVALID_PATTERN", **own)

    def test_customer_managed_policies_are_known_by_name_and_path(self, access: Access) -> None:
        arn = access.set()

        def of(**reference: str) -> dict[str, Any]:
            return {"PermissionSetArn": arn, "CustomerManagedPolicyReference": reference}

        attach, detach = (
            f"{each}PermissionSet"
            for each in ("AttachCustomerManagedPolicyReferenceTo", "DetachCustomerManagedPolicyReferenceFrom")
        )
        access.sso(attach, **of(Name="base"))
        access.sso(attach, **of(Name="base", Path="/a/"))
        access.sso_refused(attach, CONFLICT, **of(Name="base", Path="/"))
        access.sso(detach, **of(Name="base", Path="/"))
        access.sso_refused(detach, ABSENT, **of(Name="base"))
        listed = access.sso("ListCustomerManagedPolicyReferencesInPermissionSet", PermissionSetArn=arn)
        assert listed["CustomerManagedPolicyReferences"] == [{"Name": "base", "Path": "/a/"}]

    def test_it_has_at_most_20_managed_policies_of_both_kinds(self, access: Access) -> None:
        arn = access.set()
        for number in range(10):
            name = f"p{number}"
            policy: dict[str, Any] = {"ManagedPolicyArn": f"arn:aws:iam::aws:policy/{name}"}
            reference: dict[str, Any] = {"CustomerManagedPolicyReference": {"Name": name}}
            access.sso("AttachManagedPolicyToPermissionSet", PermissionSetArn=arn, **policy)
            access.sso("AttachCustomerManagedPolicyReferenceToPermissionSet", PermissionSetArn=arn, **reference)
        more = {"PermissionSetArn": arn, "ManagedPolicyArn": READ}
        access.sso_refused("AttachManagedPolicyToPermissionSet", QUOTA, **more)

    def test_an_inline_policy(self, access: Access) -> None:
        arn = {"PermissionSetArn": access.set()}
        assert access.sso("GetInlinePolicyForPermissionSet", **arn) == {"InlinePolicy": ""}
        access.sso("PutInlinePolicyToPermissionSet", InlinePolicy=POLICY, **arn)
        assert access.sso("GetInlinePolicyForPermissionSet", **arn) == {"InlinePolicy": POLICY}
        access.sso("DeleteInlinePolicyFromPermissionSet", **arn)
        access.sso("DeleteInlinePolicyFromPermissionSet", **arn)
        assert access.sso("GetInlinePolicyForPermissionSet", **arn) == {"InlinePolicy": ""}

    @pytest.mark.parametrize(
        "document",
        ["x", "[]", "{}", '{"Statement": []}', json.dumps({"Statement": [{**STATEMENT, "Principal": "*"}]})],
    )
    def test_what_is_no_inline_policy_is_refused(self, access: Access, document: str) -> None:
        arn = access.set()
        access.sso_refused("PutInlinePolicyToPermissionSet", WRONG, PermissionSetArn=arn, InlinePolicy=document)

    def test_an_inline_policy_has_a_limit_without_white_space(self, access: Access) -> None:
        arn = {"PermissionSetArn": access.set()}
        long = {"Statement": [{**STATEMENT, "Resource": [f"arn:aws:s3:::{number:0>80}" for number in range(100)]}]}
        access.sso("PutInlinePolicyToPermissionSet", InlinePolicy=json.dumps(long, indent=30), **arn)
        longer = {"Statement": [STATEMENT, *long["Statement"], *long["Statement"]]}
        access.sso_refused("PutInlinePolicyToPermissionSet", QUOTA, InlinePolicy=json.dumps(longer), **arn)

    def test_a_permissions_boundary(self, access: Access) -> None:
        arn = {"PermissionSetArn": access.set()}
        access.sso_refused("GetPermissionsBoundaryForPermissionSet", ABSENT, **arn)
        access.sso_refused("DeletePermissionsBoundaryFromPermissionSet", ABSENT, **arn)
        reference = {"CustomerManagedPolicyReference": {"Name": "limit"}}
        both = {"ManagedPolicyArn": READ, **reference}
        for wrong in ({}, both):
            access.sso_refused("PutPermissionsBoundaryToPermissionSet", WRONG, PermissionsBoundary=wrong, **arn)
        access.sso("PutPermissionsBoundaryToPermissionSet", PermissionsBoundary=reference, **arn)
        found = access.sso("GetPermissionsBoundaryForPermissionSet", **arn)["PermissionsBoundary"]
        assert found == {"CustomerManagedPolicyReference": {"Name": "limit", "Path": "/"}}
        access.sso("DeletePermissionsBoundaryFromPermissionSet", **arn)
        access.sso_refused("GetPermissionsBoundaryForPermissionSet", ABSENT, **arn)
