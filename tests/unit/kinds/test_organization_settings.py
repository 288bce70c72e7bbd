"""Services with an operation of their own, resource sharing, the resource policy, root access, and delegates."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from reconciler.aws.boto import BotoApi
from reconciler.aws.sessions import AwsOptions
from reconciler.errors import AccessDenied, ReconcilerError, ServiceError
from reconciler.kinds import resource_policy, root_access
from reconciler.kinds.base import UnmanagedRules
from reconciler.kinds.designations import DESIGNATIONS
from reconciler.kinds.resource_policy import ResourcePolicy
from reconciler.kinds.resource_policy_rules import accounts_in, refusals
from reconciler.kinds.root_access import RootAccess
from reconciler.kinds.trusted_access import OWN_OPERATIONS, RAM, TrustedAccess, part
from reconciler.model import address as addresses
from reconciler.model.api import Api, Params, Response
from reconciler.model.base import Json
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Plan
from reconciler.model.reference import reference
from reconciler.model.resources import Account, Policy, Resource
from reconciler.planning import planner
from reconciler.use_cases.connection import Connection
from reconciler.use_cases.delegate import with_limits_of_a_delegate
from tests.building import deny, org
from tests.harness import RULES, Organization, steps

IAM, STACK_SETS = "iam.amazonaws.com", "member.org.stacksets.cloudformation.amazonaws.com"
MANAGEMENT = "123456789012"
LIST: dict[str, Json] = {"Effect": "Allow", "Action": "organizations:List*", "Resource": "*"}
TO_MANAGEMENT: dict[str, Json] = {**LIST, "Principal": {"AWS": MANAGEMENT}}


def wanted(parts: Sequence[str], resources: Iterable[Resource] = (), base: Inventory | None = None) -> Inventory:
    base = base or org([], {}, types=())
    types = ("scp",) if any(base.of(Policy)) else ()
    scope = base.scope.model_copy(update={"parts": tuple(parts), "policy_types": types})
    return base.model_copy(update={"scope": scope}).with_resources([*base.resources, *resources])


def access(*principals: str) -> list[TrustedAccess]:
    return [TrustedAccess(address=addresses.trusted_access(each), principal=each) for each in principals]


def features(*names: str) -> list[RootAccess]:
    return [RootAccess(address=root_access.address(each), feature=each) for each in names]


def policy(*statements: Json, tags: dict[str, str] | None = None) -> ResourcePolicy:
    return ResourcePolicy(address=resource_policy.ADDRESS, content={"Statement": [*statements]}, tags=tags)


def plan(organization: Organization, desired: Inventory, treatment: str = "report") -> Plan:
    parts = ("trusted_access", "resource_policy", "root_access", "delegated_administrators")
    live = organization.live(frozenset(desired.scope.policy_types or ()), parts)
    unmanaged = {"trusted_access": treatment, "attachments": "report"}
    rules = planner.PlannerSettings(policies=UnmanagedRules(unmanaged))  # type: ignore[arg-type]
    return planner.plan(desired, live, rules, planner.PlanRequest()).plan


def apply(organization: Organization, desired: Inventory, treatment: str = "report") -> Plan:
    found = plan(organization, desired, treatment)
    report = organization.execute(found)
    assert (report.failed, report.skipped) == ((), ())
    assert plan(organization, desired, treatment).changes == ()
    return found


class TestOwnOperations:
    @pytest.mark.parametrize("principal", OWN_OPERATIONS)
    def test_they_replace_those_of_organizations(self, principal: str) -> None:
        organization = Organization()
        apply(organization, wanted(["trusted_access"], access(principal)))
        apply(organization, wanted(["trusted_access"]), "delete")
        own = OWN_OPERATIONS[principal]
        calls = organization.counting.calls
        assert (calls[own.enable], calls["EnableAWSServiceAccess"]) == (1, 0)
        assert calls[own.disable or "DisableAWSServiceAccess"] == 1
        assert calls["DisableAWSServiceAccess"] == (own.disable is None)

    @pytest.mark.parametrize("principal", [each for each, own in OWN_OPERATIONS.items() if own.status])
    def test_a_service_that_organizations_alone_enabled_is_not_enabled(self, principal: str) -> None:
        organization = Organization()
        organization.call("EnableAWSServiceAccess", ServicePrincipal=principal)
        found = apply(organization, wanted(["trusted_access"], access(principal)))
        assert steps(found) == [f"enable trusted_access:{principal}"]

    @pytest.mark.parametrize(
        "error",
        [
            AccessDenied("not allowed"),
            ServiceError("cloudformation:DescribeOrganizationsAccess", "NoEndpoint", "there is none"),
            ServiceError("cloudformation:DescribeOrganizationsAccess", "Whatever", "it is not there", status=501),
        ],
    )
    def test_where_the_state_cannot_be_read_the_list_counts(self, error: ReconcilerError) -> None:
        organization = Organization(lambda api: Failing(api, "cloudformation:DescribeOrganizationsAccess", error))
        organization.call("EnableAWSServiceAccess", ServicePrincipal=STACK_SETS)
        assert plan(organization, wanted(["trusted_access"], access(STACK_SETS))).changes == ()

    def test_an_operation_that_answers_false_failed(self) -> None:
        operation = "ram:EnableSharingWithAwsOrganization"
        organization = Organization(lambda api: Answering(api, operation, {"returnValue": False}))
        report = organization.execute(plan(organization, wanted(["trusted_access"], access(RAM))))
        assert [each.error for each in report.failed] == [f"{operation}: OperationFailed: the service refused it"]

    def test_another_service_is_not_called_where_only_organizations_has_a_custom_endpoint(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL_ORGANIZATIONS", "http://127.0.0.1:1")
        with pytest.raises(ServiceError, match="Organizations has a custom endpoint and cloudformation has none") as it:
            BotoApi(AwsOptions()).call("cloudformation:ActivateOrganizationsAccess", {})
        assert it.value.help == (
            "set AWS_ENDPOINT_URL_CLOUDFORMATION, or one endpoint for all services with --endpoint-url"
        )


class TestResourceSharing:
    def test_it_is_about_one_service(self) -> None:
        organization = Organization()
        organization.call("EnableAWSServiceAccess", ServicePrincipal="config.amazonaws.com")
        assert steps(apply(organization, wanted([part(RAM)], access(RAM)))) == [f"enable trusted_access:{RAM}"]
        removal = plan(organization, wanted([part(RAM)]))
        assert steps(removal) == [f"disable trusted_access:{RAM}"]
        assert [each.guard for each in removal.guards.violations] == ["deletes.trusted_access"]
        assert [each.address for each in removal.unmanaged if each.kind == "trusted_access"] == []

    def test_the_part_alone_is_read(self) -> None:
        organization = Organization()
        for principal in ("config.amazonaws.com", RAM):
            organization.call("EnableAWSServiceAccess", ServicePrincipal=principal)
        live = organization.live(frozenset(), (part(RAM),))
        assert [each.principal for each in live.of(TrustedAccess)] == [RAM]


class TestDesignations:
    @pytest.mark.parametrize("principal", DESIGNATIONS)
    def test_the_command_is_one_of_the_service(self, principal: str) -> None:
        service, command, option = DESIGNATIONS[principal].command.split()
        model = botocore.session.Session().get_service_model(service)
        (operation,) = [each for each in model.operation_names if xform_name(each, "-") == command]
        shape: Any = model.operation_model(operation).input_shape
        assert option.removeprefix("--") in [xform_name(each, "-") for each in shape.members]


class TestRootAccess:
    def test_it_follows_trusted_access(self) -> None:
        organization = Organization()
        parts = ["trusted_access", "root_access"]
        found = apply(organization, wanted(parts, [*access(IAM), *features("root_credentials", "root_sessions")]))
        assert steps(found) == [
            f"enable trusted_access:{IAM}",
            "enable root_access:root_credentials",
            "enable root_access:root_sessions",
        ]
        assert steps(apply(organization, wanted(parts), "delete")) == [
            "disable root_access:root_credentials",
            "disable root_access:root_sessions",
            f"disable trusted_access:{IAM}",
        ]

    def test_without_trusted_access_it_is_refused_before_the_first_write(self) -> None:
        found = plan(Organization(), wanted(["root_access"], features("root_sessions")))
        assert [each.guard for each in found.guards.violations] == ["refused"]
        assert f"needs trusted access of {IAM}" in found.guards.violations[0].message

    @pytest.mark.parametrize(
        ("condition", "warns"),
        [
            ({"StringLike": {"aws:PrincipalArn": "arn:*:iam::*:root"}}, True),
            ({"ArnLike": {"AWS:PrincipalARN": ["arn:aws:iam::*:root"]}}, True),
            (
                {
                    "StringLike": {"aws:PrincipalArn": "arn:*:iam::*:root"},
                    "BoolIfExists": {"aws:AssumedRoot": "false"},
                },
                False,
            ),
            ({"StringLike": {"aws:PrincipalArn": "arn:*:iam::*:role/x"}}, False),
        ],
    )
    def test_an_scp_that_denies_the_root_user_denies_its_sessions(self, condition: Json, warns: bool) -> None:
        content = deny("*")
        content["Statement"][0]["Condition"] = condition
        base = org(["A"], {}, {"root": content}, {"root": ["A"]})
        desired = wanted(["root_access", "trusted_access"], [*access(IAM), *features("root_sessions")], base)
        assert [each.code for each in plan(Organization(), desired).warnings] == ["W535"] * warns
        unmanaged = wanted(["trusted_access"], access(IAM), base)
        assert plan(Organization(), unmanaged).warnings == ()


class TestResourcePolicy:
    def test_what_the_service_rewrites_is_no_difference(self) -> None:
        organization = Organization()
        desired = wanted(["resource_policy"], [policy(TO_MANAGEMENT)])
        apply(organization, desired)
        stored = organization.call("DescribeResourcePolicy")["ResourcePolicy"]["Content"]
        assert stored.startswith('{"Statement":[{"Effect":"Allow",')
        assert json.loads(stored)["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"}

    def test_an_account_that_is_created_is_named_by_its_id(self) -> None:
        organization = Organization()
        statement: Json = {**LIST, "Principal": {"AWS": reference("account:audit")}}
        desired = wanted(["resource_policy"], [policy(statement)], org([], {"audit": "/"}))
        assert steps(apply(organization, desired)) == ["create account:audit", "create resource_policy:/"]
        id = organization.id_of("email:audit@example.com")
        assert f"arn:aws:iam::{id}:root" in organization.call("DescribeResourcePolicy")["ResourcePolicy"]["Content"]

    def test_it_stays_where_it_names_an_account_that_is_ignored_or_has_not_joined(self) -> None:
        organization = Organization()
        statement: Json = {**LIST, "Principal": {"AWS": reference("account:audit")}}
        desired = wanted(["resource_policy"], [policy(statement)], org([], {"audit": "/"}))
        apply(organization, desired)
        live = organization.live(frozenset({"scp"}), ("resource_policy",))
        asked = {"email": "other@example.com", "invite": True}
        ignoring = planner.PlannerSettings(ignore={"accounts": ["audit"]})
        invited = desired.with_resources(
            each.model_copy(update=asked) if isinstance(each, Account) else each for each in desired.resources
        )
        found = planner.plan(desired, live, ignoring, planner.PlanRequest()).plan
        assert "delete resource_policy:/" not in steps(found)
        with pytest.raises(ReconcilerError, match="resource_policy:/ refers to account:audit, which will not exist"):
            planner.plan(invited, live, planner.PlannerSettings(), planner.PlanRequest())

    def test_an_account_outside_of_the_organization_is_refused_before_the_first_write(self) -> None:
        desired = wanted(["resource_policy"], [policy({**LIST, "Principal": {"AWS": "999999999999"}})])
        (found,) = plan(Organization(), desired).guards.violations
        assert found.guard == "refused"
        assert "names the account 999999999999, which is not in the organization" in found.message

    def test_tags_are_set_with_the_creation_and_changed_on_their_own(self) -> None:
        organization = Organization()
        apply(organization, wanted(["resource_policy"], [policy(TO_MANAGEMENT, tags={"a": "1"})]))
        assert organization.counting.calls["TagResource"] == 0
        apply(organization, wanted(["resource_policy"], [policy(TO_MANAGEMENT, tags={"b": "2"})]))
        calls = organization.counting.calls
        assert (calls["PutResourcePolicy"], calls["TagResource"], calls["UntagResource"]) == (1, 1, 1)

    @pytest.mark.parametrize("tags", [None, {"a": "1"}])
    def test_a_lost_answer_is_no_second_policy(self, tags: dict[str, str] | None) -> None:
        organization = Organization(lambda api: LosingOnce(api, "PutResourcePolicy"))
        desired = wanted(["resource_policy"], [policy(TO_MANAGEMENT, tags=tags)])
        apply(organization, desired)
        assert organization.counting.calls["PutResourcePolicy"] == 2

    def test_a_policy_that_somebody_else_made_meanwhile_is_kept(self) -> None:
        organization = Organization()
        desired = wanted(["resource_policy"], [policy(TO_MANAGEMENT, tags={"a": "1"})])
        found = plan(organization, desired)
        other = {"Statement": [{**LIST, "Effect": "Deny", "Principal": "*"}]}
        organization.call("PutResourcePolicy", Content=json.dumps(other))
        report = organization.execute(found)
        assert [each.error for each in report.failed] == [
            "DescribeResourcePolicy: AnotherResourcePolicy: the service refused it"
        ]
        assert json.loads(organization.call("DescribeResourcePolicy")["ResourcePolicy"]["Content"]) == other

    @pytest.mark.parametrize(
        "principal",
        [
            "*",
            {"AWS": "*"},
            {"AWS": MANAGEMENT},
            {"AWS": [f"arn:aws:iam::{MANAGEMENT}:root", f"arn:aws-cn:iam::{MANAGEMENT}:root"]},
            {"AWS": reference("account:a")},
            {"AWS": f"arn:aws:iam::{reference('account:a')}:root"},
            {"Service": "config.amazonaws.com"},
        ],
    )
    def test_accepted_principals(self, principal: Json) -> None:
        assert list(refusals({"Statement": {**LIST, "Principal": principal}})) == []

    @pytest.mark.parametrize(
        "principal",
        [{"AWS": f"{MANAGEMENT}:root"}, {"AWS": f"arn:aws:iam::{MANAGEMENT}:user/a"}, {"AWS": 5}, {"AWS": "11112222"}],
    )
    def test_refused_principals(self, principal: Json) -> None:
        document: Json = {"Statement": {**LIST, "Principal": principal}}
        assert [each.reason for each in refusals(document)] == ["INVALID_RESOURCE_POLICY_JSON"]
        assert list(accounts_in(document)) == []


class TestADelegate:
    """A member account that runs the program."""

    def plan(self, desired: Inventory, caller: str) -> list[str]:
        organization = Organization()
        result = planner.plan(
            desired,
            organization.live(
                frozenset(desired.scope.policy_types or ()), ("trusted_access", "resource_policy", "root_access")
            ),
            RULES,
            planner.PlanRequest(),
        )
        api = Answering(organization.api, "sts:GetCallerIdentity", {"Arn": caller})
        connection = Connection(api, None, None, organization.clock)
        return [each.message for each in with_limits_of_a_delegate(result, connection).plan.warnings]

    def test_what_it_cannot_do_is_known_before_the_plan_is_applied(self) -> None:
        resources = [*access(IAM), *features("root_sessions"), policy(TO_MANAGEMENT)]
        desired = wanted(["trusted_access", "root_access", "resource_policy"], resources, org(["A"], {"a": "A"}))
        (found,) = self.plan(desired, "arn:aws:sts::444455556666:assumed-role/deploy/run")
        assert found == (
            "the credentials are of the member account 444455556666, and only the management account 123456789012 can "
            f"change trusted_access:{IAM}, root_access:root_sessions, resource_policy:/, ou:A, account:a: AWS "
            "Organizations cannot delegate these"
        )

    def test_policies_can_be_delegated(self) -> None:
        desired = wanted([], base=org([], {}, {"p": deny("s3:*")}, {"p": ["/"]}, tags={"/": {"a": "b"}}))
        assert self.plan(desired, "arn:aws:sts::444455556666:assumed-role/deploy/run") == []

    def test_the_management_account_can_do_everything(self) -> None:
        desired = wanted(["trusted_access"], access(IAM))
        assert self.plan(desired, f"arn:aws:sts::{MANAGEMENT}:assumed-role/deploy/run") == []


class Failing:
    """An `Api` of which one operation fails."""

    def __init__(self, api: Api, operation: str, error: ReconcilerError) -> None:
        self._api, self._operation, self._error = api, operation, error

    def call(self, operation: str, params: Params) -> Response:
        if operation == self._operation:
            raise self._error
        return self._api.call(operation, params)


class Answering:
    """An `Api` of which one operation always has the same answer."""

    def __init__(self, api: Api, operation: str, answer: Response) -> None:
        self._api, self._operation, self._answer = api, operation, answer

    def call(self, operation: str, params: Params) -> Response:
        return self._answer if operation == self._operation else self._api.call(operation, params)


class LosingOnce:
    """An `Api` that loses the first answer of an operation."""

    def __init__(self, api: Api, operation: str) -> None:
        self._api, self._operation, self._lost = api, operation, False

    def call(self, operation: str, params: Params) -> Response:
        answer = self._api.call(operation, params)
        if operation == self._operation and not self._lost:
            self._lost = True
            raise ServiceError(operation, "ConnectionError", "the connection was cut")
        return answer
