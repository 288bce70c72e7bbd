"""Plans in a directory and in S3: kept once, found by their digest, refused where they do not have it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reconciler.errors import PlanRefused, ReconcilerError, UsageError
from reconciler.model.object_store import S3Place
from reconciler.model.plan import Organization, Plan
from reconciler.use_cases.files import plan_text
from reconciler.use_cases.plan_store import Bucket, Directory, PlanStore, store_place
from tests.unit.applying.locks.bucket import Bucket as FakeS3
from tests.unit.applying.locks.bucket import refusal

PLAN = Plan(
    organization=Organization(id="o-1", management_account_id="111122223333", root_id="r-1"), spec_digest="sha256:1"
)
OTHER = PLAN.model_copy(update={"ids": {"root:/": "r-1"}})


@dataclass
class Stores:
    directory: Path
    s3: FakeS3 = field(default_factory=FakeS3)

    def store(self, name: str) -> PlanStore:
        return Directory(self.directory) if name == "directory" else Bucket(self.s3, "locks", "plans/")

    def put(self, name: str, digest: str, text: str) -> None:
        file = f"{digest.removeprefix('sha256:')}.json"
        if name == "directory":
            (self.directory / file).write_text(text)
        else:
            self.s3.objects[f"plans/{file}"] = text.encode()


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    return Stores(tmp_path)


@pytest.mark.parametrize("name", ["directory", "s3"])
class TestPlanStore:
    def test_a_plan_is_found_by_its_digest_with_and_without_its_algorithm(self, stores: Stores, name: str) -> None:
        store = stores.store(name)
        assert store.find(PLAN.digest) is None
        store.keep(PLAN)
        assert store.find(PLAN.digest) == PLAN
        assert store.find(PLAN.digest.removeprefix("sha256:")) == PLAN
        assert store.find(OTHER.digest) is None

    def test_a_plan_that_is_kept_is_left_as_it_is(self, stores: Stores, name: str) -> None:
        store = stores.store(name)
        store.keep(PLAN)
        store.keep(PLAN.model_copy(update={"spec_digest": "sha256:2"}))
        assert store.find(PLAN.digest) == PLAN

    def test_content_with_another_digest_is_refused(self, stores: Stores, name: str) -> None:
        stores.put(name, PLAN.digest, plan_text(OTHER))
        for use in (stores.store(name).find, lambda digest: stores.store(name).keep(PLAN)):
            with pytest.raises(PlanRefused, match="not that of its name"):
                use(PLAN.digest)

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format_version": "1.0"}'])
    def test_what_is_no_plan_is_refused(self, stores: Stores, name: str, text: str) -> None:
        stores.put(name, PLAN.digest, text)
        with pytest.raises(PlanRefused):
            stores.store(name).find(PLAN.digest)


def test_a_bucket_that_refuses_is_an_error_and_never_an_absent_plan(stores: Stores) -> None:
    stores.s3.faults.append(refusal("s3:GetObject", "NoSuchBucket", 404))
    with pytest.raises(ReconcilerError, match="no such bucket") as caught:
        stores.store("s3").find(PLAN.digest)
    assert "--plan-store" in str(caught.value.help)


def test_a_lost_answer_is_asked_again(stores: Stores) -> None:
    stores.s3.drops = True
    stores.s3.faults.append(refusal("s3:PutObject", "ConnectionError", 500))
    bucket = Bucket(stores.s3, "locks", "")
    bucket.keep(PLAN)
    assert bucket.find(PLAN.digest) == PLAN


@pytest.mark.parametrize(
    ("option", "lock", "place"),
    [
        (None, Path(".reconciler/lock"), Path("specs/.reconciler/plans")),
        (None, S3Place("b", "org/lock"), S3Place("b", "org/lock.plans/")),
        ("kept", S3Place("b", "org/lock"), Path("kept")),
        ("s3://bucket", Path("lock"), S3Place("bucket", "")),
        ("s3://bucket/", Path("lock"), S3Place("bucket", "")),
        ("s3://bucket/a/b", Path("lock"), S3Place("bucket", "a/b/")),
        ("s3://bucket/a/b/", Path("lock"), S3Place("bucket", "a/b/")),
    ],
)
def test_where_plans_are_kept(option: str | None, lock: Path | S3Place, place: Path | S3Place) -> None:
    assert store_place(option, lock, Path("specs/.reconciler")) == place


@pytest.mark.parametrize("option", ["http://x/y", "s3://", "s3:///x", "s3://B_/x", "s3:/b/x"])
def test_what_names_no_place(option: str) -> None:
    with pytest.raises(UsageError, match="--plan-store"):
        store_place(option, Path("lock"), Path(".reconciler"))
