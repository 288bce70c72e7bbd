"""Drift as those who operate an organization use it: severity, who and when, notifications, repeated checks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.mock import MockOrganization, Seed
from reconciler.mock.__main__ import main as by_hand
from reconciler.model.user_agent import PREFIX
from tests.e2e.conftest import Program, Ran
from tests.receiver import Receiver, receiving

STATE = Path(".reconciler/mock.json")


@pytest.fixture
def applied(program: Program) -> Ran:
    """The organization as it is declared."""
    return program("apply", "--mock", "--auto-approve", "--output", "json")


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiving() as running:
        monkeypatch.setenv("HOOK", running.url)
        yield running


def ids() -> dict[str, str]:
    return {each.address: str(each.id) for each in MockOrganization.open(STATE, seed=Seed()).snapshot().resources}


def detach(path: str = "/") -> None:
    """What somebody does in the console."""
    assert by_hand(["detach", "deny-leaving", path]) == 0


class TestSeverity:
    def test_text_begins_with_how_many_accounts_are_less_restricted(self, program: Program, applied: Ran) -> None:
        assert applied.code == 0
        detach()
        ran = program("drift", "--mock")
        assert ran.code == 2
        title, _, *lines = ran.out.split("\n")
        assert title == f"Drift in {applied_organization(program)}: 1 missing"
        assert lines[:4] == [
            "2 accounts are less restricted than declared",
            "",
            "Exposure: accounts are less restricted than declared",
            "- missing  SCP deny-leaving is not attached to the root   reaches 2 accounts   org.yaml:14",
        ]
        assert "What is live, compared with org.yaml" in ran.out
        assert "can newly: organizations:LeaveOrganization" in ran.out

    def test_json_and_markdown_have_it_too(self, program: Program, applied: Ran) -> None:
        assert applied.code == 0
        detach()
        found = program("drift", "--mock", "--output", "json").json
        assert [each["severity"] for each in found["changes"]] == ["exposure"]
        assert found["summary"]["severity"] == {"exposure": 1}
        assert len(found["exposure"]["less_restricted"]) == 2
        markdown = program("drift", "--mock", "--output", "markdown").out
        assert "> [!CAUTION]\n> 2 accounts are less restricted than declared." in markdown
        assert "| `-` missing | exposure | SCP `deny-leaving`" in markdown

    def test_a_plan_of_the_same_has_no_severity(self, program: Program, applied: Ran) -> None:
        assert applied.code == 0
        detach()
        found = program("plan", "--mock", "--output", "json").json
        assert "severity" not in found["changes"][0]
        assert found["digest"] == program("drift", "--mock", "--output", "json").json["digest"]


def applied_organization(program: Program) -> str:
    return str(program("drift", "--mock", "--output", "json").json["organization"]["id"])


class TestWho:
    def test_a_change_by_hand_is_found_with_who_and_when(self, program: Program, applied: Ran) -> None:
        assert applied.code == 0
        detach()
        ran = program("drift", "--mock", "--who")
        (line,) = [each for each in ran.out.split("\n") if "DetachPolicy" in each]
        assert line.startswith("    by arn:aws:iam::123456789012:root 20")
        (change,) = program("drift", "--mock", "--who", "--output", "json").json["changes"]
        assert (change["changed_by"]["event"], change["changed_by"]["own"]) == ("DetachPolicy", False)
        assert "by arn:aws:iam::123456789012:root" in program("drift", "--mock", "--who", "--output", "markdown").out

    def test_an_own_change_is_found_with_its_plan(self, program: Program, applied: Ran) -> None:
        """The spec is changed after an apply: what is live was made by the program."""
        spec = Path("org.yaml").read_text()
        Path("org.yaml").write_text(spec.replace("  policies: [deny-leaving]\n", ""))
        (change,) = program("drift", "--mock", "--who", "--output", "json").json["changes"]
        digest = applied.json["digest"].removeprefix("sha256:")
        assert change["changed_by"]["event"] == "AttachPolicy"
        assert (change["changed_by"]["own"], change["changed_by"]["plan"]) == (True, digest[:PREFIX])
        assert f" with reconciler, plan {digest[:PREFIX]} " in program("drift", "--mock", "--who").out

    def test_a_deleted_policy_is_found_by_its_name(self, program: Program, applied: Ran) -> None:
        assert applied.code == 0
        known = ids()
        target = {"PolicyId": known["policy:team-tag"], "TargetId": known["ou:Workloads/Production"]}
        assert by_hand(["call", "DetachPolicy", json.dumps(target)]) == 0
        assert by_hand(["call", "DeletePolicy", json.dumps({"PolicyId": target["PolicyId"]})]) == 0
        found = program("drift", "--mock", "--who", "--output", "json").json["changes"]
        by = {each["address"]: each["changed_by"] for each in found}
        assert by["policy:team-tag"]["event"] == "DeletePolicy"

    def test_only_as_much_is_read_as_is_needed(self, program: Program, applied: Ran) -> None:
        assert applied.code == 0
        assert "cloudtrail:LookupEvents" not in program("drift", "--mock", "--who", "--output", "json").json["reads"]
        detach()
        assert program("drift", "--mock", "--who", "--output", "json").json["reads"]["cloudtrail:LookupEvents"] == 1
        assert "cloudtrail:LookupEvents" not in program("drift", "--mock", "--output", "json").json["reads"]

    def test_what_is_not_recorded_is_not_known(self, program: Program, applied: Ran) -> None:
        assert applied.code == 0
        detach()
        state = json.loads(STATE.read_text())
        del state["mock"]["history"]
        STATE.write_text(json.dumps(state))
        (change,) = program("drift", "--mock", "--who", "--output", "json").json["changes"]
        assert change["changed_by"]["unknown"].startswith("no event of it since ")

    @pytest.mark.parametrize("since", ["91d", "soon", "0d"])
    def test_a_wrong_time_is_wrong_usage(self, program: Program, since: str) -> None:
        ran = program("drift", "--mock", "--who", "--since", since)
        assert (ran.code, ran.err.split(":")[1].strip()) == (64, f"--since {since}")

    def test_since_is_for_who_and_who_is_for_aws(self, program: Program, applied: Ran) -> None:
        assert applied.code == 0
        assert program("drift", "--mock", "--since", "1d").code == 64
        Path("live.json").write_text(program("snapshot", "--mock").out)
        ran = program("drift", "--snapshot", "live.json", "--who")
        assert (ran.code, "--who reads CloudTrail" in ran.err) == (64, True)


class TestNotify:
    def test_a_webhook_gets_the_drift_after_it_was_printed(
        self, program: Program, applied: Ran, receiver: Receiver
    ) -> None:
        assert applied.code == 0
        detach()
        ran = program("drift", "--mock", "--notify", "webhook:HOOK", "--link", "https://ci.example.com/1")
        assert (ran.code, ran.err) == (2, "")
        (body,) = receiver.bodies
        assert (body["state"], body["severity"], body["link"]) == (
            "detected",
            {"exposure": 1},
            "https://ci.example.com/1",
        )

    def test_a_failed_notification_is_exit_1_after_the_result(
        self, program: Program, applied: Ran, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert applied.code == 0
        detach()
        with receiving(410) as gone:
            monkeypatch.setenv("HOOK", gone.url)
            ran = program("drift", "--mock", "--output", "json", "--notify", "slack:HOOK")
        assert ran.code == 1
        assert ran.json["exit"] == {"code": 2, "reason": "drift"}
        assert "error: slack:HOOK: the webhook: the receiver answered HTTP 410" in ran.err
        assert "the result itself ends with exit 2" in ran.err
        assert "very-secret" not in ran.err + ran.out

    def test_change_is_remembered_beside_the_spec(self, program: Program, applied: Ran, receiver: Receiver) -> None:
        assert applied.code == 0
        detach()
        options = ("drift", "--mock", "--notify", "slack:HOOK", "--notify-on", "change")
        assert [program(*options).code for _ in range(2)] == [2, 2]
        assert len(receiver.got) == 1
        assert program("apply", "--mock", "--auto-approve").code == 0
        assert program(*options).code == 0
        assert receiver.bodies[1]["text"].startswith("Drift resolved in ")
        assert json.loads(Path(".reconciler/notified.json").read_text())["digest"] is None

    def test_services_of_aws_in_the_mock(self, program: Program, applied: Ran) -> None:
        assert applied.code == 0
        detach()
        topic = "sns:arn:aws:sns:eu-west-1:123456789012:drift"
        assert program("drift", "--mock", "--notify", topic, "--notify", "eventbridge:default").err == ""

    @pytest.mark.parametrize(
        "args",
        [
            ("--notify", "slack:UNSET"),
            ("--notify", "slack:https://hooks/xyzzy"),
            ("--notify-on", "change"),
            ("--link", "https://example.com"),
            ("--notify", "webhook:HOOK:UNSET"),
            ("--notify", "webhook:HOOK", "--accept", "*"),
            ("--notify", "webhook:HOOK", "--output", "patch"),
        ],
    )
    def test_what_cannot_be_sent_is_wrong_usage_before_anything_is_read(
        self, program: Program, receiver: Receiver, args: tuple[str, ...]
    ) -> None:
        ran = program("drift", "--mock", *args)
        assert ran.code == 64
        assert "xyzzy" not in ran.err
        assert not STATE.exists()
        assert receiver.got == []

    def test_a_snapshot_calls_no_service(self, program: Program, applied: Ran) -> None:
        assert applied.code == 0
        Path("live.json").write_text(program("snapshot", "--mock").out)
        ran = program("drift", "--snapshot", "live.json", "--notify", "eventbridge:default")
        assert (ran.code, "--snapshot does not" in ran.err) == (64, True)


class TestWatch:
    def test_it_checks_until_it_is_interrupted(self, program: Program, applied: Ran) -> None:
        """The interval is an hour, so one check is made, and the signal ends the wait."""
        assert applied.code == 0
        detach()
        command = [sys.executable, "-m", "reconciler", "drift", "--mock", "--watch", "1h", "--output", "json", "-q"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ, text=True) as running:
            assert running.stdout is not None
            line: dict[str, Any] = json.loads(running.stdout.readline())
            running.send_signal(signal.SIGINT)
            rest = running.stdout.read()
        assert (running.returncode, rest) == (130, "")
        assert (line["command"], line["exit"]["code"], line["summary"]["total"]) == ("drift", 2, 1)
        assert line["at"].endswith("Z")

    def test_only_what_is_new_is_shown(
        self, program: Program, applied: Ran, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each wait is a step of a story; time is virtual."""
        assert applied.code == 0
        spec = Path("org.yaml").read_text()
        story = iter(
            [
                lambda: None,
                detach,
                lambda: None,
                lambda: Path("org.yaml").write_text("version: ["),
                lambda: None,
                lambda: Path("org.yaml").write_text(spec.replace("  policies: [deny-leaving]\n", "")),
            ]
        )
        monkeypatch.setattr("reconciler.use_cases.watch.SystemClock", lambda: StoryClock(story))
        options = ("--watch", "15m", "--notify", "webhook:HOOK", "--notify-on", "change")
        ran = program("drift", "--mock", *options)
        assert ran.code == 130
        shown = [each for each in ran.out.split("\n") if each.startswith(("Drift in", "No drift"))]
        assert [each.partition(" in ")[0] + each.partition(":")[2] for each in shown] == [
            "No drift.",
            "Drift 1 missing",
            "No drift.",
        ]
        assert ran.err.count("error[") == 1
        assert [each["state"] for each in receiver.bodies] == ["detected", "failed", "resolved"]

    @pytest.mark.parametrize("interval", ["0s", "often", "2d"])
    def test_a_wrong_interval_is_wrong_usage(self, program: Program, interval: str) -> None:
        ran = program("drift", "--mock", "--watch", interval)
        assert (ran.code, f"--watch {interval}" in ran.err) == (64, True)


class StoryClock:
    """Each wait of a watch is the next step of a story; after the last one somebody presses Ctrl-C."""

    def __init__(self, story: Iterator[Any]) -> None:
        self._story = story
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += 10_000
        step = next(self._story, None)
        if step is None:
            signal.raise_signal(signal.SIGINT)
        else:
            step()
