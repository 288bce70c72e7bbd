"""What AWS is asked about policies, and how its answers are read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from reconciler.aws.boto import BotoApi
from reconciler.aws.layers import ReadOnly
from reconciler.aws.online import CODES, findings, recorded_calls, simulated
from reconciler.aws.services import SERVICES
from reconciler.aws.sessions import AwsOptions
from reconciler.errors import NotAllowed, ReadFailed
from reconciler.model.api import Params, Response
from reconciler.model.base import Json
from reconciler.model.diagnostic import Finding
from reconciler.model.policy_types import POLICY_TYPES
from tests.building import ALLOW_ALL as FULL
from tests.building import deny
from tests.unit.aws.stubbed import Aws

ALLOW_ALL = cast("Json", FULL)
DENY = deny("s3:*")
API = ReadOnly(BotoApi(AwsOptions(region="eu-west-1")))
SINCE = datetime(2026, 11, 8, tzinfo=UTC)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    made = Aws(monkeypatch)
    yield made
    made.was_asked_everything()


def asked(document: Any, policy_type: str = "SERVICE_CONTROL_POLICY", **more: Any) -> dict[str, Any]:
    return {"policyType": policy_type, "policyDocument": json.dumps(document, separators=(",", ":")), **more}


def finding(type: str = "WARNING", path: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    position = {"line": 1, "column": 0, "offset": 0}
    return {
        "findingType": type,
        "issueCode": "SOME_ISSUE",
        "findingDetails": "Change it.",
        "learnMoreLink": "https://docs.aws.amazon.com/x",
        "locations": [] if path is None else [{"path": path, "span": {"start": position, "end": position}}],
    }


class TestAccessAnalyzer:
    def test_every_page_is_read(self, aws: Aws) -> None:
        operation = "accessanalyzer:ValidatePolicy"
        aws.answers(operation, asked(DENY), {"findings": [finding()], "nextToken": "2"})
        aws.answers(operation, asked(DENY, nextToken="2"), {"findings": [], "nextToken": "3"})
        aws.answers(operation, asked(DENY, nextToken="3"), {"findings": [finding("ERROR")]})
        assert [each.code for each in findings(API, "scp", DENY)] == ["A003", "A001"]

    def test_pages_that_never_end(self, aws: Aws) -> None:
        operation = "accessanalyzer:ValidatePolicy"
        aws.answers(operation, asked(DENY), {"findings": [], "nextToken": "2"})
        aws.answers(operation, asked(DENY, nextToken="2"), {"findings": [], "nextToken": "2"})
        with pytest.raises(ReadFailed, match="same page token"):
            list(findings(API, "scp", DENY))

    def test_a_finding_has_its_place_and_its_link(self, aws: Aws) -> None:
        path: list[dict[str, Any]] = [{"value": "Statement"}, {"index": 0}, {"key": "Action"}]
        path.append({"substring": {"start": 0, "length": 1}})
        answer = {"findings": [finding("SECURITY_WARNING", path), finding("SUGGESTION")]}
        aws.answers("accessanalyzer:ValidatePolicy", asked(DENY, "RESOURCE_CONTROL_POLICY"), answer)
        help, message = "see https://docs.aws.amazon.com/x", "Change it (SOME_ISSUE)"
        assert list(findings(API, "rcp", DENY)) == [
            Finding(code="A002", severity="warning", message=message, path=("Statement", 0, "Action"), help=help),
            Finding(code="A004", severity="warning", message=message, help=help),
        ]

    def test_ids_that_are_not_known_yet_look_like_ids(self, aws: Aws) -> None:
        references = "⟨account:a.id⟩ ⟨management:.id⟩ ⟨organization:.id⟩ ⟨root:/.id⟩ ⟨ou:A/B.id⟩"
        stand_ins = "111122223333 111122223333 o-a1b2c3d4e5 r-a1b2 ou-a1b2-c3d4e5f6"
        aws.answers("accessanalyzer:ValidatePolicy", asked(deny(stand_ins)), {"findings": []})
        assert list(findings(API, "scp", deny(references))) == []

    @pytest.mark.parametrize("short", [each.short for each in POLICY_TYPES if each.short not in ("scp", "rcp")])
    def test_of_other_policies_nothing_is_asked(self, aws: Aws, short: str) -> None:
        assert list(findings(API, short, DENY)) == []

    def test_a_denied_call_names_the_action_as_iam_calls_it(self, aws: Aws) -> None:
        aws.refuses("accessanalyzer:ValidatePolicy", "AccessDeniedException")
        with pytest.raises(NotAllowed, match="not allowed to call access-analyzer:ValidatePolicy"):
            list(findings(API, "scp", DENY))

    def test_only_errors_are_errors(self) -> None:
        assert {each.code: each.severity for each in CODES} == {
            "A001": "error",
            "A002": "warning",
            "A003": "warning",
            "A004": "warning",
        }


def question(*, context: dict[str, tuple[str, list[str]]] | None = None, **more: Any) -> dict[str, Any]:
    entries = [
        {"ContextKeyName": key, "ContextKeyType": type, "ContextKeyValues": values}
        for key, (type, values) in (context or {}).items()
    ]
    policies = [json.dumps(ALLOW_ALL, separators=(",", ":"))]
    return {"PolicyInputList": policies, "ActionNames": ["s3:GetObject"], "ContextEntries": entries, **more}


def decided(decision: str) -> dict[str, Any]:
    return {"EvaluationResults": [{"EvalActionName": "s3:GetObject", "EvalDecision": decision}]}


class TestSimulator:
    def test_the_levels_are_in_the_order_given(self, aws: Aws) -> None:
        levels = [[ALLOW_ALL], [ALLOW_ALL, DENY], [ALLOW_ALL]]
        expected = [
            {"ServiceControlPolicyInputList": [json.dumps(each, separators=(",", ":")) for each in level]}
            for level in levels
        ]
        params = question(OrderedOrganizationPolicyInputList=expected, ResourceArns=["arn:aws:s3:::a/b"])
        aws.answers("iam:SimulateCustomPolicy", params, decided("explicitDeny"))
        found = simulated(API, "s3:GetObject", scps=levels, identity_policy=ALLOW_ALL, resource="arn:aws:s3:::a/b")
        assert found == "explicitDeny"

    def test_without_scps_no_level_is_sent(self, aws: Aws) -> None:
        aws.answers("iam:SimulateCustomPolicy", question(), decided("allowed"))
        assert simulated(API, "s3:GetObject", scps=[], identity_policy=ALLOW_ALL) == "allowed"

    @pytest.mark.parametrize(
        ("operator", "type"),
        [
            ("StringEquals", "string"),
            ("ArnLikeIfExists", "string"),
            ("Null", "string"),
            ("NumericLessThanIfExists", "numeric"),
            ("DateGreaterThan", "date"),
            ("BoolIfExists", "boolean"),
            ("BinaryEquals", "binary"),
            ("NotIpAddress", "ip"),
            ("ForAnyValue:IpAddress", "ipList"),
            ("ForAllValues:StringLike", "stringList"),
        ],
    )
    def test_a_key_has_the_type_that_the_policies_compare(self, aws: Aws, operator: str, type: str) -> None:
        scp = deny("s3:*", **{operator: {"Some:Key": "1"}, "ForAllValues:Bool": {"bool:Key": "true"}})
        level = {"ServiceControlPolicyInputList": [json.dumps(scp, separators=(",", ":"))]}
        context = {
            "some:key": (type, ["1"]),
            "other:key": ("stringList", ["1", "2"]),
            "bool:key": ("booleanList", ["true", "false"]),
        }
        params = question(context=context, OrderedOrganizationPolicyInputList=[level])
        aws.answers("iam:SimulateCustomPolicy", params, decided("allowed"))
        given = {"some:key": ["1"], "other:key": ["1", "2"], "bool:key": ["true", "false"], "absent:key": []}
        simulated(API, "s3:GetObject", scps=[[scp]], identity_policy=ALLOW_ALL, context=given)

    def test_what_is_not_latin_1_is_sent_as_escapes(self, aws: Aws) -> None:
        level = {"ServiceControlPolicyInputList": [r'{"Statement":[{"Sid":"\u03a9"}]}']}
        aws.answers(
            "iam:SimulateCustomPolicy", question(OrderedOrganizationPolicyInputList=[level]), decided("allowed")
        )
        simulated(API, "s3:GetObject", scps=[[{"Statement": [{"Sid": "Ω"}]}]], identity_policy=ALLOW_ALL)


def event(number: int) -> dict[str, Any]:
    return {"EventTime": datetime(2026, 11, 22, 8, number, tzinfo=UTC), "CloudTrailEvent": json.dumps({"id": number})}


class TestEventHistory:
    def look(self, most: int) -> tuple[list[Any], list[datetime]]:
        cut: list[datetime] = []
        found = [each["id"] for each in recorded_calls(API, SINCE, most=most, cut=cut.append)]
        return found, cut

    def test_every_page_is_read(self, aws: Aws) -> None:
        params = {"StartTime": SINCE, "MaxResults": 50}
        aws.answers("cloudtrail:LookupEvents", params, {"Events": [event(3)], "NextToken": "2"})
        aws.answers("cloudtrail:LookupEvents", {**params, "NextToken": "2"}, {"Events": [event(2), event(1)]})
        assert self.look(3) == ([3, 2, 1], [])

    def test_it_stops_at_the_maximum_and_reports_where(self, aws: Aws) -> None:
        params = {"StartTime": SINCE, "MaxResults": 50}
        aws.answers("cloudtrail:LookupEvents", params, {"Events": [event(3), event(2)], "NextToken": "2"})
        assert self.look(1) == ([3], [datetime(2026, 11, 22, 8, 2, tzinfo=UTC)])


def test_cloudtrail_is_asked_where_the_session_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    api = BotoApi(AwsOptions(region="eu-west-1"))
    api._check("cloudtrail:LookupEvents")
    regions = {name: api._client(SERVICES[name], None).meta.region_name for name in ("cloudtrail", "accessanalyzer")}
    assert regions == {"cloudtrail": "eu-west-1", "accessanalyzer": "us-east-1"}


@pytest.mark.parametrize("text", ["", "{", "[]", "5"])
def test_a_record_that_cannot_be_read_is_an_error(text: str) -> None:
    class Recorded:
        def call(self, operation: str, params: Params) -> Response:
            return {"Events": [{"CloudTrailEvent": text}]}

    with pytest.raises(ReadFailed, match="a record that is not"):
        list(recorded_calls(Recorded(), datetime(2026, 11, 1, tzinfo=UTC), most=10, cut=lambda at: None))
