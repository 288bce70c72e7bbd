"""The lock in S3: one holder, an expiry, and a check that notices every way to lose it."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ResponseStreamingError
from moto import mock_aws

from reconciler.applying.locks.record import read_lock
from reconciler.applying.locks.s3 import CHECK_EVERY, LEASE, MARGIN, SKEW, remove, s3_lock
from reconciler.aws.boto import BotoApi
from reconciler.aws.boto_errors import denied
from reconciler.aws.s3_object import TRIES
from reconciler.aws.sessions import AwsOptions
from reconciler.errors import Locked, NotAllowed, ReconcilerError
from tests.unit.applying.locks.bucket import PLACE, Bucket, Time, lock_in, lock_object, refusal

FAULT = refusal("s3:PutObject", "InternalError", 500)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture(params=["fake", "moto"])
def api(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The fake bucket, and moto's by way of boto3: they have to agree."""
    if request.param == "fake":
        yield Bucket()
        return
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=PLACE.bucket)
        yield BotoApi(AwsOptions(region="us-east-1"))


def test_the_lock_names_its_holder_and_is_deleted_afterwards(api: Any, time: Time) -> None:
    store = lock_object(api)
    with s3_lock(lock_in(api, time)) as lock:
        found = read_lock(store)
        assert found is not None
        assert found.holder == lock.holder
        assert found.holder.holder.endswith(f" {os.getpid()}")
        assert (found.holder.since, found.holder.expires) == (time.at, time.at + LEASE)
        assert found.holder.fence == 1
        assert lock.lost() is None
    assert read_lock(store) is None


def test_the_object_is_json_that_a_person_can_read(bucket: Bucket, time: Time) -> None:
    lock_in(bucket, time).take()
    record = bucket.record()
    assert record.keys() == {"holder", "since", "expires", "token", "fence"}
    assert (record["since"], record["expires"]) == ("2026-11-22T08:00:00Z", "2026-11-22T08:15:00Z")
    assert len(record["token"]) == 16


def test_the_second_process_gets_the_holder(api: Any, time: Time) -> None:
    first, second = lock_in(api, time), lock_in(api, time)
    first.take()
    with pytest.raises(Locked) as refused, s3_lock(second):
        pytest.fail("two hold the lock")
    assert refused.value.exit_code == 6
    assert str(first.holder) in refused.value.message
    assert "until 2026-11-22T08:15:00Z" in refused.value.message
    time.move(minutes=1)
    assert first.lost() is None, "the second left it alone"


def test_a_lock_is_taken_over_once_it_has_expired_and_clocks_may_differ(api: Any, time: Time) -> None:
    notices: list[str] = []
    first, second = lock_in(api, time), lock_in(api, time, notices)
    first.take()
    time.move(seconds=(LEASE + SKEW).total_seconds() - 1)
    with pytest.raises(Locked):
        second.take()
    time.move(seconds=1)
    second.take()
    assert second.holder is not None
    assert second.holder.fence == 2
    assert "has expired and is taken over" in notices[0]
    assert str(first.lost()).startswith("it was taken over by")
    first.release()
    assert second.lost() is None, "the first left it alone"


def test_of_two_that_take_over_an_expired_lock_one_succeeds(time: Time) -> None:
    bucket = Bucket()
    lock_in(bucket, time).take()
    time.move(hours=1)
    faster = lock_in(bucket, time)

    def overtake(operation: str, params: Any) -> None:
        if "IfMatch" in params:
            bucket.before = lambda operation, params: None
            faster.take()

    bucket.before = overtake
    with pytest.raises(Locked) as refused:
        lock_in(bucket, time).take()
    assert str(faster.holder) in refused.value.message
    assert faster.lost() is None
    assert bucket.record()["fence"] == 2


def test_of_many_at_once_one_succeeds(bucket: Bucket, time: Time) -> None:
    locks = [lock_in(bucket, time) for _ in range(8)]
    won: list[Any] = []
    start = threading.Barrier(len(locks))

    def take(lock: Any) -> None:
        start.wait()
        try:
            lock.take()
        except Locked:
            return
        won.append(lock)

    threads = [threading.Thread(target=take, args=(each,)) for each in locks]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [each.lost() for each in won] == [None]


def test_it_is_renewed_when_a_third_of_its_time_is_gone(api: Any, time: Time) -> None:
    lock = lock_in(api, time)
    lock.take()
    time.move(seconds=LEASE.total_seconds() / 3 - 1)
    assert lock.lost() is None
    assert lock.holder is not None
    assert lock.holder.expires == lock.holder.since + LEASE
    time.move(seconds=CHECK_EVERY.total_seconds())
    assert lock.lost() is None
    assert lock.holder.expires == time.at + LEASE
    time.move(minutes=12)
    with pytest.raises(Locked):
        lock_in(api, time).take()


def test_it_is_held_as_long_as_it_is_asked_about(bucket: Bucket, time: Time) -> None:
    lock = lock_in(bucket, time)
    lock.take()
    for _ in range(600):
        time.move(seconds=30)
        assert lock.lost() is None


def test_it_is_looked_at_at_most_every_few_seconds(bucket: Bucket, time: Time) -> None:
    lock = lock_in(bucket, time)
    lock.take()
    before = bucket.calls.total()
    for _ in range(100):
        time.move(seconds=0.1)
        lock.lost()
    assert bucket.calls.total() - before == 2


def test_a_machine_that_slept_continues_if_no_other_process_held_the_lock(bucket: Bucket, time: Time) -> None:
    lock = lock_in(bucket, time)
    lock.take()
    time.move(hours=2)
    assert lock.lost() is None
    assert bucket.record()["expires"] == "2026-11-22T10:15:00Z"


def test_a_machine_that_slept_loses_a_lock_that_another_process_held_meanwhile(bucket: Bucket, time: Time) -> None:
    lock = lock_in(bucket, time)
    lock.take()
    time.move(hours=1)
    with s3_lock(lock_in(bucket, time)):
        time.move(minutes=1)
    assert lock.lost() == "it was removed"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (None, "it was removed"),
        (b"{}", "it was overwritten by something else"),
        (b"\xff", "it was overwritten"),
    ],
)
@pytest.mark.parametrize("after", [CHECK_EVERY, LEASE / 2])
def test_it_is_lost_when_the_object_changes(
    bucket: Bucket, time: Time, body: bytes | None, why: str, after: timedelta
) -> None:
    lock = lock_in(bucket, time)
    lock.take()
    bucket.objects = {PLACE.key: body} if body is not None else {}
    time.move(seconds=after.total_seconds())
    assert str(lock.lost()).startswith(why)
    lock.release()
    assert bucket.objects.get(PLACE.key) == body


def test_what_is_lost_stays_lost(bucket: Bucket, time: Time) -> None:
    lock = lock_in(bucket, time)
    lock.take()
    kept = dict(bucket.objects)
    bucket.objects.clear()
    time.move(minutes=1)
    assert lock.lost()
    bucket.objects.update(kept)
    time.move(minutes=1)
    assert lock.lost() == "it was removed"


def test_it_is_lost_when_it_may_not_be_read_any_more(bucket: Bucket, time: Time) -> None:
    """Without s3:ListBucket the service answers 403 for an object that does not exist."""
    lock = lock_in(bucket, time)
    lock.take()
    bucket.faults.append(denied("s3:GetObject", "AccessDenied", "Access Denied"))
    time.move(minutes=1)
    assert lock.lost() == "it was removed, or may not be read any more"


def test_a_service_that_fails_is_borne_until_the_lock_runs_out(bucket: Bucket, time: Time) -> None:
    lock = lock_in(bucket, time)
    lock.take()
    bucket.faults = deque([FAULT] * 10_000)
    time.move(seconds=(LEASE - MARGIN).total_seconds())
    assert lock.lost() is None
    time.move(seconds=1)
    why = lock.lost()
    assert why is not None
    assert why.startswith("it expires at 2026-11-22T08:15:00Z and could not be renewed")
    assert "InternalError" in why


def test_a_renewal_that_works_again_keeps_the_lock(bucket: Bucket, time: Time) -> None:
    lock = lock_in(bucket, time)
    lock.take()
    bucket.faults = deque([FAULT] * TRIES)
    time.move(minutes=6)
    assert lock.lost() is None
    time.move(minutes=6)
    assert lock.lost() is None
    assert bucket.record()["expires"] == "2026-11-22T08:27:00Z"


def test_the_time_that_a_slow_service_takes_counts(bucket: Bucket, time: Time) -> None:
    lock = lock_in(bucket, time)
    lock.take()
    time.move(minutes=13)
    bucket.faults = deque([FAULT] * TRIES)
    bucket.before = lambda operation, params: time.move(seconds=30)
    assert "could not be renewed" in str(lock.lost())


@pytest.mark.parametrize("code", ["ConnectionError", "InternalError"])
def test_an_answer_that_was_lost_does_not_lose_the_lock(time: Time, code: str) -> None:
    bucket = Bucket(drops=True, faults=deque([refusal("s3:PutObject", code, 500)]))
    lock = lock_in(bucket, time)
    lock.take()
    bucket.faults.append(refusal("s3:PutObject", code, 500))
    time.move(minutes=6)
    assert lock.lost() is None
    assert bucket.record()["expires"] == "2026-11-22T08:21:00Z"
    time.move(minutes=6)
    assert lock.lost() is None
    assert bucket.record()["expires"] == "2026-11-22T08:27:00Z"


def test_a_take_over_whose_answer_was_lost_is_ours(bucket: Bucket, time: Time) -> None:
    lock_in(bucket, time).take()
    time.move(hours=1)
    lock = lock_in(bucket, time)
    bucket.drops = True
    bucket.faults = deque([None, None, FAULT])
    lock.take()
    assert lock.lost() is None
    assert bucket.record()["fence"] == 2


@pytest.mark.parametrize("code", ["ConditionalRequestConflict", "SlowDown", "ConnectionError"])
def test_what_passes_by_itself_is_asked_again(bucket: Bucket, time: Time, code: str) -> None:
    bucket.faults = deque([refusal("s3:PutObject", code, 409)] * (TRIES - 1))
    lock_in(bucket, time).take()
    assert bucket.record()["fence"] == 1


def test_but_not_for_ever(bucket: Bucket, time: Time) -> None:
    waits: list[float] = []
    bucket.faults = deque([FAULT] * TRIES)
    with pytest.raises(ReconcilerError, match=r"s3://locks/org/lock\.json.*InternalError"):
        read_lock(lock_object(bucket, waits.append))
    assert len(waits) == TRIES - 1


def test_an_endpoint_that_ignores_conditions_is_no_lock(time: Time) -> None:
    bucket = Bucket(heeds=False)
    with pytest.raises(ReconcilerError, match="no conditional writes") as refused, s3_lock(lock_in(bucket, time)):
        pytest.fail("the lock is none")
    assert not isinstance(refused.value, Locked)
    assert bucket.objects == {}


def test_an_endpoint_that_ignores_only_if_match_is_no_lock_either(bucket: Bucket, time: Time) -> None:
    def forget(operation: str, params: Any) -> None:
        bucket.heeds = "IfMatch" not in params

    bucket.before = forget
    with pytest.raises(ReconcilerError, match="no conditional writes"):
        lock_in(bucket, time).take()


def test_an_endpoint_that_refuses_conditions_is_no_lock(bucket: Bucket, time: Time) -> None:
    bucket.faults.append(refusal("s3:PutObject", "NotImplemented", 501))
    with pytest.raises(ReconcilerError, match="no conditional writes"), s3_lock(lock_in(bucket, time)):
        pytest.fail("the lock is none")


@pytest.mark.parametrize("call", range(4), ids=["create", "read", "create again", "replace"])
def test_a_denied_call_names_the_statement_that_is_needed(bucket: Bucket, time: Time, call: int) -> None:
    def deny(operation: str, params: Any) -> None:
        if bucket.calls.total() == call:
            raise denied(operation, "AccessDenied", "Access Denied")

    bucket.before = deny
    with pytest.raises(NotAllowed) as refused, s3_lock(lock_in(bucket, time)):
        pytest.fail("the lock is not held")
    assert refused.value.exit_code == 8
    assert refused.value.help is not None
    assert '"Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]' in refused.value.help
    assert '"Resource": "arn:aws:s3:::locks/org/lock.json"' in refused.value.help


def test_a_lock_that_is_released_while_it_is_looked_at_is_taken(bucket: Bucket, time: Time) -> None:
    """Without s3:ListBucket it cannot be read as soon as it is gone."""
    first, second = lock_in(bucket, time), lock_in(bucket, time)
    first.take()

    def release(operation: str, params: Any) -> None:
        if operation == "s3:GetObject":
            bucket.before = lambda operation, params: None
            first.release()
            raise denied(operation, "AccessDenied", "Access Denied")

    bucket.before = release
    second.take()
    assert second.lost() is None


def test_without_credentials_the_help_is_about_credentials(bucket: Bucket, time: Time) -> None:
    bucket.faults.append(denied("s3:PutObject", "ExpiredToken", "expired"))
    with pytest.raises(NotAllowed, match="no usable AWS credentials"):
        lock_in(bucket, time).take()


def test_without_the_bucket_it_is_an_error(api: Any, time: Time) -> None:
    if isinstance(api, Bucket):
        api.faults.append(refusal("s3:PutObject", "NoSuchBucket", 404))
    else:
        boto3.client("s3", region_name="us-east-1").delete_bucket(Bucket=PLACE.bucket)
    with pytest.raises(ReconcilerError, match="there is no such bucket") as refused:
        lock_in(api, time).take()
    assert not isinstance(refused.value, Locked)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b'{"version": 4, "serial": 12}',
        b'{"holder": "a", "since": "2020-01-01T00:00:00", "expires": "2020-01-01T00:00:00", "token": "t", "fence": 1}',
    ],
)
def test_an_object_that_is_no_lock_is_left_alone(bucket: Bucket, time: Time, body: bytes) -> None:
    bucket.objects[PLACE.key] = body
    with pytest.raises(ReconcilerError, match="is not a lock of this program"), s3_lock(lock_in(bucket, time)):
        pytest.fail("the lock is none")
    assert bucket.objects == {PLACE.key: body}


def test_an_interruption_while_it_is_taken_leaves_nothing_behind(time: Time) -> None:
    bucket = Bucket(drops=True, faults=deque([KeyboardInterrupt()]))
    with pytest.raises(KeyboardInterrupt), s3_lock(lock_in(bucket, time)):
        pytest.fail("the lock is none")
    assert bucket.objects == {}


def test_it_is_released_whatever_happens(bucket: Bucket, time: Time) -> None:
    with pytest.raises(ZeroDivisionError), s3_lock(lock_in(bucket, time)):
        raise ZeroDivisionError
    assert bucket.objects == {}


@pytest.mark.parametrize("faults", [[FAULT] * TRIES, [None, denied("s3:DeleteObject", "AccessDenied", "no")]])
def test_a_release_that_fails_is_reported_and_does_not_hide_the_run(bucket: Bucket, time: Time, faults: Any) -> None:
    notices: list[str] = []
    with s3_lock(lock_in(bucket, time, notices)):
        bucket.faults = deque(faults)
    assert "was not released, until it expires" in notices[0]


def test_a_lock_that_changed_hands_at_its_release_is_left_alone(bucket: Bucket, time: Time) -> None:
    notices: list[str] = []
    other = lock_in(bucket, time)

    def overtake(operation: str, params: Any) -> None:
        if operation == "s3:DeleteObject":
            bucket.before = lambda operation, params: None
            time.move(hours=1)
            other.take()

    with s3_lock(lock_in(bucket, time, notices)):
        bucket.before = overtake
    assert "was no longer held" in notices[0]
    assert other.lost() is None


def test_it_is_removed_only_with_its_token(api: Any, time: Time) -> None:
    lock = lock_in(api, time)
    lock.take()
    assert lock.holder is not None
    with pytest.raises(Locked, match="is not the one with the token"):
        remove(lock.store, "0" * 16)
    remove(lock.store, str(lock.holder.token))
    assert read_lock(lock.store) is None
    remove(lock.store, str(lock.holder.token))
    time.move(minutes=1)
    assert lock.lost() == "it was removed"


def test_a_lock_that_is_renewed_while_it_is_removed_stays(bucket: Bucket, time: Time) -> None:
    lock = lock_in(bucket, time)
    lock.take()
    assert lock.holder is not None

    def renew(operation: str, params: Any) -> None:
        if operation == "s3:DeleteObject":
            bucket.before = lambda operation, params: None
            time.move(minutes=6)
            assert lock.lost() is None

    bucket.before = renew
    with pytest.raises(Locked, match="at this moment"):
        remove(lock.store, str(lock.holder.token))
    assert lock.lost() is None


def test_a_lock_that_is_gone_when_it_is_looked_at_is_taken(bucket: Bucket, time: Time) -> None:
    bucket.faults = deque([refusal("s3:PutObject", "PreconditionFailed", 412)])
    lock = lock_in(bucket, time)
    lock.take()
    assert lock.lost() is None


def test_a_lock_that_always_changes_hands_is_given_up(bucket: Bucket, time: Time) -> None:
    bucket.faults = deque([refusal("s3:PutObject", "PreconditionFailed", 412), None] * TRIES)
    with pytest.raises(Locked, match="at the same time"), s3_lock(lock_in(bucket, time)):
        pytest.fail("the lock is none")
    assert bucket.objects == {}


def test_a_lock_that_is_taken_away_at_once_is_not_held(bucket: Bucket, time: Time) -> None:
    def remove_it(operation: str, params: Any) -> None:
        if operation == "s3:GetObject":
            bucket.objects.clear()

    bucket.before = remove_it
    with pytest.raises(Locked, match="lost at once"), s3_lock(lock_in(bucket, time)):
        pytest.fail("the lock is none")


def test_a_body_that_breaks_off_is_an_error_of_ours(bucket: Bucket, time: Time) -> None:
    class Broken:
        def read(self, most: int) -> bytes:
            raise ResponseStreamingError(error="connection broken")

    class Breaking(Bucket):
        def call(self, operation: str, params: Any) -> Any:
            answer = super().call(operation, params)
            return {**answer, "Body": Broken()} if operation == "s3:GetObject" else answer

    with pytest.raises(ReconcilerError, match="cannot be read"):
        read_lock(lock_object(Breaking(bucket.objects | {PLACE.key: b"{}"})))
