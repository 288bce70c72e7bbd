"""Each error of the service: the call is repeated, the change is done already, or it fails."""

from __future__ import annotations

from collections import Counter
from typing import Any

import botocore.session
import pytest

from reconciler.applying.executor import Executor
from reconciler.aws.boto_errors import denied
from reconciler.aws.operations import OPERATIONS
from reconciler.aws.retrying import Retrying
from reconciler.errors import ServiceError
from reconciler.kinds.delegated_administrator import DelegatedAdministrator
from reconciler.kinds.feature_set import FeatureSet
from reconciler.kinds.invitation import Invitation
from reconciler.kinds.resource_policy import ResourcePolicy
from reconciler.kinds.trusted_access import TrustedAccess
from reconciler.mock.clock import VirtualClock
from reconciler.model.api import Params, Response
from reconciler.model.document import minified
from reconciler.model.plan import Change, Organization, Plan
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType
from reconciler.model.service_errors import MISSING
from tests.building import MANAGEMENT_ID, deny
from tests.harness import BY_KIND
from tests.unit.applying.executing import DENY, Remembering

BEFORE_OU = OrganizationalUnit(address="ou:A", id="ou-1", name="A", parent="root:/", tags={"a": "1"})
MEMBER = Account(address="account:a", id="111111111111", name="a", email="a@example.com", parent="root:/")
POLICY = Policy(address="policy:p", id="p-1", type="scp", name="p", description="", content=DENY)
ATTACHED = Attachment(address="attachment:p@A", policy="policy:p", target="ou:A")
TYPE = PolicyType(address="policy_type:tag", type="tag")
TRUSTED = TrustedAccess(address="trusted_access:sso.amazonaws.com", principal="sso.amazonaws.com")
ADMINISTRATOR = DelegatedAdministrator(
    address="delegated_administrator:sso.amazonaws.com@a", principal="sso.amazonaws.com", account="account:a"
)
RESOURCE_POLICY = ResourcePolicy(address="resource_policy:/", content=DENY)
INVITATION = Invitation(address="invitation:a", target="555566667777", handshake="h-1")
READY = FeatureSet(address="feature_set:/", handshake="h-2", migration="running", ready=True)
IDS = {"root:/": "r-1", "ou:A": "ou-1", "ou:B": "ou-2", "account:a": "111111111111", "policy:p": "p-1"}


def change(action: str, before: Any, after: Any, *fields: str) -> Change:
    resource = after or before
    return Change.model_validate(
        {
            "address": resource.address,
            "kind": resource.kind,
            "action": action,
            "reason": "declared",
            "before": before,
            "after": after,
            "fields": fields,
        }
    )


CHANGES: dict[str, Change] = {
    "EnablePolicyType": change("enable", None, TYPE),
    "DisablePolicyType": change("disable", TYPE, None),
    "CreatePolicy": change("create", None, POLICY.model_copy(update={"address": "policy:new", "id": None})),
    "UpdatePolicy": change("update", POLICY, POLICY.model_copy(update={"content": deny("ec2:*")}), "content"),
    "DeletePolicy": change("delete", POLICY, None),
    "AttachPolicy": change("attach", None, ATTACHED),
    "DetachPolicy": change("detach", ATTACHED, None),
    "CreateOrganizationalUnit": change(
        "create", None, OrganizationalUnit(address="ou:New", name="New", parent="root:/")
    ),
    "UpdateOrganizationalUnit": change("rename", BEFORE_OU, BEFORE_OU.model_copy(update={"name": "Z"}), "name"),
    "DeleteOrganizationalUnit": change("delete", BEFORE_OU, None),
    "TagResource": change("update", BEFORE_OU, BEFORE_OU.model_copy(update={"tags": {"a": "2"}}), "tags"),
    "UntagResource": change("update", BEFORE_OU, BEFORE_OU.model_copy(update={"tags": {}}), "tags"),
    "CreateAccount": change(
        "create", None, Account(address="account:new", name="new", email="new@example.com", parent="root:/")
    ),
    "MoveAccount": change("move", MEMBER, MEMBER.model_copy(update={"parent": "ou:B"}), "parent"),
    "CloseAccount": change("close", MEMBER, MEMBER.model_copy(update={"state": "pending_closure"}), "state"),
    "RemoveAccountFromOrganization": change("remove", MEMBER, None, "state"),
    "EnableAWSServiceAccess": change("enable", None, TRUSTED),
    "DisableAWSServiceAccess": change("disable", TRUSTED, None),
    "RegisterDelegatedAdministrator": change("create", None, ADMINISTRATOR),
    "DeregisterDelegatedAdministrator": change("delete", ADMINISTRATOR, None),
    "PutResourcePolicy": change("create", None, RESOURCE_POLICY),
    "DeleteResourcePolicy": change("delete", RESOURCE_POLICY, None),
    "CreateGovCloudAccount": change(
        "create",
        None,
        Account(address="account:new", name="new", email="new@example.com", parent="root:/", gov_cloud=True),
    ),
    "InviteAccountToOrganization": change("invite", None, INVITATION),
    "CancelHandshake": change("delete", INVITATION, None),
    "EnableAllFeatures": change("enable", None, FeatureSet(address="feature_set:/", migration="running")),
    "AcceptHandshake": change("enable", READY, READY.model_copy(update={"migration": "done"}), "migration"),
}
"""One change for each write of the service, which makes this call first."""

ANSWERS: dict[str, Response] = {
    "CreatePolicy": {"Policy": {"PolicySummary": {"Id": "p-2"}}},
    "CreateOrganizationalUnit": {"OrganizationalUnit": {"Id": "ou-9"}},
    "CreateAccount": {"CreateAccountStatus": {"Id": "car-1", "State": "IN_PROGRESS"}},
    "CreateGovCloudAccount": {"CreateAccountStatus": {"Id": "car-1", "State": "IN_PROGRESS"}},
    "InviteAccountToOrganization": {"Handshake": {"Id": "h-1"}},
    "DescribeCreateAccountStatus": {"CreateAccountStatus": {"State": "SUCCEEDED", "AccountId": "222222222222"}},
    "PutResourcePolicy": {"ResourcePolicy": {"ResourcePolicySummary": {"Id": "rp-1"}}},
    "DescribePolicy": {"Policy": {"Content": minified(DENY)}},
}


def plan_of(*changes: Change) -> Plan:
    return Plan(
        organization=Organization(id="o-1", management_account_id=MANAGEMENT_ID, root_id="r-1"),
        spec_digest="",
        changes=changes,
        ids=IDS,
    )


class Refusing:
    """Refuses one operation with one code, `times` times; what else is asked gets an empty answer."""

    def __init__(self, operation: str, code: str, times: int = 1, detail: str | None = None) -> None:
        self._refused = operation
        self._code = code
        self._times = times
        self._detail = detail
        self.calls: Counter[str] = Counter()

    def call(self, operation: str, params: Params) -> Response:
        self.calls[operation] += 1
        if operation == self._refused and self.calls[operation] <= self._times:
            if self._code == "AccessDeniedException":
                raise denied(operation, self._code, "no")
            raise ServiceError(operation, self._code, "no", detail=self._detail, status=400)
        if operation in ANSWERS:
            return ANSWERS[operation]
        lists = ("CreateAccountStatuses", "Accounts", "OrganizationalUnits", "Policies", "Targets")
        return {member: [] for member in lists} | {"Parents": [{"Id": "r-1"}]}


def outcome(operation: str, code: str, times: int = 1, detail: str | None = None) -> tuple[str, Refusing, VirtualClock]:
    clock = VirtualClock()
    api = Refusing(operation, code, times, detail)
    retrying = Retrying(api, clock=clock, budget=60.0, jitter=lambda low, high: high)
    report = Executor(
        plan=plan_of(CHANGES[operation]),
        kinds=BY_KIND,
        operations=OPERATIONS,
        api=retrying,
        clock=clock,
        journal=Remembering(),
        read=lambda operation, params, member: iter(retrying.call(operation, params).get(member, [])),
    ).run()
    if report.failed:
        return "stop", api, clock
    return ("again" if api.calls[operation] > 1 else "already"), api, clock


AGAIN_ALWAYS = {
    "TooManyRequestsException",
    "ConcurrentModificationException",
    "PolicyChangesInProgressException",
    "FinalizingOrganizationException",
    "ServiceException",
}
AGAIN = {
    ("AttachPolicy", "PolicyNotFoundException"),
    ("AttachPolicy", "PolicyTypeNotEnabledException"),
    ("AttachPolicy", "TargetNotFoundException"),
    ("CreateOrganizationalUnit", "ParentNotFoundException"),
    ("DeleteOrganizationalUnit", "OrganizationalUnitNotEmptyException"),
    ("DeletePolicy", "PolicyInUseException"),
    ("MoveAccount", "AccountNotFoundException"),
    ("MoveAccount", "DestinationParentNotFoundException"),
    ("MoveAccount", "SourceParentNotFoundException"),
    ("RegisterDelegatedAdministrator", "AccountNotFoundException"),
    ("TagResource", "TargetNotFoundException"),
    ("UntagResource", "TargetNotFoundException"),
}
"""What passes once the service has caught up with an earlier write."""
ALREADY = {
    ("AcceptHandshake", "HandshakeAlreadyInStateException"),
    ("AttachPolicy", "DuplicatePolicyAttachmentException"),
    ("CancelHandshake", "HandshakeAlreadyInStateException"),
    ("CloseAccount", "AccountAlreadyClosedException"),
    ("DeleteOrganizationalUnit", "OrganizationalUnitNotFoundException"),
    ("DeletePolicy", "PolicyNotFoundException"),
    ("DeleteResourcePolicy", "ResourcePolicyNotFoundException"),
    ("DeregisterDelegatedAdministrator", "AccountNotRegisteredException"),
    ("DetachPolicy", "PolicyNotAttachedException"),
    ("DetachPolicy", "PolicyNotFoundException"),
    ("DetachPolicy", "TargetNotFoundException"),
    ("DisablePolicyType", "PolicyTypeNotEnabledException"),
    ("EnablePolicyType", "PolicyTypeAlreadyEnabledException"),
    ("InviteAccountToOrganization", "DuplicateHandshakeException"),
    ("MoveAccount", "DuplicateAccountException"),
    ("RegisterDelegatedAdministrator", "AccountAlreadyRegisteredException"),
    ("RemoveAccountFromOrganization", "AccountNotFoundException"),
}


def modelled() -> list[tuple[str, str]]:
    """(operation, error) for everything that the service's model says about the writes that are made."""
    model = botocore.session.get_session().get_service_model("organizations")
    unmodelled = {"AttachPolicy": ["TargetNotFoundException"]}
    return sorted(
        {
            (name, code)
            for name in CHANGES
            for code in [
                *(each.name for each in model.operation_model(name).error_shapes),
                *unmodelled.get(name, ()),
            ]
        }
    )


def test_every_write_of_the_service_has_its_errors_in_the_table() -> None:
    writes = {name for name, row in OPERATIONS.items() if row.writes and ":" not in name}
    assert set(CHANGES) == writes - {"CreateOrganization"}
    known = {*modelled()}
    assert known >= AGAIN | ALREADY


@pytest.mark.parametrize(("operation", "code"), modelled())
def test_each_error_of_the_service_is_asked_again_already_so_or_final(operation: str, code: str) -> None:
    expected = "again" if code in AGAIN_ALWAYS or (operation, code) in AGAIN else "stop"
    expected = "already" if (operation, code) in ALREADY else expected
    found, api, _ = outcome(operation, code)
    assert found == expected
    assert api.calls[operation] == (2 if expected == "again" else 1)


@pytest.mark.parametrize(("operation", "code"), sorted(AGAIN))
def test_what_does_not_settle_is_given_up_after_a_minute_or_sooner_where_this_run_did_not_make_it(
    operation: str, code: str
) -> None:
    found, api, clock = outcome(operation, code, times=10**6)
    assert found == "stop"
    assert clock.now() == (5.0 if code in MISSING else 60.0)
    assert api.calls[operation] <= (4 if code in MISSING else 8)


@pytest.mark.parametrize(
    ("operation", "detail"),
    [
        ("CreateAccount", "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED"),
        ("CloseAccount", "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED"),
    ],
)
def test_a_limit_on_what_is_under_way_is_waited_for(operation: str, detail: str) -> None:
    found, _, clock = outcome(operation, "ConstraintViolationException", times=100, detail=detail)
    assert found == "again"
    assert clock.now() == pytest.approx(1000, rel=0.01)
    found, _, clock = outcome(operation, "ConstraintViolationException", times=10**6, detail=detail)
    assert found == "stop"
    assert clock.now() == 1800


@pytest.mark.parametrize("detail", ["MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", "ACCOUNT_NUMBER_LIMIT_EXCEEDED"])
def test_any_other_limit_is_final(detail: str) -> None:
    found, api, _ = outcome("AttachPolicy", "ConstraintViolationException", detail=detail)
    assert (found, api.calls["AttachPolicy"]) == ("stop", 1)


def test_what_the_plan_knows_as_another_thing_is_not_mistaken_for_what_is_made() -> None:
    """The answer is lost, and a list that lags shows what bore the name until a moment ago."""
    clock = VirtualClock()
    known = {"Id": "p-1", "Name": "p"}

    class Lagging(Refusing):
        def call(self, operation: str, params: Params) -> Response:
            answer = super().call(operation, params)
            return {"Policies": [known]} if operation == "ListPolicies" else answer

    api = Lagging("CreatePolicy", "ConnectionError")
    report = Executor(
        plan=plan_of(CHANGES["CreatePolicy"]),
        kinds=BY_KIND,
        operations=OPERATIONS,
        api=api,
        clock=clock,
        journal=Remembering(),
        read=lambda operation, params, member: iter(api.call(operation, params).get(member, [])),
    ).run()
    assert [(each.address, each.id) for each in report.done] == [("policy:new", "p-2")]
    assert api.calls["CreatePolicy"] == 2
