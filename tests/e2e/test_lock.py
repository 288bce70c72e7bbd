"""The lock and the time budget through the command line: two applies, `unlock`, a lock that is lost, `--timeout`."""

from __future__ import annotations

import importlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from reconciler.applying.locks.base import process_name
from reconciler.applying.locks.local import local_lock
from reconciler.aws.operations import OPERATIONS
from reconciler.errors import ServiceError
from reconciler.mock import MockOrganization
from reconciler.model.api import Params, Response
from tests.e2e.conftest import Program

KEY = "org/lock.json"
LOCK = f"s3://locks/{KEY}"
APPLY = ("apply", "--mock", "--auto-approve", "--lock", LOCK)
HELD = {
    "holder": "alice@build-7 4711",
    "since": "2026-11-22T08:00:00Z",
    "expires": "2999-01-01T00:00:00Z",
    "token": "0123456789abcdef",
    "fence": 3,
}


class Object:
    """The lock's object, as somebody else sees it."""

    def __init__(self) -> None:
        self.client = boto3.client("s3", region_name="us-east-1")
        self.client.create_bucket(Bucket="locks")

    def put(self, **changed: Any) -> None:
        self.client.put_object(Bucket="locks", Key=KEY, Body=json.dumps(HELD | changed).encode())

    def get(self) -> Any:
        listed = self.client.list_objects_v2(Bucket="locks").get("Contents", [])
        if all(each["Key"] != KEY for each in listed):
            return None
        return json.loads(self.client.get_object(Bucket="locks", Key=KEY)["Body"].read())

    def delete(self) -> None:
        self.client.delete_object(Bucket="locks", Key=KEY)


@pytest.fixture
def held(server: Any) -> Iterator[Object]:
    """The bucket `locks` of the moto server."""
    found = Object()
    yield found
    found.client.close()


@pytest.fixture
def during(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], object]], list[str]]:
    """Does something before the nth write of a mocked organization; gives the writes that were made."""
    real = MockOrganization.call

    def watch(number: int, action: Callable[[], object]) -> list[str]:
        writes: list[str] = []

        def call(self: MockOrganization, operation: str, params: Params) -> Response:
            if OPERATIONS[operation].writes:
                writes.append(operation)
                if len(writes) == number:
                    action()
            return real(self, operation, params)

        monkeypatch.setattr(MockOrganization, "call", call)
        return writes

    return watch


def test_a_second_apply_is_told_who_runs_the_first(program: Program) -> None:
    with local_lock(Path(".reconciler/lock")):
        second = program("apply", "--mock", "--auto-approve", "--output", "json")
        assert second.code == 6
        assert process_name() in second.json["error"]
        assert second.json["exit"] == {"code": 6, "reason": "locked"}
        shown = program("unlock")
        assert shown.code == 6
        assert process_name() in shown.out
        assert "the operating system frees it" in shown.err
        assert program("unlock", "--force", "0123456789abcdef").code == 6
        assert program("plan", "--mock").code == 0
        assert program("apply", "--mock", "--dry-run").code == 0
        assert program("apply", "--mock", "--auto-approve", "--lock", "other/lock").code == 0
    free = program("unlock", "--output", "json")
    assert free.code == 0
    assert (free.json["lock"], free.json["held"]) == (".reconciler/lock", False)


def test_a_second_apply_is_told_who_holds_the_lock_in_s3(program: Program, held: Object) -> None:
    held.put()
    second = program(*APPLY)
    assert second.code == 6
    assert f"another apply holds the lock {LOCK}: alice@build-7 4711 since 2026-11-22T08:00:00Z" in second.err
    assert f"reconciler unlock --lock {LOCK}" in second.err
    assert held.get() == HELD


def test_two_applies_at_once(program: Program, held: Object, during: Any) -> None:
    seconds = []
    writes = during(2, lambda: seconds.append(program(*APPLY, "--mock-state", "other.json")))
    first = program(*APPLY)
    assert first.code == 0, first.err
    assert len(writes) > 2
    assert [each.code for each in seconds] == [6]
    assert process_name() in seconds[0].err
    assert held.get() is None


def test_over_http_the_whole_job_is_done_under_the_lock(
    program: Program, held: Object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_LOCK", LOCK)
    held.put(expires="2026-01-01T00:00:00Z")
    applied = program("apply", "--auto-approve")
    assert applied.code == 0, applied.err
    assert "alice@build-7 4711" in applied.err
    assert "is taken over" in applied.err
    assert held.get() is None
    assert program("plan", "--detailed-exitcode").code == 0


def test_unlock_shows_the_holder_and_removes_only_the_lock_that_was_named(program: Program, held: Object) -> None:
    held.put()
    shown = program("unlock", "--lock", LOCK)
    assert shown.code == 6
    for value in ("alice@build-7 4711", "2026-11-22T08:00:00Z", "2999-01-01T00:00:00Z", "0123456789abcdef"):
        assert value in shown.out
    assert f"reconciler unlock --lock {LOCK} --force 0123456789abcdef" in shown.err
    as_json = program("unlock", "--lock", LOCK, "--output", "json")
    assert as_json.json == {
        "format_version": "1.0",
        "lock": LOCK,
        **HELD,
        "held": True,
        "exit": {"code": 6, "reason": "locked"},
    }
    wrong = program("unlock", "--lock", LOCK, "--force", "f" * 16)
    assert wrong.code == 6
    assert "is not the one with the token" in wrong.err
    assert held.get() == HELD
    assert program("unlock", "--lock", LOCK, "--force", "0123456789abcdef").code == 0
    assert held.get() is None
    assert program("unlock", "--lock", LOCK).code == 0
    assert program("unlock", "--lock", LOCK, "--force", "0123456789abcdef").code == 0


def test_an_expired_lock_is_nobodys(program: Program, held: Object) -> None:
    held.put(expires="2026-01-01T00:00:00Z")
    shown = program("unlock", "--lock", LOCK)
    assert shown.code == 0
    assert "the next apply takes it over" in shown.err
    assert "not held" in shown.out
    assert held.get() is not None


def test_an_apply_whose_lock_is_removed_stops_before_the_next_write(
    program: Program, held: Object, during: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.applying.locks.s3.CHECK_EVERY", timedelta(0))
    writes = during(3, held.delete)
    stopped = program(*APPLY, "--output", "json")
    assert len(writes) == 3
    assert stopped.code == 7
    assert {each["because"] for each in stopped.json["skipped"]} == {"lock lost"}
    assert stopped.json["exit"] == {"code": 7, "reason": "lock.lost"}
    assert f"error: the lock {LOCK} was lost: it was removed" in stopped.err
    assert program(*APPLY).code == 0
    assert program("plan", "--mock", "--detailed-exitcode").code == 0


def test_a_lock_that_is_lost_before_the_first_write(
    program: Program, held: Object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.applying.locks.s3.CHECK_EVERY", timedelta(0))
    monkeypatch.setattr("reconciler.use_cases.plan.make_plan", _after(held.delete))
    stopped = program(*APPLY, "--output", "json")
    assert stopped.code == 6
    assert stopped.json["done"] == []
    assert stopped.json["exit"] == {"code": 6, "reason": "lock.lost"}


def _after(action: Callable[[], object]) -> Callable[..., Any]:
    from reconciler.use_cases.plan import make_plan

    def planned(*args: Any) -> Any:
        plan = make_plan(*args)
        action()
        return plan

    return planned


def test_a_termination_while_it_plans_releases_the_lock(
    program: Program, held: Object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.use_cases.plan.make_plan", _after(lambda: os.kill(os.getpid(), signal.SIGTERM)))
    before = signal.getsignal(signal.SIGTERM)
    assert program(*APPLY).code == 130
    assert held.get() is None
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("command", [("apply", "--mock", "--auto-approve"), ("unlock",)], ids=["apply", "unlock"])
@pytest.mark.parametrize(
    ("lock", "code", "text"),
    [
        ("s3://none/lock", 1, "there is no such bucket"),
        ("s3://locks", 64, "expected a file or s3://bucket/key"),
        ("gs://locks/lock", 64, "expected a file or s3://bucket/key"),
    ],
)
def test_a_lock_that_cannot_be_had_is_an_error(
    program: Program, held: Object, command: tuple[str, ...], lock: str, code: int, text: str
) -> None:
    refused = program(*command, "--lock", lock)
    assert refused.code == code, refused
    assert text in refused.err


def test_an_object_that_is_no_lock_is_left_alone(program: Program, held: Object) -> None:
    held.client.put_object(Bucket="locks", Key=KEY, Body=b'{"serial": 7}')
    for command in (APPLY, ("unlock", "--lock", LOCK), ("unlock", "--lock", LOCK, "--force", "7")):
        refused = program(*command)
        assert refused.code == 1
        assert "is not a lock of this program" in refused.err
    assert held.get() == {"serial": 7}


def test_the_time_is_over_in_the_middle_of_an_apply(program: Program) -> None:
    stopped = program("apply", "--mock", "--auto-approve", "--timeout", "0.1", "--output", "json")
    assert stopped.code == 7
    assert stopped.json["done"]
    assert {each["because"] for each in stopped.json["skipped"]} <= {"timeout"}
    assert {each["address"] for each in stopped.json["in_progress"]} == {"account:shop-prod", "account:sandbox-a"}
    assert stopped.json["exit"] == {"code": 7, "reason": "timeout"}
    assert program("apply", "--mock", "--auto-approve").code == 0
    assert program("plan", "--mock", "--detailed-exitcode", "--timeout", "600").code == 0


@pytest.mark.parametrize("command", [("plan",), ("drift",), ("apply", "--auto-approve")])
def test_every_retry_is_told_with_verbose_and_ends_with_the_time(
    program: Program, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    def throttled(self: MockOrganization, operation: str, params: Params) -> Response:
        raise ServiceError(operation, "TooManyRequestsException", "slow down", request_id="r-1")

    monkeypatch.setattr(MockOrganization, "call", throttled)
    told = program(*command, "--mock", "--timeout", "20", "--verbose")
    assert told.code == 1
    assert ": TooManyRequestsException, try 2 in " in told.err
    assert "try 3 in " in told.err
    quiet = program(*command, "--mock", "--timeout", "20")
    assert quiet.code == 1
    assert "try 2" not in quiet.err


@pytest.mark.parametrize("seconds", ["0", "-1", "soon"])
def test_a_timeout_is_a_number_of_seconds(program: Program, seconds: str) -> None:
    assert program("apply", "--mock", "--timeout", seconds).code == 64


def test_a_plan_is_kept_beside_the_lock_and_continued_from_there(program: Program, held: Object) -> None:
    assert program(*APPLY).code == 0
    (kept,) = held.client.list_objects_v2(Bucket="locks", Prefix=f"{KEY}.plans/")["Contents"]
    digest = kept["Key"].removeprefix(f"{KEY}.plans/").removesuffix(".json")
    again = program(*APPLY, "--expect-digest", digest, "--output", "json")
    assert again.code == 0, again.err
    assert again.json["digest"] == f"sha256:{digest}"
    assert (again.json["done"], again.json["failed"]) == ([], [])
    assert again.json["done_before"]


def test_a_signal_after_the_last_change_does_not_cost_the_report(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*args: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return finish(*args)

    finish = importlib.import_module("reconciler.commands.apply")._finish
    monkeypatch.setattr("reconciler.commands.apply._finish", interrupted)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    ran = program("apply", "--mock", "--auto-approve")
    assert (ran.code, "Applied: " in ran.out) == (0, True)
    assert {number: signal.getsignal(number) for number in before} == before
