"""Carrying a plan out: which calls, when, what is made of every error, and what the report and the journal say."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
import pytest

from reconciler.applying.executor import Executor, dry_run
from reconciler.aws.boto_errors import denied
from reconciler.aws.layers import Counting
from reconciler.aws.operations import OPERATIONS
from reconciler.aws.retrying import Retrying
from reconciler.errors import ReconcilerError, ServiceError
from reconciler.kinds.base import UnmanagedRules
from reconciler.kinds.delegated_administrator import DelegatedAdministrator
from reconciler.kinds.policy import PolicyKind
from reconciler.kinds.resource_policy import ResourcePolicy
from reconciler.kinds.trusted_access import TrustedAccess
from reconciler.mock.clock import VirtualClock
from reconciler.model.api import Api, Params, Response
from reconciler.model.document import minified
from reconciler.model.plan import Change, Organization, Plan
from reconciler.model.report import Report
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType
from reconciler.model.service_errors import MISSING
from reconciler.planning.planner import PlannerSettings
from tests.building import MANAGEMENT_ID, deny, org
from tests.faults.injecting import Scripted
from tests.faults.world import World
from tests.harness import BY_KIND

DENY = deny("s3:*")


class Remembering:
    """A journal in memory."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def record(self, event: str, **details: Any) -> None:
        self.lines.append((event, details))

    def events(self, *events: str) -> list[str]:
        return [f"{event} {details.get('operation')}" for event, details in self.lines if event in events]


class BrokenJournal:
    def record(self, event: str, **details: Any) -> None:
        raise ReconcilerError("the journal cannot be written: No space left on device")


def execute(world: World, plan: Plan, journal: Any = None, **options: Any) -> Report:
    def listed(operation: str, params: dict[str, Any], member: str) -> Iterator[dict[str, Any]]:
        yield from world.api.call(operation, params).get(member, [])

    return Executor(
        plan=plan,
        kinds=BY_KIND,
        operations=OPERATIONS,
        api=world.api,
        clock=world.clock,
        journal=journal or Remembering(),
        read=listed,
        **options,
    ).run()


# ---- every error of the service ----

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
}
"""One change for each write of the service, which makes this call first."""

ANSWERS: dict[str, Response] = {
    "CreatePolicy": {"Policy": {"PolicySummary": {"Id": "p-2"}}},
    "CreateOrganizationalUnit": {"OrganizationalUnit": {"Id": "ou-9"}},
    "CreateAccount": {"CreateAccountStatus": {"Id": "car-1", "State": "IN_PROGRESS"}},
    "DescribeCreateAccountStatus": {"CreateAccountStatus": {"State": "SUCCEEDED", "AccountId": "222222222222"}},
    "DescribePolicy": {"Policy": {"Content": minified(DENY)}},
    "PutResourcePolicy": {"ResourcePolicy": {"ResourcePolicySummary": {"Id": "rp-1"}}},
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
    ("AttachPolicy", "DuplicatePolicyAttachmentException"),
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
    assert set(CHANGES) == {name for name, row in OPERATIONS.items() if row.writes and ":" not in name}
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


# ---- what was lost, and what is there already ----


def world_with(
    before: Any = None, *, script: dict | None = None, desired: Any = None
) -> tuple[World, Plan, Callable[[], Report]]:
    """A world, the plan for the desired organization in it, and the apply that meets the script's faults."""
    world = World()
    if before is not None:
        world.apply(before)
    plan = world.plan(desired).plan
    world.reach(lambda api, clock: Scripted(api, clock, script or {}))
    return world, plan, lambda: execute(world, plan)


def test_a_policy_whose_creation_got_no_answer_is_found() -> None:
    world, _, apply = world_with(
        desired=org(["A"], {}, {"deny": DENY}, {"deny": ["A"]}), script={("CreatePolicy", 1): "drop_after"}
    )
    assert apply().exit.code == 0
    assert [each.name for each in world.backend.policies if not each.aws_managed] == ["deny"]
    assert world.counting.calls["CreatePolicy"] == 1


def test_an_existing_policy_of_the_same_name_is_used_only_if_it_is_equal() -> None:
    desired = org(["A"], {}, {"deny": DENY}, {"deny": ["A"]})
    for content, taken in ((DENY, True), (deny("ec2:*"), False)):
        world, plan, apply = world_with(desired=desired)
        other = World()
        other.apply(org([], {}, {"deny": content}))
        policy = next(each for each in other.backend.policies if each.name == "deny")
        world.call("CreatePolicy", Name="deny", Type="SERVICE_CONTROL_POLICY", Description="", Content=policy.content)
        report = apply()
        if taken:
            assert report.exit.code == 0
            assert world.plan(desired).plan.changes == ()
        else:
            assert [each.address for each in report.failed] == ["policy:deny"]
            assert report.failed[0].help == (
                "the name is used by something that is not in the plan: make the plan again"
            )
            assert [each.address for each in report.skipped] == ["attachment:deny@A"]
            assert len(plan.changes) == 3


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


def test_an_account_whose_creation_got_no_answer_is_found_in_progress() -> None:
    world, _, apply = world_with(desired=org(["A"], {"a": "A"}), script={("CreateAccount", 1): "drop_after"})
    report = apply()
    assert report.exit.code == 0
    assert world.requests() == {"a@example.com": 1}


def test_an_account_that_an_earlier_run_asked_for_is_waited_for_and_taken() -> None:
    world, _, apply = world_with(desired=org(["A"], {"a": "A"}))
    world.call("CreateAccount", AccountName="a", Email="a@example.com")
    assert apply().exit.code == 0
    assert world.requests() == {"a@example.com": 1}
    assert len(world.backend.members()) == 2


def test_an_account_of_the_same_name_and_another_email_is_not_taken() -> None:
    world, _, apply = world_with(desired=org(["A"], {"a": "A"}))
    world.call("CreateAccount", AccountName="a", Email="other@example.com")
    assert apply().exit.code == 0
    assert world.requests() == {"a@example.com": 1, "other@example.com": 1}
    here = {each.email: world.backend.nodes[str(each.parent_id)].name for each in world.backend.members()}
    assert here["a@example.com"] == "A"
    assert here["other@example.com"] == "Root"


def test_a_creation_of_an_earlier_run_is_not_taken_for_another_account_of_its_name() -> None:
    """It is still in progress when this run first looks, for an account of another name."""
    desired = org(["A", "B"], {"a": "A", "one": "A", "two": "B"})
    desired = desired.with_resources(
        each.model_copy(update={"create_name": "Sandbox"}) if each.address in ("account:one", "account:two") else each
        for each in desired.resources
    )
    for email in ("one@example.com", "two@example.com"):
        world, _, apply = world_with(desired=desired)
        world.backend.creation_polls = 8
        world.call("CreateAccount", AccountName="Sandbox", Email=email)
        assert apply().exit.code == 0
        assert set(world.requests().values()) == {1}
        assert world.plan(desired).plan.changes == ()


def test_the_error_of_an_email_in_use_outside_of_the_organization() -> None:
    world, _, _ = world_with(desired=org(["A"], {"a": "A"}))
    plan = world.plan(org(["A"], {"a": "A"})).plan
    api = Refused("DescribeCreateAccountStatus", "EMAIL_ALREADY_EXISTS", world.mock)
    world.api = Retrying(Counting(api), clock=world.clock)
    report = execute(world, plan)
    assert [(each.address, each.help) for each in report.failed] == [
        ("account:a", "the e-mail belongs to an account outside of this organization: use another, or invite it")
    ]


class Refused:
    """The status of every creation is FAILED."""

    def __init__(self, operation: str, reason: str, api: Api) -> None:
        self._operation = operation
        self._reason = reason
        self._api = api

    def call(self, operation: str, params: Params) -> Response:
        if operation != self._operation:
            return self._api.call(operation, params)
        return {"CreateAccountStatus": {"Id": "car-1", "State": "FAILED", "FailureReason": self._reason}}


def test_an_account_that_is_never_finished_is_given_up_and_found_by_the_next_run() -> None:
    world = World()
    plan = world.plan(org(["A"], {"a": "A"})).plan
    world.backend.creation_polls = 10**6
    report = execute(world, plan, patience=600.0)
    assert [(each.address, each.help) for each in report.failed] == [
        ("account:a", "the service continues without this run: run apply again later, which finds the result")
    ]
    assert 600 < world.clock.now() < 620
    assert world.counting.calls["DescribeCreateAccountStatus"] < 200
    (creation,) = world.backend.account_requests.values()
    world.backend.account_requests[creation.id] = creation.model_copy(update={"reads_left": 3})
    world.apply(org(["A"], {"a": "A"}))
    assert world.requests() == {"a@example.com": 1}


def test_a_move_and_a_closure_that_got_no_answer_are_recognised_as_done() -> None:
    before = org(["A", "B"], {"a": "A", "b": "A"})
    moved = org(["A", "B"], {"a": "B", "b": "A"})
    desired = moved.with_resources(
        each.model_copy(update={"state": "closed"}) if each.address == "account:b" else each for each in moved.resources
    )
    script = {("MoveAccount", 1): "drop_after", ("CloseAccount", 1): "drop_after"}
    world, plan, apply = world_with(before, desired=desired, script=script)
    assert {each.action for each in plan.changes} == {"move", "close"}
    assert apply().exit.code == 0
    assert world.plan(desired).plan.changes == ()


def test_an_account_that_was_moved_meanwhile_is_left_where_it_is() -> None:
    world, _, apply = world_with(org(["A", "B", "C"], {"a": "A"}), desired=org(["A", "B", "C"], {"a": "B"}))
    member = next(each for each in world.backend.members() if each.email == "a@example.com")
    places = {each.name: each.id for each in world.backend.units()}
    world.call("MoveAccount", AccountId=member.id, SourceParentId=places["A"], DestinationParentId=places["C"])
    report = apply()
    assert [each.error for each in report.failed] == [
        f"MoveAccount: ChangedMeanwhile: somebody else moved the account {member.id}, it is in {places['C']} now"
    ]
    assert [each.help for each in report.failed] == [
        "the organization changed after the plan was made: make the plan again"
    ]
    assert member.parent_id == places["C"]


# ---- the way through a plan ----


def test_no_more_than_five_accounts_are_in_creation_and_the_rest_continues_meanwhile() -> None:
    accounts = {f"a{number}": "A" for number in range(12)}
    world = World()
    most = 0

    class Counted:
        def __init__(self, api: Api) -> None:
            self._api = api

        def call(self, operation: str, params: Params) -> Response:
            nonlocal most
            answer = self._api.call(operation, params)
            most = max(most, sum(each.state == "IN_PROGRESS" for each in world.backend.account_requests.values()))
            return answer

    plan = world.plan(org(["A", "B"], accounts, {"deny": DENY}, {"deny": ["B"]})).plan
    world.backend.creation_polls = 40
    world.reach(lambda api, clock: Counted(api))
    report = execute(world, plan)
    assert report.exit.code == 0
    assert most == 5
    assert len(world.backend.members()) == 13


def test_a_stop_finishes_the_call_in_flight_and_reports_what_was_not_done() -> None:
    world = World()
    plan = world.plan(org(["A", "B", "C"], {"a": "A"})).plan
    journal = Remembering()
    report = execute(world, plan, journal, stopped=lambda: world.counting.calls["CreateOrganizationalUnit"] >= 2)
    assert report.exit.code == 130
    assert report.exit.reason == "interrupted"
    assert [each.address for each in report.done] == ["ou:A", "ou:B"]
    assert [(each.address, each.because) for each in report.skipped] == [
        ("ou:C", "interrupted"),
        ("account:a", "interrupted"),
    ]
    assert journal.events("call", "answer")[-2:] == ["call CreateOrganizationalUnit", "answer CreateOrganizationalUnit"]
    assert [each.name for each in world.backend.units()] == ["A", "B"]


def test_a_stop_after_the_last_call_is_a_success() -> None:
    world = World()
    plan = world.plan(org(["A"])).plan
    report = execute(world, plan, stopped=lambda: world.counting.calls["CreateOrganizationalUnit"] == 1)
    assert (report.exit.code, report.skipped) == (0, ())


def test_the_journal_has_a_line_before_and_after_each_call() -> None:
    world = World()
    desired = org(["A", "B"], {"a": "A"}, {"deny": DENY}, {"deny": ["B"]})
    plan = world.plan(desired).plan
    journal = Remembering()
    world.reach(
        lambda api, clock: Scripted(api, clock, {("CreatePolicy", 1): "drop_after", ("AttachPolicy", 0): "denied"})
    )
    execute(world, plan, journal)
    lines = [(event, details.get("operation")) for event, details in journal.lines]
    for place, (event, operation) in enumerate(lines):
        if event == "call":
            assert lines[place + 1] in (("answer", operation), ("error", operation))
    assert ("error", "CreatePolicy") in lines
    assert lines[lines.index(("error", "CreatePolicy")) + 1] == ("found", "CreatePolicy")
    assert ("error", "AttachPolicy") in lines
    answers = [details["answer"] for event, details in journal.lines if event == "answer" and details["answer"]]
    assert {key for answer in answers for key in answer} >= {"OrganizationalUnit.Id", "CreateAccountStatus.AccountId"}


def test_without_a_journal_no_call_is_made() -> None:
    world = World()
    plan = world.plan(org(["A"], {}, {"deny": DENY})).plan
    before = world.counting.calls.copy()
    report = execute(world, plan, BrokenJournal())
    assert {each.error for each in report.failed} == {"the journal cannot be written: No space left on device"}
    assert world.counting.calls == before
    assert report.exit.code == 7


def test_a_bug_in_one_change_is_an_entry_of_the_report_and_the_rest_continues() -> None:
    class Buggy(PolicyKind):
        def calls(self, change: Change, ids: Any) -> Iterator[Any]:
            if change.address == "policy:bad":
                raise KeyError("ou:Nowhere")
            yield from super().calls(change, ids)

    world = World()
    plan = world.plan(org(["A"], {}, {"bad": DENY, "good": DENY}, {"bad": ["A"], "good": ["A"]})).plan
    journal = Remembering()
    report = Executor(
        plan=plan,
        kinds={**BY_KIND, "policy": Buggy()},
        operations=OPERATIONS,
        api=world.api,
        clock=world.clock,
        journal=journal,
        read=lambda operation, params, member: iter(()),
    ).run()
    (failed,) = report.failed
    assert (failed.address, failed.error) == ("policy:bad", "unexpected KeyError: 'ou:Nowhere'")
    assert failed.help is not None
    assert "bug" in failed.help
    assert [each.address for each in report.skipped] == ["attachment:bad@A"]
    assert "attachment:good@A" in [each.address for each in report.done]
    (trace,) = [details["trace"] for event, details in journal.lines if event == "bug"]
    assert "KeyError: 'ou:Nowhere'" in trace


def test_progress_is_reported_once_for_each_change() -> None:
    world = World(lambda api, clock: Scripted(api, clock, {("CreatePolicy", 1): "denied"}))
    plan = world.plan(org(["A", "B"], {"a": "B"}, {"deny": DENY}, {"deny": ["A"]})).plan
    told: list[str] = []
    execute(world, plan, progress=lambda change, outcome: told.append(f"{outcome} {change.address}"))
    assert sorted(told) == [
        "done account:a", "done ou:A", "done ou:B", "failed policy:deny", "skipped attachment:deny@A",
    ]  # fmt: skip


def test_a_dry_run_names_every_write_that_an_apply_makes() -> None:
    world = World()
    world.apply(org(["Old", "Old/P"], {"a": "Old/P"}, {"deny": DENY}, {"deny": ["Old/P"]}))
    desired = org(
        ["New", "New/P"],
        {"a": "New/P", "b": "New"},
        {"deny": deny("ec2:*"), "more": DENY},
        {"deny": ["New/P"], "more": ["@b"]},
        tags={"New": {"x": "1"}, "@a": {"y": "2"}},
        previously={"New/P": ["Old/P"]},
    )
    plan = world.plan(desired).plan
    before = world.counting.calls.copy()
    world.execute(plan)
    made = {name: count for name, count in (world.counting.calls - before).items() if OPERATIONS[name].writes}
    assert Counter(each.operation for each in dry_run(plan, BY_KIND)) == made


TIDY = PlannerSettings(
    policies=UnmanagedRules({"attachments": "delete", "organizational_units": "delete", "policies": "delete"})
)


def test_an_undeclared_policy_goes_with_the_undeclared_ou_that_holds_it() -> None:
    world = World()
    world.apply(org(["A", "A/B"], {}, {"deny": DENY}, {"deny": ["A/B"]}))
    world.apply(org(["A"]), TIDY)
    assert world.plan(org(["A"]), TIDY).plan.changes == ()
    assert [each.name for each in world.backend.policies] == ["FullAWSAccess"]


def test_an_undeclared_policy_stays_while_a_closed_account_holds_it() -> None:
    world = World()
    before = org(["A"], {"a": "A"}, {"deny": DENY}, {"deny": ["@a"]})
    world.apply(before)
    closed = org(["A"], {"a": "A"})
    closed = closed.with_resources(
        each.model_copy(update={"state": "closed"}) if each.address == "account:a" else each
        for each in closed.resources
    )
    plan = world.apply(closed, TIDY)
    assert [each.code for each in plan.warnings] == ["W505"]
    assert "it stays attached to account:a" in plan.warnings[0].message
    assert world.plan(closed, TIDY).plan.changes == ()


def test_an_undeclared_policy_stays_while_something_out_of_sight_holds_it() -> None:
    world = World()
    world.apply(org(["Legacy"], {}, {"deny": DENY}, {"deny": ["Legacy"]}))
    rules = dataclasses.replace(TIDY, ignore={"organizational_units": ["Legacy"]})
    plan = world.apply(org(), rules)
    assert [each.action for each in plan.changes] == []
    assert [each.code for each in plan.warnings] == ["W511"]
