"""Jinja2 in a sandbox for policy templates: no files, no Python, bounded work, and ids that are not known yet.

Rendering always ends soon, with text or with a `TemplateFault` that has the line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from jinja2 import Template, TemplateSyntaxError, nodes
from jinja2.runtime import LoopContext, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from reconciler.spec.bounds import CONCATENATE, ITERATE, MAX_RANGE, MAX_TEXT, WEIGH, Bounded, Budget
from reconciler.spec.faults import (
    USE_FILTERS,
    Missing,
    TemplateFault,
    UnknownId,
    fault_of,
    line_in,
    refuse_ids,
    syntax_fault,
    too_much,
)
from reconciler.spec.wording import quoted

_T = TypeVar("_T")

_LARGEST_NUMBER = 10**18
_STR_METHODS = frozenset([
    "capitalize", "count", "endswith", "find", "index", "isalnum", "isalpha", "isdigit", "islower", "isupper",
    "lower", "lstrip", "removeprefix", "removesuffix", "rsplit", "rstrip", "split", "splitlines", "startswith",
    "strip", "title", "upper",
])  # fmt: skip
_FILTERS = [
    "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "groupby", "int", "items", "last",
    "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "select", "selectattr",
    "sort", "sum", "title", "trim", "unique", "upper",
]  # fmt: skip
_TAKE_IDS = frozenset(["tojson", "join", "string", "d", "default", "list", "first", "last", "reverse", "items", "map"])
_TESTS_OF_IDS = frozenset(["defined", "undefined", "none"])


@dataclass(frozen=True)
class Compiled:
    """A template that can be rendered, and how long its source is."""

    template: Template
    size: int


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment of all templates of a spec."""

    intercepted_binops = frozenset(["+", "*", "**", "%"])

    def __init__(self) -> None:
        super().__init__(
            undefined=Missing, finalize=_as_text, autoescape=False, optimized=False, keep_trailing_newline=True
        )
        self._budget, self._size = Budget(), 0
        own: dict[str, Callable[..., Any]] = {
            "tojson": self._tojson,
            "join": self._join,
            "replace": self._replace,
            "string": _as_text,
        }
        available: dict[str, Callable[..., Any]] = {name: self.filters[name] for name in _FILTERS} | own
        self.filters = {name: self._guarded(each, ids=name in _TAKE_IDS) for name, each in available.items()}
        self.filters |= {ITERATE: self._iterate, CONCATENATE: self._join, WEIGH: self._weighed}
        tests = cast("dict[str, Callable[..., Any]]", self.tests).items()
        self.tests = {name: self._guarded(each, ids=name in _TESTS_OF_IDS) for name, each in tests}
        self.globals = {"range": _range, "namespace": Namespace, "dict": dict}

    def compiled(self, source: str) -> Compiled:
        """A template of `source`. Raises `TemplateFault`."""
        try:
            return Compiled(self.from_string(source), len(source))
        except TemplateSyntaxError as error:
            raise syntax_fault(error, list(self.filters)) from error
        except (SyntaxError, RecursionError, MemoryError, ValueError, OverflowError) as error:
            help = "nest it less deeply, and use smaller numbers"
            raise TemplateFault("E406", "the template is not valid: it cannot be compiled", help) from error

    def rendered(self, compiled: Compiled, context: Mapping[str, object]) -> str:
        """The text of a template. Raises `TemplateFault`."""
        template = compiled.template
        self._budget, self._size = Budget(), compiled.size
        chunks: list[str] = []
        size = 0
        try:
            for chunk in template.root_render_func(template.new_context(dict(context))):
                size += len(chunk)
                if size > MAX_TEXT:
                    raise too_much(f"the template writes more than {MAX_TEXT:,} characters")
                chunks.append(chunk)
        except Exception as error:
            raise fault_of(error, line_in(template, error)) from error
        return "".join(chunks)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        Bounded().visit(tree)
        return tree

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str):
            return attr in _STR_METHODS
        return super().is_safe_attribute(obj, attr, value)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        def fault(_: str) -> TemplateFault:
            message = f"{quoted(attribute)} cannot be used in a policy template"
            return TemplateFault("E410", message, USE_FILTERS, name=attribute)

        return self.undefined(obj=obj, name=attribute, exc=fault)  # type: ignore[arg-type]  # jinja2 only calls it

    def wrap_str_format(self, value: Any) -> None:
        return None

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        __self._budget.spend(__self._size if isinstance(__obj, Macro | LoopContext) else 0)
        __self._budget.weigh(*args, *kwargs.values())
        return __self._weighed(super().call(__context, __obj, *args, **kwargs))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        refuse_ids(left, right)
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator != "+" and not numbers:
            help = "build texts and lists with `~`, `+` and loops"
            raise TemplateFault("E410", f"`{operator}` works on numbers only", help)
        if operator == "**" and (abs(right) > 64 or abs(left) > 2**32):
            raise too_much("the power is too large")
        if not numbers:
            self._budget.weigh(left, right)
        result = super().call_binop(context, operator, left, right)
        if numbers and abs(result) > _LARGEST_NUMBER:
            raise too_much("the number is too large")
        return result

    def _guarded(self, function: Callable[..., Any], *, ids: bool) -> Callable[..., Any]:
        """A filter or test which counts, and refuses ids that are not known unless it only passes them on (`ids`)."""

        @wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not ids:
                refuse_ids(*args)
            self._budget.weigh(*args, *kwargs.values())
            return self._weighed(function(*args, **kwargs))

        return guarded

    def _weighed(self, value: _T) -> _T:
        self._budget.weigh(value)
        return value

    def _iterate(self, items: Iterable[Any], size: int) -> Iterator[Any]:
        for item in items:
            self._budget.spend(size)
            yield item

    def _join(self, items: Iterable[Any], d: str = "", attribute: str | None = None) -> str:
        texts = [_as_text(item if attribute is None else self.getitem(item, attribute)) for item in items]
        if sum(map(len, texts)) + len(texts) * len(str(d)) > MAX_TEXT:
            raise too_much(f"a text is longer than {MAX_TEXT:,} characters")
        return self._weighed(str(d).join(texts))

    def _replace(self, text: object, old: object, new: object) -> str:
        whole, one, other = str(text), str(old), str(new)
        if len(whole) + whole.count(one) * len(other) > MAX_TEXT:
            raise too_much(f"a text is longer than {MAX_TEXT:,} characters")
        return whole.replace(one, other)

    @staticmethod
    def _tojson(value: object, indent: int | None = None) -> str:
        def written(item: object) -> str:
            if isinstance(item, Undefined | UnknownId):
                return str(item)
            raise TypeError(f"{type(item).__name__} cannot be written as JSON")

        return json.dumps(value, ensure_ascii=False, default=written, indent=min(indent or 0, 8) or None)


def _as_text(value: object) -> str:
    """A value as text, as in JSON and YAML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, str | int | float | UnknownId | Undefined):
        return str(value)
    what = {"dict": "a mapping", "list": "a list", "tuple": "a list"}.get(type(value).__name__, "this")
    raise TemplateFault(
        "E412", f"{what} cannot be written out as it is", "write it with `| tojson`, or join a list with `| join`"
    )


def _range(*args: int) -> range:
    numbers = range(*args)
    if len(numbers) > MAX_RANGE:
        raise too_much(f"a range has more than {MAX_RANGE:,} numbers")
    return numbers
