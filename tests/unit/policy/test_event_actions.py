"""Which actions a recorded call needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from reconciler.policy.impact.event_actions import EventActions
from reconciler.policy.impact.event_names import NEEDS, OF_A_VERSION, PREFIXES, api_gateway
from reconciler.policy.language.catalogue import catalogue
from tests.unit.policy.organizations import chain, deny, with_full
from tests.unit.policy.test_replay import record, run

EVENTS = EventActions(catalogue())


def needed(event: str, **parameters: Any) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The actions that the call surely needs, and those that it may need."""
    source, _, name = event.partition(":")
    found = EVENTS.needed(f"{source}.amazonaws.com", name, parameters)
    if found is None:
        return None
    return tuple(each.action for each in found if each.certain), tuple(
        each.action for each in found if not each.certain
    )


@pytest.mark.parametrize(
    ("event", "actions"),
    [
        ("ec2:RunInstances", "ec2:RunInstances"),
        ("lambda:CreateFunction20150331", "lambda:CreateFunction"),
        ("lambda:UpdateFunctionCode20150331v2", "lambda:UpdateFunctionCode"),
        ("lambda:ListFunctions20150331", "lambda:ListFunctions"),
        ("lambda:GetLayerVersionByArn20181031", "lambda:GetLayerVersion"),
        ("lambda:Invoke", "lambda:InvokeFunction"),
        ("lambda:InvokeWithResponseStream", "lambda:InvokeFunction"),
        ("cloudfront:CreateDistribution2020_05_31", "cloudfront:CreateDistribution"),
        (
            "cloudfront:CreateDistributionWithTags2020_05_31",
            "cloudfront:CreateDistribution cloudfront:TagResource",
        ),
        ("monitoring:PutMetricAlarm", "cloudwatch:PutMetricAlarm"),
        ("email:SendEmail", "ses:SendEmail"),
        ("ses:SendEmail", "ses:SendEmail"),
        ("tagging:GetResources", "tag:GetResources"),
        ("states:StartExecution", "states:StartExecution"),
        ("sso-directory:CreateUser", "sso-directory:CreateUser"),
        ("autoscaling:RegisterScalableTarget", "application-autoscaling:RegisterScalableTarget"),
        ("applicationautoscaling:RegisterScalableTarget", "application-autoscaling:RegisterScalableTarget"),
        ("cloudcontrolapi:CreateResource", "cloudformation:CreateResource"),
        ("rdsdata:ExecuteStatement", "rds-data:ExecuteStatement"),
        ("bedrock:Converse", "bedrock:InvokeModel"),
        ("bedrock-runtime:ConverseStream", "bedrock:InvokeModelWithResponseStream"),
        ("sqs:SendMessageBatch", "sqs:SendMessage"),
        ("sqs:DeleteMessageBatch", "sqs:DeleteMessage"),
        ("sns:PublishBatch", "sns:Publish"),
        ("kms:ReEncrypt", "kms:ReEncryptFrom kms:ReEncryptTo"),
        ("budgets:UpdateBudget", "budgets:ModifyBudget"),
        ("dynamodb:BatchGetItem", "dynamodb:BatchGetItem"),
        ("dynamodb:TransactGetItems", "dynamodb:GetItem"),
        ("apigateway:CreateRestApi", "apigateway:POST"),
        ("apigateway:ImportRestApi", "apigateway:POST"),
        ("apigateway:ImportApi", "apigateway:PUT"),
        ("apigateway:FlushStageCache", "apigateway:DELETE"),
        ("apigateway:UpdateStage", "apigateway:PATCH"),
        ("apigateway:CreatePortal", "apigateway:CreatePortal"),
        ("s3:ListBuckets", "s3:ListAllMyBuckets"),
        ("s3:ListObjects", "s3:ListBucket"),
        ("s3:HeadBucket", "s3:ListBucket"),
        ("s3:HeadObject", "s3:GetObject"),
        ("s3:UploadPart", "s3:PutObject"),
        ("s3:PutBucketInventoryConfiguration", "s3:PutInventoryConfiguration"),
        ("s3:ListBucketMetricsConfigurations", "s3:GetMetricsConfiguration"),
        ("s3:DeleteBucketCors", "s3:PutBucketCORS"),
        ("s3:CreateSession", "s3express:CreateSession"),
        ("s3express:CreateBucket", "s3express:CreateBucket"),
        ("s3express:PutObject", "s3express:CreateSession"),
        ("sts:GetCallerIdentity", ""),
    ],
)
def test_what_an_event_needs(event: str, actions: str) -> None:
    assert needed(event) == (tuple(actions.split()), ())


@pytest.mark.parametrize(
    ("event", "parameters", "certain", "possible"),
    [
        ("s3:GetObject", {"versionId": "v1"}, ("s3:GetObjectVersion",), ()),
        ("s3:GetObject", {"key": "k"}, ("s3:GetObject",), ()),
        ("s3:PutObject", {"key": "k"}, ("s3:PutObject",), ()),
        ("s3:PutObject", {"x-amz-acl": "private"}, ("s3:PutObject", "s3:PutObjectAcl"), ()),
        ("s3:PutObject", {}, ("s3:PutObject",), ("s3:PutObjectTagging", "s3:PutObjectAcl")),
        (
            "s3:CopyObject",
            {"x-amz-copy-source": "/from/a%20key?versionId=1"},
            ("s3:PutObject", "s3:GetObjectVersion"),
            ("s3:GetObjectTagging", "s3:PutObjectTagging"),
        ),
        (
            "dynamodb:TransactWriteItems",
            {},
            (),
            ("dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"),
        ),
        (
            "autoscaling:PutScalingPolicy",
            {},
            (),
            ("autoscaling:PutScalingPolicy", "application-autoscaling:PutScalingPolicy"),
        ),
    ],
)
def test_what_depends_on_the_input(
    event: str, parameters: dict[str, Any], certain: tuple[str, ...], possible: tuple[str, ...]
) -> None:
    assert needed(event, **parameters) == (certain, possible)


@pytest.mark.parametrize(
    "event", ["ec2:DoSomethingNew", "sso:GetRoleCredentials", "nosuchservice:RunInstances", ":RunInstances", "ec2:"]
)
def test_what_is_not_known_is_not_guessed(event: str) -> None:
    assert needed(event) is None


def test_every_action_and_prefix_of_the_table_exists() -> None:
    known = catalogue()
    actions = {action for needs in NEEDS.values() for action in (*needs.every, *needs.some, *needs.read)}
    actions |= {*OF_A_VERSION, *OF_A_VERSION.values()}
    assert {each for each in actions if known.listed_name(each) != each} == set()
    assert {prefix for prefixes in PREFIXES.values() for prefix in prefixes} <= known.services.keys()


ONLY_EVENTS = {"deletemultipleobjects", "deleteaccountpublicaccessblock", "deletebucketpublicaccessblock"}
"""Events of S3 that are not called like an operation of the SDK."""


SERVICES = """accessanalyzer apigatewaymanagementapi bcm-pricing-calculator bedrock-agent-runtime bedrock-runtime
budgets cloudfront cloudsearchdomain detective dms dynamodb keyspaces kms lambda neptunedata s3 s3control sns sqs sts
timestream-query verifiedpermissions"""
"""The services of the SDK whose calls are in the table."""


def operations(service: str) -> Iterator[tuple[str, str]]:
    """The name and the HTTP method of each operation."""
    model = botocore.session.get_session().get_service_model(service)
    for name in model.operation_names:
        yield name, model.operation_model(name).http.get("method", "")


def test_every_event_of_the_table_is_an_operation() -> None:
    names = {name.lower() for service in SERVICES.split() for name, _ in operations(service)}
    assert {key.partition(":")[2] for key in NEEDS} - names - ONLY_EVENTS == set()


@pytest.mark.parametrize("service", ["apigateway", "apigatewayv2"])
def test_api_gateway_goes_by_the_method_of_each_operation(service: str) -> None:
    for name, method in operations(service):
        found = api_gateway(name)
        if catalogue().listed_name(f"apigateway:{name}") is None:
            assert found is not None, name
            assert f"apigateway:{method}" in (found.every or found.some), name


class TestReplay:
    @pytest.mark.parametrize(
        ("event", "denied"),
        [
            ("bedrock:Converse", "bedrock:InvokeModel"),
            ("sqs:SendMessageBatch", "sqs:SendMessage"),
            ("kms:ReEncrypt", "kms:ReEncryptFrom"),
            ("kms:ReEncrypt", "kms:ReEncryptTo"),
            ("apigateway:CreateRestApi", "apigateway:POST"),
            ("lambda:InvokeWithResponseStream", "lambda:InvokeFunction"),
            ("s3:PutBucketInventoryConfiguration", "s3:PutInventoryConfiguration"),
            ("s3:CopyObject", "s3:GetObject"),
            ("s3:CopyObject", "s3:PutObject"),
        ],
    )
    def test_a_call_is_denied_where_an_action_that_it_needs_is(self, event: str, denied: str) -> None:
        found = run([record(event)], chain(), chain(with_full(deny(denied))))
        assert [(each.action, each.count, each.condition) for each in found.newly_denied] == [(denied, 1, None)]
        assert (found.replayed, found.not_understood) == (1, ())

    def test_an_action_that_not_every_call_needs_is_a_condition(self) -> None:
        (denied,) = run(
            [record("dynamodb:TransactWriteItems")], chain(), chain(with_full(deny("dynamodb:DeleteItem")))
        ).newly_denied
        assert (denied.action, denied.condition) == ("dynamodb:DeleteItem", "the call needed dynamodb:DeleteItem")

    def test_where_each_of_several_is_denied_the_call_surely_is(self) -> None:
        after = chain(with_full(deny("dynamodb:*Item")))
        (denied,) = run([record("dynamodb:TransactWriteItems")], chain(), after).newly_denied
        assert denied.condition is None

    def test_the_source_of_a_copy_is_its_resource(self) -> None:
        statement = deny("s3:GetObject", resource="arn:aws:s3:::from/*")
        calls = [
            record("s3:CopyObject", requestParameters={"bucketName": "to", "key": "k", "x-amz-copy-source": each})
            for each in ("from/k", "/from/k", "elsewhere/k")
        ]
        (denied,) = run(calls, chain(), chain(with_full(statement))).newly_denied
        assert (denied.action, denied.count, denied.condition) == ("s3:GetObject", 2, None)

    def test_what_is_not_understood_is_counted_by_name_and_not_as_replayed(self) -> None:
        calls = [record("ec2:New"), record("new:DoIt"), record("new:DoIt"), record("ec2:RunInstances")]
        found = run(calls, chain(), chain(with_full(deny("s3:*"))))
        assert (found.records, found.replayed) == (4, 1)
        assert [(each.event_source, each.event_name, each.count) for each in found.not_understood] == [
            ("new.amazonaws.com", "DoIt", 2),
            ("ec2.amazonaws.com", "New", 1),
        ]

    def test_a_call_that_needs_no_permission_is_never_denied(self) -> None:
        found = run([record("sts:GetCallerIdentity")], chain(), chain(with_full(deny("*"))))
        assert (found.replayed, found.newly_denied) == (1, ())

    @pytest.mark.parametrize(
        "fields",
        [
            {"userIdentity": "text"},
            {"requestParameters": ["text"], "resources": "text"},
            {"eventName": 7, "eventSource": None},
            {"awsRegion": 7, "sourceIPAddress": [], "resources": [7]},
        ],
    )
    def test_a_record_of_an_odd_shape_is_no_crash(self, fields: dict[str, Any]) -> None:
        assert run([record("s3:PutObject", **fields)], chain(), chain(with_full(deny("s3:*")))).records == 1
