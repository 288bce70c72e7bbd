"""A long result on a terminal is shown in a pager; nothing else ever is."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

pytestmark = pytest.mark.slow

SPEC = "version: 1\nroot:\n  accounts:\n" + "".join(
    f"    account-{index:02}: {{email: a{index:02}@example.com}}\n" for index in range(30)
)
PAGER = """\
import os, pathlib, sys
pathlib.Path("paged").write_text(sys.stdin.read(), "utf-8")
pathlib.Path("less").write_text(os.environ["LESS"], "utf-8")
print("END OF PAGER")
"""


class Terminal:
    """A pseudo terminal of some lines, in a directory with a long spec and a pager that keeps what it is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "org.yaml").write_text(SPEC, "utf-8")
        (folder / "pager.py").write_text(PAGER, "utf-8")
        self.pager = f"{sys.executable} {folder / 'pager.py'}"

    def type(self, *args: str, typed: str = "", lines: int = 24, environment: Mapping[str, str] | None = None) -> str:
        """What is seen of a command; without a pager in the environment, the one that keeps what it is given."""
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, 80, 0, 0))
        dropped = ("CI", "GITHUB_ACTIONS", "COLUMNS", "LINES", "LESS", "PAGER", "RECONCILER_PAGER", "NO_COLOR")
        clean = {name: value for name, value in os.environ.items() if name not in dropped}
        clean |= {"TERM": "xterm", "PAGER": self.pager, **(environment or {})}
        running = subprocess.Popen(
            [sys.executable, "-m", "reconciler", *args],
            cwd=self.folder, stdin=theirs, stdout=theirs, stderr=theirs, env=clean, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        os.write(ours, typed.encode())
        seen = b""
        while True:
            try:
                read = os.read(ours, 65536)
            except OSError:  # Linux: the other end is closed
                break
            if not read:
                break
            seen += read
        self.code = running.wait()
        os.close(ours)
        return seen.decode()

    @property
    def paged(self) -> str | None:
        kept = self.folder / "paged"
        return kept.read_text("utf-8") if kept.exists() else None


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


@pytest.mark.parametrize(
    "args",
    [
        ("show",),
        ("show", "--format", "table"),
        ("plan", "--mock", "--verbose"),
        ("drift", "--mock"),
    ],
    ids=" ".join,
)
def test_what_is_longer_than_the_screen_is_paged(terminal: Terminal, args: tuple[str, ...]) -> None:
    seen = terminal.type(*args)
    assert terminal.paged is not None
    assert "account-29" in terminal.paged
    assert "END OF PAGER" in seen
    assert "account-29" not in seen
    assert (terminal.folder / "less").read_text() == "FRX"


def test_an_explanation_is_paged_on_a_low_screen(terminal: Terminal) -> None:
    terminal.type("validate", "--explain", "E303", lines=3)
    assert "E303" in (terminal.paged or "")


def test_colour_reaches_the_pager(terminal: Terminal) -> None:
    terminal.type("show")
    assert "\x1b[" in (terminal.paged or "")
    terminal.type("show", environment={"NO_COLOR": "1"})
    assert "\x1b[" not in (terminal.paged or "\x1b[")


def test_what_fits_is_not_paged(terminal: Terminal) -> None:
    assert "account-29" in terminal.type("show", lines=60)
    assert terminal.paged is None


@pytest.mark.parametrize(
    ("args", "environment"),
    [
        (("--no-pager",), {}),
        (("--no-input",), {}),
        (("--output", "json"), {}),
        ((), {"CI": "true"}),
        ((), {"TERM": "dumb"}),
        ((), {"RECONCILER_PAGER": ""}),
        ((), {"RECONCILER_PAGER": "cat"}),
        ((), {"PAGER": "no-such-program"}),
        ((), {"PAGER": "'"}),
    ],
    ids=str,
)
def test_who_does_not_want_a_pager_gets_none(
    terminal: Terminal, args: tuple[str, ...], environment: dict[str, str]
) -> None:
    assert "account-29" in terminal.type("show", *args, environment=environment)
    assert terminal.paged is None


def test_ours_wins_over_that_of_all_programs(terminal: Terminal) -> None:
    assert "END OF PAGER" in terminal.type(
        "show", environment={"RECONCILER_PAGER": terminal.pager, "PAGER": "no-such-program"}
    )


def test_a_result_in_a_file_is_not_paged(terminal: Terminal) -> None:
    terminal.type("show", "--out", "tree.txt")
    assert terminal.paged is None
    assert "account-29" in (terminal.folder / "tree.txt").read_text("utf-8")


def test_an_apply_is_never_paged(terminal: Terminal) -> None:
    seen = terminal.type("apply", "--mock", "--allow", "account_creations=30", typed="y\n", lines=10)
    assert terminal.paged is None
    assert "Apply 30 changes to o-" in seen
    progress, shown_again, result = seen.rpartition("\x1b[?25h")
    assert "Applying" in progress
    assert shown_again, "the cursor is hidden while the progress is drawn, and comes back"
    assert "30 accounts" in result
    assert "Applied: 30 done." in result
    assert "account-" not in result, "nothing is said again"


def test_the_exit_code_is_that_of_the_command(terminal: Terminal) -> None:
    failing = f"{sys.executable} -c 'import sys; sys.exit(3)'"
    terminal.type("drift", "--mock", environment={"PAGER": failing})
    assert terminal.code == 2
