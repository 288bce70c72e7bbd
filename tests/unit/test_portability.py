"""Every module can be imported, and a lock be taken, where the modules of POSIX do not exist."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

POSIX = ("fcntl", "grp", "pwd", "resource", "termios", "tty", "posix_spawn")

PROGRAM = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name in {posix!r}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocked())
for name in {posix!r}:
    sys.modules.pop(name, None)
import importlib, pkgutil
import reconciler
for each in pkgutil.walk_packages(reconciler.__path__, "reconciler."):
    if not each.name.endswith("__main__"):
        importlib.import_module(each.name)
        print(each.name)
"""


def test_every_module_is_imported_without_the_modules_of_posix() -> None:
    """`filelock` itself does without `fcntl` where it is missing."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(posix=POSIX)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert {"reconciler.applying.locks.local", "reconciler.mock.organization", "reconciler.cli"} <= set(
        done.stdout.split()
    )


NAMES = ("O_CLOEXEC", "getuid", "pread", "pwrite")


def test_the_lock_does_without_functions_of_posix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    from reconciler.applying.locks import local as lock

    def unknown() -> str:
        raise ImportError("pwd")

    monkeypatch.setattr("getpass.getuser", unknown)
    for name in NAMES:
        monkeypatch.delattr(os, name)
    with lock.local_lock(tmp_path / "lock"):
        holder = lock.local_holder(tmp_path / "lock")
        assert holder is not None
        assert holder.holder.startswith("unknown@")
    assert lock.local_holder(tmp_path / "lock") is None


def test_a_disk_without_locks_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reconciler.applying.locks import local as lock
    from reconciler.errors import ReconcilerError

    def refuse(handle: int, *, blocking: bool) -> bool:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(lock, "lock_descriptor", refuse)
    with pytest.raises(ReconcilerError, match="cannot be locked") as caught, lock.local_lock(tmp_path / "lock"):
        pytest.fail("the lock is none")
    assert "--lock" in str(caught.value.help)
