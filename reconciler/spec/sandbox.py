"""Jinja2 in a sandbox for policy templates: no files, no Python, bounded work, and ids that are not known yet.

Whatever a template does, rendering ends soon with text or with a `TemplateFault` that names the line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, NoReturn, cast

from jinja2 import Template, TemplateSyntaxError, nodes
from jinja2.runtime import LoopContext, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

from reconciler.spec.faults import (
    NO_FILES,
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

MAX_OUTPUT = 1_000_000
MAX_STEPS = 100_000
MAX_RANGE = 10_000
_MAX_TEXT_WORK = 10_000_000
_LONGEST_INTEGER = 10**18
_ITERATE, _CONCATENATE = "⟨iterate⟩", "⟨concatenate⟩"

_STR_METHODS = frozenset(
    [
        "capitalize",
        "count",
        "endswith",
        "find",
        "index",
        "isalnum",
        "isalpha",
        "isdigit",
        "islower",
        "isupper",
        "lower",
        "lstrip",
        "rsplit",
        "rstrip",
        "split",
        "splitlines",
        "startswith",
        "strip",
        "title",
        "upper",
        "removeprefix",
        "removesuffix",
    ]
)
_FILTERS = [
    "abs",
    "capitalize",
    "count",
    "d",
    "default",
    "dictsort",
    "first",
    "float",
    "groupby",
    "int",
    "items",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "reverse",
    "select",
    "selectattr",
    "sort",
    "string",
    "sum",
    "title",
    "trim",
    "unique",
    "upper",
]
_TAKES_IDS = frozenset(["tojson", "join", "string", "d", "default", "list", "first", "last", "reverse", "items", "map"])
_TESTS_OF_IDS = frozenset(["defined", "undefined", "none"])


class _Bounds(NodeTransformer):
    """Sends every loop and every `~` through a filter that counts, and refuses what would read other files."""

    def visit_For(self, node: nodes.For) -> nodes.Node:
        self.generic_visit(node)
        size = sum(len(each.data) for each in node.find_all(nodes.TemplateData))
        node.iter = self._filter(node.iter, _ITERATE, [nodes.Const(size, lineno=node.lineno)])
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return self._filter(nodes.List(node.nodes, lineno=node.lineno), _CONCATENATE, [])

    def _refuse(self, node: nodes.Node) -> NoReturn:
        raise TemplateSyntaxError(NO_FILES, node.lineno)

    visit_Include = visit_Import = visit_FromImport = visit_Extends = _refuse

    @staticmethod
    def _filter(node: nodes.Node, name: str, arguments: list[nodes.Expr]) -> nodes.Filter:
        return nodes.Filter(cast("nodes.Expr", node), name, arguments, [], None, None, lineno=node.lineno)


@dataclass(frozen=True)
class Compiled:
    """A template that can be rendered, and how long its source is."""

    template: Template
    size: int


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment of all templates of a spec."""

    intercepted_binops = frozenset(["+", "*", "**", "%"])

    def __init__(self) -> None:
        super().__init__(undefined=Missing, autoescape=False, optimized=False, keep_trailing_newline=True, cache_size=0)
        self._steps = self._text_work = self._size = 0
        own: dict[str, Callable[..., Any]] = {"tojson": self._tojson, "join": self._join, "replace": self._replace}
        available: dict[str, Callable[..., Any]] = {name: self.filters[name] for name in _FILTERS} | own
        self.filters = {name: _refusing_ids(name, each) for name, each in available.items()}
        self.filters |= {_ITERATE: self._iterate, _CONCATENATE: self._concatenate}
        tests = cast("dict[str, Callable[..., Any]]", self.tests).items()
        self.tests = {name: each if name in _TESTS_OF_IDS else _refusing_ids(name, each) for name, each in tests}
        self.globals = {"range": _range, "namespace": Namespace, "dict": dict}

    def rendered(self, compiled: Compiled, context: Mapping[str, object]) -> str:
        """The text of a template. Raises `TemplateFault`."""
        template = compiled.template
        self._steps = self._text_work = 0
        self._size = compiled.size
        chunks: list[str] = []
        size = 0
        try:
            for chunk in template.root_render_func(template.new_context(dict(context))):
                size += len(chunk)
                if size > MAX_OUTPUT:
                    raise too_much(f"the template writes more than {MAX_OUTPUT:,} characters")
                chunks.append(chunk)
        except Exception as error:
            raise fault_of(error, line_in(template, error)) from error
        return "".join(chunks)

    def compiled(self, source: str) -> Compiled:
        """A template of `source`. Raises `TemplateFault`."""
        try:
            return Compiled(self.from_string(source), len(source))
        except TemplateSyntaxError as error:
            raise syntax_fault(error, list(self.filters)) from error
        except (SyntaxError, RecursionError, MemoryError, ValueError, OverflowError) as error:
            help = "nest it less deeply, and use smaller numbers"
            raise TemplateFault("E406", "the template is not valid: it cannot be compiled", help) from error

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        _Bounds().visit(tree)
        return tree

    def spend(self, text: int = 0) -> None:
        """Counts a step, and `text` characters that it may handle."""
        self._steps += 1
        self._text_work += text
        if self._steps > MAX_STEPS or self._text_work > _MAX_TEXT_WORK:
            raise too_much("the template does too much work")

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str):
            return attr in _STR_METHODS
        return super().is_safe_attribute(obj, attr, value)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        def fault(_: str) -> TemplateFault:
            return TemplateFault("E410", f"{quoted(attribute)} cannot be used in a policy template", USE_FILTERS)

        return self.undefined(obj=obj, name=attribute, exc=fault)  # type: ignore[arg-type]

    def wrap_str_format(self, value: Any) -> None:
        return None

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        __self.spend(__self._size if isinstance(__obj, Macro | LoopContext) else 0)
        return super().call(__context, __obj, *args, **kwargs)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        refuse_ids(left, right)
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator != "+" and not numbers:
            raise TemplateFault(
                "E410", f"`{operator}` works on numbers only", "build texts and lists with `~`, `+` and loops"
            )
        if operator == "**" and (abs(right) > 64 or abs(left) > 2**32):
            raise too_much("the power is too large")
        if not numbers:
            self.spend(_size(left) + _size(right))
        result = super().call_binop(context, operator, left, right)
        if numbers and abs(result) > _LONGEST_INTEGER:
            raise too_much("the number is too large")
        return result

    def _iterate(self, items: Iterable[Any], size: int) -> Iterator[Any]:
        for item in items:
            self.spend(size)
            yield item

    def _concatenate(self, items: Iterable[Any]) -> str:
        return self._join(items)

    def _join(self, items: Iterable[Any], d: str = "", attribute: str | None = None) -> str:
        texts = [str(item if attribute is None else self.getitem(item, attribute)) for item in items]
        return self._bounded(
            str(d).join(texts) if sum(map(len, texts)) + len(texts) * len(str(d)) < MAX_OUTPUT else None
        )

    def _replace(self, text: object, old: object, new: object) -> str:
        whole, one, other = str(text), str(old), str(new)
        fits = len(whole) + whole.count(one) * len(other) < MAX_OUTPUT
        return self._bounded(whole.replace(one, other) if fits else None)

    def _tojson(self, value: object, indent: int | None = None) -> str:
        def written(item: object) -> str:
            if isinstance(item, Undefined):
                return str(item)
            if isinstance(item, UnknownId):
                return str(item)
            raise TypeError(f"{type(item).__name__} cannot be written as JSON")

        return self._bounded(json.dumps(value, ensure_ascii=False, default=written, indent=min(indent or 0, 8) or None))

    def _bounded(self, text: str | None) -> str:
        if text is None or len(text) > MAX_OUTPUT:
            raise too_much(f"a text is longer than {MAX_OUTPUT:,} characters")
        self.spend(len(text))
        return text


def _refusing_ids(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The filter or test, which refuses ids that are not known where it would look into them."""
    if name in _TAKES_IDS:
        return function

    @wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        refuse_ids(*args)
        return function(*args, **kwargs)

    return guarded


def _range(*args: int) -> range:
    numbers = range(*args)
    if len(numbers) > MAX_RANGE:
        raise too_much(f"a range has more than {MAX_RANGE:,} numbers")
    return numbers


def _size(value: object) -> int:
    return len(value) if isinstance(value, str | list | tuple) else 0
