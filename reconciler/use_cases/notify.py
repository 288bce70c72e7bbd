"""Notifications about drift: whether one is due, and sending it to every receiver.

A receiver may get a notification twice, where another one failed, and never misses one: what was notified is
remembered only once all have it.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from reconciler.aws.retrying import SystemClock
from reconciler.aws.s3_object import S3Object
from reconciler.errors import NotificationFailed, ReconcilerError, UsageError
from reconciler.file_io import read_json, write_text
from reconciler.model.api import REGION, Api
from reconciler.model.base import Frozen
from reconciler.model.clock import Clock
from reconciler.model.notification import WORDS, Notification, State
from reconciler.model.object_store import S3Place, is_location, s3_place
from reconciler.model.plan import BY_HAND, Plan
from reconciler.notifying.targets import Bus, Chat, Target, Topic, Webhook, key_of, target_of, url_of
from reconciler.notifying.webhook import Delivery, deliver, signature
from reconciler.planning.planner import PlanResult
from reconciler.render.notification import chat_text, failure, notification, plain_text
from reconciler.use_cases.connection import ConnectionOptions
from reconciler.use_cases.drift import is_drift

NotifyOn = Literal["drift", "change", "always"]
"""Every run with drift; where the drift is another one than the last one that was notified, or is gone; every run."""

_ACTIONS = ("s3:GetObject", "s3:PutObject")
_LONGEST_SUBJECT = 100
"""https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""


class Notified(Frozen):
    """What was notified last: the digest of the drift, `None` where there was none."""

    organization: str
    digest: str | None = None


class Memory(Protocol):
    """Where it is kept what was notified last. Raises `ReconcilerError`."""

    def read(self) -> Notified | None: ...

    def write(self, found: Notified) -> None: ...


@dataclass(frozen=True)
class MemoryFile:
    """A file."""

    path: Path

    def read(self) -> Notified | None:
        try:
            return Notified.model_validate(read_json(self.path)) if self.path.exists() else None
        except (OSError, ValueError) as error:
            raise _unusable(str(self.path)) from error

    def write(self, found: Notified) -> None:
        write_text(self.path, found.model_dump_json() + "\n")


@dataclass(frozen=True)
class MemoryObject:
    """An object in S3, written under the condition that no other run wrote it meanwhile."""

    object: S3Object

    def read(self) -> Notified | None:
        found = self.object.read()
        try:
            return Notified.model_validate_json(found.content) if found else None
        except ValueError as error:
            raise _unusable(str(self.object.place)) from error

    def write(self, found: Notified) -> None:
        content, before = found.model_dump_json().encode(), self.object.read()
        written = self.object.create(content) if before is None else self.object.replace(content, before.etag)
        if written is None:
            raise ReconcilerError(f"{self.object}: another run wrote it at the same time")


def _unusable(where: str) -> ReconcilerError:
    return ReconcilerError(f"{where} is not what was notified last", help="remove it, or name another one")


def memory_at(place: str | None, folder: Path, connection: ConnectionOptions) -> Memory:
    """What `--notify-state` names, else a file below `folder`. Raises `UsageError`."""
    if place is None:
        return MemoryFile(folder / "notified.json")
    if not is_location(place):
        return MemoryFile(Path(place))
    found = s3_place(place)
    if found is None or not found.key or found.key.endswith("/"):
        raise UsageError(f"--notify-state {place}: expected a file or s3://bucket/key")
    what = S3Place(found.bucket, found.key)
    return MemoryObject(S3Object(connection.aws(), what, "state of notifications", "--notify-state", _ACTIONS))


@dataclass(frozen=True)
class Notifier:
    """Sends what is due to the targets. `memory` is needed for `change` alone; addresses and keys of webhooks are in
    `environment`; `link` is added to each notification; `time` is seconds since 1970."""

    targets: Sequence[Target]
    on: NotifyOn = "drift"
    memory: Memory | None = None
    link: str | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    clock: Clock = field(default_factory=SystemClock)
    time: Callable[[], float] = time.time

    @classmethod
    def of(cls, targets: Iterable[str], **more: object) -> Notifier:
        """For targets as options name them. Raises `UsageError` for one that cannot be used."""
        made = cls([target_of(each) for each in targets], **more)  # type: ignore[arg-type]  # fields by their names
        made.check()
        return made

    @property
    def calls_aws(self) -> bool:
        """Whether some target is a service of AWS."""
        return any(isinstance(each, Topic | Bus) for each in self.targets)

    def check(self) -> None:
        """Raises `UsageError` for a webhook whose variables are not set, or not as they have to be."""
        for each in self.targets:
            if isinstance(each, Chat | Webhook):
                url_of(each, self.environment)
            if isinstance(each, Webhook) and (key := key_of(each, self.environment)):
                signature("", 0, b"", key)

    def notify(self, result: PlanResult, api: Api | None) -> list[ReconcilerError]:
        """Sends the notification of a result, where one is due, to every target. The errors of those that did not get
        it, and of the memory; `api` is for targets in AWS, whose operations write."""
        plan = result.plan
        digest = drift_digest(plan) if is_drift(plan) else None
        try:
            before = self.memory.read() if self.memory and self.on == "change" else None
        except ReconcilerError as error:
            return [error]
        if before and before.organization != plan.organization.id:
            before = None
        state = self._due(digest, before)
        if state is None:
            return []
        found = notification(plan, result.after, state, digest or drift_digest(plan), self.link)
        errors = self.send(found, api)
        if not errors and self.memory and self.on == "change":
            try:
                self.memory.write(Notified(organization=plan.organization.id, digest=digest))
            except ReconcilerError as error:
                return [error]
        return errors

    def notify_failure(self, error: ReconcilerError, api: Api | None) -> list[ReconcilerError]:
        """Sends that drift could not be looked for."""
        return self.send(failure(error, self.link), api)

    def _due(self, digest: str | None, before: Notified | None) -> State | None:
        """What is to be notified, `None` where nothing is."""
        known = before.digest if before else None
        if self.on == "change":
            if digest == known:
                return None
            return "detected" if digest else "resolved"
        if digest:
            return "detected"
        return "none" if self.on == "always" else None

    def send(self, found: Notification, api: Api | None) -> list[ReconcilerError]:
        """Sends a notification to every target; the errors of those that did not get it."""
        errors: list[ReconcilerError] = []
        for each in self.targets:
            try:
                self._send(each, found, api)
            except ReconcilerError as error:
                errors.append(NotificationFailed(f"{each}: {error.message}", help=error.help))
        return errors

    def _send(self, target: Target, found: Notification, api: Api | None) -> None:
        match target:
            case Topic() | Bus() if api is None:
                raise UsageError("the live state is a snapshot, so AWS is not called", help="use it without --snapshot")
            case Topic():
                assert api is not None
                api.call("sns:Publish", _message(target, found))
            case Bus():
                assert api is not None
                _put(api, target, found)
            case Chat():
                body = {"text": chat_text(found), "mrkdwn": False}
                self._deliver(target, body, None)
            case Webhook():
                self._deliver(target, found.model_dump(mode="json"), key_of(target, self.environment))

    def _deliver(self, target: Chat | Webhook, body: Mapping[str, object], key: str | None) -> None:
        id = hashlib.sha256(json.dumps([body, self.time()], sort_keys=True).encode()).hexdigest()[:32]
        url = url_of(target, self.environment)
        deliver(Delivery("the webhook", url, body, f"msg_{id}", key), self.clock, self.time)


def _message(topic: Topic, found: Notification) -> dict[str, object]:
    """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    subject = found.title.encode("ascii", "replace").decode()
    params: dict[str, object] = {
        REGION: topic.region,
        "TopicArn": topic.arn,
        "Subject": subject[:_LONGEST_SUBJECT],
        "Message": plain_text(found),
        "MessageAttributes": {
            "state": {"DataType": "String", "StringValue": found.state},
            "severity": {"DataType": "String", "StringValue": found.worst},
        },
    }
    if topic.fifo:
        digest = hashlib.sha256(found.model_dump_json().encode()).hexdigest()
        params |= {"MessageGroupId": "reconciler", "MessageDeduplicationId": digest}
    return params


def _put(api: Api, bus: Bus, found: Notification) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"""
    entry = {
        "Source": "reconciler",
        "DetailType": WORDS[found.state],
        "Detail": found.model_dump_json(),
        "EventBusName": bus.name,
    }
    params: dict[str, object] = {"Entries": [entry]}
    if bus.region:
        params[REGION] = bus.region
    refused = [each for each in api.call("events:PutEvents", params)["Entries"] if each.get("ErrorCode")]
    if refused:
        raise NotificationFailed(f"{refused[0]['ErrorCode']}: {refused[0].get('ErrorMessage', 'no reason given')}")


def drift_digest(plan: Plan) -> str:
    """Equal for the same drift: the digest of the plan, and what has to be corrected by hand."""
    by_hand = sorted((each.code, each.address or "", each.message) for each in plan.warnings if each.code in BY_HAND)
    text = json.dumps([plan.digest, by_hand], separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'backslashreplace')).hexdigest()}"
