"""What is shipped, and how a fresh machine gets it: the wheel, the lock files, the Makefile."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DEPENDENCIES = [Requirement(each) for each in PROJECT["project"]["dependencies"]]
UV_LOCK = (ROOT / "uv.lock").read_text("utf-8")
REQUIREMENTS = (ROOT / "requirements.lock").read_text("utf-8")
TARGETS = {"demo", "test", "lint", "format", "bench", "nightly", "mutation", "docs", "docs-check", "clean"}

CAME_WITH = {"botocore": "boto3", "pydantic_core": "pydantic"}
"""Modules of a dependency's own dependency that belong to its interface."""

ELSEWHERE = {"pywin32", "pyyaml-ft"}
"""Locked for Windows only, and for one Python only."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    built = next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel"))))
    return zipfile.ZipFile(built)


class TestWheel:
    def test_it_holds_every_file_of_the_package_and_no_other(self, wheel: zipfile.ZipFile) -> None:
        package = {
            path.relative_to(ROOT).as_posix()
            for path in (ROOT / "reconciler").rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert {name for name in wheel.namelist() if ".dist-info/" not in name} == package
        assert "reconciler/py.typed" in package

    def test_it_brings_the_licence_and_the_command(self, wheel: zipfile.ZipFile) -> None:
        read = {Path(name).name: name for name in wheel.namelist() if ".dist-info/" in name}
        assert b"Apache License" in wheel.read(read["LICENSE"])
        assert b"reconciler = reconciler.cli:main" in wheel.read(read["entry_points.txt"])

    def test_no_index_takes_it_by_mistake(self) -> None:
        """The name belongs to another project on PyPI, which refuses uploads with this classifier."""
        assert "Private :: Do Not Upload" in PROJECT["project"]["classifiers"]


def imported_by(path: Path) -> set[str]:
    """The top-level modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_the_package_imports_nothing_that_it_does_not_declare() -> None:
    distributions = importlib.metadata.packages_distributions()
    declared = {canonicalize_name(each.name) for each in DEPENDENCIES}
    used = set().union(*(imported_by(path) for path in (ROOT / "reconciler").rglob("*.py")))
    for module in used - set(sys.stdlib_module_names) - {"reconciler"}:
        name = CAME_WITH.get(module) or distributions[module][0]
        assert canonicalize_name(name) in declared, module


class TestLocks:
    def locked(self) -> dict[str, set[str]]:
        """Versions by name, from uv.lock, without the project itself."""
        found: dict[str, set[str]] = {}
        for package in tomllib.loads(UV_LOCK)["package"]:
            if "registry" in package["source"]:
                found.setdefault(package["name"], set()).add(package["version"])
        return found

    def test_both_name_the_same_versions(self) -> None:
        named: dict[str, set[str]] = {}
        for name, version in re.findall(r"^([a-z0-9-]+)(?:\[[^]]*])?==([^ ;\\]+)", REQUIREMENTS, re.MULTILINE):
            named.setdefault(name, set()).add(version)
        assert named == self.locked()

    def test_every_requirement_has_hashes(self) -> None:
        entries = re.split(r"\n(?=[a-z0-9])", REQUIREMENTS.split("\n", 2)[2])
        assert len(entries) > 50
        assert all("--hash=sha256:" in entry for entry in entries)

    def test_they_name_no_index_but_the_public_one(self) -> None:
        hosts = set(re.findall(r"https?://([^/\"]+)", UV_LOCK + REQUIREMENTS))
        assert hosts == {"pypi.org", "files.pythonhosted.org"}

    def test_what_is_declared_is_locked_and_satisfied(self) -> None:
        groups = PROJECT["dependency-groups"]
        locked = self.locked()
        for each in [*DEPENDENCIES, *(Requirement(text) for group in groups.values() for text in group)]:
            assert all(each.specifier.contains(v) for v in locked[canonicalize_name(each.name)]), each

    def test_each_supported_python_has_a_wheel_of_what_is_compiled(self) -> None:
        """Nothing has to be compiled on Linux or macOS for any Python that the classifiers name."""
        versions = [
            each.rpartition(" ")[2].replace(".", "")
            for each in PROJECT["project"]["classifiers"]
            if re.fullmatch(r".* :: 3\.\d+", each)
        ]
        for package in tomllib.loads(UV_LOCK)["package"]:
            wheels = [each["url"].rpartition("/")[2] for each in package.get("wheels", ())]
            if "registry" not in package["source"] or any(each.endswith("-any.whl") for each in wheels):
                continue
            if package["name"] in ELSEWHERE:
                continue
            for version in versions:
                for platform in ("manylinux", "macosx"):
                    assert any(fits(each, int(version)) and platform in each for each in wheels), (
                        package["name"],
                        version,
                        platform,
                    )


def fits(wheel: str, version: int) -> bool:
    """Does a CPython of this version (`312`) take the wheel, by the tags in its name?"""
    python, abi = wheel.removesuffix(".whl").split("-")[-3:-1]
    if abi == "abi3":
        return any(int(tag.removeprefix("cp")) <= version for tag in python.split(".") if tag.startswith("cp"))
    return python in ("py3", f"cp{version}") and abi in ("none", f"cp{version}")


@pytest.mark.skipif(shutil.which("make") is None, reason="no make here")
class TestMakefile:
    def make(self, *arguments: str) -> str:
        return subprocess.run(
            ["make", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, encoding="utf-8"
        ).stdout

    def test_without_a_target_it_lists_them_all(self) -> None:
        listed = set(re.findall(r"^  make ([a-z-]+) +\S", self.make(), re.MULTILINE))
        assert listed >= TARGETS

    @pytest.mark.parametrize("target", sorted(TARGETS - {"clean"}))
    def test_every_target_sets_up_what_it_needs(self, target: str) -> None:
        rule = re.search(rf"^{target}: (.*?) ##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        assert rule is not None
        assert rule[1] == "$(READY)"


class TestSetup:
    """scripts/setup.sh on machines that lack something: it says what, and what to do."""

    @pytest.fixture
    def machine(self, tmp_path: Path) -> Path:
        """A directory for a PATH with next to nothing on it, and a fresh checkout in it."""
        for name in ("sh", "dirname"):
            (tmp_path / name).symlink_to(shutil.which(name) or name)
        (tmp_path / "checkout/scripts").mkdir(parents=True)
        shutil.copy(ROOT / "scripts/setup.sh", tmp_path / "checkout/scripts")
        return tmp_path

    def setup(self, machine: Path) -> str:
        ran = subprocess.run(
            ["/bin/sh", str(machine / "checkout/scripts/setup.sh")],
            env={"PATH": str(machine)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        assert ran.returncode == 1
        return ran.stdout

    def program(self, machine: Path, name: str, script: str) -> None:
        (machine / name).write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        (machine / name).chmod(0o755)

    def test_no_python_at_all(self, machine: Path) -> None:
        said = self.setup(machine)
        assert "error: no Python 3.11 or newer" in said
        assert "docs.astral.sh/uv" in said

    def test_a_python_that_is_too_old(self, machine: Path) -> None:
        self.program(machine, "python3", "exit 1")
        assert "error: no Python 3.11 or newer" in self.setup(machine)

    def test_a_python_without_venv(self, machine: Path) -> None:
        self.program(
            machine, "python3.12", 'case "$2" in *ensurepip*) exit 1 ;; *print*) echo 3.12 ;; *) exit 0 ;; esac'
        )
        said = self.setup(machine)
        assert "error: python3.12 is new enough, but has no venv module" in said
        assert "apt install python3.12-venv" in said
