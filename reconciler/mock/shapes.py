"""Validation of parameters by the service's model: required members, lengths, patterns, enumerations.

Clients validate a part of it before they send; the mock validates all of it, as the service does.
https://docs.aws.amazon.com/organizations/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from botocore.model import ListShape, Shape, StringShape, StructureShape

from reconciler.mock.refusal import Refusal, invalid

_PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "structure": (Mapping,),
    "list": (list, tuple),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "timestamp": (datetime, str, int, float),
}

_CLASSES = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\w",
    r"\p{Z}": r" \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
    r"\p{M}": r"\u0300-\u036f",
    r"\p{S}": r"$+<=>^`|~\u00a2-\u00a9\u00ac\u00ae-\u00b1\u00b4\u00b8\u00d7\u00f7\u20a0-\u2bff",
    r"\p{P}": r"!-#%-*,-/:;?@\[-\]_{}\u00a1\u00a7\u00ab\u00b6\u00b7\u00bb\u00bf\u2010-\u2027\u2030-\u205e",
}
"""The Unicode classes that occur in the models, in the syntax of `re`: of marks, symbols and punctuation the usual
ones."""


def check(shape: Shape, value: object, where: str) -> None:
    """Raises `Refusal` at the first part of `value` that the model does not allow; `where` is its name in messages."""
    if isinstance(shape, StructureShape) and shape.is_document_type:
        return
    if not isinstance(value, _PYTHON_TYPES.get(shape.type_name, (object,))):
        raise Refusal("ParamValidationError", f"Invalid type for parameter {where}: {type(value).__name__}")
    if shape.type_name in _CHECKS:
        _CHECKS[shape.type_name](shape, value, where)


def _structure(shape: StructureShape, value: Mapping[str, Any], where: str) -> None:
    for name in value:
        if name not in shape.members:
            raise Refusal("ParamValidationError", f"Unknown parameter in {where}: {name!r}")
    for name in shape.required_members:
        if value.get(name) is None:
            raise invalid("INPUT_REQUIRED", f"You must include a value for {name}.")
    for name, each in value.items():
        check(shape.members[name], each, name)


def _list(shape: ListShape, value: list[Any], where: str) -> None:
    for each in value:
        check(shape.member, each, where)


def _string(shape: StringShape, value: str, where: str) -> None:
    if shape.enum and value not in shape.enum:
        reason = "INVALID_ENUM_POLICY_TYPE" if shape.name == "PolicyType" else "INVALID_ENUM"
        raise invalid(reason, f"You specified an invalid value for {where}: {value!r}.")
    if len(value) < shape.metadata.get("min", 0):
        raise invalid("MIN_LENGTH_EXCEEDED", f"The value of {where} is too short.")
    if len(value) > shape.metadata.get("max", len(value)):
        raise invalid("MAX_LENGTH_EXCEEDED", f"The value of {where} is longer than {shape.metadata['max']} characters.")
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        raise invalid("INVALID_PATTERN", f"The value of {where} does not match the required pattern: {value!r}.")


def _integer(shape: Shape, value: int, where: str) -> None:
    if value < shape.metadata.get("min", value):
        raise invalid("MIN_VALUE_EXCEEDED", f"The value of {where} is less than {shape.metadata['min']}.")
    if value > shape.metadata.get("max", value):
        raise invalid("MAX_VALUE_EXCEEDED", f"The value of {where} is greater than {shape.metadata['max']}.")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern without Unicode classes has none in `\\w` either. A `-` after a class is itself, and an inner `(?i)` is
    for the whole pattern, which only refuses more."""
    flags = re.NOFLAG if r"\p{" in pattern else re.ASCII
    flags |= re.IGNORECASE if "(?i)" in pattern else re.NOFLAG
    pattern = pattern.replace("(?i)", "").replace("}-_", r"}\-_")
    for unicode_class, python_class in _CLASSES.items():
        pattern = pattern.replace(unicode_class, python_class)
    return re.compile(pattern, flags)


_CHECKS: Mapping[str, Callable[[Any, Any, str], None]] = {
    "structure": _structure,
    "list": _list,
    "string": _string,
    "integer": _integer,
}
