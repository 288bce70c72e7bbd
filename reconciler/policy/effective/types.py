"""What the types of declarative policies add to the inheritance: names without case, defaults, and limits.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_effective.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_inheritance_mgmt.html
Names in lower case, the defaults of tag policies and the codes of errors: observed against the live service, September
2026.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Mapping

from reconciler.model.base import Json
from reconciler.model.document import minified, text_of
from reconciler.model.effective import EffectiveError, Outcome, Path
from reconciler.policy.effective.inheritance import AsValue, Fold, Setting

LARGEST_TAG_POLICY = 395_000
"""Bytes of an effective tag policy."""
MOST_REQUIRED_KEYS = 50
"""Tag keys that are required for one resource type."""
MOST_RULES = 10
"""Rules of a backup plan."""
LONGEST_CONTINUOUS = 35
"""Days that continuous backups can be kept."""
LEAST_IN_COLD_STORAGE = 90
"""Days that a backup stays in cold storage at least."""

_WITHOUT_CASE = frozenset({"chatbot", "s3"})
"""Types whose names are compared without case, and published in lower case."""


def fold_of(type_short: str) -> Fold:
    """The name by which a setting is found and published: that of a tag in lower case, for example."""
    if type_short in _WITHOUT_CASE:
        return lambda path: path[-1].lower()
    if type_short == "tag":
        return lambda path: path[-1].lower() if len(path) == 2 else path[-1]
    return lambda path: path[-1]


def as_value_of(type_short: str) -> AsValue:
    """A value in a list as the service reads it: tag policies have texts only (12 is "12", true is "true")."""
    return _as_text if type_short == "tag" else lambda value: value


def _as_text(value: Json) -> Json:
    text = text_of(value)
    return value if text is None else text


def defaults_of(type_short: str, found: Setting) -> Iterator[tuple[Path, Outcome]]:
    """What the service publishes for settings that no policy sets: a tag is written as its key, with any value. What
    has a value itself has no settings."""
    tags = found.children.get("tags") if type_short == "tag" else None
    for key, rule in tags.children.items() if tags and not tags.outcomes else ():
        values: dict[str, Json] = {"tag_key": key, "tag_value": ["*"]}
        for name, value in values.items():
            if not rule.outcomes and not _is_set(rule.children.get(name, Setting())):
                yield ("tags", key, name), Outcome(value=value)


def _is_set(setting: Setting) -> bool:
    return bool(setting.outcomes) or any(map(_is_set, setting.children.values()))


def errors_in(type_short: str, document: Mapping[str, Json]) -> tuple[EffectiveError, ...]:
    """Why the service withholds a merged document; documents that are valid alone can be invalid together."""
    if type_short == "tag":
        return tuple(_of_tags(document))
    return tuple(_of_plans(document)) if type_short == "backup" else ()


def _of_tags(document: Mapping[str, Json]) -> Iterator[EffectiveError]:
    size = len(minified(dict(document)).encode())
    if size > LARGEST_TAG_POLICY:
        message = f"the effective tag policy has {size:,} bytes, and {LARGEST_TAG_POLICY:,} at most are allowed"
        yield EffectiveError(code="POLICY_TOO_LARGE", message=message)
    required = Counter(
        each for _, rule in _objects(document.get("tags")) for each in _texts(rule.get("report_required_tag_for"))
    )
    for each, keys in sorted(required.items()):
        if keys > MOST_REQUIRED_KEYS:
            message = f"{keys} tag keys are required for {each}, and {MOST_REQUIRED_KEYS} at most are allowed"
            yield EffectiveError(code="ELEMENTS_TOO_MANY", message=message, path=("tags",))


def _of_plans(document: Mapping[str, Json]) -> Iterator[EffectiveError]:
    for name, plan in _objects(document.get("plans")):
        path: Path = ("plans", name)
        for key in ("regions", "rules", "selections"):
            if key not in plan:
                message = f"the backup plan {name} has no {key}"
                yield EffectiveError(code="KEY_REQUIRED", message=message, path=(*path, key))
            elif not plan[key]:
                message = f"{key} of the backup plan {name} is empty"
                yield EffectiveError(code="ELEMENTS_TOO_FEW", message=message, path=(*path, key))
        rules = _objects(plan.get("rules"))
        if len(rules) > MOST_RULES:
            message = f"the backup plan {name} has {len(rules)} rules, and {MOST_RULES} at most are allowed"
            yield EffectiveError(code="ELEMENTS_TOO_MANY", message=message, path=(*path, "rules"))
        for rule_name, rule in rules:
            yield from _of_rule(rule, (*path, "rules", rule_name))


def _of_rule(rule: Mapping[str, Json], path: Path) -> Iterator[EffectiveError]:
    written = rule.get("lifecycle")
    lifecycle = written if isinstance(written, dict) else {}
    cold, delete = (_days(lifecycle.get(f"{each}_after_days")) for each in ("move_to_cold_storage", "delete"))
    error = functools.partial(EffectiveError, code="CROSS_ATTRIBUTE_VALIDATION", path=(*path, "lifecycle"))
    if text_of(rule.get("enable_continuous_backup")) == "true" and (cold or not delete or delete > LONGEST_CONTINUOUS):
        yield error(message=f"continuous backups are kept for 1 to {LONGEST_CONTINUOUS} days, never in cold storage")
    elif cold and delete and delete < cold + LEAST_IN_COLD_STORAGE:
        yield error(message=f"backups stay in cold storage for {LEAST_IN_COLD_STORAGE} days at least")


def _days(value: Json) -> int | None:
    text = text_of(value)
    return int(text) if text is not None and text.isascii() and text.isdecimal() else None


def _objects(value: Json) -> list[tuple[str, dict[str, Json]]]:
    return [(key, each) for key, each in value.items() if isinstance(each, dict)] if isinstance(value, dict) else []


def _texts(value: Json) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
