"""The lock file: held by one process at a time, freed with it, and noticed when somebody removes it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.applying.locks.base import place, process_name
from reconciler.applying.locks.local import local_holder, local_lock
from reconciler.errors import Locked, ReconcilerError, UsageError
from reconciler.model.object_store import S3Place

HOLD = """
import sys
from pathlib import Path
from reconciler.applying.locks.local import local_lock
with local_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock until it is killed, or its standard input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_second_process_gets_the_holder_and_a_killed_one_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "new" / "lock"
    with another_process(path) as process:
        holder = local_holder(path)
        assert holder is not None
        assert holder.holder == process_name().rpartition(" ")[0] + f" {process.pid}"
        with pytest.raises(Locked) as refused, local_lock(path):
            pytest.fail("two hold the lock")
        assert refused.value.exit_code == 6
        assert str(holder) in refused.value.message
    assert local_holder(path) is None
    with local_lock(path) as lock:
        assert lock.lost() is None


def test_of_many_threads_one_succeeds(tmp_path: Path) -> None:
    start, end = threading.Barrier(8), threading.Barrier(8)
    outcomes: list[str] = []

    def take() -> None:
        start.wait()
        try:
            with local_lock(tmp_path / "lock"):
                outcomes.append("held")
                end.wait()
        except Locked as error:
            outcomes.append(error.reason)
            end.wait()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["held"] + ["locked"] * 7


def test_it_is_free_again_and_does_not_name_its_last_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(ZeroDivisionError), local_lock(path):
        raise ZeroDivisionError
    assert path.read_text() == ""
    with local_lock(path):
        assert json.loads(path.read_text())["holder"] == process_name()


def test_a_holder_that_has_not_written_its_name_still_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with local_lock(path):
        path.write_text("{")
        with pytest.raises(Locked, match="a process that just started"), local_lock(path):
            pytest.fail("two hold the lock")


def test_it_is_lost_when_the_file_is_removed_or_replaced(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with local_lock(path) as lock:
        path.unlink()
        assert lock.lost() == "the file was removed or replaced"
        with local_lock(path):
            assert lock.lost() == "the file was removed or replaced"


def test_a_lock_that_does_not_exist_has_no_holder(tmp_path: Path) -> None:
    assert local_holder(tmp_path / "none" / "lock") is None
    assert not (tmp_path / "none").exists()


def test_a_place_where_no_file_can_be_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReconcilerError, match="cannot be opened"), local_lock(tmp_path / "file" / "lock"):
        pytest.fail("the lock is none")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".reconciler/lock", Path(".reconciler/lock")),
        ("/var/lock/org", Path("/var/lock/org")),
        ("s3://my-bucket/lock", S3Place("my-bucket", "lock")),
        ("s3://my.bucket/a/b.json", S3Place("my.bucket", "a/b.json")),
    ],
)
def test_the_option_names_a_file_or_an_object(text: str, expected: object) -> None:
    assert place(text) == expected


@pytest.mark.parametrize(
    "text", ["s3://bucket", "s3://bucket/", "s3://bucket/a/", "s3:///key", "s3://B_/k", "gs://b/k", "s3:/b/k", "S3:b/k"]
)
def test_the_option_names_nothing_else(text: str) -> None:
    with pytest.raises(UsageError, match="expected a file or s3://bucket/key"):
        place(text)
