"""Golden imports: a live organization and the spec that is written from it, byte for byte.

Every directory beside this file is a case:

    live.json   what is live, as `reconciler snapshot` writes it
    args        more options of `reconciler import` (optional)
    spec/       the files that are written, but the JSON Schema

To add a case, write live.json; `RECONCILER_GOLDEN=write pytest tests/imports` writes the rest, for review in the diff.
"""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

import pytest

from reconciler.cli import run

HERE = Path(__file__).parent
CASES = sorted(each.parent.name for each in HERE.glob("*/live.json"))
WRITES = os.environ.get("RECONCILER_GOLDEN") == "write"


@pytest.mark.parametrize("name", CASES)
def test_the_spec_is_as_accepted(name: str, tmp_path: Path) -> None:
    case, out = HERE / name, tmp_path / "out"
    args = shlex.split((case / "args").read_text()) if (case / "args").exists() else []
    live = ["--snapshot", str(case / "live.json")]
    assert run(["import", str(out), *live, "--quiet", *args]) == 0
    spec = ["--spec", str(out / "org.yaml"), "--quiet"]
    assert run(["validate", *spec]) == 0
    assert run(["plan", "--detailed-exitcode", *spec, *live]) == 0
    assert run(["fmt", "--check", *spec]) == 0
    (out / "org.schema.json").unlink()
    if WRITES:
        shutil.rmtree(case / "spec", ignore_errors=True)
        shutil.copytree(out, case / "spec")
    assert _files(out) == _files(case / "spec")


def _files(directory: Path) -> dict[str, str]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes().decode()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }
