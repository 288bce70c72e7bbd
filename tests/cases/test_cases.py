"""Golden cases: a spec and a live organization, and the plan of it, byte for byte.

Every directory beside this file is a case:

    org.yaml    what is declared; its first line says in one sentence what the case shows
    live.json   what is live, as `reconciler snapshot` writes it
    args        more options of `reconciler plan` (optional)
    plan.txt    the command, what it printed, and its exit code
    plan.json   the same plan as JSON; a case which ends in an error before there is a plan has none

and the files that org.yaml names: `policies/`, `teams/`. To add a case, write org.yaml and live.json (apply a spec with
`--mock`, then `snapshot --mock`); `make accept` writes the other two, for review in the diff.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from jsonschema import validate

from reconciler.cli import run

HERE = Path(__file__).parent
CASES = sorted(each.parent.name for each in HERE.glob("*/org.yaml"))
WRITES = os.environ.get("RECONCILER_GOLDEN") == "write"

INPUT = {"org.yaml", "live.json"}
OPTIONAL = {"args"}
INCLUDED = {"policies", "teams"}
PLANNED = {0, 2}
"""The exit codes of `plan --detailed-exitcode` that come with a plan."""


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of a case; the working directory is a copy of what the program reads of it."""
    source: Path = HERE / request.param
    copy = tmp_path / "case"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("plan.*"))
    monkeypatch.chdir(copy)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "GITHUB_ACTIONS", "RECONCILER_SPEC"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    return source


def command_line() -> list[str]:
    more = shlex.split(Path("args").read_text("utf-8")) if Path("args").exists() else []
    return ["plan", "--snapshot", "live.json", "--detailed-exitcode", *more]


def printed(args: Sequence[str], *, diagnostics: bool) -> tuple[int, str]:
    """The exit code of a command line and what it printed on stdout, with `diagnostics` on stderr as well."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out if diagnostics else io.StringIO()):
        code = run(args)
    out.seek(0)
    return code, out.read()


def check(golden: Path, text: str) -> None:
    if WRITES:
        golden.write_text(text, "utf-8", newline="\n")
    assert golden.read_bytes().decode("utf-8") == text, f"{golden} differs: where it should, run `make accept`"


def test_the_plan_is_as_accepted(case: Path) -> None:
    args = command_line()
    files = sorted(Path().rglob("*"))
    code, text = printed([*args, "--color", "never"], diagnostics=True)
    check(case / "plan.txt", f"$ {shlex.join(['reconciler', *args])}\n{text}exit code {code}\n")
    code_of_json, data = printed([*args, "--output", "json"], diagnostics=False)
    assert code_of_json == code
    if code in PLANNED:
        check(case / "plan.json", data)
        validate(json.loads(data), json.loads(printed(["schema", "plan"], diagnostics=False)[1]))
    elif WRITES:
        (case / "plan.json").unlink(missing_ok=True)
    assert sorted(Path().rglob("*")) == files, "`plan` writes no file"


@pytest.mark.parametrize("name", CASES)
def test_a_case_has_all_its_files_and_no_other(name: str) -> None:
    folder = HERE / name
    present = {each.name for each in folder.iterdir()}
    ending = (folder / "plan.txt").read_text("utf-8").splitlines()[-1]
    golden = {"plan.txt", "plan.json"} if int(ending.removeprefix("exit code ")) in PLANNED else {"plan.txt"}
    assert present - OPTIONAL - INCLUDED == INPUT | golden


@pytest.mark.parametrize("name", CASES)
def test_a_case_says_what_it_shows(name: str) -> None:
    first, *_ = (HERE / name / "org.yaml").read_text("utf-8").splitlines()
    assert first.startswith("# ")
    assert first.endswith(".")


def test_every_directory_is_a_case() -> None:
    directories = {each.name for each in HERE.iterdir() if each.is_dir() and each.name != "__pycache__"}
    assert directories == set(CASES)
    assert len(CASES) >= 28
