"""A lock object that says nothing that can be read, and answers of S3 that are none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.applying.locks.base import Holder
from reconciler.applying.locks.record import NotALock, lock_content, read_lock
from reconciler.errors import ReconcilerError
from reconciler.model.api import Params, Response
from tests.unit.applying.locks.bucket import PLACE, Bucket, Time, lock_object

VALID = '{"holder": "a", "since": "2026-01-01T00:00:00Z", "expires": "2026-01-01T01:00:00Z", "token": "t", "fence": %s}'


@pytest.mark.parametrize(
    "text",
    ["", "x", "[]", "5", "null", "{}", "[" * 100_000, VALID % "1e999", VALID % '"x"', VALID % "null", "\xff"],
    ids=["empty", "text", "list", "number", "null", "object", "deep", "infinite", "word", "none", "latin"],
)
def test_an_object_that_is_no_lock_is_left_alone(text: str) -> None:
    bucket = Bucket(objects={PLACE.key: text.encode("latin-1")})
    with pytest.raises(NotALock, match="is not a lock of this program"):
        read_lock(lock_object(bucket))
    assert bucket.objects == {PLACE.key: text.encode("latin-1")}


class WithoutTag:
    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def call(self, operation: str, params: Params) -> Response:
        answer = self._bucket.call(operation, params)
        answer.pop("ETag", None)
        return answer


def test_an_answer_without_an_etag_is_an_error() -> None:
    now = Time()()
    holder = Holder("a", now, now + timedelta(hours=1), "t", 1)
    with pytest.raises(ReconcilerError, match="has no ETag"):
        lock_object(WithoutTag(Bucket())).create(lock_content(holder))
