"""Amazon SNS and Amazon EventBridge, as far as notifications need them: every topic and bus exists, and nobody reads
what is sent."""

from __future__ import annotations

from hashlib import sha256

from reconciler.mock.backend import Backend
from reconciler.mock.other_services.service import Service
from reconciler.mock.refusal import Refusal
from reconciler.model.api import Params, Response

_LARGEST_MESSAGE = 262_144
"""Bytes of UTF-8. https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html"""
_LONGEST_SUBJECT = 100


def message_fits(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    if len(params["Message"].encode()) > _LARGEST_MESSAGE:
        raise Refusal("InvalidParameter", "Invalid parameter: Message too long")


def subject_is_short_ascii(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    subject = params.get("Subject", "subject")
    if not (subject.isascii() and subject.isprintable() and 0 < len(subject) <= _LONGEST_SUBJECT):
        raise Refusal("InvalidParameter", "Invalid parameter: Subject")


def fifo_topic_has_a_group(organization: Backend, params: Params) -> None:
    """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    if str(params.get("TopicArn")).endswith(".fifo") and not params.get("MessageGroupId"):
        raise Refusal("InvalidParameter", "Invalid parameter: The MessageGroupId parameter is required for FIFO topics")


def publish(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    return {"MessageId": _id(organization, params["Message"])}


def put_events(organization: Backend, params: Params) -> Response:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"""
    entries = [{"EventId": _id(organization, each.get("Detail", ""))} for each in params["Entries"]]
    return {"FailedEntryCount": 0, "Entries": entries}


def _id(organization: Backend, content: str) -> str:
    digest = sha256(f"{organization.organization.id} {organization.clock()} {content}".encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


SERVICES = (
    Service(
        "sns",
        "sns",
        {"Publish": publish},
        invalid="InvalidParameter",
        rules={"Publish": (message_fits, subject_is_short_ascii, fifo_topic_has_a_group)},
    ),
    Service("events", "events", {"PutEvents": put_events}, invalid="ValidationException"),
)
