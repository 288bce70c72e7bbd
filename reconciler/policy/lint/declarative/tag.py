"""The syntax of tag policies.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_example-tag-policies.html
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.base import Json
from reconciler.model.diagnostic import Finding
from reconciler.policy.lint.declarative.schema import Group, Named, Scalar, Syntax, Value, Values
from reconciler.policy.lint.declarative.tag_resources import ALL_OF_A_SERVICE, ENFORCED, REPORTED, SERVICE_WILDCARDS
from reconciler.policy.lint.findings import error, warning

LONGEST_KEY = 128
LONGEST_VALUE = 256


def _is_value(text: str) -> bool:
    return len(text) <= LONGEST_VALUE and text.count("*") <= 1


def _value_help(text: str) -> str | None:
    return "a value has one * at most" if text.count("*") > 1 else None


def _enforced_help(text: str) -> str | None:
    service = text.partition(":")[0]
    if text == f"{service}:*" and f"{service}:{ALL_OF_A_SERVICE}" in ENFORCED:
        return f"write {service}:{ALL_OF_A_SERVICE}"
    if text == "*":
        return "there is no wildcard for all services: name each, such as ec2:ALL_SUPPORTED"
    return None


_KEY = Value(f"a key of 1 to {LONGEST_KEY} characters", lambda text: 0 < len(text) <= LONGEST_KEY, texts_only=True)
_VALUE = Value(f"a text of at most {LONGEST_VALUE} characters with one * at most", _is_value, help=_value_help)
_ENFORCED = Value(
    "a resource type as service:type or service:ALL_SUPPORTED",
    lambda text: text in ENFORCED or text in SERVICE_WILDCARDS or text in REPORTED,
    tuple(sorted(ENFORCED)),
    _enforced_help,
    texts_only=True,
)
_REPORTED = Value(
    "a resource type as service:type or service:ALL_SUPPORTED",
    lambda text: text in REPORTED or text in ENFORCED,
    tuple(sorted(REPORTED)),
    texts_only=True,
)

SYNTAX = Syntax(
    "tags",
    Named(
        Group({
            "tag_key": Scalar(_KEY),
            "tag_value": Values(_VALUE),
            "enforced_for": Values(_ENFORCED),
            "report_required_tag_for": Values(_REPORTED),
        }),
        _KEY,
    ),
)  # fmt: skip


def check_keys(document: dict[str, Json]) -> Iterator[Finding]:
    """Keys are compared without case: each is there once, and its tag_key only determines its case."""
    tags = document.get("tags")
    first: dict[str, str] = {}
    for key, setting in tags.items() if isinstance(tags, dict) else ():
        if key.startswith("@"):
            continue
        if key.lower() in first:
            message = f"the keys {first[key.lower()]!r} and {key!r} differ only in case"
            yield error("E472", message, ("tags", key), "keep one of them; tag_key defines how the key is written")
        first.setdefault(key.lower(), key)
        tag_key = setting.get("tag_key") if isinstance(setting, dict) else None
        written = tag_key.get("@@assign") if isinstance(tag_key, dict) else None
        if isinstance(written, str) and "⟨" not in written and written.lower() != key.lower():
            message = f"the tag_key {written!r} is not the key {key!r} in another case"
            yield error(
                "E472", message, ("tags", key, "tag_key", "@@assign"), f"write {key!r}, in the case that you want"
            )


def check_types(document: dict[str, Json]) -> Iterator[Finding]:
    """Types for which the documentation has the one mode and not the other; the service was not seen to refuse them."""
    tags = document.get("tags")
    for key, setting in tags.items() if isinstance(tags, dict) else ():
        for field, known, help in (
            ("enforced_for", ENFORCED | SERVICE_WILDCARDS, "it can only be in report_required_tag_for"),
            ("report_required_tag_for", REPORTED, "it can only be in enforced_for"),
        ):
            operators = setting.get(field) if isinstance(setting, dict) else None
            for operator, values in operators.items() if isinstance(operators, dict) else ():
                for index, each in enumerate(values if isinstance(values, list) else ()):
                    if isinstance(each, str) and each not in known and each in ENFORCED | REPORTED:
                        message = f"{each} is not documented for {field}"
                        path = ("tags", key, field, operator, index)
                        yield warning("W456", message, path, help)
