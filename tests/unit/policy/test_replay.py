"""Recorded CloudTrail calls through a change."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.impact import Replay
from reconciler.policy.evaluation.chains import Chain
from reconciler.policy.impact.event_actions import Needed
from reconciler.policy.impact.events import call_of, read_records, succeeded
from reconciler.policy.impact.replay import replay
from reconciler.policy.language.context import OrganizationContext
from tests.unit.policy.organizations import (
    ACCOUNT,
    ACCOUNT_ID,
    OUTSIDE,
    chain,
    deny,
    deny_rcp,
    deny_regions,
    with_full,
)

PUT = (Needed("s3:PutObject"),)
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/team/Dev"
ALL_KEYS = frozenset({
    "aws:sourceip", "aws:viaawsservice", "aws:multifactorauthpresent", "aws:sourcevpce", "aws:sourcevpc",
    "aws:useragent", "aws:currenttime", "aws:userid", "aws:securetransport", "aws:vpceaccount",
})  # fmt: skip


def record(event: str, **fields: Any) -> dict[str, Any]:
    source, _, name = event.partition(":")
    return {
        "eventType": "AwsApiCall",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "eventTime": "2026-10-01T12:00:00Z",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "cli",
        "recipientAccountId": ACCOUNT_ID,
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAX:me",
            "arn": f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/Dev/me",
            "accountId": ACCOUNT_ID,
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "arn": ROLE},
                "attributes": {"mfaAuthenticated": "false"},
            },
        },
        **fields,
    }


def by(identity: dict[str, Any]) -> dict[str, Any]:
    return {"userIdentity": identity}


def run(records: list[dict[str, Any]], before: Chain, after: Chain) -> Replay:
    place = OrganizationContext("o-ours", frozenset({ACCOUNT_ID}))
    return replay(records, {ACCOUNT: before}, {ACCOUNT: after}, places=(place, place))


class TestWhatWouldBeDenied:
    def test_calls_are_counted_by_account_principal_action_and_statement(self) -> None:
        calls = [record("s3:PutBucketPolicy"), record("s3:PutBucketPolicy"), record("ec2:RunInstances")]
        found = run(calls, chain(), chain({}, with_full(deny("s3:Put*"))))
        assert (found.records, found.replayed, found.failed, found.elsewhere) == (3, 3, 0, 0)
        (denied,) = found.newly_denied
        assert (denied.account, denied.principal, denied.action, denied.count) == (
            ACCOUNT,
            ROLE,
            "s3:PutBucketPolicy",
            2,
        )
        assert denied.blocked_by is not None
        assert (denied.blocked_by.policy, denied.blocked_by.statement) == ("ou:Workloads/scp1", 1)
        fields = ["policy", "statement", "index", "level", "type"]
        assert list(denied.model_dump(mode="json")["blocked_by"]) == fields
        assert denied.condition is None

    def test_the_region_and_the_role_are_known(self) -> None:
        calls = [record("ec2:RunInstances", awsRegion=each) for each in ("eu-west-1", "us-east-1", "us-east-1")]
        before, after = (chain(with_full(deny_regions(*each))) for each in (("eu-west-1", "us-east-1"), ("eu-west-1",)))
        assert [each.count for each in run(calls, before, after).newly_denied] == [2]

    def test_what_the_record_does_not_tell_is_a_condition(self) -> None:
        after = chain(with_full(deny("ec2:*", condition={"StringNotEquals": {"ec2:InstanceType": "t3.micro"}})))
        (denied,) = run([record("ec2:RunInstances")], chain(), after).newly_denied
        assert denied.condition == "denied unless ec2:InstanceType is t3.micro"

    def test_a_missing_allow(self) -> None:
        (denied,) = run([record("s3:PutBucketPolicy")], chain(), chain({"scp": []})).newly_denied
        assert (denied.missing_allow_at, denied.blocked_by) == (("root:/",), None)

    def test_what_was_denied_before_is_no_news(self) -> None:
        before, after = chain(with_full(deny("s3:*"))), chain(with_full(deny("s3:*")), with_full(deny("s3:Put*")))
        assert run([record("s3:PutBucketPolicy")], before, after).newly_denied == ()

    def test_a_condition_that_was_there_before_is_no_news(self) -> None:
        old = deny("ec2:*", condition={"Bool": {"ec2:Encrypted": "false"}})
        after = chain(with_full(old), with_full(deny("ec2:Run*", condition={"Bool": {"ec2:Encrypted": "false"}})))
        assert run([record("ec2:RunInstances")], chain(with_full(old)), after).newly_denied == ()

    def test_a_service_and_a_caller_from_outside(self) -> None:
        condition = {
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-ours"},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        }
        calls = [
            record("s3:PutObject", **by({"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"})),
            record("s3:PutObject", **by({"type": "AWSAccount", "accountId": OUTSIDE})),
        ]
        (denied,) = run(calls, chain(), chain({"rcp": [deny_rcp("s3:*", condition=condition)]})).newly_denied
        assert denied.principal == f"arn:aws:iam::{OUTSIDE}:role/*"

    def test_certain_losses_come_first_then_the_frequent_ones(self) -> None:
        after = chain(with_full(deny("s3:*", "sqs:*"), deny("ec2:*", condition={"Bool": {"ec2:Public": "true"}})))
        calls = [
            *(record("ec2:RunInstances") for _ in range(5)),
            record("sqs:CreateQueue"),
            *(record("s3:PutObject"),) * 2,
        ]
        assert [each.count for each in run(calls, chain(), after).newly_denied] == [2, 1, 5]

    def test_a_new_action_that_the_catalogue_does_not_list(self) -> None:
        after = chain(with_full(deny_regions("eu-central-1")))
        found = run([record("ec2:DoSomethingNew")], chain(), after)
        (denied,) = found.newly_denied
        assert (denied.action, denied.condition) == ("ec2:DoSomethingNew", "the call needed ec2:DoSomethingNew")
        assert found.replayed == 0


class TestWhatIsNotReplayed:
    def test_calls_that_failed_and_events_that_are_no_calls(self) -> None:
        others = [record("s3:PutObject", errorCode="AccessDenied"), record("s3:PutObject", eventType="AwsServiceEvent")]
        found = run(others, chain(), chain(with_full(deny("s3:*"))))
        assert (found.failed, found.replayed, found.newly_denied) == (2, 0, ())
        assert not any(map(succeeded, others))

    def test_calls_of_accounts_that_are_not_in_the_organization(self) -> None:
        found = run([record("s3:PutObject", recipientAccountId=OUTSIDE)], chain(), chain(with_full(deny("*"))))
        assert (found.elsewhere, found.replayed) == (1, 0)


class TestContext:
    def of(self, **fields: Any) -> dict[str, tuple[str, ...]]:
        return dict(call_of(record("s3:PutObject", **fields), PUT, ALL_KEYS, with_resource=True).context)

    def test_what_a_record_tells(self) -> None:
        assert self.of() == {
            "aws:sourceip": ("192.0.2.7",),
            "aws:viaawsservice": ("false",),
            "aws:multifactorauthpresent": ("false",),
            "aws:sourcevpce": (),
            "aws:sourcevpc": (),
            "aws:vpceaccount": (),
            "aws:useragent": ("cli",),
            "aws:currenttime": ("2026-10-01T12:00:00Z",),
            "aws:userid": ("AROAX:me",),
        }

    def test_an_endpoint_and_tls(self) -> None:
        found = self.of(vpcEndpointId="vpce-1", tlsDetails={"tlsVersion": "TLSv1.3"})
        assert found["aws:sourcevpce"] == ("vpce-1",)
        assert found["aws:securetransport"] == ("true",)
        assert "aws:sourcevpc" not in found

    def test_a_service_in_between(self) -> None:
        identity = {**record("s3:x")["userIdentity"], "invokedBy": "cloudformation.amazonaws.com"}
        found = self.of(sourceIPAddress="cloudformation.amazonaws.com", **by(identity))
        assert found["aws:viaawsservice"] == ("true",)
        assert "aws:sourceip" not in found

    def test_a_user_without_a_session_has_no_mfa(self) -> None:
        user = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT_ID}:user/ann", "accountId": ACCOUNT_ID}
        assert self.of(**by(user))["aws:multifactorauthpresent"] == ()

    def test_only_keys_that_are_asked_for(self) -> None:
        assert call_of(record("s3:PutObject"), PUT, frozenset(), with_resource=False).context == ()

    @pytest.mark.parametrize(
        ("fields", "resource", "owner"),
        [
            ({"requestParameters": {"bucketName": "b", "key": "k/x"}}, "arn:aws:s3:::b/k/x", None),
            ({"resources": [{"ARN": "arn:aws:s3:::b", "accountId": OUTSIDE}]}, "arn:aws:s3:::b", OUTSIDE),
            ({"resources": [{"ARN": "a"}, {"ARN": "b"}]}, None, None),
            ({}, None, None),
        ],
    )
    def test_the_resource(self, fields: dict[str, Any], resource: str | None, owner: str | None) -> None:
        call = call_of(record("s3:PutObject", **fields), PUT, ALL_KEYS, with_resource=True)
        assert (call.actions[0].resource, call.resource_account) == (resource, owner)


class TestFiles:
    RECORDS = (record("s3:PutObject"), record("ec2:RunInstances"))

    @pytest.mark.parametrize(
        "written",
        [
            json.dumps({"Records": RECORDS}),
            json.dumps({"Records": RECORDS}, indent=2),
            json.dumps(RECORDS),
            "\n".join(map(json.dumps, RECORDS)) + "\n\n",
            json.dumps({"Events": [{"EventId": "1", "CloudTrailEvent": json.dumps(each)} for each in RECORDS]}),
        ],
        ids=["delivered", "indented", "list", "lines", "lookup-events"],
    )
    @pytest.mark.parametrize("zipped", [False, True])
    def test_all_forms_in_which_records_come(self, tmp_path: Path, written: str, zipped: bool) -> None:
        path = tmp_path / "log"
        path.write_bytes(gzip.compress(written.encode()) if zipped else written.encode())
        assert list(read_records(path)) == list(self.RECORDS)

    def test_what_is_not_json_is_an_error(self, tmp_path: Path) -> None:
        path = tmp_path / "log"
        path.write_text("no json")
        with pytest.raises(ValueError, match="Expecting value"):
            list(read_records(path))

    @pytest.mark.parametrize(
        "written",
        [b'["text"]', b'{"digestStartTime": "2026-10-01T12:00:00Z"}', gzip.compress(b"[{}]" * 100)[:-10]],
        ids=["no object", "no record", "cut off"],
    )
    def test_what_holds_no_records_is_an_error(self, tmp_path: Path, written: bytes) -> None:
        path = tmp_path / "log"
        path.write_bytes(written)
        with pytest.raises(ValueError, match=r"a record|cut off"):
            list(read_records(path))
