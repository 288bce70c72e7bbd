"""A journal that cannot be written any more ends the run between two calls, with a report of what was done."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.applying.journal import JournalFile
from reconciler.errors import ReconcilerError
from tests.unit.applying.locks.test_apply_stops import applied, made

__all__ = ["made"]


def broken_after(monkeypatch: pytest.MonkeyPatch, lines: int) -> None:
    """The disk is full after so many lines."""
    written = 0
    real = os.fsync

    def fsync(handle: int) -> None:
        nonlocal written
        written += 1
        if written > lines:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr("reconciler.applying.journal.os.fsync", fsync)


def test_a_journal_that_is_full_at_the_start_is_an_error_and_nothing_is_written(
    made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_after(monkeypatch, 0)
    with pytest.raises(ReconcilerError, match=r"the journal .* cannot be written: No space left on device"):
        applied()
    assert made == []


@pytest.mark.parametrize("lines", range(1, 12))
def test_what_was_done_is_reported_and_no_further_write_is_made(
    made: list[str], monkeypatch: pytest.MonkeyPatch, lines: int
) -> None:
    broken_after(monkeypatch, lines)
    report = applied()
    assert report.exit.reason == "journal"
    assert report.exit.code == (7 if made else 1)
    assert {each.because for each in report.skipped} == {"journal"}
    assert not any("bug" in each.error for each in report.failed)
    assert len(made) == lines // 2, "a call whose line before it cannot be written is not made"
    assert len(report.done) + len(report.in_progress) == len(made), "the first changes are one call each"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has this device")
def test_what_could_not_be_written_is_not_written_again_when_the_journal_is_closed() -> None:
    with JournalFile(Path("/dev/full")) as journal:
        for _ in range(2):
            with pytest.raises(ReconcilerError, match="No space left on device"):
                journal.record("apply")


def test_a_reader_that_goes_away_is_an_error_of_the_journal(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with JournalFile(pipe) as journal:
        journal.record("apply")
        os.close(reader)
        with pytest.raises(ReconcilerError, match="Broken pipe"):
            journal.record("call")
    assert isinstance(journal.failure, ReconcilerError)


def test_the_next_run_does_the_rest(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as full:
        broken_after(full, 5)
        assert applied().skipped
    assert made
    assert applied().exit.code == 0
    assert applied().calls == {}
