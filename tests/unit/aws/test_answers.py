"""What is no answer of the service is never an empty one: of every operation, through botocore, and in a whole run."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from reconciler.aws.boto import BotoApi
from reconciler.aws.layers import Checked
from reconciler.aws.operations import OPERATIONS
from reconciler.aws.retrying import FEW
from reconciler.aws.services import service_of
from reconciler.aws.sessions import AwsOptions
from reconciler.errors import ReadFailed, ServiceError
from reconciler.kinds import sections_of
from reconciler.model.api import Api, Params, Response
from reconciler.model.service_errors import UNREADABLE, ambiguous
from tests.building import deny, org
from tests.faults.world import World
from tests.harness import steps

pytestmark = pytest.mark.slow

TYPES: dict[str, type] = {"list": list, "structure": dict, "string": str, "boolean": bool}


def output_of(operation: str) -> Any:
    model = botocore.session.Session().get_service_model(service_of(operation).client)
    return model.operation_model(operation.rpartition(":")[2]).output_shape


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_table_is_botocores_model(operation: str) -> None:
    """Each list and structure of an output is required, of the type that it has, with fields that it has."""
    shape = output_of(operation)
    row = OPERATIONS[operation].answer
    required = [name for name, member in (shape.members if shape else {}).items() if member.type_name in TYPES]
    required = [name for name in required if shape.members[name].type_name in ("list", "structure")]
    if row is not None and row.kind is str:
        required = []  # what it is about is the text; the rest is there where it is known
    assert required == ([row.member] if row and row.kind not in (str, bool) else [])
    if row is None:
        assert shape is None or not shape.members
        return
    member = shape.members[row.member]
    assert TYPES[member.type_name] is row.kind
    for path, kind in row.fields.items():
        found = member.member if member.type_name == "list" else member
        for step in path.split("."):
            found = found.members[step]
        assert TYPES[found.type_name] is kind


class Says:
    def __init__(self, answer: Response) -> None:
        self.answer = answer

    def call(self, operation: str, params: Params) -> Response:
        return self.answer


def whole(operation: str) -> dict[str, Any]:
    """The smallest answer with everything that the row asks for."""
    row = OPERATIONS[operation].answer
    if row is None:
        return {}
    if row.kind in (str, bool):
        return {row.member: "x" if row.kind is str else True}
    item: dict[str, Any] = {}
    for path, kind in row.fields.items():
        inner = item
        *steps, last = path.split(".")
        for step in steps:
            inner = inner.setdefault(step, {})
        inner[last] = kind()
    return {row.member: [item] if row.kind is list else item}


@pytest.mark.parametrize("operation", [name for name, row in OPERATIONS.items() if row.answer])
def test_an_answer_that_lacks_something_is_unreadable(operation: str) -> None:
    row = OPERATIONS[operation].answer
    assert row is not None
    assert Checked(Says(whole(operation))).call(operation, {}) == whole(operation)
    bad: list[dict[str, Any]] = [{row.member: 5}]
    if row.always:
        bad += [{}, {row.member: None}, {"NextToken": "more"}]
    if row.kind is list:
        assert Checked(Says({row.member: []})).call(operation, {}) == {row.member: []}
        bad += [{row.member: [None]}] * bool(row.fields)
    for path in row.fields:
        answer = whole(operation)
        inner = answer[row.member][0] if row.kind is list else answer[row.member]
        *path_steps, last = path.split(".")
        for step in path_steps:
            inner = inner[step]
        del inner[last]
        bad.append(answer)
    for answer in bad:
        with pytest.raises(ServiceError) as caught:
            Checked(Says(answer)).call(operation, {})
        assert caught.value.code == UNREADABLE
        assert ambiguous(caught.value)


# ---- through botocore ----

CASES = {
    "empty": (200, b""),
    "object": (200, b"{}"),
    "cut": (200, b'{"Accounts": [{"Id": "1'),
    "html": (200, b"<html>log in</html>"),
    "list": (200, b"[1, 2]"),
    "null": (200, b"null"),
    "number": (200, b"5"),
    "another type": (200, b'{"Accounts": "abc", "ResourceTagMappingList": "abc"}'),
    "items of another type": (200, b'{"Accounts": [1], "ResourceTagMappingList": [1]}'),
    "no list": (200, b'{"Accounts": null, "ResourceTagMappingList": null, "NextToken": "a", "PaginationToken": "a"}'),
    "no text": (200, b'{"Accounts": "\xff\xfe"}'),
    "deep": (200, b'{"Accounts":' + b"[" * 100_000),
    "an error that is none": (500, b"[1]"),
}
LOST_WRITES = ("cut", "html", "list", "null", "number", "no text", "deep")


class Server:
    """Answers every request with the same bytes; a body that is shorter than `length` is a cut connection."""

    def __init__(self, status: int, body: bytes, length: int | None = None) -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/x-amz-json-1.1\r\nConnection: close\r\n"
        self._answer = f"{head}Content-Length: {len(body) if length is None else length}\r\n\r\n".encode() + body
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(5)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                request = b""
                while b"\r\n\r\n" not in request:
                    request += connection.recv(65536)
                connection.sendall(self._answer)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    running = Server(*request.param)
    yield running
    running.close()


READS = ("ListAccounts", "tagging:GetResources")
MOVE = {"AccountId": "111111111111", "SourceParentId": "r-abcd", "DestinationParentId": "ou-abcd-12345678"}


def code(server: Server, operation: str, params: dict[str, Any]) -> str:
    api = Checked(BotoApi(AwsOptions(endpoint_url=server.url, region="us-east-1")))
    with pytest.raises(ServiceError) as caught:
        api.call(operation, params)
    return caught.value.code


@pytest.mark.parametrize("server", CASES.values(), ids=CASES, indirect=True)
def test_a_read(server: Server) -> None:
    assert [code(server, each, {}) for each in READS] == [UNREADABLE] * 2


@pytest.mark.parametrize("server", [CASES[each] for each in LOST_WRITES], ids=LOST_WRITES, indirect=True)
def test_a_write_that_has_no_output(server: Server) -> None:
    assert code(server, "MoveAccount", MOVE) == UNREADABLE


@pytest.mark.parametrize("server", [(200, b'{"Accounts": []', 500), (200, b"", 500)], indirect=True)
def test_a_connection_that_was_cut(server: Server) -> None:
    assert {code(server, "ListAccounts", {}), code(server, "MoveAccount", MOVE)} <= {UNREADABLE, "ConnectionError"}


@pytest.mark.parametrize("server", [(200, b""), (200, b"{}")], indirect=True)
def test_a_write_that_has_no_output_is_answered_by_nothing(server: Server) -> None:
    assert BotoApi(AwsOptions(endpoint_url=server.url, region="us-east-1")).call("MoveAccount", MOVE) == {}


# ---- to the end of a run ----


class Unreadable:
    """The nth calls of an operation, counted from 1, are answered by something else, once they took effect or without
    that; the service's own answer is lost."""

    def __init__(self, api: Api, operation: str, answer: Response, nth: range, *, made: bool = True) -> None:
        self._api, self._operation, self._answer, self._nth, self._made = api, operation, answer, nth, made
        self.calls = 0

    def call(self, operation: str, params: Params) -> Response:
        if operation != self._operation:
            return self._api.call(operation, params)
        self.calls += 1
        if self.calls not in self._nth:
            return self._api.call(operation, params)
        if self._made:
            self._api.call(operation, params)
        return self._answer


def tree() -> World:
    world = World()
    world.apply(
        org(
            ["Old", "Old/Prod"],
            {"a": "Old/Prod"},
            {"deny": deny("s3:*")},
            {"deny": ["Old/Prod"]},
            tags={"Old/Prod": {"stage": "prod"}, "@a": {"team": "shop"}},
        )
    )
    account = next(each.id for each in world.backend.members() if each.name == "a")
    for service in ("config", "iam"):
        world.api.call("EnableAWSServiceAccess", {"ServicePrincipal": f"{service}.amazonaws.com"})
    world.api.call("iam:EnableOrganizationsRootSessions", {})
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "organizations:List*", "Resource": "*"}
    world.api.call("PutResourcePolicy", {"Content": json.dumps({"Statement": [statement]})})
    for operation in ("cloudformation:ActivateOrganizationsAccess", "servicecatalog:EnableAWSOrganizationsAccess"):
        world.api.call(operation, {})
    with_access(world, account)
    register = {"AccountId": account, "ServicePrincipal": "config.amazonaws.com"}
    world.api.call("RegisterDelegatedAdministrator", register)
    world.api.call("ce:CreateCostCategoryDefinition", CATEGORY)
    world.api.call("budgets:CreateBudget", {"AccountId": world.backend.account_id, **BUDGET})
    return world


def with_access(world: World, account: str) -> None:
    """Gives a group, and a user who is deleted then, a permission set in the account."""
    [instance] = world.api.call("sso:ListInstances", {})["Instances"]
    store, of_instance = {"IdentityStoreId": instance["IdentityStoreId"]}, {"InstanceArn": instance["InstanceArn"]}
    group = world.api.call("identitystore:CreateGroup", {**store, "DisplayName": "Ops"})["GroupId"]
    user = world.api.call("identitystore:CreateUser", {**store, "UserName": "a@example.com"})["UserId"]
    made = world.api.call(
        "sso:CreatePermissionSet", {**of_instance, "Name": "Admin", "Tags": [{"Key": "a", "Value": "b"}]}
    )
    of_set = {**of_instance, "PermissionSetArn": made["PermissionSet"]["PermissionSetArn"]}
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    world.api.call("sso:AttachManagedPolicyToPermissionSet", {**of_set, "ManagedPolicyArn": admin})
    own = {"CustomerManagedPolicyReference": {"Name": "own", "Path": "/"}}
    world.api.call("sso:AttachCustomerManagedPolicyReferenceToPermissionSet", {**of_set, **own})
    boundary = {"PermissionsBoundary": {"ManagedPolicyArn": admin}}
    world.api.call("sso:PutPermissionsBoundaryToPermissionSet", {**of_set, **boundary})
    document = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    world.api.call("sso:PutInlinePolicyToPermissionSet", {**of_set, "InlinePolicy": json.dumps(document)})
    for type, id in (("GROUP", group), ("USER", user)):
        who = {"PrincipalType": type, "PrincipalId": id, "TargetId": account, "TargetType": "AWS_ACCOUNT"}
        status = world.api.call("sso:CreateAccountAssignment", {**of_set, **who})["AccountAssignmentCreationStatus"]
        while status["Status"] == "IN_PROGRESS":
            about = {**of_instance, "AccountAssignmentCreationRequestId": status["RequestId"]}
            found = world.api.call("sso:DescribeAccountAssignmentCreationStatus", about)
            status = found["AccountAssignmentCreationStatus"]
    world.api.call("identitystore:DeleteUser", {**store, "UserId": user})


CATEGORY = {
    "Name": "Team",
    "RuleVersion": "CostCategoryExpression.v1",
    "Rules": [{"Value": "Shop", "Rule": {"Tags": {"Key": "team", "Values": ["shop"]}}}],
}
BUDGET = {
    "Budget": {
        "BudgetName": "shop",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "5", "Unit": "USD"},
    },
    "NotificationsWithSubscribers": [
        {
            "Notification": {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0},
            "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "finops@example.com"}],
        }
    ],
}


def leaves_out(operation: str) -> bool:
    """Whether nothing is an answer of the service, too: an empty list."""
    answer = OPERATIONS[operation].answer
    return answer is not None and not answer.always


READ = [
    name for name in OPERATIONS if not OPERATIONS[name].writes and not OPERATIONS[name].online and not leaves_out(name)
]
OF_ACCOUNTS = {each.name for kind, _ in sections_of("account") for each in kind.operations}
READ_HERE = [each for each in READ if each not in OF_ACCOUNTS and each not in (
    "ListAccountsWithInvalidEffectivePolicy", "ListEffectivePolicyValidationErrors",
    "ListAccountsForParent", "ListParents", "ListTagsForResource", "ListCreateAccountStatus", "DescribeAccount",
    "DescribeCreateAccountStatus", "sts:GetCallerIdentity", "servicequotas:GetServiceQuota",
    "sso:DescribePermissionSetProvisioningStatus", "sso:DescribeAccountAssignmentCreationStatus",
    "sso:DescribeAccountAssignmentDeletionStatus", "sso:ListAccountAssignmentsForPrincipal", "identitystore:GetUserId",
    "identitystore:DescribeUser",
    "budgets:DescribeNotificationsForBudget",
)]  # fmt: skip


@pytest.mark.parametrize("operation", READ_HERE)
@pytest.mark.parametrize("answer", [{}, {"NextToken": "more"}, {"PaginationToken": "more"}], ids=json.dumps)
def test_a_read_is_tried_again(operation: str, answer: dict[str, Any]) -> None:
    world = tree()
    expected = world.live(parts=None)
    world.reach(lambda api, clock: Unreadable(api, operation, answer, range(1, 3)))
    assert world.live(parts=None) == expected
    assert world.counting.calls[operation] >= 3


@pytest.mark.parametrize("operation", [each for each in READ_HERE if not service_of(each).optional])
def test_a_read_that_stays_unreadable_is_an_error_soon(operation: str) -> None:
    world = tree()
    world.reach(lambda api, clock: Unreadable(api, operation, {}, range(1, 10_000)))
    began = world.clock.now()
    with pytest.raises(ReadFailed, match=f"{operation}: UnreadableAnswer"):
        world.live(parts=None)
    assert world.counting.calls[operation] % (FEW + 1) == 0
    assert world.clock.now() - began < 60


def test_a_tag_index_that_stays_unreadable_is_done_without() -> None:
    world = tree()
    expected = world.live()
    world.reach(lambda api, clock: Unreadable(api, "tagging:GetResources", {}, range(1, 10_000)))
    assert world.live() == expected
    assert world.counting.calls["tagging:GetResources"] == 3
    assert world.counting.calls["ListTagsForResource"] == 6


def test_a_replaced_ou_keeps_its_tags_when_the_answer_of_the_tag_index_is_cut() -> None:
    world = tree()
    desired = org(
        ["New", "New/Prod"],
        {"a": "New/Prod"},
        {"deny": deny("s3:*")},
        {"deny": ["New/Prod"]},
        previously={"New/Prod": ["Old/Prod"]},
    )
    world.reach(lambda api, clock: Unreadable(api, "tagging:GetResources", {}, range(1, 2)))
    plan = world.plan(desired).plan
    assert "replace ou:New/Prod" in steps(plan)
    assert world.execute(plan).exit.code == 0
    (unit,) = [each for each in world.backend.units() if each.name == "Prod"]
    assert unit.tags == {"stage": "prod"}


WRITES = ("CreateAccount", "CreateOrganizationalUnit", "CreatePolicy", "UpdatePolicy", "EnablePolicyType")
BEFORE = org(
    ["A"], {"a": "A", "gone": "A"}, {"p": deny("s3:*"), "q": deny("sqs:*")}, {"p": ["A"]}, tags={"A": {"a": "1"}}
)


def after() -> Any:
    return org(
        ["A", "B"],
        {"a": "B", "new": "B"},
        {"p": deny("ec2:*"), "q": deny("sqs:*"), "new": deny("sns:*")},
        {"q": ["A"], "new": ["B"]},
        types=("scp", "tag"),
        tags={"A": {"b": "2"}},
    )


@pytest.mark.parametrize(
    ("operation", "made"),
    [(name, made) for name in WRITES for made in (True, False)],
)
def test_a_write_whose_answer_is_unreadable_is_looked_for_or_made_again(operation: str, made: bool) -> None:
    expected = World()
    expected.apply(BEFORE)
    expected.apply(after())
    world = World()
    world.apply(BEFORE)
    plan = world.plan(after()).plan
    assert operation in expected.counting.calls
    world.reach(lambda api, clock: Unreadable(api, operation, {}, range(1, 2), made=made))
    report = world.execute(plan)
    assert (report.failed, report.skipped, report.exit.code) == ((), (), 0)
    assert world.picture() == expected.picture()
    assert set(world.requests().values()) == {1}
    assert OPERATIONS[operation].repeatable or operation.startswith("Create")


@pytest.mark.parametrize("server", [(500, b"<!doctype html><title>500</title>")], indirect=True)
def test_a_page_of_html_is_a_fault_in_every_protocol(server: Server) -> None:
    operations = ("ListAccounts", "iam:ListOrganizationsFeatures", "ram:EnableSharingWithAwsOrganization")
    assert [code(server, each, {}) for each in operations] == ["500"] * 3
