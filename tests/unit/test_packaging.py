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
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from reconciler.cli import program

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DEPENDENCIES = [Requirement(each) for each in PROJECT["project"]["dependencies"]]
MOCK = [Requirement(each) for each in PROJECT["project"]["optional-dependencies"]["mock"]]
GITHUB = [Requirement(each) for each in PROJECT["project"]["optional-dependencies"]["github"]]
GROUPS = {
    name: [Requirement(each) for each in requirements] for name, requirements in PROJECT["dependency-groups"].items()
}
UV_LOCK = (ROOT / "uv.lock").read_text("utf-8")
PIPELINE = "reconciler/scaffold/files/install/requirements.txt"
LISTS = {
    PIPELINE: [*DEPENDENCIES, *GITHUB],
    "requirements.lock": [*DEPENDENCIES, *MOCK, *GROUPS["build"]],
    "requirements-ci.lock": [*DEPENDENCIES, *GITHUB, *GROUPS["build"]],
    "requirements-dev.lock": [*DEPENDENCIES, *MOCK, *GITHUB, *GROUPS["build"], *GROUPS["dev"]],
    "requirements-docs.lock": [*DEPENDENCIES, *MOCK, *GITHUB, *GROUPS["build"], *GROUPS["dev"], *GROUPS["docs"]],
    ".ci/uv.txt": GROUPS["uv"],
}
"""The lists for pip, and what each one has to be complete for."""

TARGETS = {
    "demo", "test", "test-fast", "coverage", "accept", "lint", "format", "bench", "nightly", "mutation", "docs",
    "docs-check", "site", "pictures", "wheel", "image",
}  # fmt: skip
WITHOUT_SET_UP = {"lines", "clean"}

CAME_WITH = {"botocore": "boto3", "pydantic_core": "pydantic"}
"""Modules of a dependency's own dependency that belong to its interface."""

ELSEWHERE = {"pywin32", "pyyaml-ft"}
"""Locked for Windows only, and for one Python only."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    place = tmp_path_factory.mktemp("wheel")
    hatchling(ROOT, "build", "--target", "wheel", "--directory", str(place))
    (built,) = place.glob("*.whl")
    return zipfile.ZipFile(built)


def hatchling(place: Path, *arguments: str) -> str:
    """What the build backend prints, in a process of its own: it warns where git has no whole history."""
    ran = subprocess.run(
        [sys.executable, "-m", "hatchling", *arguments],
        cwd=place,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


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

    def test_it_is_called_as_nothing_else_on_the_index(self, wheel: zipfile.ZipFile) -> None:
        assert Path(str(wheel.filename)).name.startswith("org_reconciler-")

    def test_the_client_of_github_comes_with_an_extra_only(self, wheel: zipfile.ZipFile) -> None:
        (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        required = re.findall(r"^Requires-Dist: (.*)$", wheel.read(metadata).decode(), re.MULTILINE)
        assert [each for each in required if each.startswith("pygithub")] == ["pygithub>=2.8; extra == 'github'"]

    def test_moto_comes_with_an_extra_only(self, wheel: zipfile.ZipFile) -> None:
        (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        required = re.findall(r"^Requires-Dist: (.*)$", wheel.read(metadata).decode(), re.MULTILINE)
        assert [each for each in required if each.startswith("moto")] == ["moto[organizations]>=5.2; extra == 'mock'"]
        assert any(each.startswith("boto3") for each in required)


class TestVersion:
    """It is that of the git tag; where there is none, the build works as well."""

    @pytest.fixture
    def checkout(self, tmp_path: Path) -> Path:
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, tmp_path)
        return tmp_path

    def git(self, checkout: Path, *arguments: str) -> None:
        identity = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
        subprocess.run(["git", *identity, *arguments], cwd=checkout, check=True, capture_output=True)

    def commit(self, checkout: Path, *tags: str) -> None:
        self.git(checkout, "init", "--quiet")
        self.git(checkout, "add", "--all")
        self.git(checkout, "commit", "--quiet", "--message", "All of it")
        for tag in tags:
            self.git(checkout, "tag", tag)

    def test_without_git_it_is_a_development_version(self, checkout: Path) -> None:
        assert hatchling(checkout, "metadata", "version") == "0.1.0.dev0"

    @pytest.mark.skipif(shutil.which("git") is None, reason="no git here")
    def test_without_a_tag_it_names_the_commit(self, checkout: Path) -> None:
        self.commit(checkout)
        assert re.fullmatch(r"0\.1\.0\.dev1\+g[0-9a-f]{7,}", hatchling(checkout, "metadata", "version"))

    @pytest.mark.skipif(shutil.which("git") is None, reason="no git here")
    def test_with_a_tag_it_is_the_tag(self, checkout: Path) -> None:
        self.commit(checkout, "v1.2.3")
        assert hatchling(checkout, "metadata", "version") == "1.2.3"

    @pytest.mark.skipif(shutil.which("git") is None, reason="no git here")
    def test_the_tag_of_another_repository_around_it_is_not_taken(self, checkout: Path) -> None:
        inner = checkout / "inner"
        inner.mkdir()
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, inner)
        self.commit(checkout, "v9.9.9")
        assert hatchling(inner, "metadata", "version") == "0.1.0.dev0"

    def test_the_command_says_the_installed_version(self) -> None:
        ran = CliRunner().invoke(program, ["--version"])
        assert ran.output == f"reconciler, version {importlib.metadata.version('org-reconciler')}\n"


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
    declared = {canonicalize_name(each.name) for each in [*DEPENDENCIES, *MOCK, *GITHUB]}
    used = set().union(*(imported_by(path) for path in (ROOT / "reconciler").rglob("*.py")))
    for module in used - set(sys.stdlib_module_names) - {"reconciler"}:
        name = CAME_WITH.get(module) or distributions[module][0]
        assert canonicalize_name(name) in declared, module


class TestLocks:
    def packages(self) -> list[dict[str, Any]]:
        """The entries of uv.lock, without the project itself."""
        found = tomllib.loads(UV_LOCK)["package"]
        return [each for each in found if "registry" in each["source"]]

    def locked(self) -> dict[str, set[str]]:
        """Versions by name, from uv.lock."""
        found: dict[str, set[str]] = {}
        for package in self.packages():
            found.setdefault(package["name"], set()).add(package["version"])
        return found

    def needed(self, requirements: Iterable[Requirement]) -> set[str]:
        """The names of everything that the requirements need, for any machine, by uv.lock."""
        entries: dict[str, list[dict[str, Any]]] = {}
        for package in self.packages():
            entries.setdefault(package["name"], []).append(package)
        waiting = [(canonicalize_name(each.name), extra) for each in requirements for extra in ("", *each.extras)]
        seen = set(waiting)
        while waiting:
            name, extra = waiting.pop()
            for entry in entries[name]:
                more = entry.get("optional-dependencies", {}).get(extra, ()) if extra else entry.get("dependencies", ())
                new = {(each["name"], extra) for each in more for extra in ("", *each.get("extra", ()))} - seen
                seen |= new
                waiting += new
        return {name for name, _ in seen}

    def named(self, path: str) -> dict[str, set[str]]:
        """Versions by name in a list for pip."""
        found: dict[str, set[str]] = {}
        text = (ROOT / path).read_text("utf-8")
        for name, version in re.findall(r"^([a-z0-9-]+)(?:\[[^]]*])?==([^ ;\\]+)", text, re.MULTILINE):
            found.setdefault(name, set()).add(version)
        return found

    @pytest.mark.parametrize("path", LISTS)
    def test_a_list_names_all_that_is_needed_in_the_locked_versions_and_no_more(self, path: str) -> None:
        """pip installs the lists with --no-deps: what is missing in one would be missing on the machine."""
        locked = self.locked()
        assert self.named(path) == {name: locked[name] for name in self.needed(LISTS[path])}

    @pytest.mark.parametrize("path", LISTS)
    def test_every_requirement_has_hashes(self, path: str) -> None:
        entries = re.split(r"\n(?=[a-z0-9])", (ROOT / path).read_text("utf-8"))[1:]
        assert entries
        assert all("--hash=sha256:" in entry for entry in entries)

    def test_the_demo_installs_no_tool_of_development(self) -> None:
        assert not {"hypothesis", "mutmut", "mypy", "pytest", "ruff"} & self.named("requirements.lock").keys()
        assert not {"moto", "hatchling"} & self.named(PIPELINE).keys()

    def test_they_name_no_index_but_the_public_one(self) -> None:
        lists = "".join((ROOT / path).read_text("utf-8") for path in LISTS)
        hosts = set(re.findall(r"https?://([^/\"]+)", UV_LOCK + lists))
        assert hosts == {"pypi.org", "files.pythonhosted.org", "example.com"}

    def test_what_is_declared_is_locked_and_satisfied(self) -> None:
        locked = self.locked()
        for each in [*DEPENDENCIES, *MOCK, *GITHUB, *(each for group in GROUPS.values() for each in group)]:
            assert all(each.specifier.contains(v) for v in locked[canonicalize_name(each.name)]), each

    def test_each_supported_python_has_a_wheel_of_what_is_compiled(self) -> None:
        """Nothing has to be compiled on Linux or macOS for any Python that the classifiers name."""
        versions = [
            each.rpartition(" ")[2].replace(".", "")
            for each in PROJECT["project"]["classifiers"]
            if re.fullmatch(r".* :: 3\.\d+", each)
        ]
        for package in self.packages():
            wheels = [each["url"].rpartition("/")[2] for each in package.get("wheels", ())]
            if any(each.endswith("-any.whl") for each in wheels):
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
    return bool({"py3", f"cp{version}"} & {*python.split(".")}) and abi in ("none", f"cp{version}")


@pytest.mark.skipif(shutil.which("make") is None, reason="no make here")
class TestMakefile:
    def make(self, *arguments: str) -> str:
        return subprocess.run(
            ["make", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, encoding="utf-8"
        ).stdout

    def test_without_a_target_it_lists_them_all(self) -> None:
        listed = set(re.findall(r"^  make ([a-z-]+) +\S", self.make(), re.MULTILINE))
        assert listed >= TARGETS | WITHOUT_SET_UP

    @pytest.mark.parametrize("target", sorted(TARGETS))
    def test_every_target_sets_up_what_it_needs(self, target: str) -> None:
        rule = re.search(rf"^{target}: (.*?) ##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        assert rule is not None
        own = {"demo": "$(RUN)", "wheel": "$(RUN)", "image": "wheel", "site": "$(SITE)"}
        assert rule[1] == own.get(target, "$(DEV)")

    def test_what_the_demo_needs_is_part_of_what_the_tests_need(self) -> None:
        printed = self.make("--dry-run", "--always-make", "test")
        assert printed.index("scripts/setup.sh run") < printed.index("scripts/setup.sh dev") < printed.index("pytest")
        assert "setup.sh dev" not in self.make("--dry-run", "--always-make", "demo")


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

    def setup(self, machine: Path, *arguments: str, code: int = 1, **env: str) -> str:
        ran = subprocess.run(
            ["/bin/sh", str(machine / "checkout/scripts/setup.sh"), *arguments],
            env={"PATH": str(machine), **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        assert ran.returncode == code, ran.stdout
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

    def test_uv_is_asked_for_and_not_there(self, machine: Path) -> None:
        said = self.setup(machine, SETUP="uv")
        assert "error: SETUP=uv, and there is no uv" in said
        assert "SETUP=pip" in said

    def test_an_installer_that_does_not_exist(self, machine: Path) -> None:
        assert "it has to be `uv` or `pip`" in self.setup(machine, code=64, SETUP="conda")

    def test_a_set_that_does_not_exist(self, machine: Path) -> None:
        assert "none of `run`, `dev` and `docs`" in self.setup(machine, "all", code=64)

    def test_pip_is_asked_for_where_uv_is_there(self, machine: Path) -> None:
        self.program(machine, "uv", "echo uv was started")
        assert "error: no Python 3.11 or newer" in self.setup(machine, SETUP="pip")

    def test_uv_is_taken_where_it_is_there_and_may_choose_among_the_tested_pythons(self, machine: Path) -> None:
        self.program(machine, "uv", 'echo "uv $* with $UV_PYTHON"; [ "$1" = --version ]')
        said = self.setup(machine, "run")
        assert "uv sync --locked --no-default-groups --group build --extra mock" in said
        newest = max(int(each) for each in re.findall(r":: 3\.(\d+)\'", str(PROJECT["project"]["classifiers"])))
        assert f"with >=3.11,<3.{newest + 1}\n" in said
        assert "--group dev" in self.setup(machine, "dev")
        assert "--group dev --group docs" in self.setup(machine, "docs")
