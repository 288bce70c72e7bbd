"""An organization as a Mermaid flowchart, for a README or a comment."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reconciler.model.address import ROOT, Address, local
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account, OrganizationalUnit
from reconciler.render.attached import attached, not_read
from reconciler.render.safe import safe
from reconciler.render.words import count

_MOST_EDGES = 400
"""Mermaid draws 500 edges by default (`maxEdges`), which cannot be raised on GitHub."""
_LONGEST_LABEL = 80


class _Box(NamedTuple):
    address: Address
    parent: Address | None
    lines: tuple[str, ...]
    is_account: bool = False


def tree(inventory: Inventory, *, show_policies: bool = True) -> str:
    """OUs, accounts and the policies attached to each. Where there is too much to draw, accounts are counted in their
    OU; where even the OUs are too many, the uppermost are drawn."""
    units = sorted(inventory.of(OrganizationalUnit), key=lambda each: (_depth(each), each.address))
    accounts = sorted(inventory.of(Account), key=lambda each: each.address)
    policies = attached(inventory) if show_policies else {}
    draws_accounts = len(units) + len(accounts) <= _MOST_EDGES
    inside: dict[Address, int] = defaultdict(int)
    for account in () if draws_accounts else accounts:
        inside[account.parent] += 1

    def lines(node: Address, *own: str) -> tuple[str, ...]:
        counted = (count(inside[node], "account"),) if node in inside else ()
        return (*own, *counted, *policies.get(node, ()))

    unread = not_read(inventory.unread()) if show_policies else []
    boxes = [_Box(ROOT, None, (*lines(ROOT, "Root"), *unread))]
    boxes += [_Box(each.address, each.parent, lines(each.address, each.name)) for each in units[:_MOST_EDGES]]
    for each in accounts if draws_accounts else ():
        own = (local(each.address), *([each.id] if each.id else []))
        boxes.append(_Box(each.address, each.parent, lines(each.address, *own), is_account=True))
    return "\n".join(["flowchart LR", *_drawn(boxes)]) + "\n"


def _depth(unit: OrganizationalUnit) -> int:
    return unit.address.count("/")


def _drawn(boxes: Sequence[_Box]) -> Iterator[str]:
    ids = {box.address: f"n{index}" for index, box in enumerate(boxes)}
    for box in boxes:
        label = "<br/>".join(_label(line) for line in box.lines)
        yield f'  {ids[box.address]}{"([" if box.is_account else "["}"{label}"{"])" if box.is_account else "]"}'
    for box in boxes:
        if box.parent in ids:
            yield f"  {ids[box.parent]} --> {ids[box.address]}"


def _label(text: str) -> str:
    """A text in a quoted label: everything that Mermaid, Markdown or HTML could interpret is written as an entity."""
    shown = safe(text)
    cut = shown if len(shown) <= _LONGEST_LABEL else f"{shown[: _LONGEST_LABEL - 1]}…"
    return re.sub(r"[^\w .…()/-]", lambda match: f"#{ord(match[0])};", cut)
