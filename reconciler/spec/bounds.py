"""Limits the work of a template: a budget, and the change of the syntax tree that makes each step count against it.

Every loop step, call, filter, `~`, comparison and written list counts, by the size of what it handles, so neither loops
in loops nor lists of lists of lists can take long.
"""

from __future__ import annotations

from typing import NoReturn, cast

from jinja2 import TemplateSyntaxError, nodes
from jinja2.visitor import NodeTransformer

from reconciler.spec.faults import NO_FILES, too_much

MAX_TEXT = 1_000_000
MAX_STEPS = 100_000
MAX_RANGE = 10_000
_MAX_WORK = 5_000_000

ITERATE, CONCATENATE, WEIGH = "⟨iterate⟩", "⟨concatenate⟩", "⟨weigh⟩"
"""Filters that a template cannot name."""


class Budget:
    """The remaining work of one rendering."""

    def __init__(self) -> None:
        self._steps = self._work = 0

    def spend(self, work: int = 0) -> None:
        """Counts a step, and characters and values that it handles."""
        self._steps += 1
        self._work += work
        if self._steps > MAX_STEPS or self._work > _MAX_WORK:
            raise too_much("the template does too much work")

    def weigh(self, *values: object) -> None:
        """Spends as much as the values hold, with everything in them counted as often as it occurs."""
        weight, stack = 0, list(values)
        while stack:
            value = stack.pop()
            weight += len(value) if isinstance(value, str) else 1
            if isinstance(value, list | tuple):
                stack.extend(value)
            elif isinstance(value, dict):
                stack.extend(value)
                stack.extend(value.values())
            if weight > MAX_TEXT or len(stack) > MAX_TEXT:
                raise too_much(f"a value has more than {MAX_TEXT:,} characters")
        self.spend(weight)


class Bounded(NodeTransformer):
    """Passes what can be expensive through the filters above, and refuses what would read other files."""

    def visit_For(self, node: nodes.For) -> nodes.Node:
        self.generic_visit(node)
        size = sum(len(each.data) for each in node.find_all(nodes.TemplateData))
        node.iter = _filter(node.iter, ITERATE, [nodes.Const(size, lineno=node.lineno)])
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return _filter(nodes.List(node.nodes, lineno=node.lineno), CONCATENATE, [])

    def visit_List(self, node: nodes.List | nodes.Dict) -> nodes.Node:
        self.generic_visit(node)
        return _filter(node, WEIGH, [])

    visit_Dict = visit_List

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:
        self.generic_visit(node)
        return _filter(node, WEIGH, []) if node.ctx == "load" else node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        self.generic_visit(node)
        node.expr = _filter(node.expr, WEIGH, [])
        for operand in node.ops:
            operand.expr = _filter(operand.expr, WEIGH, [])
        return node

    def _refuse(self, node: nodes.Node) -> NoReturn:
        raise TemplateSyntaxError(NO_FILES, node.lineno)

    visit_Include = visit_Import = visit_FromImport = visit_Extends = _refuse


def _filter(node: nodes.Node, name: str, arguments: list[nodes.Expr]) -> nodes.Filter:
    return nodes.Filter(cast("nodes.Expr", node), name, arguments, [], None, None, lineno=node.lineno)
