"""Adding a policy type is adding one row to the table, and nothing else.

Shown in both directions on copies of the program: with a row for a type that the service may have tomorrow, and
without the row of one that it has today.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

import reconciler
from reconciler.cli import run

pytestmark = pytest.mark.slow

PACKAGE = Path(reconciler.__file__).parent
TABLE = Path("model", "policy_types.py")
NEW_ROW = '    PolicyTypeRow("tomorrow", "TOMORROW_POLICY", "policy of tomorrow", "declarative", 60, 2),\n'
END_OF_TABLE = ")\n\nBY_SHORT"

SPEC = """\
version: 1
policies:
  new-thing:
    type: {short}
    content: {{settings: {{"@@assign": "on"}}}}
root:
  policies: [new-thing]
"""


PROGRAM = """
import contextlib, io, json, sys
from reconciler.cli import run

ran = []
for arguments in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(arguments)
    ran.append([code, out.getvalue(), err.getvalue()])
json.dump(ran, sys.stdout)
"""


class Program(Protocol):
    def __call__(self, *lines: str) -> list[tuple[int, str, str]]: ...


Copy = Callable[[Callable[[str], str]], Program]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Makes a copy of the program with another table of policy types, which runs command lines: (code, out, err)."""

    def made(change: Callable[[str], str]) -> Program:
        package = tmp_path / "program" / "reconciler"
        shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
        text = (package / TABLE).read_text("utf-8")
        assert change(text) != text
        (package / TABLE).write_text(change(text), "utf-8")

        def ran(*lines: str) -> list[tuple[int, str, str]]:
            done = subprocess.run(
                [sys.executable, "-c", PROGRAM, json.dumps([line.split() for line in lines])],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(tmp_path / "program")},
                stdout=subprocess.PIPE,
                check=True,
            )
            found: list[tuple[int, str, str]] = json.loads(done.stdout)
            return found

        return ran

    return made


def write_spec(folder: Path, short: str, content: str | None = None) -> None:
    text = SPEC.format(short=short)
    if content:
        text = text.replace('{settings: {"@@assign": "on"}}', content)
    (folder / "org.yaml").write_text(text, "utf-8")


def test_one_new_row_is_a_new_type(copy: Copy, tmp_path: Path) -> None:
    ran = copy(lambda table: table.replace(END_OF_TABLE, NEW_ROW + END_OF_TABLE))
    write_spec(tmp_path, "tomorrow")

    validated, planned, shown, dry, schema = ran(
        "validate",
        "plan --mock --output json",
        "plan --mock",
        "apply --mock --dry-run --output json",
        "schema spec",
    )
    assert validated[0] == 0
    assert [(each["action"], each["address"]) for each in json.loads(planned[1])["changes"]] == [
        ("enable", "policy_type:tomorrow"),
        ("create", "policy:new-thing"),
        ("attach", "attachment:new-thing@/"),
    ]
    assert "policy of tomorrow new-thing" in shown[1]
    assert "of 60 characters" in shown[1]
    calls = json.loads(dry[1])["would_call"]
    assert [each["operation"] for each in calls] == ["EnablePolicyType", "CreatePolicy", "AttachPolicy"]
    assert calls[0]["params"]["PolicyType"] == "TOMORROW_POLICY"
    assert "tomorrow" in schema[1]


def test_its_quota_is_the_row_s(copy: Copy, tmp_path: Path) -> None:
    ran = copy(lambda table: table.replace(END_OF_TABLE, NEW_ROW + END_OF_TABLE))
    write_spec(tmp_path, "tomorrow", '{settings: {"@@assign": "' + 60 * "x" + '"}}')
    [(code, _, told)] = ran("validate")
    assert code == 3
    assert "60" in told


def test_without_its_row_a_type_is_unknown_and_with_it_it_works_to_the_end(
    copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same spec, first without the row of GuardDuty policies, then as it is."""
    row = re.compile(r'    PolicyTypeRow\(\s*"guardduty",.*?\),\n', re.DOTALL)
    without = copy(lambda table: row.sub("", table))
    write_spec(tmp_path, "guardduty", '{guardduty: {"@@assign": "on"}}')

    [(code, _, told)] = without("validate")
    assert code == 3
    assert "guardduty" in told

    monkeypatch.chdir(tmp_path)
    assert run(["validate"]) == 0
    assert run(["apply", "--mock", "--auto-approve"]) == 0
    assert run(["plan", "--mock", "--detailed-exitcode"]) == 0
    assert "No changes" in capsys.readouterr().out
