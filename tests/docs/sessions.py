"""Sessions in the documentation, as they are typed at a mocked organization.

A block marked `console` is a session: lines that begin with `$` are typed, the others must come, in this order, on
stdout (`2>&1`: on either); `...` stands for any lines or for the rest of one, and the amount of white space is no
difference. A `diff` block is an edit of `org.yaml`, a `yaml` block that begins with a file's name in a comment is that
file. All blocks of a page run one after the other. A session that needs AWS is marked `console aws`, one with values to
fill in `console placeholders`: neither is run.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from reconciler.cli import run
from reconciler.errors import UsageError
from reconciler.mock.__main__ import cli
from scripts.documentation.markdown import Block, blocks

ROOT = Path(__file__).resolve().parents[2]
NOT_RUN = frozenset({"aws", "placeholders"})
_ASSIGNMENT = re.compile(r"(\w+)=(.*)", re.DOTALL)


def sessions(block: Block) -> Iterator[tuple[str, str]]:
    """The commands of a session, each with what is shown below it."""
    for part in block.text.removeprefix("$ ").split("\n$ "):
        command, _, shown = part.partition("\n")
        yield command, shown


class Terminal:
    """A place to type the commands of a page."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self._code = 0

    def type(self, line: str) -> str:
        """What the command prints to stdout."""
        words = shlex.split(line, comments=True)
        both = words[-1] == "2>&1"
        with self._monkeypatch.context() as environment:
            while set_here := _ASSIGNMENT.fullmatch(words[0]):
                environment.setenv(set_here[1], set_here[2])
                del words[0]
            return self._run(words[:-1] if both else words, line, both=both)

    def _run(self, words: list[str], line: str, *, both: bool) -> str:
        match words:
            case ["echo", "$?"]:
                return f"{self._code}\n"
            case ["cd", place]:
                self._monkeypatch.chdir(place)
                return ""
            case ["cp", source, target]:
                shutil.copy(source, target)
                return ""
            case ["rm", "-r", place]:
                shutil.rmtree(place)
                return ""
            case ["reconciler", *arguments]:
                self._capsys.readouterr()
                self._code = run(arguments)
                out, err = self._capsys.readouterr()
                return err + out if both else out
            case ["python", "-m", "reconciler.mock", *arguments]:
                done = CliRunner().invoke(cli, arguments)
                self._code = done.exit_code
                return done.stdout
        raise AssertionError(f"there is a command that this test cannot run: {line}")

    def run_through(self, page: str) -> None:
        for block in blocks(page):
            if block.language == "diff":
                edit(Path("org.yaml"), block.text)
            elif block.language == "yaml" and block.text.startswith("# "):
                file = Path(block.text.splitlines()[0].removeprefix("# "))
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block.text, "utf-8")
            elif block.language == "console" and NOT_RUN.isdisjoint(block.marks):
                for command, shown in sessions(block):
                    printed = self.type(command)
                    assert fits(shown, printed), f"line {block.line}: $ {command}\n{printed}"
                    assert self._code != UsageError.exit_code, f"line {block.line}: $ {command}"


def edit(file: Path, difference: str) -> None:
    """Puts the lines of a diff with `+` in the place of those with `-`, between the others."""
    lines = difference.splitlines(keepends=True)
    old, new = ("".join(line[1:] for line in lines if line[0] in signs) for signs in (" -", " +"))
    text = file.read_text("utf-8")
    assert text.count(old) == 1, f"this is not once in {file}:\n{old}"
    file.write_text(text.replace(old, new), "utf-8")


def fits(shown: str, printed: str) -> bool:
    """Whether what is printed is what is shown, with the parts that are left out."""
    pattern = "".join(map(_pattern, _squeezed(shown)))
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _squeezed(printed))) is not None


def _pattern(line: str) -> str:
    if line == "...":
        return r"(?:.*\n)*"
    start, dots, rest = line.partition(" ...")
    return re.escape(start) + (r" .*\n" if dots and not rest else re.escape(dots + rest) + r"\n")


def _squeezed(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.rstrip("\n").split("\n")]
