"""Condition values that the key can never have, and set operators that change the meaning.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.model.diagnostic import Finding
from reconciler.model.regions import PARTITIONS, REGIONS
from reconciler.policy.language import patterns
from reconciler.policy.language.conditions import Predicate
from reconciler.policy.language.global_keys import GLOBAL_KEYS, GlobalKey, global_key
from reconciler.policy.language.nearest import did_you_mean
from reconciler.policy.language.statements import Condition
from reconciler.policy.language.values import placeholders_in
from reconciler.policy.lint.findings import Path, warning

_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_ORGANIZATION_ID = re.compile(r"o-[a-z0-9]{2,32}")
_SERVICE = re.compile(r"[A-Za-z0-9*?-]+(\.[A-Za-z0-9*?-]+)+|\*")


def value_findings(path: Path, condition: Condition, predicate: Predicate) -> Iterator[Finding]:
    """Everything suspicious about the key and the values of a condition on a global key."""
    if not condition.values:
        outcome = "is always true" if predicate.negated or predicate.qualifier == "ForAllValues" else "is never true"
        message = f"{condition.key} has no value to compare with, so {condition.written} {outcome}"
        yield warning("W477", message, path, "add the values, or remove the condition")
    if not predicate.key.startswith("aws:"):
        return
    known = global_key(condition.key)
    if known is None:
        yield _unknown_key(path, condition)
        return
    yield from _set_operator(path, condition, predicate, known.multivalued)
    if predicate.name == "Null":
        return
    for value in condition.values:
        is_final = "${" not in value and "⟨" not in value and not placeholders_in(value)
        if is_final and (problem := _problem(condition, known, value)):
            yield warning("W474", problem[0], path, problem[1])


def service_key_findings(
    path: Path, condition: Condition, predicate: Predicate, multivalued: bool
) -> Iterator[Finding]:
    """Likewise for a key of a service. ForAnyValue with one value is what AWS's own examples have, and does no harm."""
    if multivalued or predicate.qualifier != "ForAnyValue":
        yield from _set_operator(path, condition, predicate, multivalued)


def _unknown_key(path: Path, condition: Condition) -> Finding:
    tagged = GLOBAL_KEYS.get(f"{condition.key.lower().rstrip('/')}/")
    help = (
        f"write {tagged.name}KEY" if tagged else did_you_mean(condition.key, [row.name for row in GLOBAL_KEYS.values()])
    )
    message = f"there is no global condition key {condition.key}"
    return warning("W473", message, path, help or "see the IAM user guide, global condition keys")


def _set_operator(path: Path, condition: Condition, predicate: Predicate, multivalued: bool) -> Iterator[Finding]:
    if predicate.name == "Null":
        return
    if multivalued and predicate.qualifier is None:
        message = f"{condition.key} can have several values at once, and {condition.written} compares only one"
        help = f"write ForAnyValue:{condition.written} (one of them) or ForAllValues:{condition.written} (all of them)"
        yield warning("W475", message, path, help)
    elif not multivalued and predicate.qualifier is not None:
        plain = condition.written.partition(":")[2]
        absent = "true" if predicate.qualifier == "ForAllValues" else "false"
        message = f"{condition.key} has one value; {condition.written} is {absent} for requests without it"
        yield warning("W475", message, path, f"write {plain}, or {plain}IfExists")


def _problem(condition: Condition, key: GlobalKey, value: str) -> tuple[str, str | None] | None:
    """What is wrong with the value, and what to write."""
    pattern = "*" in value or "?" in value
    never = f"{condition.key} is never {value!r}"
    if value != value.strip():
        return f"{never}: it has blanks around it", f"write {value.strip()!r}"
    match key.shape:
        case "region" if not patterns.matches_any(value, REGIONS):
            return f"there is no Region {value!r}", did_you_mean(value, tuple(REGIONS)) or "see the list of AWS Regions"
        case "account" if not (pattern or _ACCOUNT_ID.fullmatch(value)):
            lost = value.isdecimal() and len(value) < 12
            help = f'write "{value.zfill(12)}" in quotes, if zeros in front were lost' if lost else None
            return f"{never}: an account id has 12 digits", help or "write the 12 digits in quotes"
        case "organization" if not (pattern or _ORGANIZATION_ID.fullmatch(value)):
            return f"{never}: the id of an organization begins with o-", "write it like o-a1b2c3d4e5"
        case "path" if not value.startswith(("o-", "*", "?")):
            help = "write o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"
            return f"{never}: a path begins with the id of the organization", help
        case "service" if not _SERVICE.fullmatch(value):
            return f"{never}: it is the name of a service", f"write {value}.amazonaws.com"
        case "ip" if "/" in value and condition.operator is not None and "IpAddress" not in condition.operator.name:
            right = "NotIpAddress" if condition.operator.negated else "IpAddress"
            return (
                f"{condition.written} compares texts, so {value} is not treated as a range of addresses",
                f"write {right}",
            )
        case "arn":
            return _arn_problem(key, value, never)
    return None


def _arn_problem(key: GlobalKey, value: str, never: str) -> tuple[str, str | None] | None:
    sections = value.split(":", 5)
    if len(sections) == 6 and not patterns.matches_any(sections[1], PARTITIONS):
        return f"{never}: there is no partition {sections[1]!r}", did_you_mean(sections[1], tuple(PARTITIONS))
    if key.name == "aws:PrincipalArn" and len(sections) == 6 and sections[5].startswith("assumed-role/"):
        role = sections[5].split("/")[1]
        help = f"write arn:{sections[1]}:iam::{sections[4]}:role/{role}"
        return f"{never}: for a session it is the ARN of the role", help
    return None
