"""A plan as the tree that people read: every change under the node that it is about, unchanged branches left out.

The order is stable: policy types, policies (SCPs first), what belongs to the organization as a whole, then the tree;
under each node first what is attached to it, then its accounts, then its OUs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from reconciler.model.address import ROOT, Address, kind_of, local, ou, split_path
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Plan
from reconciler.model.resources import Account, Attachment, OrganizationalUnit
from reconciler.render.words import ACTIONS, Names, policy_label, type_rank


@dataclass(frozen=True)
class Node:
    """The root, an OU or an account: `changes` of the node itself, `on` it (attachments and the like), and below it.
    `accounts_below` counts the accounts of the desired tree."""

    address: Address
    changes: tuple[Change, ...] = ()
    on: tuple[Change, ...] = ()
    children: tuple[Node, ...] = ()
    accounts_below: int = 0


@dataclass(frozen=True)
class Outline:
    """The changes of one plan, each exactly once. `root` is `None` where nothing in the tree changes."""

    policy_types: tuple[Change, ...]
    policies: tuple[Change, ...]
    others: tuple[Change, ...]
    root: Node | None


@dataclass
class _Growing:
    changes: list[Change] = field(default_factory=list)
    on: list[Change] = field(default_factory=list)
    children: set[Address] = field(default_factory=set)


def outline(plan: Plan, desired: Inventory, names: Names) -> Outline:
    """The plan's changes, grouped."""
    groups: dict[str, list[Change]] = {"policy_type": [], "policy": [], "": []}
    nodes: dict[Address, _Growing] = {}
    for change in plan.changes:
        kind = kind_of(change.address)
        holder = change.address if kind in ("root", "ou", "account") else _holder(change)
        if kind in ("policy_type", "policy") or holder is None:
            groups[kind if kind in groups else ""].append(change)
            continue
        node = _planted(holder, nodes, names)
        (node.changes if holder == change.address else node.on).append(change)
    below = _accounts_below(desired)
    return Outline(
        tuple(sorted(groups["policy_type"], key=_by_address)),
        tuple(sorted(groups["policy"], key=_by_policy)),
        tuple(sorted(groups[""], key=_by_address)),
        _grown(ROOT, nodes, below, names) if nodes else None,
    )


def _holder(change: Change) -> Address | None:
    """The node which something belongs to that is no node itself."""
    if isinstance(change.resource, Attachment):
        return change.resource.target
    return next((each for each in change.resource.references() if kind_of(each) in ("root", "ou", "account")), None)


def _planted(address: Address, nodes: dict[Address, _Growing], names: Names) -> _Growing:
    """The node at an address, with the way to it from the root."""
    if address not in nodes:
        nodes[address] = _Growing()
        if address != ROOT:
            _planted(_parent(address, names), nodes, names).children.add(address)
    return nodes[address]


def _parent(address: Address, names: Names) -> Address:
    resource = names.resources.get(address)
    if isinstance(resource, Account | OrganizationalUnit):
        return resource.parent
    above = split_path(local(address))[:-1] if kind_of(address) == "ou" else []
    return ou("/".join(above)) if above else ROOT


def _grown(address: Address, nodes: dict[Address, _Growing], below: dict[Address, int], names: Names) -> Node:
    node = nodes[address]
    children = sorted(node.children, key=lambda each: (kind_of(each) != "account", local(each).casefold(), each))
    return Node(
        address,
        tuple(sorted(node.changes, key=_by_action)),
        tuple(
            sorted(
                node.on, key=lambda each: (_by_action(each), type_rank(names.thing(each.address).kind), each.address)
            )
        ),
        tuple(_grown(child, nodes, below, names) for child in children),
        below.get(address, 0),
    )


def _by_address(change: Change) -> tuple[str, int]:
    return (change.address, ACTIONS.index(change.action))


def _by_policy(change: Change) -> tuple[int, str, int]:
    return (type_rank(policy_label(getattr(change.resource, "type", ""))), *_by_address(change))


def _by_action(change: Change) -> int:
    return ACTIONS.index(change.action)


def ancestors(address: Address) -> Iterator[Address]:
    """An OU and every node above it: `ou:A/B`, `ou:A`, the root."""
    if address != ROOT:
        yield from reversed([ou(path) for path in accumulate(split_path(local(address)), lambda a, b: f"{a}/{b}")])
    yield ROOT


def _accounts_below(desired: Inventory) -> dict[Address, int]:
    counts: dict[Address, int] = {}
    for account in desired.of(Account):
        for node in ancestors(account.parent) if account.state == "active" else ():
            counts[node] = counts.get(node, 0) + 1
    return counts


def walk(node: Node) -> Iterable[Node]:
    """The node and everything below it, top down."""
    yield node
    for child in node.children:
        yield from walk(child)
