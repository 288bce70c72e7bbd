"""A page for each module of the Python API, from its docstrings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

FOLDER = "api"
PACKAGE = "reconciler.use_cases"
ERRORS = "reconciler.errors"
INTERNAL = frozenset({"accept_access", "accept_document", "accept_tags", "account_parts", "delegate", "own_access"})
"""Modules of the package that others of it are made of."""


def api_pages(root: Path) -> Iterator[tuple[str, str]]:
    """The pages, by their paths on the site; each name is documented once, where it is defined or first passed on."""
    described: set[str] = set()
    folder = root.joinpath(*PACKAGE.split("."))
    for file in sorted(folder.glob("*.py")):
        if file.stem != "__init__" and file.stem not in INTERNAL:
            yield f"{FOLDER}/{file.stem}.md", _page(f"{PACKAGE}.{file.stem}", file, described)
    yield f"{FOLDER}/errors.md", _page(ERRORS, root.joinpath(*ERRORS.split(".")).with_suffix(".py"), described)


def _page(module: str, file: Path, described: set[str]) -> str:
    lines = [f".. automodule:: {module}", "   :no-members:", ""]
    for directive, name, origin in _public(ast.parse(file.read_text("utf-8")), module):
        lines += [f".. {directive}:: {module}.{name}"]
        if directive == "autoclass":
            lines.append("   :members:")
        if origin in described:
            lines.append("   :no-index:")
        described.add(origin)
        lines.append("")
    text = "\n".join(lines).rstrip()
    return f"# `{module.rpartition('.')[2]}`\n\n```{{eval-rst}}\n{text}\n```\n"


def _public(tree: ast.Module, module: str) -> Iterator[tuple[str, str, str]]:
    """The directive of each public class and function, its name, and where it is defined. `from x import A as A`
    passes a name on."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            for each in node.names:
                if each.asname == each.name:
                    kind = "autoclass" if each.name[0].isupper() else "autofunction"
                    yield kind, each.name, f"{node.module}.{each.name}"
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield "autoclass", node.name, f"{module}.{node.name}"
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield "autofunction", node.name, f"{module}.{node.name}"
