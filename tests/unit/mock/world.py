"""A mocked organization with short ways to call it, for the tests of the mock."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.errors import ServiceError
from reconciler.mock import MockOrganization
from reconciler.mock.to_snapshot import to_snapshot

MANAGEMENT = "123456789012"
MEMBER = "210987654321"
SCP, RCP, TAG = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY"
FULL, RCP_FULL = "p-FullAWSAccess", "p-RCPFullAWSAccess"

DOCUMENTS: dict[str, dict[str, Any]] = {
    SCP: {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "a4b:*", "Resource": "*"}]},
    RCP: {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}],
    },
    TAG: {"tags": {}},
    "BACKUP_POLICY": {"plans": {}},
    "AISERVICES_OPT_OUT_POLICY": {"services": {}},
    "CHATBOT_POLICY": {"chatbot": {}},
    "DECLARATIVE_POLICY_EC2": {"ec2_attributes": {}},
    "SECURITYHUB_POLICY": {"securityhub": {}},
    "INSPECTOR_POLICY": {"inspector": {}},
    "UPGRADE_ROLLOUT_POLICY": {"upgrade_rollout": {}},
    "BEDROCK_POLICY": {"bedrock": {}},
    "S3_POLICY": {"s3_attributes": {}},
    "NETWORK_SECURITY_DIRECTOR_POLICY": {"network_security_director": {}},
}


class Clock:
    """Seconds since 1970, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class World:
    """A mocked organization, with short ways to call it."""

    def __init__(self, mock: MockOrganization):
        self.mock = mock
        self.root: str = self.call("ListRoots")["Roots"][0]["Id"]

    def call(self, operation: str, **params: Any) -> Any:
        return self.mock.call(operation, params)

    def all(self, operation: str, member: str, **params: Any) -> list[Any]:
        """Every item of a list, page by page."""
        page = self.call(operation, **params)
        items: list[Any] = page[member]
        while "NextToken" in page:
            page = self.call(operation, NextToken=page["NextToken"], **params)
            items += page[member]
        return items

    def refused(self, operation: str, code: str, detail: str | None = None, **params: Any) -> None:
        """The call is refused in exactly this way, and leaves everything as it was."""
        before = self.everything()
        with pytest.raises(ServiceError) as caught:
            self.call(operation, **params)
        assert (caught.value.code, caught.value.detail) == (code, detail)
        assert caught.value.operation == operation
        assert caught.value.request_id
        assert self.everything() == before

    def everything(self) -> dict[str, Any]:
        """The organization; a refused call is recorded in the event history, and nowhere else."""
        self.mock._backend.complete_closures()
        return to_snapshot(self.mock._backend).model_dump(exclude={"mock": {"history"}})

    def unit(self, name: str, parent: str | None = None, **more: Any) -> str:
        created = self.call("CreateOrganizationalUnit", ParentId=parent or self.root, Name=name, **more)
        return str(created["OrganizationalUnit"]["Id"])

    def policy(self, name: str, type: str = SCP, document: Mapping[str, Any] | None = None, **more: Any) -> str:
        content = json.dumps(document or DOCUMENTS.get(type, {}), separators=(",", ":"))
        created = self.call("CreatePolicy", Name=name, Type=type, Description="", Content=content, **more)
        return str(created["Policy"]["PolicySummary"]["Id"])

    def enable(self, type: str) -> Any:
        return self.call("EnablePolicyType", RootId=self.root, PolicyType=type)

    def attached(self, target: str, type: str = SCP) -> list[str]:
        return [each["Name"] for each in self.all("ListPoliciesForTarget", "Policies", TargetId=target, Filter=type)]

    def account(self, name: str, email: str | None = None, **more: Any) -> Any:
        """A created account, its creation read until it is done."""
        status = self.call("CreateAccount", AccountName=name, Email=email or f"{name}@example.com", **more)
        request = status["CreateAccountStatus"]["Id"]
        while (status := self.status(request))["State"] == "IN_PROGRESS":
            pass
        return status.get("AccountId")

    def status(self, request: str) -> Any:
        return self.call("DescribeCreateAccountStatus", CreateAccountRequestId=request)["CreateAccountStatus"]

    def describe(self, account: str) -> Any:
        return self.call("DescribeAccount", AccountId=account)["Account"]

    def tags(self, resource: str) -> dict[str, str]:
        return {each["Key"]: each["Value"] for each in self.all("ListTagsForResource", "Tags", ResourceId=resource)}


def tag_list(**tags: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
