"""Policy documents as values: how they are sent, and how they are compared.

Two documents are equal when they mean the same: the order of keys, white space, a single string against a list of
one, the case of an action, and the order and repetition within sets (statements, actions, resources, condition
values) are no difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Literal

from reconciler.model.base import Json

Language = Literal["scp", "rcp", "resource", "identity", "declarative"]

_ROOT_ARN = re.compile(r"^arn:aws[a-z-]*:iam::([^:]+):root$")
_LISTS = ("Action", "NotAction", "Resource", "NotResource")


def minified(document: Json) -> str:
    """The document as it is sent: no white space, keys as written, no escapes for what is not ASCII."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def canonical(document: Json, language: Language) -> Json:
    """The form in which two documents that mean the same are equal. Never raises: what is not of the expected shape
    is kept as it is. It is for comparison, not for sending (actions are in lower case)."""
    if language == "declarative" or not isinstance(document, dict):
        return _sorted_lists(document)
    statements = document.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list):
        return document
    form = _resource_statement if language == "resource" else canonical_statement
    return {**document, "Statement": _as_set([form(each) for each in statements])}


def _resource_statement(statement: Json) -> Json:
    """One statement of the organization's resource policy in the form for comparison: the service writes the ARN of the
    root user for the id of an account (observed against the live service, September 2026)."""
    form = canonical_statement(statement)
    principal = form.get("Principal") if isinstance(form, dict) else None
    if not isinstance(form, dict) or not isinstance(principal, dict):
        return form
    return {
        **form,
        "Principal": {
            kind: _as_set([_ROOT_ARN.sub(r"\1", each) if isinstance(each, str) else each for each in listed(values)])
            for kind, values in principal.items()
        },
    }


def canonical_statement(statement: Json) -> Json:
    """One statement of an SCP or RCP in the form for comparison."""
    if not isinstance(statement, dict):
        return statement
    form = dict(statement)
    for key in _LISTS:
        if key in form:
            lower = key.endswith("Action")
            form[key] = _as_set(
                [each.lower() if lower and isinstance(each, str) else each for each in listed(form[key])]
            )
    condition = form.get("Condition")
    if isinstance(condition, dict):
        form["Condition"] = {
            operator: (
                {key.lower(): _as_set([_text(value) for value in listed(values)]) for key, values in keys.items()}
                if isinstance(keys, dict)
                else keys
            )
            for operator, keys in condition.items()
        }
    return form


def same_meaning(one: Json, other: Json, language: Language) -> bool:
    """True where the two documents say the same to the service."""
    return one == other or canonical(one, language) == canonical(other, language)


def listed(value: Json) -> list[Json]:
    """A single value as a list of one."""
    return list(value) if isinstance(value, list) else [value]


def statements_in(document: Json) -> list[dict[str, Json]]:
    """The statements of a policy document, as they are written; what has another form is left out."""
    found = listed(document.get("Statement")) if isinstance(document, dict) else []
    return [each for each in found if isinstance(each, dict)]


def deny_statements(document: Json) -> list[dict[str, Json]]:
    """The Deny statements of a document, as they are written."""
    return [each for each in statements_in(document) if each.get("Effect") == "Deny"]


def texts(values: Json) -> tuple[str, ...]:
    """A value, or a list of values, as IAM reads it in a condition: `true` as `"true"`, 10 as `"10"`."""
    return tuple(text for text in map(_text, listed(values)) if isinstance(text, str))


def _text(value: Json) -> Json:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def text_of(value: Json) -> str | None:
    """A single value as a declarative policy has it (12 as "12", true as "true"); `None` for lists and objects."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return None if isinstance(value, list | dict) else str(value)


def value_text(value: Json) -> str:
    """A value of a setting for people: a list by its members."""
    if isinstance(value, list):
        return ", ".join(map(value_text, value)) or "(none)"
    return value if isinstance(value, str) else minified(value)


def _as_set(values: list[Json]) -> Json:
    return [value for _, value in sorted({minified_sorted(value): value for value in values}.items())]


def _sorted_lists(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _sorted_lists(each) for key, each in value.items()}
    if isinstance(value, list):
        return _as_set([_sorted_lists(each) for each in value])
    return value


def minified_sorted(value: Json) -> str:
    """A text that is the same for equal values, whatever the order of their keys."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)


def leaves(value: Json, path: str = "") -> Iterator[str]:
    """Every plain value in a value, with the keys that lead to it; places in lists do not count."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, f"{path}/{key}")
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each, path)
    elif value is not None:
        yield f"{path}={value!r}"


def texts_in(value: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every string in a value, keys included, with the steps that lead to it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield (*path, key), key
            yield from texts_in(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from texts_in(each, (*path, index))
