"""The action that installs reconciler in a pipeline: one complete list with hashes, and nothing beside it.

`scripts/try_wheel.sh` runs it with the package index, on a wheel that was just built; here pip is a stand-in.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest
import yaml
from packaging.requirements import Requirement

from reconciler import scaffold

FILES = scaffold.files()
ACTION = ".github/actions/install-reconciler/action.yml"
LIST = ".github/actions/install-reconciler/requirements.txt"
(SCRIPT,) = (step["run"] for step in yaml.safe_load(FILES[ACTION])["runs"]["steps"] if "run" in step)
RELEASE = "org-reconciler==0.1.0 --hash=sha256:" + "1" * 64

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the runners have bash")


class Installed(NamedTuple):
    """How the script ended, what it printed, the calls of pip, and what it put on the PATH."""

    code: int
    text: str
    pip: list[str]
    path: str


class Install(Protocol):
    def __call__(self, requirements: str, **env: str) -> Installed: ...


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Runs the script as the runner does; the `pip` of each virtual environment only notes its calls."""
    tools, action = tmp_path / "tools", tmp_path / "action"
    tools.mkdir()
    action.mkdir()
    pip = f'#!/bin/sh\necho "$*" >>{tmp_path}/calls\nexit "${{PIP_STATUS:-0}}"\n'
    (tools / "python").write_text(
        f"#!{sys.executable}\nimport pathlib, sys\nassert sys.argv[1:3] == ['-m', 'venv']\n"
        f"pip = pathlib.Path(sys.argv[3], 'bin/pip')\npip.parent.mkdir(parents=True)\n"
        f"pip.write_text({pip!r}, 'utf-8')\npip.chmod(0o755)\n",
        "utf-8",
    )
    (tools / "python").chmod(0o755)

    def run(requirements: str, **env: str) -> Installed:
        (action / "requirements.txt").write_text(requirements, "utf-8")
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", SCRIPT],
            env={
                "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
                "RUNNER_TEMP": str(tmp_path),
                "GITHUB_ACTION_PATH": str(action),
                "GITHUB_PATH": str(tmp_path / "path"),
                **env,
            },
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        calls, path = tmp_path / "calls", tmp_path / "path"
        return Installed(
            ran.returncode,
            ran.stdout + ran.stderr,
            calls.read_text("utf-8").splitlines() if calls.exists() else [],
            path.read_text("utf-8") if path.exists() else "",
        )

    return run


def test_only_what_the_list_names_by_hash_is_installed(install: Install, tmp_path: Path) -> None:
    ran = install(f"{FILES[LIST]}{RELEASE}\n")
    assert ran.code == 0, ran.text
    first, second = ran.pip
    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(first.split())
    assert f"--find-links {tmp_path}/action" in first
    assert first.endswith(f"--requirement {tmp_path}/action/requirements.txt")
    assert second == "check"
    assert ran.path == f"{tmp_path}/reconciler/bin\n"


@pytest.mark.parametrize(
    "requirements",
    [FILES[LIST], f"{FILES[LIST]}# {RELEASE}\n", f"{FILES[LIST]}reconciler==0.1.0\n", ""],
    ids=["as-init-wrote-it", "commented-out", "the-name-of-another-project", "empty"],
)
def test_a_list_without_reconciler_installs_nothing(install: Install, requirements: str) -> None:
    ran = install(requirements)
    assert ran.code == 1
    assert "::error::Name the reconciler to install" in ran.text
    assert (ran.pip, ran.path) == ([], "")


def test_a_failed_installation_puts_nothing_on_the_path(install: Install) -> None:
    ran = install(f"{FILES[LIST]}{RELEASE}\n", PIP_STATUS="1")
    assert ran.code == 1
    assert ran.path == ""


def test_the_lines_to_copy_are_requirements_for_the_distribution() -> None:
    examples = [line.removeprefix("#   ") for line in FILES[LIST].splitlines() if line.startswith("#   org-")]
    assert len(examples) == 2
    for each in examples:
        requirement, _, digest = each.partition(" --hash=")
        assert Requirement(requirement).name == "org-reconciler"
        assert digest == "sha256:..."
