"""actionlint (with shellcheck) and zizmor find nothing in any workflow or action: those here, and those of `init`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler import scaffold

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent
CONFIG = ROOT / ".github" / "zizmor.yml"


@pytest.fixture(params=["this repository", "a repository of init"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "this repository":
        return ROOT
    for path, text in scaffold.files().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    return tmp_path


def found(repository: Path, *command: str) -> str:
    env = {**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    name, *rest = command
    ran = subprocess.run(
        [str(TOOLS / name), *rest], cwd=repository, env=env, capture_output=True, encoding="utf-8", check=False
    )
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr


def test_actionlint(repository: Path) -> None:
    workflows = sorted(str(each) for each in (repository / ".github" / "workflows").glob("*.yml"))
    assert len(workflows) >= 4
    assert found(repository, "actionlint", "-shellcheck", str(TOOLS / "shellcheck"), *workflows) == ""


def test_zizmor(repository: Path) -> None:
    actions = [each for each in (repository / "action.yml", repository / ".github") if each.exists()]
    assert found(repository, "zizmor", "--offline", "--no-progress", "--config", str(CONFIG), *map(str, actions)) == ""
