"""The operations that are used: the rows here, and those that each kind declares in its module.

Rates are calls a second and burst, an account, from the throttling table of the AWS Organizations quotas page and of
the Account Management reference (checked 2026-11-22); operations in one row of those tables share a bucket. The rate of
LookupEvents is in its own reference; Access Analyzer and IAM publish none, and are called moderately.

A proxy, a cut connection or an overloaded endpoint can answer 200 with an empty object, a page of HTML or half of a
list; botocore reads each of these as an answer without members. So each row says what its answer must have, and a test
compares the rows with botocore's service models: each list and structure of an output is a required member.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.kinds import KINDS
from reconciler.model.operation import Answer, ErrorMeaning, Operation

_ID = {"Id": str}
_STATUS = {"Id": str, "State": str}
_OU_EXISTS: Mapping[str, ErrorMeaning] = {"DuplicateOrganizationalUnitException": "perhaps_done"}
_POLICY_EXISTS: Mapping[str, ErrorMeaning] = {"DuplicatePolicyException": "perhaps_done"}

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
    Operation("ListCreateAccountStatus", 5, 8, Answer("CreateAccountStatuses", list, _STATUS)),
    Operation(
        "DescribeCreateAccountStatus",
        2,
        2,
        Answer("CreateAccountStatus", dict, _STATUS),
        errors={"CreateAccountStatusNotFoundException": "settling", "EMAIL_ALREADY_EXISTS": "perhaps_done"},
    ),
    Operation("DescribeAccount", 20, 30, Answer("Account", dict, _ID), errors={"AccountNotFoundException": "settling"}),
    Operation(
        "tagging:GetResources", 15, 15, Answer("ResourceTagMappingList", list, {"ResourceARN": str, "Tags": list})
    ),
    Operation("sts:GetCallerIdentity", 10, 10, Answer("Arn", str)),
    Operation("accessanalyzer:ValidatePolicy", 5, 5, Answer("findings", list), online=True),
    Operation("iam:SimulateCustomPolicy", 5, 5, Answer("EvaluationResults", list, {"EvalDecision": str}), online=True),
    Operation("cloudtrail:LookupEvents", 2, 2, Answer("Events", list, {"CloudTrailEvent": str}), online=True),
)

_WRITES = (
    Operation(
        "CreateAccount",
        0.1,
        3,
        Answer("CreateAccountStatus", dict, _STATUS),
        writes=True,
        repeatable=False,
        errors={"ConcurrentModificationException": "look"},
    ),
    Operation("CloseAccount", 0.05, 1, writes=True, errors={"ConflictException": "perhaps_done"}),
    Operation("RemoveAccountFromOrganization", 2, 2, writes=True),
    Operation(
        "MoveAccount",
        2,
        3,
        writes=True,
        errors={
            "AccountNotFoundException": "look",
            "SourceParentNotFoundException": "look",
            "DestinationParentNotFoundException": "settling",
        },
    ),
    Operation("account:PutAccountName", 1, 1, writes=True),
    Operation(
        "CreateOrganizationalUnit",
        1,
        2,
        Answer("OrganizationalUnit", dict, _ID),
        writes=True,
        repeatable=False,
        errors={"ParentNotFoundException": "settling", **_OU_EXISTS},
    ),
    Operation("UpdateOrganizationalUnit", 2, 3, Answer("OrganizationalUnit", dict), writes=True, errors=_OU_EXISTS),
    Operation("DeleteOrganizationalUnit", 2, 3, writes=True, errors={"OrganizationalUnitNotEmptyException": "look"}),
    Operation(
        "CreatePolicy",
        2,
        3,
        Answer("Policy", dict, {"PolicySummary.Id": str}),
        writes=True,
        repeatable=False,
        errors=_POLICY_EXISTS,
    ),
    Operation("UpdatePolicy", 2, 3, Answer("Policy", dict), writes=True, errors=_POLICY_EXISTS),
    Operation("DeletePolicy", 2, 3, writes=True, errors={"PolicyInUseException": "look"}),
    Operation(
        "AttachPolicy",
        2,
        3,
        writes=True,
        errors={
            "PolicyTypeNotEnabledException": "settling",
            "TargetNotFoundException": "settling",
            "PolicyNotFoundException": "settling",
        },
    ),
    Operation("DetachPolicy", 2, 3, writes=True, errors={"TargetNotFoundException": "settling"}),
    Operation("EnablePolicyType", 1, 1, Answer("Root", dict), writes=True),
    Operation("DisablePolicyType", 1, 1, Answer("Root", dict), writes=True),
    Operation("TagResource", 4, 6, writes=True, errors={"TargetNotFoundException": "settling"}),
    Operation("UntagResource", 4, 6, writes=True, errors={"TargetNotFoundException": "settling"}),
)

_OF_KINDS = tuple(row for kind in KINDS for row in kind.operations)

OPERATIONS: dict[str, Operation] = {row.name: row for row in (*_READS, *_WRITES, *_OF_KINDS)}
