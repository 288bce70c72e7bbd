"""The files of a spec as one tree: the top file, and what it includes, merged.

Mappings merge; a value set in two files is an error that shows both. A file that cannot be read does not stop
the others; with `incomplete`, what seems to be missing may be in it.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from reconciler.model.base import Json
from reconciler.spec.diagnostics import DiagnosticCollector
from reconciler.spec.spec_files import MAX_SPEC_BYTES, SpecFiles
from reconciler.spec.tree import Path, Span, Tree
from reconciler.spec.wording import described, quoted
from reconciler.spec.yaml_tree import parse_yaml

TESTS = "policies/tests"
"""The directory, beside the top file, whose files hold tests of policies."""


@dataclass(slots=True)
class Merged:
    """All files as one tree. `names` has the name in `SpecFiles` of each displayed file name."""

    tree: Tree
    incomplete: bool = False
    names: dict[str, str] = field(default_factory=dict)


def read_merged(files: SpecFiles, diagnostics: DiagnosticCollector) -> Merged:
    """Reads the top file and everything that it includes."""
    top = Span(files.shown(files.top))
    merged = Merged(Tree({}, top, values={(): top}))
    _read(files, files.top, None, (), merged, diagnostics)
    for name in sorted(_test_files(files)):
        _read(files, name, None, ((files.top, None),), merged, diagnostics)
    return merged


def _test_files(files: SpecFiles) -> Iterator[str]:
    """The files with tests of policies, which need not be included."""
    for pattern in ("*.yaml", "*.yml"):
        for each in glob.iglob(f"{TESTS}/{pattern}", root_dir=files.path("") or "."):
            yield each.replace(os.sep, "/")


def _read(
    files: SpecFiles, name: str, named_at: Span | None, including: tuple[tuple[str, Span | None], ...],
    merged: Merged, diagnostics: DiagnosticCollector,
) -> None:  # fmt: skip
    merged.names[files.shown(name)] = name
    text = files.text(name, MAX_SPEC_BYTES, named_at, diagnostics)
    tree = parse_yaml(text, files.shown(name), diagnostics) if text is not None else None
    if tree is None:
        merged.incomplete = True
        return
    if isinstance(tree.value, list) and name.startswith(f"{TESTS}/"):
        tree = _as_tests(tree)
    if not isinstance(tree.value, dict):
        found = described(tree.value, tree.texts.get(()))
        help = "the file begins with `version: 1`, then has `root:` and the other keys"
        diagnostics.add("E203", tree.at(()), f"expected a mapping (`key: value`), found {found}", help)
        merged.incomplete = True
        return
    patterns = _patterns(tree, diagnostics)
    for key in [each for each in tree.value if each == "include" or each.startswith("x-")]:
        del tree.value[key]
    _check_version(tree, merged, diagnostics)
    _merge(tree, (), merged, diagnostics)
    for path, pattern in patterns:
        span = tree.at(path)
        for found in _matching(files, name, pattern, span, diagnostics):
            chain = (*including, (name, named_at))
            if found in [each for each, _ in chain]:
                _report_cycle(found, pattern, span, files, diagnostics)
            elif files.shown(found) not in merged.names:
                _read(files, found, span, chain, merged, diagnostics)


def _as_tests(tree: Tree) -> Tree:
    """A file that is only a list of tests as one with `tests:`."""
    rooted = Tree({"tests": tree.value}, tree.top, values={(): tree.at(())})
    _copy_spans(tree, (), tree.value, rooted, ("tests",))
    return rooted


def _check_version(tree: Tree, merged: Merged, diagnostics: DiagnosticCollector) -> None:
    """Each file may have `version: 1`."""
    assert isinstance(tree.value, dict)
    assert isinstance(merged.tree.value, dict)
    if "version" not in tree.value:
        return
    version = tree.value["version"]
    if version != 1 or isinstance(version, bool | float):
        found = described(version, tree.texts.get(("version",)))
        diagnostics.add("E208", tree.at(("version",)), f"expected version 1, found {found}", "write `version: 1`")
        tree.value["version"] = 1
    if "version" in merged.tree.value:
        del tree.value["version"]


def _patterns(tree: Tree, diagnostics: DiagnosticCollector) -> list[tuple[Path, str]]:
    """The patterns of `include`, each with its path."""
    assert isinstance(tree.value, dict)
    value = tree.value.get("include", [])
    if not isinstance(value, list):
        _report_include(("include",), value, "a list of file names or patterns", tree, diagnostics)
        return []
    patterns: list[tuple[Path, str]] = []
    for index, each in enumerate(value):
        if isinstance(each, str) and each and "\0" not in each:
            patterns.append((("include", index), each))
        else:
            _report_include(("include", index), each, "a file name or a pattern", tree, diagnostics)
    return patterns


def _report_include(path: Path, value: Json, what: str, tree: Tree, diagnostics: DiagnosticCollector) -> None:
    message = f"expected {what}, found {described(value, tree.texts.get(path))}"
    diagnostics.add("E203", tree.at(path), message, 'write `include: ["teams/*.yaml"]`')


def _matching(
    files: SpecFiles, declared_in: str, pattern: str, span: Span, diagnostics: DiagnosticCollector
) -> list[str]:
    name = files.resolve(declared_in, pattern, span, diagnostics)
    if name is None:
        return []
    if not glob.has_magic(pattern):
        if os.path.lexists(files.path(name)):
            return [name]
        files.text(name, 0, span, diagnostics)
        return []
    found = glob.iglob(name, root_dir=files.path("") or ".", recursive=True)
    matches = sorted(each.replace(os.sep, "/") for each in found if not os.path.isdir(files.path(each)))
    if not matches:
        diagnostics.add("W301", span, f"no file matches {quoted(pattern)}", "correct the pattern or remove it")
    return matches


def _report_cycle(name: str, pattern: str, span: Span, files: SpecFiles, diagnostics: DiagnosticCollector) -> None:
    if glob.has_magic(pattern):
        return
    shown = files.shown(name)
    message = (
        f"{quoted(shown)} includes itself"
        if span.file == shown
        else f"{quoted(shown)} includes itself through other files"
    )
    diagnostics.add("E122", span, message, "remove this include; a file is read once")


def _merge(tree: Tree, path: Path, merged: Merged, diagnostics: DiagnosticCollector) -> None:
    """Adds one file's tree to the merged one, in place."""
    into = merged.tree
    target, source = _value_at(into.value, path), _value_at(tree.value, path)
    assert isinstance(target, dict)
    assert isinstance(source, dict)
    for key, value in source.items():
        step = (*path, key)
        if key not in target:
            target[key] = value
            _copy_spans(tree, step, value, into)
        elif isinstance(target[key], dict) and isinstance(value, dict):
            _merge(tree, step, merged, diagnostics)
        elif step == ("tests",) and isinstance(joined := target[key], list) and isinstance(value, list):
            for index, each in enumerate(value):
                _copy_spans(tree, (*step, index), each, into, (*step, len(joined)))
                joined.append(each)
        elif {type(target[key]), type(value)} <= {type(None), dict} and not target[key] and not value:
            continue
        else:
            diagnostics.add(
                "E123", tree.key(step), f"{quoted('.'.join(map(str, step)))} is already set in another file",
                "set it in one file only", related=[("also set here", into.key(step))],
            )  # fmt: skip


def _value_at(value: Json, path: Path) -> Json:
    for step in path:
        value = value[step]  # type: ignore[index]  # the path is one of this value
    return value


def _copy_spans(tree: Tree, path: Path, value: Json, into: Tree, to: Path | None = None) -> None:
    """Copies the places of a value and of everything in it, to the same path or another one."""
    to = path if to is None else to
    for spans, target in ((tree.keys, into.keys), (tree.values, into.values)):
        if path in spans:
            target[to] = spans[path]
    if path in tree.texts:
        into.texts[to] = tree.texts[path]
    if path in tree.reported:
        into.reported.add(to)
    if isinstance(value, dict):
        for key, each in value.items():
            _copy_spans(tree, (*path, key), each, into, (*to, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _copy_spans(tree, (*path, index), each, into, (*to, index))
