"""The journal of an apply: a line before and after each call, on disk before anything else happens."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.applying.journal import JournalFile, default_path
from reconciler.errors import ReconcilerError

NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_each_line_is_on_disk_when_record_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    path = tmp_path / "deep" / "journal.jsonl"
    with JournalFile(path, lambda: NOON) as journal:
        journal.record("call", operation="CreatePolicy", params={"Name": "größe"})
        assert lines(path) == [
            {
                "time": "2026-11-22T12:00:00.123+00:00",
                "event": "call",
                "operation": "CreatePolicy",
                "params": {"Name": "größe"},
            }
        ]
        journal.record("answer", operation="CreatePolicy")
    assert len(synced) == 2


def test_a_journal_that_exists_is_added_to(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    for event in ("first", "second"):
        with JournalFile(path) as journal:
            journal.record(event)
    assert [each["event"] for each in lines(path)] == ["first", "second"]


def test_a_place_that_cannot_be_written_is_an_error_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReconcilerError, match=r"cannot be written: (Not a directory|File exists)") as caught:
        JournalFile(tmp_path / "file" / "journal.jsonl")
    assert caught.value.help == "choose another place with --journal"


def test_a_full_disk_is_an_error_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with JournalFile(tmp_path / "journal.jsonl") as journal:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(ReconcilerError, match="No space left on device"):
            journal.record("call")


def test_every_run_has_a_journal_of_its_own() -> None:
    assert default_path(NOON, Path("org/.reconciler")) == Path("org/.reconciler/journal/20261122T120000.123456Z.jsonl")
