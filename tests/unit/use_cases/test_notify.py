"""Notifications about drift: when one is due, what it says, and what each receiver gets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import NotificationFailed, ReadFailed, ReconcilerError, ServiceError, UsageError
from reconciler.mock.clock import VirtualClock
from reconciler.model.api import REGION, Params, Response
from reconciler.model.drift import ChangedBy
from reconciler.model.plan import Warning_
from reconciler.planning.planner import PlanResult
from reconciler.render.notification import MOST
from reconciler.use_cases.connection import ConnectionOptions
from reconciler.use_cases.notify import MemoryFile, Notifier, memory_at
from tests.building import deny
from tests.receiver import Receiver, receiving
from tests.unit.drift.test_severity import drift, of
from tests.unit.use_cases.sample import organization

TOPIC = "arn:aws:sns:eu-west-1:111122223333:drift"
SAME = drift(of({}), of({}))
LOCK = drift(of({"lock": ["Workloads"]}), of({}))
OTHER = drift(of({}), of({"other": ["Sandbox"]}))


class Aws:
    """AWS, as far as notifications go: what was called, and what it answers."""

    def __init__(self, answer: Response | ReconcilerError | None = None) -> None:
        self.calls: list[tuple[str, Params]] = []
        self._answer = answer

    def call(self, operation: str, params: Params) -> Response:
        self.calls.append((operation, params))
        if isinstance(self._answer, ReconcilerError):
            raise self._answer
        return self._answer or {"MessageId": "m", "FailedEntryCount": 0, "Entries": []}


def notifier(*targets: str, **more: Any) -> Notifier:
    return Notifier.of(targets, clock=VirtualClock(), time=lambda: 1_800_000_000.0, **more)


def hook(receiver: Receiver) -> Mapping[str, str]:
    return {"HOOK": receiver.url, "KEY": "secret"}


def states(receiver: Receiver) -> list[str]:
    return [each["state"] for each in receiver.bodies]


class TestWhen:
    def test_every_run_with_drift(self) -> None:
        with receiving() as receiver:
            sender = notifier("webhook:HOOK", environment=hook(receiver))
            for each in (LOCK, LOCK, SAME, OTHER):
                assert sender.notify(each, None) == []
        assert states(receiver) == ["detected", "detected", "detected"]

    def test_only_what_is_other_than_last_time(self, tmp_path: Path) -> None:
        with receiving() as receiver:
            for each in (SAME, LOCK, LOCK, OTHER, SAME, SAME, LOCK):
                memory = MemoryFile(tmp_path / "notified.json")
                notifier("webhook:HOOK", on="change", memory=memory, environment=hook(receiver)).notify(each, None)
        assert states(receiver) == ["detected", "detected", "resolved", "detected"]

    def test_every_run(self) -> None:
        with receiving() as receiver:
            sender = notifier("webhook:HOOK", on="always", environment=hook(receiver))
            for each in (SAME, LOCK):
                sender.notify(each, None)
        assert states(receiver) == ["none", "detected"]

    def test_what_apply_cannot_correct_is_drift_too(self) -> None:
        warning = Warning_(code="W502", message="the account old is closed", address="account:old")
        plan = SAME.plan.model_copy(update={"warnings": (warning,)})
        with receiving() as receiver:
            notifier("webhook:HOOK", environment=hook(receiver)).notify(PlanResult(plan, SAME.before, SAME.after), None)
        (body,) = receiver.bodies
        assert body["differences"] == [
            {"address": "account:old", "severity": "other", "text": "W502 the account old is closed"}
        ]

    def test_what_was_not_sent_is_not_remembered(self, tmp_path: Path) -> None:
        memory = MemoryFile(tmp_path / "notified.json")
        with receiving(404, 200) as receiver:
            sender = notifier("webhook:HOOK", on="change", memory=memory, environment=hook(receiver))
            (error,) = sender.notify(LOCK, None)
            assert isinstance(error, NotificationFailed)
            assert sender.notify(LOCK, None) == []
            assert sender.notify(LOCK, None) == []
        assert states(receiver) == ["detected", "detected"]

    def test_another_organization_is_not_compared(self, tmp_path: Path) -> None:
        path = tmp_path / "notified.json"
        path.write_text('{"organization": "o-other", "digest": "sha256:1"}')
        with receiving() as receiver:
            notifier("webhook:HOOK", on="change", memory=MemoryFile(path), environment=hook(receiver)).notify(
                SAME, None
            )
        assert receiver.got == []

    def test_a_memory_that_is_damaged_is_an_error_and_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "notified.json"
        path.write_text("nonsense")
        with receiving() as receiver:
            sender = notifier("webhook:HOOK", on="change", memory=MemoryFile(path), environment=hook(receiver))
            (error,) = sender.notify(LOCK, None)
        assert "is not what was notified last" in error.message
        assert path.read_text() == "nonsense"

    @pytest.mark.parametrize("place", ["s3://bucket", "s3://bucket/", "s3:/bucket/key", "https://example.com/a"])
    def test_a_memory_in_s3_has_a_key(self, place: str, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="--notify-state"):
            memory_at(place, tmp_path, ConnectionOptions())


class TestWhat:
    def test_the_worst_comes_first_with_who_made_it_and_the_link(self) -> None:
        who = ChangedBy(principal="arn:aws:iam::1:role/Admin", session="alice", at="2026-09-13T17:42:10Z", event="X")
        found = drift(of({"lock": ["Workloads"]}), of({"other": ["Sandbox"]}))
        changes = tuple(each.model_copy(update={"changed_by": who}) for each in found.plan.changes)
        result = PlanResult(found.plan.model_copy(update={"changes": changes}), found.before, found.after)
        with receiving() as receiver:
            notifier("slack:HOOK", link="https://ci.example.com/1", environment=hook(receiver)).notify(result, None)
        (body,) = receiver.bodies
        assert body["text"].split("\n") == [
            f"Drift in {result.plan.organization.id}: 1 missing, 1 extra",
            "",
            "1 account is less restricted than declared.",
            "1 account is more restricted than declared.",
            "[exposure] - missing SCP lock is not attached to Workloads "
            "(by arn:aws:iam::1:role/Admin (alice) 2026-09-13 17:42Z (X))",
            "[outage] + extra SCP other is attached to Sandbox "
            "(by arn:aws:iam::1:role/Admin (alice) 2026-09-13 17:42Z (X))",
            "<https://ci.example.com/1>",
        ]

    def test_a_name_is_no_mention_and_no_link_in_a_chat(self) -> None:
        name = "<!channel> @here <https://evil.example|x> &amp; \u202e\n"
        declared = organization({name: deny("ec2:*")}, {name: ["Workloads"]})
        with receiving() as receiver:
            notifier("slack:HOOK", environment=hook(receiver)).notify(drift(declared, organization()), None)
        (body,) = receiver.bodies
        assert body["mrkdwn"] is False
        assert "<" not in body["text"]
        assert "@here" not in body["text"]
        assert "\u202e" not in body["text"]
        assert "&amp;amp;" in body["text"]

    def test_only_the_first_differences_are_named(self) -> None:
        policies = {f"p{number:02}": deny("ec2:*") for number in range(MOST + 3)}
        found = drift(organization(policies, {}), organization())
        with receiving() as receiver:
            notifier("webhook:HOOK", environment=hook(receiver)).notify(found, None)
        (body,) = receiver.bodies
        assert (len(body["differences"]), body["left_out"]) == (MOST, 3)
        assert body["severity"] == {"other": MOST + 3}

    def test_a_signed_webhook(self) -> None:
        with receiving() as receiver:
            notifier("webhook:HOOK:KEY", environment=hook(receiver)).notify(LOCK, None)
        ((headers, _),) = receiver.got
        assert headers["webhook-signature"].startswith("v1,")

    def test_that_drift_could_not_be_looked_for(self) -> None:
        with receiving() as receiver:
            errors = notifier("webhook:HOOK", environment=hook(receiver)).notify_failure(ReadFailed("no answer"), None)
        assert errors == []
        assert (states(receiver), receiver.bodies[0]["title"]) == (["failed"], "Drift check failed: no answer")


class TestAws:
    def test_a_topic_gets_a_subject_a_text_and_attributes(self) -> None:
        aws = Aws()
        assert notifier(f"sns:{TOPIC}").notify(LOCK, aws) == []
        ((operation, params),) = aws.calls
        assert operation == "sns:Publish"
        assert (params[REGION], params["TopicArn"]) == ("eu-west-1", TOPIC)
        assert params["Subject"] == f"Drift in {LOCK.plan.organization.id}: 1 missing"
        assert "[exposure] - missing SCP lock is not attached to Workloads" in params["Message"]
        assert params["MessageAttributes"]["severity"]["StringValue"] == "exposure"

    def test_a_fifo_topic_gets_a_group(self) -> None:
        aws = Aws()
        notifier(f"sns:{TOPIC}.fifo").notify(LOCK, aws)
        assert aws.calls[0][1]["MessageGroupId"] == "reconciler"

    def test_a_bus_gets_an_event(self, tmp_path: Path) -> None:
        aws, memory = Aws(), MemoryFile(tmp_path / "notified.json")
        sender = notifier("eventbridge:default", on="change", memory=memory)
        sender.notify(LOCK, aws)
        sender.notify(SAME, aws)
        entries = [params["Entries"][0] for _, params in aws.calls]
        assert [(each["Source"], each["DetailType"]) for each in entries] == [
            ("reconciler", "Drift detected"),
            ("reconciler", "Drift resolved"),
        ]
        assert json.loads(entries[0]["Detail"])["severity"] == {"exposure": 1}
        assert REGION not in aws.calls[0][1]

    def test_an_event_that_the_bus_does_not_take_is_an_error(self) -> None:
        entries = [{"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}]
        aws = Aws({"FailedEntryCount": 1, "Entries": entries})
        (error,) = notifier("eventbridge:default").notify(LOCK, aws)
        assert error.message == "eventbridge:default: ThrottlingException: slow down"

    def test_a_receiver_that_fails_keeps_no_other_from_its_notification(self) -> None:
        aws = Aws(ServiceError("sns:Publish", "NotFound", "Topic does not exist"))
        with receiving() as receiver:
            errors = notifier(f"sns:{TOPIC}", "webhook:HOOK", environment=hook(receiver)).notify(LOCK, aws)
        assert [each.message for each in errors] == [f"sns:{TOPIC}: sns:Publish: NotFound: Topic does not exist"]
        assert states(receiver) == ["detected"]
