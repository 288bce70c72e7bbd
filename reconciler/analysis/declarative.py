"""What can be said about declarative policies without the service: the top-level key, operators, a few settings.

Types whose syntax is not published in full are taken as they are. Operators:
https://docs.aws.amazon.com/organizations/latest/userguide/policy-operators.html
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from reconciler.model.base import Json
from reconciler.model.diagnostic import Finding
from reconciler.model.document import listed

Path = tuple[str | int, ...]

TOP_LEVEL_KEYS: dict[str, str] = {
    "tag": "tags",
    "backup": "plans",
    "ai_opt_out": "services",
    "chatbot": "chatbot",
    "declarative_ec2": "ec2_attributes",
    "security_hub": "securityhub",
    "inspector": "inspector",
    "upgrade_rollout": "upgrade_rollout",
    "bedrock": "bedrock",
    "s3": "s3_attributes",
    "network_security_director": "network_security_director",
}
"""The one top-level key by policy type; types that are absent are not looked into."""

SETTINGS: dict[str, tuple[str, ...]] = {
    "tag": ("tag_key", "tag_value", "enforced_for", "report_required_tag_for"),
    "ai_opt_out": ("opt_out_policy",),
}
"""What may stand under each tag key, and under each AI service."""

_VALUE_OPERATORS = ("@@assign", "@@append", "@@remove")
_CHILD_CONTROL = "@@operators_allowed_for_child_policies"
_OPERATORS = (*_VALUE_OPERATORS, _CHILD_CONTROL)
_ALLOWED_FOR_CHILDREN = ("@@all", "@@none", *_VALUE_OPERATORS)
_PLAIN_VALUES = frozenset({"upgrade_rollout"})
"""Types whose documentation shows values without an operator."""


def check_declarative(type_short: str, document: dict[str, Json]) -> Iterator[Finding]:
    """What is wrong with the document of a policy type other than SCP and RCP."""
    top = TOP_LEVEL_KEYS.get(type_short)
    if top is None:
        yield from _operators(document, ())
        return
    for key in document:
        if key != top:
            yield _error("E467", f"{key!r} is not a key of this policy type", (key,), f"the top-level key is {top!r}")
    if top not in document:
        yield _error("E467", f"the top-level key {top!r} is missing", (top,), None)
        return
    content = document[top]
    if not isinstance(content, dict):
        yield _error("E468", f"{top} is an object", (top,), None)
        return
    yield from _settings(type_short, content, (top,))
    yield from _operators(content, (top,))
    if type_short not in _PLAIN_VALUES:
        yield from _values_without_operator(content, (top,))


def _settings(type_short: str, content: dict[str, Json], path: Path) -> Iterator[Finding]:
    right = SETTINGS.get(type_short)
    if right is None:
        return
    for name, settings in content.items():
        if name.startswith("@@") or not isinstance(settings, dict):
            continue
        for setting in settings:
            if not setting.startswith("@@") and setting not in right:
                place = (*path, name, setting)
                yield _warning(f"{setting!r} is not a setting of this type", place, _near(setting, right))


def _operators(value: Json, path: Path) -> Iterator[Finding]:
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _operators(each, (*path, index))
    if not isinstance(value, dict):
        return
    for key, each in value.items():
        place = (*path, key)
        if not key.startswith("@"):
            yield from _operators(each, place)
        elif key not in _OPERATORS:
            yield _error("E468", f"there is no operator {key!r}", place, _near(key, _OPERATORS))
        elif key == _CHILD_CONTROL:
            yield from _child_control(each, place)
        elif isinstance(each, dict):
            yield _error("E468", f"{key} takes a value or a list of values, not an object", place, None)


def _child_control(value: Json, path: Path) -> Iterator[Finding]:
    for index, each in enumerate(listed(value)):
        if each not in _ALLOWED_FOR_CHILDREN:
            place = (*path, index) if isinstance(value, list) else path
            near = _near(each, _ALLOWED_FOR_CHILDREN) if isinstance(each, str) else None
            yield _error("E468", f"{each!r} is not an operator that can be allowed or forbidden", place, near)


def _values_without_operator(content: dict[str, Json], path: Path) -> Iterator[Finding]:
    for key, each in content.items():
        if key.startswith("@"):
            continue
        if isinstance(each, dict):
            yield from _values_without_operator(each, (*path, key))
        else:
            yield _warning(f"{key} has a value without an operator", (*path, key), 'write {"@@assign": ...}')


def _near(written: str, right: tuple[str, ...]) -> str | None:
    found = get_close_matches(written, right, n=1, cutoff=0.5)
    return f"did you mean {found[0]}?" if found else f"known are {', '.join(right)}"


def _error(code: str, message: str, path: Path, help: str | None) -> Finding:
    return Finding(code=code, severity="error", message=message, path=path, help=help)


def _warning(message: str, path: Path, help: str | None) -> Finding:
    return Finding(code="W456", severity="warning", message=message, path=path, help=help)
