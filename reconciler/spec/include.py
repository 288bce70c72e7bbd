"""The files of a spec as one tree: the top file, and what it includes, merged.

Mappings merge; a value set in two files is an error that shows both. A file that cannot be read stops only itself:
`incomplete` then tells that what seems to be missing may stand in it.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from reconciler.model.base import Json
from reconciler.spec.folder import MAX_SPEC_BYTES, SpecFiles
from reconciler.spec.notes import DiagnosticCollector
from reconciler.spec.places import Path, Place, Tree
from reconciler.spec.wording import described, quoted
from reconciler.spec.yaml_tree import parse_yaml

TESTS = "policies/tests"
"""The directory, beside the top file, whose files hold tests of policies."""


@dataclass(slots=True)
class Merged:
    """All files as one tree. `declared_in` has the file of each place's file name, as `SpecFiles` names it."""

    tree: Tree
    incomplete: bool = False
    names: dict[str, str] = field(default_factory=dict)


def read_merged(folder: SpecFiles, notes: DiagnosticCollector) -> Merged:
    """Reads the top file and everything that it includes."""
    top = Place(folder.shown(folder.top))
    merged = Merged(Tree({}, top, values={(): top}))
    _read(folder, folder.top, None, (), merged, notes)
    for name in sorted(_test_files(folder)):
        _read(folder, name, None, ((folder.top, None),), merged, notes)
    return merged


def _test_files(folder: SpecFiles) -> Iterator[str]:
    """The files with tests of policies, which need not be included."""
    for pattern in ("*.yaml", "*.yml"):
        for each in glob.iglob(f"{TESTS}/{pattern}", root_dir=folder.path("") or "."):
            yield each.replace(os.sep, "/")


def _read(
    folder: SpecFiles, name: str, named_at: Place | None, including: tuple[tuple[str, Place | None], ...],
    merged: Merged, notes: DiagnosticCollector,
) -> None:  # fmt: skip
    merged.names[folder.shown(name)] = name
    text = folder.text(name, MAX_SPEC_BYTES, named_at, notes)
    tree = parse_yaml(text, folder.shown(name), notes) if text is not None else None
    if tree is None:
        merged.incomplete = True
        return
    if isinstance(tree.value, list) and name.startswith(f"{TESTS}/"):
        tree = _as_tests(tree)
    if not isinstance(tree.value, dict):
        found = described(tree.value, tree.texts.get(()))
        help = "the file begins with `version: 1`, then has `root:` and the other keys"
        notes.add("E203", tree.at(()), f"expected a mapping (`key: value`), found {found}", help=help)
        merged.incomplete = True
        return
    patterns = _taken_out(tree, "include")
    for key in [each for each in tree.value if each.startswith("x-")]:
        _taken_out(tree, key)
    _check_version(tree, merged, notes)
    _merge(tree, (), merged, notes)
    for path, pattern in _patterns(patterns, tree, notes):
        place = tree.at(path)
        for found in _matching(folder, name, pattern, place, notes):
            chain = (*including, (name, named_at))
            if found in [each for each, _ in chain]:
                _note_cycle(found, pattern, place, folder, notes)
            elif folder.shown(found) not in merged.names:
                _read(folder, found, place, chain, merged, notes)


def _as_tests(tree: Tree) -> Tree:
    """A file that is only a list of tests as one with `tests:`."""
    rooted = Tree({"tests": tree.value}, tree.top, values={(): tree.at(())})
    _adopt(tree, (), tree.value, rooted, ("tests",))
    return rooted


def _taken_out(tree: Tree, key: str) -> Json:
    assert isinstance(tree.value, dict)
    return tree.value.pop(key, None)


def _check_version(tree: Tree, merged: Merged, notes: DiagnosticCollector) -> None:
    """Each file may say `version: 1`."""
    assert isinstance(tree.value, dict)
    assert isinstance(merged.tree.value, dict)
    if "version" not in tree.value:
        return
    version = tree.value["version"]
    if version != 1 or isinstance(version, bool | float):
        found = described(version, tree.texts.get(("version",)))
        notes.add("E208", tree.at(("version",)), f"expected version 1, found {found}", help="write `version: 1`")
        tree.value["version"] = 1
    if "version" in merged.tree.value:
        del tree.value["version"]


def _patterns(value: Json, tree: Tree, notes: DiagnosticCollector) -> list[tuple[Path, str]]:
    if value is None and not tree.holds(("include",)):
        return []
    items = value if isinstance(value, list) else None
    wrong: list[Path] = [("include",)] if items is None else []
    for index, each in enumerate(items or ()):
        if not isinstance(each, str) or not each or "\0" in each:
            wrong.append(("include", index))
    for path in wrong:
        found = described(value if items is None else items[int(path[1])], tree.texts.get(path))
        expected = "a list of file names or patterns" if items is None else "a file name or a pattern"
        notes.add(
            "E203", tree.at(path), f"expected {expected}, found {found}", help='write `include: ["teams/*.yaml"]`'
        )
    return [(("include", index), each) for index, each in enumerate(items or ()) if isinstance(each, str) and each]


def _matching(folder: SpecFiles, declared_in: str, pattern: str, place: Place, notes: DiagnosticCollector) -> list[str]:
    name = folder.resolve(declared_in, pattern, place, notes) if "\0" not in pattern else None
    if name is None:
        return []
    if not glob.has_magic(pattern):
        if os.path.lexists(folder.path(name)):
            return [name]
        folder.text(name, 0, place, notes)
        return []
    base = folder.path("") or "."
    found = sorted(each.replace(os.sep, "/") for each in glob.glob(name, root_dir=base, recursive=True))
    files = [each for each in found if not os.path.isdir(folder.path(each))]
    if not files:
        notes.add("W301", place, f"no file matches {quoted(pattern)}", help="correct the pattern or remove it")
    return files


def _note_cycle(name: str, pattern: str, place: Place, folder: SpecFiles, notes: DiagnosticCollector) -> None:
    if glob.has_magic(pattern):
        return
    shown = folder.shown(name)
    message = (
        f"{quoted(shown)} includes itself"
        if place.file == shown
        else f"{quoted(shown)} includes itself through other files"
    )
    notes.add("E122", place, message, help="remove this include; a file is read once")


def _merge(tree: Tree, path: Path, merged: Merged, notes: DiagnosticCollector) -> None:
    """Adds one file's tree to the merged one, in place."""
    into = merged.tree
    target, source = _value_at(into.value, path), _value_at(tree.value, path)
    assert isinstance(target, dict)
    assert isinstance(source, dict)
    for key, value in source.items():
        step = (*path, key)
        if key not in target:
            target[key] = value
            _adopt(tree, step, value, into)
        elif isinstance(target[key], dict) and isinstance(value, dict):
            _merge(tree, step, merged, notes)
        elif step == ("tests",) and isinstance(joined := target[key], list) and isinstance(value, list):
            for index, each in enumerate(value):
                _adopt(tree, (*step, index), each, into, (*step, len(joined)))
                joined.append(each)
        elif {type(target[key]), type(value)} <= {type(None), dict} and not target[key] and not value:
            continue
        else:
            notes.add(
                "E123", tree.key(step), f"{quoted('.'.join(map(str, step)))} is already set in another file",
                help="set it in one file only", related=[("also set here", into.key(step))],
            )  # fmt: skip


def _value_at(value: Json, path: Path) -> Json:
    for step in path:
        value = value[step]  # type: ignore[index]
    return value


def _adopt(tree: Tree, path: Path, value: Json, into: Tree, to: Path | None = None) -> None:
    """Takes over the places of a value and of everything in it, to the same path or another one."""
    to = path if to is None else to
    for places, target in ((tree.keys, into.keys), (tree.values, into.values)):
        if path in places:
            target[to] = places[path]
    if path in tree.texts:
        into.texts[to] = tree.texts[path]
    if path in tree.faulty:
        into.faulty.add(to)
    if isinstance(value, dict):
        for key, each in value.items():
            _adopt(tree, (*path, key), each, into, (*to, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _adopt(tree, (*path, index), each, into, (*to, index))
