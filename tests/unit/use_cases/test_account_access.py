"""Who can enter an account, and with what: read live, with no more calls than the account needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from reconciler.aws.layers import Counting, ReadOnly
from reconciler.aws.retrying import SystemClock
from reconciler.errors import AccessDenied, NotAllowed, ReconcilerError, ServiceError, UsageError
from reconciler.model.api import Params, Response
from reconciler.model.scope import Unread
from reconciler.policy.language.statements import PolicyDocument
from reconciler.use_cases.account_access import live_access
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.permission_set import documents_of
from tests.identity_center import INSTANCE, MANAGEMENT, live

SHOP = "333333333333"
SETS = {"ps-1": ("Admin", [SHOP, MANAGEMENT]), "ps-2": ("ReadOnly", [SHOP]), "ps-3": ("Other", [MANAGEMENT])}
HELD = {
    ("ps-1", SHOP): [("GROUP", "g-1"), ("USER", "u-9")],
    ("ps-2", SHOP): [("GROUP", "g-gone")],
    ("ps-1", MANAGEMENT): [("GROUP", "g-1")],
    ("ps-3", MANAGEMENT): [("GROUP", "g-1")],
}


def account(id: str) -> dict[str, Any]:
    paths = [f"o-abcdefghij/r-abcd/{id}/"]
    return {"Id": id, "Name": f"name-{id}", "Email": f"{id}@example.com", "State": "ACTIVE", "Paths": paths}


class Aws:
    """A small organization with IAM Identity Center; `refuse` is an operation that is denied."""

    def __init__(self, refuse: str = "", instances: int = 1) -> None:
        self.refuse = refuse
        self.instances = instances

    def call(self, operation: str, params: Params) -> Response:
        if operation == self.refuse:
            raise AccessDenied(f"not authorised to perform {operation}")
        name = operation.rpartition(":")[2]
        found: Response = getattr(self, f"_{name}", lambda params: self._constant(name))(params)
        return found

    def _constant(self, name: str) -> Response:
        instance = {"InstanceArn": INSTANCE, "IdentityStoreId": "d-1", "OwnerAccountId": MANAGEMENT}
        constants: dict[str, Response] = {
            "GetCallerIdentity": {"Arn": f"arn:aws:iam::{MANAGEMENT}:role/x"},
            "DescribeOrganization": {
                "Organization": {
                    "Id": "o-abcdefghij", "MasterAccountId": MANAGEMENT, "FeatureSet": "ALL",
                    "Arn": f"arn:aws:organizations::{MANAGEMENT}:organization/o-abcdefghij",
                }
            },
            "ListRoots": {"Roots": [{"Id": "r-abcd", "PolicyTypes": []}]},
            "ListAccounts": {"Accounts": [account(MANAGEMENT), account(SHOP)]},
            "ListOrganizationalUnitsForParent": {"OrganizationalUnits": []},
            "ListInstances": {"Instances": [instance] * self.instances},
            "ListPermissionSets": {"PermissionSets": [*SETS]},
            "ListManagedPoliciesInPermissionSet": {"AttachedManagedPolicies": []},
            "ListCustomerManagedPolicyReferencesInPermissionSet": {"CustomerManagedPolicyReferences": []},
            "GetInlinePolicyForPermissionSet": {"InlinePolicy": ""},
            "ListTagsForResource": {"Tags": []},
            "ListGroups": {"Groups": [{"GroupId": "g-1", "DisplayName": "Platform"}]},
            "DescribeUser": {"UserId": "u-9", "UserName": "auditor@example.com"},
        }  # fmt: skip
        return constants[name]

    def _DescribePermissionSet(self, params: Params) -> Response:  # noqa: N802  # the API's name
        arn = params["PermissionSetArn"]
        return {"PermissionSet": {"Name": SETS[arn][0], "PermissionSetArn": arn}}

    def _GetPermissionsBoundaryForPermissionSet(self, params: Params) -> Response:  # noqa: N802  # the API's name
        raise ServiceError("sso:GetPermissionsBoundaryForPermissionSet", "ResourceNotFoundException", "none")

    def _ListAccountsForProvisionedPermissionSet(self, params: Params) -> Response:  # noqa: N802  # the API's name
        return {"AccountIds": [] if "ProvisioningStatus" in params else SETS[params["PermissionSetArn"]][1]}

    def _ListAccountAssignments(self, params: Params) -> Response:  # noqa: N802  # the API's name
        rows = HELD[params["PermissionSetArn"], params["AccountId"]]
        return {"AccountAssignments": [{"PrincipalType": kind, "PrincipalId": id} for kind, id in rows]}


def connection(aws: Aws) -> tuple[Connection, Counting]:
    counting = Counting(aws)
    return Connection(ReadOnly(counting), None, counting, SystemClock()), counting


class TestLive:
    def test_everybody_is_listed_and_only_the_pairs_of_the_account_are_read(self) -> None:
        opened, counting = connection(Aws())
        found = live_access(opened, None, SHOP)
        assert [(each.principal, each.permission_set) for each in found.access] == [
            ("group:Platform", "permission_set:Admin"),
            ("group:g-gone", "permission_set:ReadOnly"),
            ("user:auditor@example.com", "permission_set:Admin"),
        ]
        assert (found.coverage, found.side, found.managed) == ("by_pair", "live", False)
        assert not any(each.declared for each in found.access)
        assert counting.calls["sso:ListAccountAssignments"] == 2
        assert "sso:ListAccountAssignmentsForPrincipal" not in counting.calls

    @pytest.mark.parametrize("refused", ["sso:ListAccountAssignments", "sso:ListPermissionSets", "sso:ListInstances"])
    def test_what_cannot_be_read_is_an_error_and_no_empty_list(self, refused: str) -> None:
        with pytest.raises(NotAllowed):
            live_access(connection(Aws(refused))[0], None, SHOP)

    def test_an_organization_without_identity_center(self) -> None:
        with pytest.raises(ReconcilerError, match="no IAM Identity Center"):
            live_access(connection(Aws(instances=0))[0], None, SHOP)


IDS = {"management": MANAGEMENT, "shop": SHOP}
PLACES = {"management": "/", "shop": "Workloads"}
ROWS = (("Admin", "group:Platform", "shop"),)


class TestOfASnapshot:
    def of(self, *parts: str, states: dict[str, str] | None = None) -> Connection:
        snapshot = live(PLACES, ROWS, ids=IDS, parts=parts or None, states=states)
        return Connection(None, None, None, SystemClock(), snapshot=snapshot)

    @pytest.mark.parametrize(
        ("parts", "coverage"),
        [
            ((), "by_pair"),
            (("assignments",), "by_pair"),
            ((f"assignments/{SHOP}",), "by_pair"),
            (("assignments/by_principal",), "by_principal"),
        ],
    )
    def test_it_is_as_complete_as_the_snapshot(self, parts: tuple[str, ...], coverage: str) -> None:
        found = live_access(self.of(*parts), None, "shop")
        assert (found.coverage, len(found.access)) == (coverage, 1)

    @pytest.mark.parametrize("parts", [("permission_sets",), (f"assignments/{MANAGEMENT}",)])
    def test_one_that_does_not_have_the_account_is_refused(self, parts: tuple[str, ...]) -> None:
        with pytest.raises(ReconcilerError, match="the snapshot does not have"):
            live_access(self.of(*parts), None, "shop")

    def test_nobody_enters_an_account_that_is_closed(self) -> None:
        with pytest.raises(UsageError, match="closed or removed"):
            live_access(self.of(states={"shop": "suspended"}), None, "shop")


ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}


class Iam:
    """IAM's answers about one policy; `document` as botocore gives it, decoded or not."""

    def __init__(self, document: object = ALLOW) -> None:
        self.document = document
        self.calls: list[tuple[str, Params]] = []

    def call(self, operation: str, params: Params) -> Response:
        self.calls.append((operation, params))
        if operation == "iam:GetPolicy":
            return {"Policy": {"DefaultVersionId": "v7"}}
        return {"PolicyVersion": {"VersionId": "v7", "Document": self.document}}


class Refusing:
    def call(self, operation: str, params: Params) -> Response:
        raise AccessDenied(f"not authorised to perform {operation}")


def documents(api: Any, name: str) -> Iterator[PolicyDocument | Unread]:
    found = documents_of(api, "aws")
    yield found(name)
    yield found(name)


class TestDocumentsOfAws:
    @pytest.mark.parametrize("document", [ALLOW, quote(json.dumps(ALLOW))], ids=["decoded", "encoded"])
    def test_the_default_version_is_read_once(self, document: object) -> None:
        iam = Iam(document)
        found, again = documents(iam, "job-function/ViewOnlyAccess")
        assert isinstance(found, PolicyDocument)
        assert found is again
        assert found.statements[0].actions == ("s3:Get*",)
        arn = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
        assert iam.calls == [
            ("iam:GetPolicy", {"PolicyArn": arn}),
            ("iam:GetPolicyVersion", {"PolicyArn": arn, "VersionId": "v7"}),
        ]

    def test_administrator_access_is_not_asked_for(self) -> None:
        iam = Iam()
        assert isinstance(next(documents(iam, "AdministratorAccess")), PolicyDocument)
        assert iam.calls == []

    def test_one_that_may_not_be_read_is_unknown_with_the_reason(self) -> None:
        found = next(documents(Refusing(), "ReadOnlyAccess"))
        assert isinstance(found, Unread)
        assert "ReadOnlyAccess" in found.reason
        assert "not authorised" in found.reason

    @pytest.mark.parametrize("document", [None, "not json", "%5B%5D", 7])
    def test_one_that_is_no_document_is_unknown(self, document: object) -> None:
        assert isinstance(next(documents(Iam(document), "ReadOnlyAccess")), Unread)

    def test_other_errors_are_not_hidden(self) -> None:
        class Broken:
            def call(self, operation: str, params: Params) -> Response:
                raise ReconcilerError("no credentials")

        with pytest.raises(ReconcilerError, match="no credentials"):
            next(documents(Broken(), "ReadOnlyAccess"))
