"""Results are written where they were asked for, whatever is there: a file, a link, a pipe, a device, a descriptor."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler import file_io
from reconciler.applying.journal import JournalFile
from reconciler.errors import ReconcilerError
from reconciler.mock import statefile
from reconciler.mock.statefile import StateFile
from tests.e2e.conftest import (
    Program,
    program,  # noqa: F401  # a fixture
)


def read_from(pipe: Path, write: Callable[[], object]) -> bytes:
    """What comes out of the pipe while `write` runs."""
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    write()
    reader.join()
    return found[0]


def only(directory: Path, *names: str) -> bool:
    return {each.name for each in directory.iterdir()} == set(names)


def test_a_new_file_with_its_directories(tmp_path: Path) -> None:
    file_io.write_text(tmp_path / "a" / "b" / "f", "text\n")
    assert (tmp_path / "a" / "b" / "f").read_text() == "text\n"
    assert only(tmp_path / "a" / "b", "f")


def test_an_existing_file_keeps_its_permissions(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("before")
    file.chmod(0o640)
    file_io.write_text(file, "after")
    assert file.read_text() == "after"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert only(tmp_path, "f")


def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert read_from(pipe, lambda: file_io.write_text(pipe, "text")) == b"text"
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert only(tmp_path, "pipe")


def test_a_device_stays_a_device() -> None:
    before = Path("/dev/null").stat()
    file_io.write_text(Path("/dev/null"), "text")
    after = Path("/dev/null").stat()
    assert stat.S_ISCHR(after.st_mode)
    assert (after.st_ino, after.st_rdev) == (before.st_ino, before.st_rdev)


@pytest.mark.parametrize("exists", [True, False])
def test_of_a_link_the_target_is_written(tmp_path: Path, exists: bool) -> None:
    (tmp_path / "real").mkdir()
    target, middle, link = tmp_path / "real" / "f", tmp_path / "middle", tmp_path / "link"
    if exists:
        target.write_text("before")
    middle.symlink_to("real/f")
    link.symlink_to(middle)
    file_io.write_text(link, "after")
    assert link.is_symlink()
    assert middle.is_symlink()
    assert not target.is_symlink()
    assert target.read_text() == "after"


def test_a_link_to_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    assert read_from(tmp_path / "pipe", lambda: file_io.write_text(tmp_path / "link", "text")) == b"text"
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("form", ["/dev/fd/{}", "/proc/self/fd/{}", "link"])
def test_a_descriptor_of_this_process_is_written_to_where_it_is(tmp_path: Path, form: str) -> None:
    file = tmp_path / "f"
    with file.open("wb", buffering=0) as opened:
        opened.write(b"before\n")
        place = Path(form.format(opened.fileno()))
        if form == "link":
            place = tmp_path / "link"
            place.symlink_to(f"/dev/fd/{opened.fileno()}")
        file_io.write_text(place, "text\n")
        opened.write(b"after\n")
    assert file.read_text() == "before\ntext\nafter\n"


def test_standard_output_by_name(capfd: pytest.CaptureFixture[str]) -> None:
    file_io.write_text(Path("/dev/stdout"), "out\n")
    file_io.write_text(Path("/dev/stderr"), "err\n")
    assert capfd.readouterr() == ("out\n", "err\n")


@pytest.mark.parametrize(
    ("name", "why"), [(".", "directory"), ("there/", "directory"), ("f/g", "xists|irectory"), ("loop", "links")]
)
def test_where_nothing_can_be_written_is_an_error(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "f").write_text("kept")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(ReconcilerError, match=f"cannot be written: .*{why}") as caught:
        file_io.write_text(tmp_path / name, "text")
    assert caught.value.help
    assert (tmp_path / "f").read_text() == "kept"
    assert only(tmp_path, "there", "f", "loop")


@pytest.mark.parametrize("code", [errno.EACCES, errno.EBUSY, errno.EROFS])
def test_a_file_that_cannot_be_renamed_over_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "replace", refuse)
    (tmp_path / "f").write_text("before")
    file_io.write_text(tmp_path / "f", "after")
    assert (tmp_path / "f").read_text() == "after"
    with pytest.raises(ReconcilerError, match="cannot be written"):
        file_io.write_text(tmp_path / "new", "text")
    assert only(tmp_path, "f")


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", refuse)
    (tmp_path / "f").write_text("before")
    with pytest.raises(ReconcilerError, match="No space left"):
        file_io.write_text(tmp_path / "f", "after")
    assert (tmp_path / "f").read_text() == "before"


def test_a_name_that_utf_8_cannot_hold_is_escaped(tmp_path: Path) -> None:
    file_io.write_text(tmp_path / "f", '{"Name": "\ud800"}')
    assert (tmp_path / "f").read_bytes() == b'{"Name": "\\ud800"}'


def test_a_state_file_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    with pytest.raises(ReconcilerError, match="cannot be written") as caught:
        statefile.write(StateFile(), tmp_path / "f" / "mock.json")
    assert "--mock-state" in str(caught.value.help)


def test_a_journal_may_be_a_pipe_or_a_device(tmp_path: Path) -> None:
    with JournalFile(Path("/dev/null")) as journal:
        journal.record("call", operation="CreatePolicy")
    os.mkfifo(tmp_path / "pipe")

    def write() -> None:
        with JournalFile(tmp_path / "pipe") as journal:
            journal.record("call", operation="CreatePolicy")

    assert b'"operation": "CreatePolicy"' in read_from(tmp_path / "pipe", write)


@pytest.mark.parametrize("option", ["--out", "--save"])
def test_a_command_writes_into_a_pipe_and_through_a_link(program: Program, tmp_path: Path, option: str) -> None:  # noqa: F811
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("real.json")
    arguments = ("plan", "--mock", "--quiet", "--output", "json", option)
    piped = read_from(tmp_path / "pipe", lambda: program(*arguments, str(tmp_path / "pipe")))
    assert program(*arguments, str(tmp_path / "link")).code == 0
    assert piped == (tmp_path / "real.json").read_bytes()
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert (tmp_path / "link").is_symlink()
    refused = program(*arguments, str(tmp_path))
    assert (refused.code, "Is a directory" in refused.err) == (1, True)


def test_a_mocked_organization_where_nothing_can_be_written(program: Program, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / ".reconciler").write_text("")
    refused = program("plan", "--mock")
    assert refused.code == 1
    assert "mock.json cannot be written" in refused.err
    assert "bug" not in refused.err


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"version: 1\n", "it is not JSON at line 1, column 1"),
        (b'{"a": 1,\n }', "it is not JSON at line 2, column 2"),
        (b"", "it is not JSON at line 1, column 1"),
        (b"\xff{}", "it is no text in UTF-8"),
    ],
)
def test_what_is_not_json_is_said_with_its_place(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "plan.json").write_bytes(content)
    with pytest.raises(ValueError, match=f"^{why}$"):
        file_io.read_json(tmp_path / "plan.json")
