"""Who made a difference, and when: recorded calls of CloudTrail, matched with what differs.

Records come the newest first, and the newest call that can have made a difference made it. What is gone has no id
here: it is found by the name that an earlier call gave to an id. A record is only as good as the call it is about: a
call that failed, or only read, changed nothing, and the user agent is what the caller says it is.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.kinds import BY_KIND
from reconciler.kinds.recorded import Trace
from reconciler.model.address import Address
from reconciler.model.drift import ChangedBy
from reconciler.model.plan import Change, ChangeKey
from reconciler.model.user_agent import own_agent

Record = Mapping[str, Any]

_READING = ("Get", "List", "Describe", "Lookup", "Search", "View")
_ID = ("id", "policyid", "organizationalunitid", "accountid", "permissionsetarn", "costcategoryarn", "targetid")
"""Parameters and members of answers, in lower case, that name what a call is about."""
_CONTENT = frozenset({"content", "policydocument"})
"""Documents: nothing in them says what the call is about."""


class _Open(NamedTuple):
    """A difference that is still to be explained."""

    kind: str
    traces: tuple[Trace, ...]


class Attribution:
    """Collects who made each of some differences from records, the newest first. `ids` are those of everything live."""

    def __init__(self, changes: Iterable[Change], ids: Mapping[Address, str]) -> None:
        self._open: dict[ChangeKey, _Open] = {}
        self._impossible: list[ChangeKey] = []
        self._found: dict[ChangeKey, ChangedBy] = {}
        self._ended: list[tuple[Record, frozenset[str]]] = []
        for each in changes:
            if each.temporary:
                continue
            if traces := tuple(BY_KIND[each.kind].traces(each, ids)):
                self._open[each.key] = _Open(each.kind, traces)
            else:
                self._impossible.append(each.key)

    def kinds(self) -> frozenset[str]:
        """The kinds of the differences that are still to be explained."""
        return frozenset(each.kind for each in self._open.values())

    def add(self, record: Record) -> None:
        """Takes the next record."""
        if not _changes(record):
            return
        event, values = str(record["eventName"]), frozenset(_values(record))
        parameters = frozenset(map(str.lower, _object(record, "requestParameters")))
        self._ended.append((record, values))
        for key, each in list(self._open.items()):
            made = next(
                filter(None, (self._made(trace, record, event, values, parameters) for trace in each.traces)), None
            )
            if made is not None:
                self._found[key] = changed_by(made)
                del self._open[key]

    def _made(
        self, trace: Trace, record: Record, event: str, values: frozenset[str], parameters: frozenset[str]
    ) -> Record | None:
        """The record that the trace leads to, now that this one is known."""
        if trace.named is not None:
            return self._ending(trace, record, values)
        return record if _is_of(trace, event, values, parameters) else None

    def _ending(self, trace: Trace, record: Record, values: frozenset[str]) -> Record | None:
        """The newest call that ended what this older record names, where it is about such a thing."""
        if str(trace.named).lower() not in values or str(record["eventName"]) in trace.events:
            return None
        about = _ids(record)
        ended = ((each, found) for each, found in self._ended if str(each["eventName"]) in trace.events)
        return next((each for each, found in ended if about & found), None)

    def result(self, why: str) -> dict[ChangeKey, ChangedBy]:
        """Who made each difference; `why` is the reason for those of which no record was found."""
        no_record = ChangedBy(unknown=why)
        nothing = ChangedBy(unknown="no recorded call names it by an id that is known")
        unknown = {**dict.fromkeys(self._open, no_record), **dict.fromkeys(self._impossible, nothing)}
        return {**self._found, **unknown}


def changed_by(record: Record) -> ChangedBy:
    """Who made a recorded call."""
    identity = _object(record, "userIdentity")
    own = own_agent(str(record.get("userAgent") or ""))
    principal, session = _principal(identity)
    return ChangedBy(
        principal=principal,
        session=session,
        at=_text(record, "eventTime"),
        event=_text(record, "eventName"),
        source=_text(record, "eventSource"),
        own=own is not None,
        plan=own.plan if own else None,
    )


def _principal(identity: Record) -> tuple[str | None, str | None]:
    """The role and its session, or whoever else it is."""
    arn = _text(identity, "arn")
    issuer = _text(_object(_object(identity, "sessionContext"), "sessionIssuer"), "arn")
    if identity.get("type") == "AssumedRole" and arn:
        return issuer or arn, arn.rpartition("/")[2]
    return arn or _text(identity, "invokedBy") or _text(identity, "accountId"), None


def _changes(record: Record) -> bool:
    """Whether the record is of a call, or an event of the service, that changed something."""
    name = record.get("eventName")
    read = record.get("readOnly") in (True, "true") or (isinstance(name, str) and name.startswith(_READING))
    return isinstance(name, str) and not read and not record.get("errorCode")


def _is_of(trace: Trace, event: str, values: frozenset[str], parameters: frozenset[str]) -> bool:
    having = not trace.having or bool(parameters & {each.lower() for each in trace.having})
    return event in trace.events and having and all(each.lower() in values for each in trace.values)


def _values(record: Record) -> Iterator[str]:
    """Every text among the parameters and in the answer, in lower case, but for documents."""
    for name in ("requestParameters", "responseElements"):
        yield from (value for _, value in _leaves(_object(record, name)))


def _ids(record: Record) -> frozenset[str]:
    """The ids of what a call is about, in lower case."""
    found = (pair for name in ("requestParameters", "responseElements") for pair in _leaves(_object(record, name)))
    return frozenset(value for name, value in found if name in _ID)


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            if str(key).lower() not in _CONTENT:
                yield from _leaves(each, str(key).lower())
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, name)
    elif isinstance(value, str):
        yield name, value.lower()


def _object(value: Record, name: str) -> Record:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: Record, name: str) -> str | None:
    found = value.get(name)
    return found if isinstance(found, str) and found else None
