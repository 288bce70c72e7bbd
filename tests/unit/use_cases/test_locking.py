"""The state of a lock as a value; the locks themselves are tested with `applying`."""

from __future__ import annotations

from pathlib import Path

from reconciler.model.results import FreeLock, TakenLock
from reconciler.use_cases.connection import ConnectionOptions
from reconciler.use_cases.locking import lock_place, locked, unlock

OPTIONS = ConnectionOptions()


def test_a_lock_is_a_file_in_the_folder_of_the_spec_unless_it_is_named(tmp_path: Path) -> None:
    assert lock_place(None, tmp_path) == tmp_path / "lock"
    assert lock_place(str(tmp_path / "other"), tmp_path) == tmp_path / "other"
    assert str(lock_place("s3://bucket/key", tmp_path)) == "s3://bucket/key"


def test_a_free_lock_and_a_taken_one(tmp_path: Path) -> None:
    place = tmp_path / "lock"
    free = unlock(place, OPTIONS)
    assert (free.state, free.exit.code) == (FreeLock(lock=str(place)), 0)
    with locked(place, OPTIONS, lambda text: None):
        taken = unlock(place, OPTIONS)
    assert isinstance(taken.state, TakenLock)
    assert (taken.state.held, taken.local, taken.exit.code, taken.exit.reason) == (True, True, 6, "locked")
    assert (taken.state.expires, taken.state.token) == (None, None)
    assert unlock(place, OPTIONS).state == free.state
