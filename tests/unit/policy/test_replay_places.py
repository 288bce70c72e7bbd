"""Recorded calls that cross accounts, of accounts that move, and of callers without credentials."""

from __future__ import annotations

from typing import Any

from reconciler.model.impact import NewlyDenied
from reconciler.policy.evaluation.chains import Chain, Level, attached
from reconciler.policy.impact.replay import replay
from reconciler.policy.language.context import OrganizationContext
from tests.unit.policy.organizations import FULL, deny_rcp

ONE, OTHER = "111111111111", "222222222222"
IDS = {"account:one": ONE, "account:other": OTHER}
BY_ROLE = {
    "type": "AssumedRole",
    "accountId": ONE,
    "sessionContext": {"sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::{ONE}:role/app"}},
}


def place(ou: str) -> OrganizationContext:
    paths = {ONE: f"o-ours/r-root/{ou}/", OTHER: "o-ours/r-root/ou-b/"}
    return OrganizationContext("o-ours", frozenset(paths), paths)


def chains(**rcps: Any) -> dict[str, Chain]:
    """Both accounts under one root, each with its own RCP."""
    root = Level("root:/", (attached("full", "scp", FULL),))
    found = {}
    for address, account in IDS.items():
        rcp = rcps.get(address.partition(":")[2])
        own = Level(address, (attached("full", "scp", FULL),), (attached("limit", "rcp", rcp),) if rcp else ())
        found[address] = Chain(address, account, (root, own))
    return found


def get_object(identity: dict[str, Any], recipient: str, owner: str) -> dict[str, Any]:
    return {
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "awsRegion": "eu-west-1",
        "recipientAccountId": recipient,
        "userIdentity": identity,
        "requestParameters": {"bucketName": "data", "key": "x"},
        "resources": [
            {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::data/x"},
            {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::data", "accountId": owner},
        ],
    }


def denied(
    record: dict[str, Any],
    before: dict[str, Chain],
    after: dict[str, Chain],
    places: tuple[OrganizationContext, OrganizationContext],
) -> tuple[NewlyDenied, ...]:
    found = replay([record], before, after, places=places)
    assert (found.records, found.replayed) == (1, 1)
    return found.newly_denied


SAME = (place("ou-a"), place("ou-a"))


def test_the_policies_of_the_account_that_owns_the_resource_count() -> None:
    record = get_object(BY_ROLE, recipient=ONE, owner=OTHER)
    (found,) = denied(record, chains(), chains(other=deny_rcp("s3:*")), SAME)
    assert (found.action, found.condition) == ("s3:GetObject", None)
    assert found.blocked_by is not None
    assert found.blocked_by.level == "account:other"


def test_a_caller_that_moves_loses_what_its_path_allowed() -> None:
    limit = deny_rcp(
        "s3:*", condition={"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": "o-ours/r-root/ou-a/*"}}
    )
    limited = chains(other=limit)
    for recipient in (ONE, OTHER):
        record = get_object(BY_ROLE, recipient, owner=OTHER)
        (found,) = denied(record, limited, limited, (place("ou-a"), place("ou-b")))
        assert (found.action, found.condition) == ("s3:GetObject", None)
        assert denied(record, limited, limited, SAME) == ()


def test_a_caller_without_credentials() -> None:
    nobody = {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}
    limit = deny_rcp("s3:*", condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-ours"}})
    record = get_object(nobody, recipient=OTHER, owner=OTHER)
    (found,) = denied(record, chains(), chains(other=limit), SAME)
    assert (found.principal, found.condition) == ("*", None)
