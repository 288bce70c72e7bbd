"""Checks a tree against the shape of `org.yaml`, and reports where it does not fit.

What does not fit is removed, so that the rest can be checked further and everything is reported at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import UnionType
from typing import Annotated, Any, TypeGuard, Union, get_args, get_origin

from pydantic import ValidationError

from reconciler.kinds.scalars import Shape
from reconciler.model.base import Json
from reconciler.model.policy_types import POLICY_TYPES
from reconciler.spec.diagnostics import DiagnosticCollector
from reconciler.spec.schema import AccountShape, Spec
from reconciler.spec.tree import Path, Tree
from reconciler.spec.wording import all_of, counted, described, did_you_mean, nearest, one_of, quoted

_ROUNDS = 5
_CONTAINERS = {"dict_type": "a mapping", "model_type": "a mapping", "list_type": "a list", "tuple_type": "a list"}
_CODES = {"choice": "E204", "form": "E205", "size": "E206"}
_TOP_DEFAULTS: dict[str, Json] = {"version": 1, "root": {}}


@dataclass(slots=True)
class ValidPart:
    """The part of a spec that has the right shape. `damaged` has the paths at which something was removed, and
    all above them."""

    spec: Spec
    damaged: set[Path] = field(default_factory=set)

    def is_complete(self, path: Path) -> bool:
        """True where nothing was removed at or below `path`."""
        return path not in self.damaged


def valid_part(tree: Tree, diagnostics: DiagnosticCollector, *, incomplete: bool) -> ValidPart | None:
    """The typed spec, with a diagnostic for everything that does not fit. With `incomplete` a file is missing, so a
    missing key is not reported. `None` where nothing usable is left."""
    assert isinstance(tree.value, dict)
    damaged: set[Path] = set()
    reported = False
    for _ in range(_ROUNDS):
        try:
            return ValidPart(Spec.model_validate(tree.value), damaged)
        except ValidationError as error:
            wrong = error.errors(include_url=False)
        paths = [_path(tree.value, each["loc"], each["type"]) for each in wrong]
        extensions = {path for path, each in zip(paths, wrong, strict=True) if _is_extension(path, each["type"])}
        if extensions:
            _prune(tree.value, extensions)
            continue
        damaged.update(path[:length] for path in paths for length in range(len(path) + 1))
        for path, each in zip(paths, wrong, strict=True):
            skipped = path in tree.reported or (incomplete and len(path) == 1 and each["type"] == "missing")
            if not reported and not skipped:
                _report(tree, path, each, diagnostics)
        reported = True
        _prune(tree.value, {_pruned(path, each["type"]) for path, each in zip(paths, wrong, strict=True)})
    return None


def _is_extension(path: Path, kind: str) -> bool:
    """A key that begins with `x-` is the author's own: a place for anchors, in every mapping with known keys."""
    return kind == "extra_forbidden" and str(path[-1]).startswith("x-")


def _path(value: Json, loc: tuple[str | int, ...], kind: str) -> Path:
    """The location of an error of pydantic, without the steps that are not in the file."""
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


def _report(tree: Tree, path: Path, error: Any, diagnostics: DiagnosticCollector) -> None:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        _report_unknown_key(tree, path, diagnostics)
        return
    if kind == "missing":
        key = str(path[-1])
        diagnostics.add(
            "E202", tree.key(path[:-1]), f"the key {quoted(key)} is missing", _MISSING.get(key, f"add `{key}:`")
        )
        return
    is_key = error["loc"][-1] == "[key]" and path[-1] != "[key]"
    value: Json = str(path[-1]) if is_key else error.get("input")
    text = tree.texts.get(path)
    code = _CODES.get(kind, "E203")
    if kind == "choice":
        what, help = _choice(value, context["words"])
    else:
        what, help = context.get("what") or _CONTAINERS.get(kind, "another value"), context.get("help")
    if code == "E203":
        code, help = _wrong_kind(path, value, what, text, help)
    found = counted(len(value), "character") if code == "E206" and isinstance(value, str) else described(value, text)
    span = tree.key(path) if is_key else tree.at(path)
    diagnostics.add(code, span, f"expected {what}{_of(path, is_key)}, found {found}", help)


def _report_unknown_key(tree: Tree, path: Path, diagnostics: DiagnosticCollector) -> None:
    key, shape = str(path[-1]), shape_at(path[:-1])
    known = [field.alias or name for name, field in shape.model_fields.items()] if shape else []
    if key in _LATER:
        message = f"{quoted(key)} comes in a later version of this program"
        diagnostics.add("E211", tree.key(path), message, f"{_LATER[key]}; until then remove it")
        return
    if shape is AccountShape and key in ("accounts", "organizational_units"):
        unit = quoted(str(path[-2]))
        diagnostics.add(
            "E201", tree.key(path), f"unknown key {quoted(key)} in the account {unit}",
            f"an account contains nothing; if {unit} is an OU, move it below `organizational_units`",
        )  # fmt: skip
        return
    intended = _ALIASES.get(key.lower().replace("-", "_"))
    near = did_you_mean(key, known, f"the keys here are {all_of(known)}" if known else None)
    if intended is not None and intended in known:
        near = f"did you mean {quoted(intended)}?"
    diagnostics.add("E201", tree.key(path), f"unknown key {quoted(key)}", near)


def _choice(value: Json, words: tuple[str, ...]) -> tuple[str, str | None]:
    """What was expected instead of `value`, and the help."""
    close = (_policy_type(value, words) or nearest(value, words)) if isinstance(value, str) else None
    help = f"did you mean {quoted(close)}?" if close else None
    if len(words) < 6:
        return one_of(words), help
    return "a policy type", help or f"the policy types are {all_of(words)}"


def _policy_type(written: str, words: tuple[str, ...]) -> str | None:
    """The short name of a policy type that is written in another usual way, such as its name in the API."""
    folded = re.sub(r"[\s_-]+", "_", written.strip()).casefold()
    for row in POLICY_TYPES:
        called = (row.api, row.api.removesuffix("_POLICY"), row.label, f"{row.short}_policy", row.short)
        if row.short in words and folded in {each.casefold().replace(" ", "_").replace("-", "_") for each in called}:
            return row.short
    return None


def _wrong_kind(path: Path, value: Json, what: str, text: str | None, help: str | None) -> tuple[str, str | None]:
    """The code for a value that is not `what`, and the help."""
    if "in quotes" in what and isinstance(value, int) and not isinstance(value, bool):
        return "E209", f'write "{text or value}" in quotes'
    if isinstance(value, bool) and text and text.lower() not in ("true", "false"):
        return "E210", f'write "{text}" in quotes'
    return "E203", help or _suggestion(path, value, what, text)


def _of(path: Path, is_key: bool) -> str:
    """The key of a wrong value, as part of a message."""
    names = [step for step in (path[:-1] if is_key else path) if isinstance(step, str)]
    return f" {'in' if is_key or isinstance(path[-1], int) else 'for'} {quoted(names[-1])}" if names else ""


def _suggestion(path: Path, value: Json, what: str, text: str | None) -> str | None:
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
"""Common wrong names of keys, and the right ones."""

_EMPTY = {
    "tags": "write `tags: {}` to remove all tags, or remove the key to leave them alone",
    "policies": "write `policies: []` for none, or remove the key",
}


def shape_at(path: Path) -> type[Shape] | None:
    """The shape of the mapping at `path`; `None` where the schema does not decide it."""
    kind: Any = Spec
    for step in path:
        if _is_shape(kind):
            field = kind.model_fields.get(str(step))
            kind = field and field.annotation
        else:
            kind = (get_args(kind) or [None])[-1]
        kind = _shape_in(kind)
    return kind if _is_shape(kind) else None


def _shape_in(kind: Any) -> Any:
    """The type without its metadata; of alternatives the one that is a shape."""
    if get_origin(kind) is Annotated:
        return _shape_in(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return next(filter(_is_shape, map(_shape_in, get_args(kind))), kind)
    return kind


def _is_shape(kind: object) -> TypeGuard[type[Shape]]:
    return isinstance(kind, type) and issubclass(kind, Shape)
