"""CloudTrail: the event history of the management account. Every write of any service is in it at once, by the Region
that records it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from reconciler.errors import ServiceError
from reconciler.mock.backend import Backend
from reconciler.mock.events import RecordedEvent
from reconciler.mock.other_services.service import Service
from reconciler.mock.refusal import Refusal
from reconciler.model.api import Params, Response
from reconciler.model.base import Json

KEPT = timedelta(days=90)
"""https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html"""
PAGE = 50

HOME = "us-east-1"
"""Where the events of services without Regions are.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_cloudtrail-integration.html"""
_REGIONAL = frozenset({"sso", "identitystore"})
_SOURCES = {"": "organizations", "identitystore": "identitystore"}
_HIDDEN = {"CreateAccount": ("email", "accountName"), "CreateGovCloudAccount": ("email", "accountName")}
"""Parameters that a record shows as `****`."""
_ATTRIBUTES: Mapping[str, str] = {
    "EventId": "eventID",
    "EventName": "eventName",
    "EventSource": "eventSource",
    "ReadOnly": "readOnly",
}


def record(backend: Backend, operation: str, params: Params, outcome: Response | ServiceError, agent: str) -> None:
    """Adds a write of the caller at hand to the history, which keeps the newest events.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    """
    prefix, _, name = operation.rpartition(":")
    at, region = backend.clock(), backend.region if prefix in _REGIONAL else HOME
    id = sha256(f"{backend.organization.id} {backend.history.recorded} {at}".encode()).hexdigest()
    id = "-".join((id[:8], id[8:12], id[12:16], id[16:20], id[20:32]))
    hidden = _HIDDEN.get(name, ())
    found: dict[str, Json] = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "Root",
            "principalId": backend.caller,
            "arn": f"arn:aws:iam::{backend.caller}:root",
            "accountId": backend.caller,
        },
        "eventTime": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{_SOURCES.get(prefix, prefix)}.amazonaws.com",
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": agent,
        "requestParameters": {**_lower(params), **dict.fromkeys(hidden, "****")} or None,
        "responseElements": None if isinstance(outcome, ServiceError) else (_lower(outcome) or None),
        "eventID": id,
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": backend.caller,
        "eventCategory": "Management",
    }
    if isinstance(outcome, ServiceError):
        found |= {"errorCode": outcome.code, "errorMessage": outcome.text}
    backend.history = backend.history.with_event(RecordedEvent(id=id, at=at, region=region, record=found))


def _lower(value: Any) -> Any:
    """Names as records have them, which begin with a small letter."""
    if isinstance(value, Mapping):
        return {f"{name[:1].lower()}{name[1:]}": _lower(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_lower(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def one_attribute(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html"""
    attributes = params.get("LookupAttributes", ())
    if len(attributes) > 1 or any(not each["AttributeValue"] for each in attributes):
        raise Refusal("InvalidLookupAttributesException", "You can specify one lookup attribute only.")


def times_in_order(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html"""
    start, end = params.get("StartTime"), params.get("EndTime")
    if start is not None and end is not None and start > end:
        raise Refusal("InvalidTimeRangeException", "The start time is after the end time.")


def lookup_events(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html

    The events of the caller in the Region that is called, of the last 90 days, the newest first.
    """
    now = datetime.fromtimestamp(organization.clock(), UTC)
    start = max(params.get("StartTime") or now - KEPT, now - KEPT)
    end = params.get("EndTime")
    attributes = params.get("LookupAttributes", ())
    found = [
        each
        for each in reversed(organization.history.events)
        if each.region == organization.region
        and each.record["recipientAccountId"] == organization.caller
        and start <= (at := datetime.fromtimestamp(each.at, UTC))
        and (end is None or at <= end)
        and all(_has(each.record, one["AttributeKey"], one["AttributeValue"]) for one in attributes)
    ]
    return {"Events": [_event(each) for each in found]}


def _has(record: Mapping[str, Json], attribute: str, value: str) -> bool:
    name = _ATTRIBUTES.get(attribute)
    if name is None:
        raise Refusal("InvalidLookupAttributesException", f"The mocked organization does not look up {attribute}.")
    found = record[name]
    return (str(found).lower() if isinstance(found, bool) else found) == value


def _event(event: RecordedEvent) -> dict[str, Any]:
    record = event.record
    return {
        "EventId": event.id,
        "EventName": record["eventName"],
        "ReadOnly": "false",
        "EventTime": datetime.fromtimestamp(event.at, UTC),
        "EventSource": record["eventSource"],
        "Username": "root",
        "CloudTrailEvent": json.dumps(record),
    }


SERVICE = Service(
    "cloudtrail",
    "cloudtrail",
    {"LookupEvents": lookup_events},
    rules={"LookupEvents": (one_attribute, times_in_order)},
    lists={"LookupEvents": "Events"},
    page_size=PAGE,
)
