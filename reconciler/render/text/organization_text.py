"""An organization as a tree and as a table."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.text import Text

from reconciler.model.address import ROOT, Address, local
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Root
from reconciler.render.attached import attached, not_read
from reconciler.render.text.layout import BOLD, DIM, GOOD, HEAD, WARN, Row, TextStyle, printed, sentence, words
from reconciler.render.text.table import table_rows
from reconciler.render.words import count, place

_GAP = "  "


_Node = Account | OrganizationalUnit


@dataclass(frozen=True)
class _Tree:
    children: Mapping[Address, Sequence[_Node]]
    policies: Mapping[Address, Sequence[str]]
    look: TextStyle


def tree(inventory: Inventory, *, show_policies: bool = True, width: int, color: bool, unicode: bool = True) -> str:
    """OUs and accounts with their ids, and the policies attached to each."""
    look, children = TextStyle(width, color, unicode), defaultdict[Address, list[_Node]](list)
    accounts = sorted(inventory.of(Account), key=lambda each: each.address)
    units = sorted(inventory.of(OrganizationalUnit), key=lambda each: (each.name.casefold(), each.name))
    nodes: list[_Node] = [*accounts, *units]
    for node in nodes:
        children[node.parent].append(node)
    found = _Tree(children, attached(inventory) if show_policies else {}, look)
    root_id = next((each.id for each in inventory.of(Root) if each.id), None)
    rows = [
        Row((Text("Root", HEAD), *([Text(look.safe(root_id), DIM)] if root_id else [])), "", _GAP),
        *_policies(ROOT, "│ " if unicode else "| ", found),
        *_children(ROOT, "", found),
        *_foot(inventory, look, show_policies),
    ]
    return printed(rows, look)


def _children(parent: Address, prefix: str, tree: _Tree) -> Iterator[Row]:
    tee, elbow, bar, gap = tree.look.guides
    children = tree.children.get(parent, ())
    for index, child in enumerate(children):
        last = index == len(children) - 1
        first, rest = prefix + (elbow if last else tee), prefix + (gap if last else bar)
        yield Row(tuple(_title(child, tree.look)), first, rest + _GAP)
        yield from _policies(child.address, rest + (bar[:2] if tree.children.get(child.address) else _GAP), tree)
        yield from _children(child.address, rest, tree)


def _title(child: _Node, look: TextStyle) -> list[Text]:
    id = [Text(look.safe(child.id), DIM)] if child.id and child.id != local(child.address) else []
    if isinstance(child, OrganizationalUnit):
        return [*words(look.safe(child.name), BOLD), *id]
    state = [] if child.state == "active" else [Text(f"[{child.state.replace('_', ' ')}]", WARN)]
    name = child.name if child.name and child.name != local(child.address) else None
    return [*words(look.safe(local(child.address))), *id, *(words(f'"{look.safe(name)}"', DIM) if name else []), *state]


def _policies(node: Address, indent: str, tree: _Tree) -> Iterator[Row]:
    if found := tree.policies.get(node):
        listed = ", ".join(tree.look.safe(each) for each in found)
        yield sentence(tree.look.own(f"· {listed}"), GOOD, indent=indent, hang=f"{indent}  ")


def _foot(inventory: Inventory, look: TextStyle, show_policies: bool) -> Iterator[Row]:
    kinds = ((OrganizationalUnit, "OU"), (Account, "account"), (Attachment, "policy attachment"))
    yield sentence(", ".join(count(sum(1 for _ in inventory.of(kind)), label) for kind, label in kinds), DIM)
    for each in not_read(inventory.unread()) if show_policies else ():
        yield sentence(f"Not known: {look.safe(each)}.", WARN, hang=_GAP)


def table(
    inventory: Inventory, *, show_policies: bool = True, width: int | None, color: bool, unicode: bool = True
) -> str:
    """One line an account: its OU, key, id, e-mail and state, and the policies attached to it. Columns that do not fit
    are cut, the widest first; without a `width` nothing is cut."""
    look = TextStyle(width or sys.maxsize, color, unicode)
    policies = attached(inventory) if show_policies else {}
    heads = ("OU", "ACCOUNT", "ID", "E-MAIL", "STATE", *(("POLICIES",) if show_policies else ()))
    lines = [
        (
            look.safe("/" if account.parent == ROOT else place(account.parent)),
            look.safe(local(account.address)),
            look.safe(account.id or "-"),
            look.safe(account.email or "-"),
            account.state.replace("_", " "),
            *((look.safe(", ".join(policies.get(account.address, ())) or "-"),) if show_policies else ()),
        )
        for account in sorted(inventory.of(Account), key=lambda each: (each.parent != ROOT, each.parent, each.address))
    ]
    rows = table_rows(heads, lines, look, width)
    return printed([*rows, *_foot(inventory, look, show_policies)], look)
