"""CloudTrail records as requests: the call, the caller, the Region, and the context keys that the record has.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import IO, Any, NamedTuple

from reconciler.policy.impact.event_actions import Needed, source_of_copy

Record = Mapping[str, Any]

_ANONYMOUS = "ANONYMOUS_PRINCIPAL"
"""The account of a caller without credentials, in records of S3."""
ABSENT = ""
"""What is read from a record where the key is not in the request; `None` where the record does not show it."""


class RequestedAction(NamedTuple):
    """One action that a call needs, and its resource, where the record has it; `certain` where every such call
    needs it."""

    action: str
    resource: str | None
    certain: bool = True


class Call(NamedTuple):
    """One recorded call that succeeded. `recipient` is the account whose trail it is in, `caller` that of the
    principal; `principal` as a request names it."""

    recipient: str
    caller: str | None
    principal: str | None
    actions: tuple[RequestedAction, ...]
    region: str | None
    resource_account: str | None
    context: tuple[tuple[str, tuple[str, ...]], ...]
    """Keys with their value; a key without values is known to be absent."""


def read_records(path: Path) -> Iterator[Record]:
    """The records of one file: a delivered log file (`Records`), an answer of LookupEvents, a list, or JSON lines; any
    of them gzipped. Raises `ValueError` for what is no JSON or no
    record."""
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path, "rt", encoding="utf-8") if zipped else path.open(encoding="utf-8") as file:
            yield from _records_in(file)
    except (EOFError, zlib.error) as error:
        raise ValueError(f"the gzip file is damaged or cut off: {error}") from error


def _records_in(file: IO[str]) -> Iterator[Record]:
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
    elif not isinstance(document, dict):
        raise ValueError(f"a record is a JSON object, found {json.dumps(document)[:40]}")
    elif isinstance(document.get("Records", document.get("Events")), list):
        yield from _records(document.get("Records", document.get("Events")))
    elif isinstance(document.get("CloudTrailEvent"), str):
        yield from _records(json.loads(document["CloudTrailEvent"]))
    elif "eventName" not in document and "eventType" not in document:
        raise ValueError("a record has an eventName")
    else:
        yield document


def succeeded(record: Record) -> bool:
    """Whether the record is of an API call that succeeded."""
    return record.get("eventType", "AwsApiCall") == "AwsApiCall" and not record.get("errorCode")


def event_of(record: Record) -> tuple[str, str]:
    """The event source and the name of the event."""
    return _string(record, "eventSource") or "", _string(record, "eventName") or ""


def parameters_of(record: Record) -> Record:
    """The parameters of the call; empty where the record has none."""
    return _object(record, "requestParameters")


def account_of(record: Record) -> tuple[str | None, str | None]:
    """The account of the caller, and the one whose trail the record is in."""
    caller = _string(_object(record, "userIdentity"), "accountId")
    return caller, _string(record, "recipientAccountId") or caller


def owner_of(record: Record) -> str | None:
    """The account that owns the resource, where the record has it."""
    return _resource(record)[1]


def call_of(record: Record, needed: Sequence[Needed], keys: frozenset[str], *, with_resource: bool) -> Call:
    """The call with those context keys (in lower case) that matter, so that calls which are decided alike are equal."""
    identity = _object(record, "userIdentity")
    resource, owner = _resource(record)
    source = source_of_copy(parameters_of(record)) if with_resource else None
    partition = _partition(record)
    caller, recipient = account_of(record)
    found = ((key, read(record, identity)) for key, read in _CONTEXT if key in keys)
    context = ((key, (value,) if value else ()) for key, value in found if value is not None)

    def on(each: Needed) -> str | None:
        if each.of_source:
            return f"arn:{partition}:s3:::{source}" if source else None
        return resource if with_resource else None

    return Call(
        recipient=recipient or "",
        caller=caller,
        principal=_principal(identity),
        actions=tuple(RequestedAction(each.action, on(each), each.certain) for each in needed),
        region=_string(record, "awsRegion"),
        resource_account=owner,
        context=tuple(context),
    )


def _object(value: Record, name: str) -> Record:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _string(value: Record, name: str) -> str | None:
    found = value.get(name)
    return found if isinstance(found, str) and found else None


def _principal(identity: Record) -> str | None:
    """The caller as a request names it: a role by its own ARN (with its path), a service by its name.
    Of a caller from another account only the account is recorded."""
    match identity.get("type"):
        case "AWSService":
            return _string(identity, "invokedBy") or "aws.internal"
        case "AWSAccount" if identity.get("accountId") == _ANONYMOUS:
            return "*"
        case "AWSAccount":
            return f"arn:aws:iam::{identity.get('accountId')}:role/*"
        case "AssumedRole":
            issuer = _object(_object(identity, "sessionContext"), "sessionIssuer")
            return _string(issuer, "arn") or _string(identity, "arn")
        case _:
            return _string(identity, "arn") or ("*" if identity.get("accountId") == _ANONYMOUS else None)


def _resource(record: Record) -> tuple[str | None, str | None]:
    """The ARN of the resource and the account that owns it, where the record has them."""
    parameters = parameters_of(record)
    listed = record.get("resources")
    resources = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    owner = next((found for each in resources if (found := _string(each, "accountId"))), None)
    bucket, key = _string(parameters, "bucketName"), _string(parameters, "key")
    if bucket and record.get("eventSource") == "s3.amazonaws.com":
        return f"arn:{_partition(record)}:s3:::{bucket}{f'/{key}' if key else ''}", owner
    arns = [_string(each, "ARN") or _string(each, "arn") for each in resources]
    return (arns[0] if len(arns) == 1 else None), owner


def _partition(record: Record) -> str:
    region = _string(record, "awsRegion") or ""
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _source_ip(record: Record, _identity: Mapping[str, Any]) -> str | None:
    address = _string(record, "sourceIPAddress")
    try:
        return str(ip_address(address)) if address else None
    except ValueError:
        return None


def _via_service(record: Record, identity: Mapping[str, Any]) -> str:
    via = identity.get("invokedBy") and identity.get("type") != "AWSService"
    return "true" if via else "false"


def _mfa(_record: Record, identity: Mapping[str, Any]) -> str | None:
    if identity.get("sessionContext") is None and identity.get("type") == "IAMUser":
        return ABSENT
    return _string(_object(_object(identity, "sessionContext"), "attributes"), "mfaAuthenticated")


def _endpoint(name: str) -> Callable[[Record, Mapping[str, Any]], str | None]:
    """A field of calls through a VPC endpoint, which other calls do not have."""
    return lambda record, _identity: _string(record, name) or (None if record.get("vpcEndpointId") else ABSENT)


def _text(name: str) -> Callable[[Record, Mapping[str, Any]], str | None]:
    return lambda record, _identity: _string(record, name)


_CONTEXT: tuple[tuple[str, Callable[[Record, Mapping[str, Any]], str | None]], ...] = (
    ("aws:sourceip", _source_ip),
    ("aws:viaawsservice", _via_service),
    ("aws:multifactorauthpresent", _mfa),
    ("aws:sourcevpce", _endpoint("vpcEndpointId")),
    ("aws:sourcevpc", _endpoint("vpcId")),
    ("aws:vpceaccount", _endpoint("vpcEndpointAccountId")),
    ("aws:useragent", _text("userAgent")),
    ("aws:currenttime", _text("eventTime")),
    ("aws:userid", lambda _record, identity: _string(identity, "principalId")),
    ("aws:securetransport", lambda record, _identity: "true" if record.get("tlsDetails") else None),
)
