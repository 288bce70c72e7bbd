"""Checks a tree against the shape of `org.yaml`, and says in plain words where it does not fit.

What does not fit is taken out, so that the rest can be checked further and everything is reported at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from reconciler.model.base import Json
from reconciler.model.policy_types import POLICY_TYPES
from reconciler.spec import schema
from reconciler.spec.notes import DiagnosticCollector
from reconciler.spec.places import Path, Tree
from reconciler.spec.schema import Spec
from reconciler.spec.wording import all_of, counted, described, did_you_mean, nearest, one_of, quoted

_ROUNDS = 5
_CONTAINERS = {"dict_type": "a mapping", "model_type": "a mapping", "list_type": "a list"}
_CODES = {"expected": "E203", "form": "E205", "size": "E206"}
_TOP_DEFAULTS: dict[str, Json] = {"version": 1, "root": {}}


@dataclass(slots=True)
class Shaped:
    """The part of a spec that has the right shape. `damaged` has the places where something was taken out, and all
    that are around them."""

    spec: Spec
    damaged: set[Path] = field(default_factory=set)

    def whole(self, path: Path) -> bool:
        """True where nothing was taken out at or below `path`."""
        return path not in self.damaged


def shaped(tree: Tree, notes: DiagnosticCollector, *, incomplete: bool) -> Shaped | None:
    """The typed spec, with a note for everything that does not fit. `incomplete` says that a file is missing, so a
    missing key is no news. `None` where nothing usable is left."""
    assert isinstance(tree.value, dict)
    damaged: set[Path] = set()
    reported = False
    for _ in range(_ROUNDS):
        try:
            return Shaped(Spec.model_validate(tree.value), damaged)
        except ValidationError as error:
            wrong = error.errors(include_url=False)
        paths = [_path(tree.value, each["loc"], each["type"]) for each in wrong]
        extensions = {path for path, each in zip(paths, wrong, strict=True) if _is_extension(path, each["type"])}
        if extensions:
            _prune(tree.value, extensions)
            continue
        damaged.update(path[:length] for path in paths for length in range(len(path) + 1))
        for path, each in zip(paths, wrong, strict=True):
            excused = path in tree.faulty or (incomplete and len(path) == 1 and each["type"] == "missing")
            if not reported and not excused:
                _note(tree, path, each, notes)
        reported = True
        _prune(tree.value, {_pruned(path, each["type"]) for path, each in zip(paths, wrong, strict=True)})
    return None


def _is_extension(path: Path, kind: str) -> bool:
    """A key that begins with `x-` is the author's own: a place for anchors, in every mapping with known keys."""
    return kind == "extra_forbidden" and str(path[-1]).startswith("x-")


def _path(value: Json, loc: tuple[str | int, ...], kind: str) -> Path:
    """pydantic's place of an error without the steps that are not in the file."""
    path: list[str | int] = []
    for index, step in enumerate(loc):
        if isinstance(value, dict) and step in value:
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
        elif not (kind == "missing" and index == len(loc) - 1):
            continue
        path.append(step)
    return tuple(path)


def _pruned(path: Path, kind: str) -> Path:
    return path[:-1] if kind == "missing" and len(path) > 1 else path


def _prune(value: dict[str, Json], paths: set[Path]) -> None:
    order = sorted(paths, key=lambda path: [(isinstance(step, str), step) for step in path], reverse=True)
    for path in order:
        holder: Any = value
        for step in path[:-1]:
            holder = holder[step]
        if len(path) == 1 and path[0] in _TOP_DEFAULTS:
            holder[path[0]] = _TOP_DEFAULTS[str(path[0])]
        elif isinstance(holder, list):
            del holder[int(path[-1])]
        else:
            holder.pop(path[-1], None)


def _note(tree: Tree, path: Path, error: Any, notes: DiagnosticCollector) -> None:
    kind, context = error["type"], error.get("ctx", {})
    is_key = error["loc"][-1] == "[key]" and path[-1] != "[key]"
    value: Json = str(path[-1]) if is_key else error.get("input")
    match kind:
        case "extra_forbidden":
            _note_unknown_key(tree, path, notes)
        case "missing":
            help = _MISSING.get(str(path[-1]), f"add `{path[-1]}:`")
            notes.add("E202", tree.key(path[:-1]), f"the key {quoted(str(path[-1]))} is missing", help=help)
        case "choice":
            _note_choice(tree, path, value, context["words"], is_key, notes)
        case _:
            what = context.get("what") or _CONTAINERS.get(kind, "another value")
            _note_value(tree, path, value, _CODES.get(kind, "E203"), what, context.get("help"), is_key, notes)


def _note_unknown_key(tree: Tree, path: Path, notes: DiagnosticCollector) -> None:
    key, known = str(path[-1]), _keys_at(path[:-1])
    if key in _LATER:
        message = f"{quoted(key)} comes in a later version of this program"
        notes.add("E211", tree.key(path), message, help=f"{_LATER[key]}; until then remove it")
        return
    if _model_at(path[:-1]) is schema.AccountShape and key in ("accounts", "organizational_units"):
        unit = quoted(str(path[-2]))
        notes.add(
            "E201", tree.key(path), f"unknown key {quoted(key)} in the account {unit}",
            help=f"an account contains nothing; if {unit} is an OU, move it below `organizational_units`",
        )  # fmt: skip
        return
    meant = _ALIASES.get(key.lower().replace("-", "_"))
    near = did_you_mean(key, known, f"the keys here are {all_of(known)}" if known else None)
    if meant is not None and meant in known:
        near = f"did you mean {quoted(meant)}?"
    notes.add("E201", tree.key(path), f"unknown key {quoted(key)}", help=near)


def _note_choice(
    tree: Tree, path: Path, value: Json, words: tuple[str, ...], is_key: bool, notes: DiagnosticCollector
) -> None:
    text = tree.texts.get(path)
    expected = one_of(words) if len(words) < 6 else "a policy type"
    help = None
    if isinstance(value, str) and (close := _policy_type(value, words) or nearest(value, words)):
        help = f"did you mean {quoted(close)}?"
    elif len(words) >= 6:
        help = f"the policy types are {all_of(words)}"
    place = tree.key(path) if is_key else tree.at(path)
    notes.add("E204", place, f"expected {expected}{_of(path, is_key)}, found {described(value, text)}", help=help)


def _policy_type(written: str, words: tuple[str, ...]) -> str | None:
    """The short name of a policy type that is written as the API or as people call it."""
    folded = re.sub(r"[\s_-]+", "_", written.strip()).casefold()
    for row in POLICY_TYPES:
        called = (row.api, row.api.removesuffix("_POLICY"), row.label, f"{row.short}_policy", row.short)
        if row.short in words and folded in {each.casefold().replace(" ", "_").replace("-", "_") for each in called}:
            return row.short
    return None


def _note_value(
    tree: Tree,
    path: Path,
    value: Json,
    code: str,
    what: str,
    help: str | None,
    is_key: bool,
    notes: DiagnosticCollector,
) -> None:
    text = tree.texts.get(path)
    place = tree.key(path) if is_key else tree.at(path)
    if code == "E203" and "in quotes" in what and isinstance(value, int) and not isinstance(value, bool):
        code, help = "E209", f'write "{text or value}" in quotes'
    elif code == "E203" and isinstance(value, bool) and text and text.lower() not in ("true", "false"):
        code, help = "E210", f'write "{text}" in quotes'
    elif code == "E203":
        help = help or _as_meant(path, value, what, text)
    found = described(value, text)
    if code == "E206" and isinstance(value, str):
        found = counted(len(value), "character")
    notes.add(code, place, f"expected {what}{_of(path, is_key)}, found {found}", help=help)


def _of(path: Path, is_key: bool) -> str:
    """Which key a wrong value belongs to."""
    names = [step for step in (path[:-1] if is_key else path) if isinstance(step, str)]
    return f" {'in' if is_key or isinstance(path[-1], int) else 'for'} {quoted(names[-1])}" if names else ""


def _as_meant(path: Path, value: Json, what: str, text: str | None) -> str | None:
    key = path[-1]
    if what == "text" and isinstance(value, bool | int | float):
        return f'write "{text or value}" in quotes'
    if what == "text" and value is None:
        return 'write a text after the `:`, or `""` for an empty one'
    if value is None:
        return _EMPTY.get(str(key), f"write a value after `{key}:`, or remove the key")
    if what == "a list" and isinstance(value, str):
        return f"write `{key}: [{value}]`" if len(value) < 60 else "put the value in `[` and `]`"
    if what == "a list":
        return f"write `{key}: [one, two]`"
    if what == "a mapping" and isinstance(value, list):
        return "write `name: ...` without the `-`: entries are keyed by name here"
    return "write `key: value` lines, indented below it" if what == "a mapping" else None


_MISSING = {
    "version": "begin the file with `version: 1`",
    "root": "add `root:` with the policies, accounts and organizational units of the root",
    "type": "add the policy's type, such as `type: scp`",
}

_LATER = {
    "next": "the next version of a policy, on a few nodes first",
    "quarantine": "taking an account out of use",
    "guardrails": "policies by their purpose",
}
"""Keys of the format that this version does not have, and what they are for."""

_ALIASES = {
    "ou": "organizational_units",
    "ous": "organizational_units",
    "units": "organizational_units",
    "children": "organizational_units",
    "organisational_units": "organizational_units",
    "organizational_unit": "organizational_units",
    "account": "accounts",
    "policy": "policies",
    "scps": "policies",
    "service_control_policies": "policies",
    "mail": "email",
    "account_id": "id",
    "account_name": "name",
    "document": "content",
    "path": "file",
    "variables": "vars",
    "renamed_from": "previously",
    "includes": "include",
    "protect": "protected",
}
"""What people write for a key, by its nearest meaning."""

_EMPTY = {
    "tags": "write `tags: {}` to remove all tags, or remove the key to leave them alone",
    "policies": "write `policies: []` for none, or remove the key",
}


def _keys_at(path: Path) -> list[str]:
    """The keys that are known in the mapping at `path`."""
    return list(_model_at(path).model_fields)


def _model_at(path: Path) -> type[BaseModel]:
    match path:
        case ():
            return Spec
        case ("organization",):
            return schema.OrganizationShape
        case ("organization", "quotas"):
            return schema.Quotas
        case ("organization", "quotas", _):
            return schema.Quota
        case ("defaults",):
            return schema.Defaults
        case ("defaults", "accounts"):
            return schema.AccountDefaults
        case ("policies", _):
            return schema.PolicyShape
        case ("root",):
            return schema.NodeShape
        case ("root", *_, "accounts", _):
            return schema.AccountShape
        case ("root", *_):
            return schema.UnitShape
        case ("unmanaged",):
            return schema.UnmanagedShape
        case ("ignore",):
            return schema.IgnoreShape
        case ("tests", _):
            return schema.TestShape
        case ("guards", "max_deletes"):
            return schema.MaxDeletes
        case _:
            return schema.GuardsShape
