"""What the README and the tutorial say is so: their sessions run on the mocked organization and print what is shown.

A block marked `console` is a session: lines that begin with `$` are typed, the others must come, in this order, on
stdout (`2>&1`: on either); `...` stands for any lines or for the rest of one, and the amount of white space is no
difference. A `diff` block is an edit of `org.yaml`, a `yaml` block that begins with a file's name in a comment is that
file. All blocks of a page run one after the other.
"""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from reconciler.cli import COMMANDS, run
from reconciler.mock.__main__ import cli

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: str, *kinds: str) -> list[tuple[str, str]]:
    return [(kind, text) for kind, text in BLOCK.findall(page) if kind in kinds]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, 100 columns wide."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("RECONCILER_SPEC", "RECONCILER_LOCK", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


class Terminal:
    """A place to type the commands of a page."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self._code = 0

    def type(self, line: str) -> str:
        """What the command prints to stdout."""
        words = shlex.split(line)
        both = words[-1] == "2>&1"
        match words[:-1] if both else words:
            case ["echo", "$?"]:
                return f"{self._code}\n"
            case ["cd", place]:
                self._monkeypatch.chdir(place)
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
        for kind, text in blocks(page, "console", "diff", "yaml"):
            if kind == "diff":
                edit(Path("org.yaml"), text)
            elif kind == "yaml" and text.startswith("# "):
                Path(text.splitlines()[0].removeprefix("# ")).write_text(text, "utf-8")
            if kind != "console":
                continue
            for session in text.removeprefix("$ ").split("\n$ "):
                command, _, shown = session.partition("\n")
                printed = self.type(command)
                assert fits(shown, printed), f"$ {command}\n{printed}"


def test_the_sessions_of_the_readme(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(ROOT / "org.yaml", folder)
    shutil.copytree(ROOT / "policies", folder / "policies")
    Terminal(monkeypatch, capsys).run_through(README)


def test_the_sessions_of_the_tutorial(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Terminal(monkeypatch, capsys).run_through(TUTORIAL)


def edit(file: Path, difference: str) -> None:
    """Puts the lines of a diff with `+` in the place of those with `-`, between the others."""
    lines = difference.splitlines(keepends=True)
    old, new = ("".join(line[1:] for line in lines if line[0] in signs) for signs in (" -", " +"))
    text = file.read_text("utf-8")
    assert text.count(old) == 1, f"this is not once in {file}:\n{old}"
    file.write_text(text.replace(old, new), "utf-8")


def fits(shown: str, printed: str) -> bool:
    pattern = "".join(map(_pattern, squeezed(shown)))
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in squeezed(printed))) is not None


def _pattern(line: str) -> str:
    if line == "...":
        return r"(?:.*\n)*"
    start, dots, rest = line.partition(" ...")
    return re.escape(start) + (r" .*\n" if dots and not rest else re.escape(dots + rest) + r"\n")


def squeezed(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.rstrip("\n").split("\n")]


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a  b\n", "a b\n", True),
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("...\nd\n", "a\nd\n", True),
        ("a\n...\n", "a\nb\n", True),
        ("a\n", "a\nb\n", False),
        ("b\n", "a\nb\n", False),
        ("a\nc\n", "a\nb\nc\n", False),
        ("a b ...\n", "a b c\n", True),
        ("a b ...\n", "a c\n", False),
        ("a.\n", "ab\n", False),
    ],
)
def test_how_what_is_shown_is_compared(shown: str, printed: str, same: bool) -> None:
    assert fits(shown, printed) is same


def test_the_smallest_spec_is_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [(_, text)] = [each for each in blocks(README, "yaml") if yaml.safe_load(each[1]).get("version")]
    assert len(text.splitlines()) == 12
    (folder / "org.yaml").write_text(text, "utf-8")
    assert run(["validate"]) == 0
    assert capsys.readouterr().err == ""
    assert run(["apply", "--mock", "--auto-approve"]) == 0
    assert run(["plan", "--mock", "--detailed-exitcode"]) == 0


def test_the_table_has_every_command() -> None:
    named = re.findall(r"^\| `(\w+)[^`]*` \|", README, re.MULTILINE)
    assert named == list(COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """To a file of this repository, and to a heading of it where one is named."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        file, _, heading = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        place = (page.parent / file).resolve() if file else page
        if not place.exists() or (heading and heading not in anchors(place)):
            broken.append(target)
    assert broken == []


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub names them in links."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
