"""The vocabulary in which the syntax of declarative policies is written, and the walk that compares a document with it.

A document is a tree of settings. Values are set with the operators @@assign, @@append and @@remove, and any setting
can limit what policies below may do with @@operators_allowed_for_child_policies:
https://docs.aws.amazon.com/organizations/latest/userguide/policy-operators.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.model.base import Json
from reconciler.model.diagnostic import Finding
from reconciler.model.document import listed, text_of
from reconciler.policy.effective.inheritance import APPEND, ASSIGN, CHILD_CONTROL, REMOVE
from reconciler.policy.language.nearest import did_you_mean, nearest
from reconciler.policy.lint.findings import Path, error, warning

_VALUE_OPERATORS = (ASSIGN, APPEND, REMOVE)
_OPERATORS = (*_VALUE_OPERATORS, CHILD_CONTROL)
_FOR_CHILDREN = ("@@all", "@@none", *_VALUE_OPERATORS)


@dataclass(frozen=True, slots=True)
class Value:
    """What a value may be: `expected` as text, `accepts` is truthy for its text (numbers and booleans are read as
    text), and the `choices` among which the nearest one is looked for. `help` is more specific than `expected` about a
    wrong value."""

    expected: str
    accepts: Callable[[str], object]
    choices: tuple[str, ...] = ()
    help: Callable[[str], str | None] | None = None
    texts_only: bool = False


@dataclass(frozen=True, slots=True)
class Scalar:
    """A setting with one value, which only @@assign sets."""

    value: Value


@dataclass(frozen=True, slots=True)
class Values:
    """A setting with a list of values."""

    value: Value
    empty: bool = True
    """Whether the list of an operator may be empty."""


@dataclass(frozen=True, slots=True)
class Group:
    """A setting made of settings with fixed names. An `open` one may have others, which are a warning only; those in
    `older` are no longer documented."""

    fields: Mapping[str, Node]
    required: tuple[str, ...] = ()
    open: bool = False
    older: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Named:
    """A setting made of settings whose names the author of the policy chooses, as far as `name` accepts them."""

    child: Node
    name: Value | None = None


Node = Scalar | Values | Group | Named


@dataclass(frozen=True, slots=True)
class Syntax:
    """The syntax of a policy type: the one top-level key and the node below it. `certain` where the service refuses
    what does not fit; `folds` where names and operators are case-insensitive; `plain` where the documentation
    shows values without an operator."""

    top: str
    node: Node
    certain: bool = True
    folds: bool = False
    plain: bool = False

    def fault(self, code: str, message: str, path: Path, help: str | None) -> Finding:
        """An error with this code, or a warning instead where the syntax is not certain."""
        if self.certain:
            return error(code, message, path, help)
        return warning("W456", message, path, help)

    def fold(self, name: str) -> str:
        return name.lower() if self.folds else name


def matching(expected: str, pattern: str) -> Value:
    """A text that all of this regular expression matches."""
    return Value(expected, re.compile(pattern).fullmatch)


def choice(*words: str) -> Value:
    """One of these words, exactly so."""
    return Value(_one_of(words), words.__contains__, words)


def walk(syntax: Syntax, document: dict[str, Json]) -> Iterator[Finding]:
    """Everything in the document that does not fit the syntax."""
    top = next((key for key in document if syntax.fold(key) == syntax.top), None)
    for key, each in document.items():
        if key != top and key.startswith("@@"):
            yield from _at_the_top(key, each, syntax)
        elif key != top:
            help = f"the top-level key is {syntax.top!r}"
            yield error("E467", f"{key!r} is not a key of this policy type", (key,), help)
    if top is None and all(key.startswith("@@") for key in document):
        help = f'write {{"{syntax.top}": {{...}}}}'
        yield error("E467", f"the top-level key {syntax.top!r} is missing", (syntax.top,), help)
    elif top is not None and not isinstance(document[top], dict):
        yield error("E468", f"{top} is an object", (top,), None)
    elif top is not None:
        yield from _node(syntax.node, document[top], (top,), syntax)


def walk_unknown(document: Json, path: Path = ()) -> Iterator[Finding]:
    """What is wrong with the operators of a document whose syntax is not published."""
    if isinstance(document, list):
        for index, each in enumerate(document):
            yield from walk_unknown(each, (*path, index))
    if not isinstance(document, dict):
        return
    for key, each in document.items():
        place = (*path, key)
        if not key.startswith("@"):
            yield from walk_unknown(each, place)
        elif key == CHILD_CONTROL:
            yield from _child_control(each, place)
        elif key not in _OPERATORS:
            yield _unknown_operator(key, place)
        elif isinstance(each, dict):
            yield error("E468", f"{key} takes a value or a list of values, not an object", place, None)


def _at_the_top(key: str, value: Json, syntax: Syntax) -> Iterator[Finding]:
    """The service takes operators beside the top-level key, but they do nothing there."""
    if syntax.fold(key) == CHILD_CONTROL:
        yield from _child_control(value, (key,), syntax)
    elif syntax.fold(key) not in _OPERATORS:
        yield _unknown_operator(key, (key,))
    elif isinstance(value, dict) or any(text_of(each) is None for each in listed(value)):
        yield error("E468", f"{key} takes a value or a list of values, not an object", (key,), "remove it")
    else:
        message = f"{key} has no effect beside the top-level key"
        yield warning("W456", message, (key,), "remove it")


def _node(node: Node, written: Json, path: Path, syntax: Syntax) -> Iterator[Finding]:
    if not isinstance(written, dict):
        yield from _without_operator(node, written, path, syntax)
        return
    for key, each in written.items():
        if key.startswith("@"):
            yield from _operator(node, key, each, (*path, key), syntax)
    settings = {key: each for key, each in written.items() if not key.startswith("@")}
    match node:
        case Scalar() | Values():
            for key in settings:
                message = f"{_name(path)} has no settings, but {key!r} is in it"
                yield syntax.fault("E469", message, (*path, key), 'write its value as {"@@assign": ...}')
        case Named():
            yield from _names(node, settings, path, syntax)
        case Group():
            yield from _fields(node, settings, path, syntax)


def _without_operator(node: Node, written: Json, path: Path, syntax: Syntax) -> Iterator[Finding]:
    if isinstance(node, Group | Named):
        found = "a list" if isinstance(written, list) else f"the value {text_of(written)!r}"
        yield syntax.fault("E470", f"{_name(path)} is an object of settings, not {found}", path, None)
    elif not syntax.plain:
        yield syntax.fault("E471", f"{_name(path)} has a value without an operator", path, 'write {"@@assign": ...}')


def _names(node: Named, settings: dict[str, Json], path: Path, syntax: Syntax) -> Iterator[Finding]:
    for key, each in settings.items():
        if node.name is not None and "⟨" not in key and not node.name.accepts(key):
            message = f"{key!r} cannot be a name in {_name(path)}"
            yield syntax.fault("E469", message, (*path, key), _help(node.name, key))
        yield from _node(node.child, each, (*path, key), syntax)


def _fields(node: Group, settings: dict[str, Json], path: Path, syntax: Syntax) -> Iterator[Finding]:
    known = {syntax.fold(key): each for key, each in node.fields.items()}
    for key, each in settings.items():
        place = (*path, key)
        child = known.get(syntax.fold(key))
        if child is not None:
            yield from _node(child, each, place, syntax)
        elif key in node.older:
            message = f"the documentation has no setting {key!r} in {_name(path)}"
            yield warning("W456", message, place, node.older[key])
        else:
            message = f"{_name(path)} has no setting {key!r}"
            help = did_you_mean(key, node.fields) or f"known are {', '.join(node.fields)}"
            open_ = node.open and nearest(key, node.fields) is None
            yield (warning("W456", message, place, help) if open_ else syntax.fault("E469", message, place, help))
    written = {syntax.fold(key) for key in settings}
    for key in node.required:
        if key not in written:
            yield syntax.fault("E473", f"{_name(path)} has no {key}", path, f'add "{key}": {{"@@assign": ...}}')


def _operator(node: Node, key: str, value: Json, path: Path, syntax: Syntax) -> Iterator[Finding]:
    operator = syntax.fold(key)
    if operator == CHILD_CONTROL:
        yield from _child_control(value, path, syntax)
    elif operator not in _OPERATORS:
        yield _unknown_operator(key, path)
    elif isinstance(node, Group | Named):
        help = f"set the settings in it; only {CHILD_CONTROL} can be here"
        yield syntax.fault("E468", f"{_name(path[:-1])} holds settings and has no value to {operator[2:]}", path, help)
    elif isinstance(value, dict):
        yield error("E468", f"{key} takes a value or a list of values, not an object", path, None)
    elif isinstance(node, Scalar):
        if operator != "@@assign":
            message = f"{_name(path[:-1])} has one value, which {key} cannot change"
            yield syntax.fault("E468", message, path, "write @@assign")
        else:
            yield from _scalar(node, value, path, syntax)
    elif not isinstance(value, list):
        message = f"{_name(path[:-1])} takes a list, not the value {text_of(value)!r}"
        yield syntax.fault("E470", message, path, f'write "{key}": [...]')
    else:
        if not value and not node.empty:
            yield syntax.fault("E470", f"the list of {_name(path[:-1])} is empty", path, "name at least one value")
        for index, each in enumerate(value):
            yield from _value(node.value, each, (*path, index), _name(path[:-1]), syntax)


def _scalar(node: Scalar, value: Json, path: Path, syntax: Syntax) -> Iterator[Finding]:
    if isinstance(value, list):
        message = f"{_name(path[:-1])} takes one value, not a list"
        yield syntax.fault("E470", message, path, "write the value without [ and ]")
    else:
        yield from _value(node.value, value, path, _name(path[:-1]), syntax)


def _value(value: Value, written: Json, path: Path, name: str, syntax: Syntax) -> Iterator[Finding]:
    text = text_of(written)
    if text is None:
        yield syntax.fault("E470", f"{name} takes texts, not lists or objects", path, f"write {value.expected}")
    elif value.texts_only and not isinstance(written, str):
        yield syntax.fault("E470", f"{name} takes a text, not {text}", path, f'write "{text}" in quotes')
    elif "⟨" not in text and not value.accepts(text):
        yield syntax.fault("E470", f"{text!r} is not a value of {name}", path, _help(value, text))


def _help(value: Value, text: str) -> str:
    special = value.help(text) if value.help else None
    return special or did_you_mean(text, value.choices) or f"write {value.expected}"


def _child_control(value: Json, path: Path, syntax: Syntax | None = None) -> Iterator[Finding]:
    fold = syntax.fold if syntax else str
    if not isinstance(value, list) or not value:
        yield error("E468", f"{CHILD_CONTROL} takes a list of operators", path, 'write ["@@none"], for example')
    seen: set[str] = set()
    for index, each in enumerate(listed(value)):
        place = (*path, index) if isinstance(value, list) else path
        if not isinstance(each, str) or fold(each) not in _FOR_CHILDREN:
            near = did_you_mean(each, _FOR_CHILDREN) if isinstance(each, str) else None
            help = near or f"known are {', '.join(_FOR_CHILDREN)}"
            yield error("E468", f"{each!r} is not an operator that can be allowed or forbidden", place, help)
        elif each in seen:
            yield error("E468", f"{each} is listed twice", place, "remove one of the two")
        elif fold(each) == "@@none" and len(listed(value)) > 1:
            yield error("E468", "@@none cannot be combined with other operators", place, "remove it, or the others")
        seen.add(str(each))


def _unknown_operator(key: str, path: Path) -> Finding:
    help = did_you_mean(key, _OPERATORS) or f"known are {', '.join(_OPERATORS)}"
    return error("E468", f"there is no operator {key!r}", path, help)


def _name(path: Path) -> str:
    return str(path[-1])


def _one_of(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
