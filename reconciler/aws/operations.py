"""The operations that are used: the rows here, and those that each kind declares in its module.

Rates are calls a second and burst, an account, from the throttling table of the AWS Organizations quotas page and of
the Account Management reference (checked 2026-11-22); operations in one row of those tables share a bucket. The rate of
LookupEvents is in its own reference; Access Analyzer, IAM and the lists about effective policies publish none, and are
called moderately.

A proxy, a cut connection or an overloaded endpoint can answer 200 with an empty object, a page of HTML or half of a
list; botocore reads each of these as an answer without members. So each row says what its answer must have, and a test
compares the rows with botocore's service models: each list and structure of an output is a required member.
"""

from __future__ import annotations

from reconciler.kinds import KINDS
from reconciler.model.operation import Answer, Operation

_ID = {"Id": str}

_READS = (
    Operation("DescribeOrganization", 1, 2, Answer("Organization", dict, {"Id": str, "MasterAccountId": str})),
    Operation("ListRoots", 1, 2, Answer("Roots", list, {"Id": str, "PolicyTypes": list})),
    Operation("ListAccounts", 8, 12, Answer("Accounts", list, {"Id": str, "Email": str, "Name": str})),
    Operation("ListAccountsForParent", 5, 8, Answer("Accounts", list, _ID)),
    Operation("ListOrganizationalUnitsForParent", 5, 8, Answer("OrganizationalUnits", list, {"Id": str, "Name": str})),
    Operation("ListParents", 5, 8, Answer("Parents", list, _ID)),
    Operation("ListPolicies", 5, 8, Answer("Policies", list, {"Id": str, "Name": str, "AwsManaged": bool})),
    Operation("ListTargetsForPolicy", 5, 8, Answer("Targets", list, {"TargetId": str})),
    Operation(
        "DescribePolicy", 2, 2, Answer("Policy", dict, {"Content": str}), errors={"PolicyNotFoundException": "settling"}
    ),
    Operation("ListTagsForResource", 10, 15, Answer("Tags", list, {"Key": str, "Value": str}), page_size=None),
    Operation("ListAccountsWithInvalidEffectivePolicy", 1, 1, Answer("Accounts", list, _ID), optional=True),
    Operation(
        "ListEffectivePolicyValidationErrors",
        1,
        1,
        Answer("EffectivePolicyValidationErrors", list, {"ErrorCode": str}),
        optional=True,
    ),
    Operation(
        "tagging:GetResources", 15, 15, Answer("ResourceTagMappingList", list, {"ResourceARN": str, "Tags": list})
    ),
    Operation("sts:GetCallerIdentity", 10, 10, Answer("Arn", str)),
    Operation("accessanalyzer:ValidatePolicy", 5, 5, Answer("findings", list), online=True),
    Operation("iam:SimulateCustomPolicy", 5, 5, Answer("EvaluationResults", list, {"EvalDecision": str}), online=True),
    Operation("iam:GetPolicy", 5, 5, Answer("Policy", dict, {"DefaultVersionId": str}), online=True),
    Operation("iam:GetPolicyVersion", 5, 5, Answer("PolicyVersion", dict, {"VersionId": str}), online=True),
    Operation("cloudtrail:LookupEvents", 2, 2, Answer("Events", list, {"CloudTrailEvent": str}), online=True),
)

_OF_THE_ORGANIZATION = (
    Operation("CreateOrganization", 1, 1, Answer("Organization", dict, {"Id": str}), writes=True, repeatable=False),
)
_OF_NOTIFICATIONS = (
    Operation("sns:Publish", 10, 10, Answer("MessageId", str), writes=True, online=True),
    Operation("events:PutEvents", 10, 10, Answer("Entries", list), writes=True, online=True),
)
_OF_TAGS = (
    Operation("TagResource", 4, 6, writes=True, errors={"TargetNotFoundException": "settling"}),
    Operation("UntagResource", 4, 6, writes=True, errors={"TargetNotFoundException": "settling"}),
)

_OF_KINDS = tuple(row for kind in KINDS for row in kind.operations)

OPERATIONS: dict[str, Operation] = {
    row.name: row for row in (*_OF_KINDS, *_READS, *_OF_THE_ORGANIZATION, *_OF_NOTIFICATIONS, *_OF_TAGS)
}
