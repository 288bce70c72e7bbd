"""What an answer must have to be one: an answer without its member is unreadable, never an empty list.

A proxy, a cut connection or an overloaded endpoint can answer 200 with an empty object, a page of HTML or half of a
list; botocore reads each of these as an answer without members. Every operation that is used has a row here, and a
test compares the rows with botocore's service models: each list and structure of an output is a required member.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from reconciler.errors import ServiceError
from reconciler.kinds import KINDS
from reconciler.model.api import Api, Params, Response

UNREADABLE = "UnreadableAnswer"
"""The code of a call that was answered, but not by what the service answers: it may have taken effect."""


class Answer(NamedTuple):
    """`fields` are those of each item where the member is a list, its own where it is a structure (`dict`); a dot in
    the name of a field is a step into a structure. Only fields that are relied on are named."""

    member: str
    kind: type
    fields: Mapping[str, type] = MappingProxyType({})


_ID = {"Id": str}
_STATUS = {"Id": str, "State": str}

ANSWERS: dict[str, Answer | None] = {
    "DescribeOrganization": Answer("Organization", dict, {"Id": str, "MasterAccountId": str}),
    "ListRoots": Answer("Roots", list, {"Id": str, "PolicyTypes": list}),
    "ListAccounts": Answer("Accounts", list, {"Id": str, "Email": str, "Name": str}),
    "ListAccountsForParent": Answer("Accounts", list, _ID),
    "ListParents": Answer("Parents", list, _ID),
    "ListOrganizationalUnitsForParent": Answer("OrganizationalUnits", list, {"Id": str, "Name": str}),
    "ListPolicies": Answer("Policies", list, {"Id": str, "Name": str, "AwsManaged": bool}),
    "ListTargetsForPolicy": Answer("Targets", list, {"TargetId": str}),
    "DescribePolicy": Answer("Policy", dict, {"Content": str}),
    "ListTagsForResource": Answer("Tags", list, {"Key": str, "Value": str}),
    "ListCreateAccountStatus": Answer("CreateAccountStatuses", list, _STATUS),
    "DescribeCreateAccountStatus": Answer("CreateAccountStatus", dict, _STATUS),
    "DescribeAccount": Answer("Account", dict, _ID),
    "tagging:GetResources": Answer("ResourceTagMappingList", list, {"ResourceARN": str, "Tags": list}),
    "sts:GetCallerIdentity": Answer("Arn", str),
    "accessanalyzer:ValidatePolicy": Answer("findings", list),
    "iam:SimulateCustomPolicy": Answer("EvaluationResults", list, {"EvalDecision": str}),
    "cloudtrail:LookupEvents": Answer("Events", list, {"CloudTrailEvent": str}),
    "CreateAccount": Answer("CreateAccountStatus", dict, _STATUS),
    "CloseAccount": None,
    "RemoveAccountFromOrganization": None,
    "MoveAccount": None,
    "CreateOrganizationalUnit": Answer("OrganizationalUnit", dict, _ID),
    "UpdateOrganizationalUnit": Answer("OrganizationalUnit", dict),
    "DeleteOrganizationalUnit": None,
    "CreatePolicy": Answer("Policy", dict, {"PolicySummary.Id": str}),
    "UpdatePolicy": Answer("Policy", dict),
    "DeletePolicy": None,
    "AttachPolicy": None,
    "DetachPolicy": None,
    "EnablePolicyType": Answer("Root", dict),
    "DisablePolicyType": Answer("Root", dict),
    "TagResource": None,
    "UntagResource": None,
    "account:PutAccountName": None,
    **{each.name: each.answer and Answer(*each.answer) for kind in KINDS for each in kind.operations},
}
"""Operation -> its answer; `None` where there is no output."""


class Checked:
    """An `Api` whose every answer has what its row says. Raises `ServiceError` with the code `UNREADABLE`."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def call(self, operation: str, params: Params) -> Response:
        answer = self._api.call(operation, params)
        row = ANSWERS.get(operation)
        if row is not None and (missing := _missing(row, answer)):
            raise ServiceError(operation, UNREADABLE, f"the answer has no {missing}, which the service always sends")
        return answer


def _missing(row: Answer, answer: Response) -> str | None:
    """What the answer lacks, as a path."""
    found = answer.get(row.member)
    if not isinstance(found, row.kind):
        return row.member
    items = found if isinstance(found, list) else [found]
    for item in items:
        for path, kind in row.fields.items():
            if not isinstance(_at(item, path), kind):
                return f"{row.member}.{path}"
    return None


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value
