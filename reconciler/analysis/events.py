"""CloudTrail records as requests: what was called, by whom, where, and what the record tells of the context.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

Record = Mapping[str, Any]

_PREFIX_OF = {
    "monitoring": "cloudwatch", "email": "ses", "email-smtp": "ses", "tagging": "tag",
    "models.lex": "lex", "runtime.lex": "lex", "runtime.sagemaker": "sagemaker",
    "cloudcontrolapi": "cloudformation", "data.iot": "iot", "streams.dynamodb": "dynamodb",
    "entitlement.marketplace": "aws-marketplace", "metering-marketplace": "aws-marketplace",
}  # fmt: skip
"""IAM's prefix of services whose event source is called differently."""

_ACTION_OF = {
    "s3:listbuckets": "s3:ListAllMyBuckets", "s3:listobjects": "s3:ListBucket", "s3:listobjectsv2": "s3:ListBucket",
    "s3:headbucket": "s3:ListBucket", "s3:headobject": "s3:GetObject", "s3:listobjectversions": "s3:ListBucketVersions",
    "s3:copyobject": "s3:PutObject", "s3:createmultipartupload": "s3:PutObject", "s3:uploadpart": "s3:PutObject",
    "s3:uploadpartcopy": "s3:PutObject", "s3:completemultipartupload": "s3:PutObject",
    "s3:deleteobjects": "s3:DeleteObject", "s3:listparts": "s3:ListMultipartUploadParts",
    "s3:listmultipartuploads": "s3:ListBucketMultipartUploads", "s3:selectobjectcontent": "s3:GetObject",
    "s3:getbucketencryption": "s3:GetEncryptionConfiguration",
    "s3:putbucketencryption": "s3:PutEncryptionConfiguration",
    "s3:deletebucketencryption": "s3:PutEncryptionConfiguration",
    "s3:getbucketlifecycle": "s3:GetLifecycleConfiguration", "s3:putbucketlifecycle": "s3:PutLifecycleConfiguration",
    "s3:deletebucketlifecycle": "s3:PutLifecycleConfiguration",
    "s3:getbucketreplication": "s3:GetReplicationConfiguration",
    "s3:putbucketreplication": "s3:PutReplicationConfiguration",
    "s3:deletebucketreplication": "s3:PutReplicationConfiguration",
    "s3:getbucketpublicaccessblock": "s3:GetBucketPublicAccessBlock",
    "s3:deletebucketpublicaccessblock": "s3:PutBucketPublicAccessBlock",
    "s3:getpublicaccessblock": "s3:GetAccountPublicAccessBlock",
    "s3:putpublicaccessblock": "s3:PutAccountPublicAccessBlock",
    "s3:deletebuckettagging": "s3:PutBucketTagging", "s3:deletebucketcors": "s3:PutBucketCORS",
    "lambda:invoke": "lambda:InvokeFunction",
}  # fmt: skip
"""IAM's name of actions whose event is called differently (in lower case), where one action is checked."""

ABSENT = ""
"""What is read from a record where the key is not in the request; `None` where the record does not tell."""

_API_VERSION = re.compile(r"(20\d{6}(v\d+)?|20\d\d_\d\d_\d\d)$")


class Call(NamedTuple):
    """One recorded call that worked. `recipient` is the account whose trail it is in, `caller` that of the principal;
    `principal` as a request names it."""

    recipient: str
    caller: str | None
    principal: str | None
    action: str
    region: str | None
    resource: str | None
    resource_account: str | None
    context: tuple[tuple[str, tuple[str, ...]], ...]
    """Keys with their value; a key without values is known to be absent."""


def read_records(path: Path) -> Iterator[Record]:
    """The records of one file: a delivered log file (`Records`), an answer of LookupEvents, a list, or JSON lines; any
    of them gzipped. Raises `ValueError` for what is not JSON."""
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rt", encoding="utf-8") if zipped else path.open(encoding="utf-8") as file:
        first = file.readline()
        try:
            document = json.loads(first)
        except ValueError:
            yield from _records(json.loads(first + file.read()))
            return
        yield from _records(document)
        for line in file:
            if line.strip():
                yield from _records(json.loads(line))


def _records(document: Any) -> Iterator[Record]:
    if isinstance(document, list):
        for each in document:
            yield from _records(each)
    elif isinstance(document, dict):
        if "Records" in document or "Events" in document:
            yield from _records(document.get("Records") or document.get("Events"))
        elif isinstance(document.get("CloudTrailEvent"), str):
            yield from _records(json.loads(document["CloudTrailEvent"]))
        else:
            yield document


def worked(record: Record) -> bool:
    """Whether the record is of an API call that succeeded."""
    return record.get("eventType", "AwsApiCall") == "AwsApiCall" and not record.get("errorCode")


def action_of(record: Record) -> str:
    """The IAM action of the call, as far as the event's name tells it."""
    source = str(record.get("eventSource", "")).removesuffix(".amazonaws.com")
    prefix = _PREFIX_OF.get(source, source)
    action = f"{prefix}:{_API_VERSION.sub('', str(record.get('eventName', '')))}"
    return _ACTION_OF.get(action.lower(), action)


def call_of(record: Record, keys: frozenset[str], *, with_resource: bool) -> Call:
    """The call with those context keys (in lower case) that matter, so that calls which are decided alike are equal."""
    identity = record.get("userIdentity") or {}
    resource, owner = _resource(record)
    recipient = str(record.get("recipientAccountId") or identity.get("accountId") or "")
    found = ((key, read(record, identity)) for key, read in _CONTEXT if key in keys)
    context = ((key, (value,) if value else ()) for key, value in found if value is not None)
    return Call(
        recipient=recipient,
        caller=identity.get("accountId"),
        principal=_principal(identity),
        action=action_of(record),
        region=record.get("awsRegion"),
        resource=resource if with_resource else None,
        resource_account=owner,
        context=tuple(context),
    )


def _principal(identity: Mapping[str, Any]) -> str | None:
    """The caller as a request names it: a role by its own ARN (with its path), a service by its name.
    Of a caller from another account only the account is recorded."""
    match identity.get("type"):
        case "AWSService":
            return identity.get("invokedBy") or "aws.internal"
        case "AWSAccount":
            return f"arn:aws:iam::{identity.get('accountId')}:role/*"
        case "AssumedRole":
            issuer = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
            return issuer.get("arn") or identity.get("arn")
        case _:
            return identity.get("arn") or ("*" if identity.get("accountId") == "ANONYMOUS_PRINCIPAL" else None)


def _resource(record: Record) -> tuple[str | None, str | None]:
    """The ARN of the resource and the account that owns it, where the record has them."""
    parameters = record.get("requestParameters")
    bucket = parameters.get("bucketName") if isinstance(parameters, dict) else None
    owner = None
    for each in record.get("resources") or ():
        owner = owner or each.get("accountId")
    if bucket and record.get("eventSource") == "s3.amazonaws.com" and isinstance(parameters, dict):
        key = parameters.get("key")
        return f"arn:aws:s3:::{bucket}{f'/{key}' if key else ''}", owner
    arns = [each.get("ARN") or each.get("arn") for each in record.get("resources") or ()]
    return (arns[0] if len(arns) == 1 else None), owner


def _source_ip(record: Record, _identity: Mapping[str, Any]) -> str | None:
    address = record.get("sourceIPAddress")
    try:
        return str(ip_address(address)) if address else None
    except ValueError:
        return None


def _via_service(record: Record, identity: Mapping[str, Any]) -> str:
    via = identity.get("invokedBy") and identity.get("type") != "AWSService"
    return "true" if via else "false"


def _mfa(_record: Record, identity: Mapping[str, Any]) -> str | None:
    session = identity.get("sessionContext")
    if session is None and identity.get("type") == "IAMUser":
        return ABSENT
    found: str | None = ((session or {}).get("attributes") or {}).get("mfaAuthenticated")
    return found


def _endpoint(name: str) -> Callable[[Record, Mapping[str, Any]], str | None]:
    """A field of calls through a VPC endpoint, which other calls do not have."""
    return lambda record, _identity: record.get(name) or (None if record.get("vpcEndpointId") else ABSENT)


def _text(name: str) -> Callable[[Record, Mapping[str, Any]], str | None]:
    return lambda record, _identity: record.get(name)


_CONTEXT: tuple[tuple[str, Callable[[Record, Mapping[str, Any]], str | None]], ...] = (
    ("aws:sourceip", _source_ip),
    ("aws:viaawsservice", _via_service),
    ("aws:multifactorauthpresent", _mfa),
    ("aws:sourcevpce", _endpoint("vpcEndpointId")),
    ("aws:sourcevpc", _endpoint("vpcId")),
    ("aws:vpceaccount", _endpoint("vpcEndpointAccountId")),
    ("aws:useragent", _text("userAgent")),
    ("aws:currenttime", _text("eventTime")),
    ("aws:userid", lambda _record, identity: identity.get("principalId")),
    ("aws:securetransport", lambda record, _identity: "true" if record.get("tlsDetails") else None),
)
