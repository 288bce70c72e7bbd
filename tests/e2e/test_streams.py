"""Standard streams that are closed, full, or have lost their reader: an apply is carried out all the same, and what it
did is told."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path

import pytest

from reconciler.cli import run
from tests.e2e.conftest import Program


class Failing(io.StringIO):
    """A stream that takes some lines."""

    def __init__(self, error: OSError, lines: int = 0) -> None:
        super().__init__()
        self.error = error
        self.left = lines

    def write(self, text: str) -> int:
        if self.left <= 0:
            raise self.error
        self.left -= text.count("\n")
        return super().write(text)


FULL = OSError(28, "No space left on device")
GONE = BrokenPipeError(32, "Broken pipe")
APPLY = ("apply", "--mock", "--auto-approve")


def ran(out: io.StringIO, err: io.StringIO, *args: str) -> int:
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        return run(args)


@pytest.mark.parametrize("error", [FULL, GONE], ids=["full", "gone"])
@pytest.mark.parametrize("lines", [0, 3])
def test_an_apply_goes_on_where_nobody_reads_its_progress(program: Program, error: OSError, lines: int) -> None:
    out = io.StringIO()
    assert ran(out, Failing(error, lines), *APPLY) == 0
    assert "Applied: " in out.getvalue()
    assert "No changes" in program("plan", "--mock").out


def test_the_report_is_on_stderr_where_stdout_is_full(program: Program) -> None:
    err = io.StringIO()
    assert ran(Failing(FULL), err, *APPLY, "--output", "json") == 1
    assert "the result cannot be written to the standard output: No space left on device" in err.getvalue()
    assert "Applied: " in err.getvalue()
    assert "bug" not in err.getvalue()


def test_the_report_is_on_stderr_where_its_file_cannot_be_written(program: Program, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = program(*APPLY, "--output", "json", "--out", "file/report.json")
    assert ended.code == 1
    assert "file/report.json cannot be written" in ended.err
    assert "Applied: " in ended.err


def test_an_apply_whose_reader_went_away_ends_as_the_apply_did(program: Program) -> None:
    assert ran(Failing(GONE), io.StringIO(), *APPLY, "--output", "json") == 0


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_plan_that_cannot_be_shown_is_an_error_and_is_not_applied(program: Program, output: str) -> None:
    err = io.StringIO()
    assert ran(Failing(FULL), err, "plan", "--mock", "--output", output) == 1
    assert err.getvalue().startswith("error: the result cannot be written to the standard output")
    assert ran(Failing(FULL), io.StringIO(), *APPLY) == 1
    assert json.loads(program("plan", "--mock", "--output", "json").out)["summary"]["total"] > 0


def test_a_process_without_standard_streams(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert run(["validate"]) == 0
    assert run(["plan", "--mock", "--target", "ou:Nowhere"]) == 64
