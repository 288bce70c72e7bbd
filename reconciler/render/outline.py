"""A plan as a tree: every change under its node, without unchanged branches.

The order is stable: policy types, policies (SCPs first), billing, what belongs to the organization, then the tree;
under each node first what is attached to it, then its accounts, then its OUs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from reconciler.kinds import sections_of
from reconciler.model.address import ROOT, Address, kind_of, local, ou, split_path
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Plan
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy
from reconciler.render.actions import rank
from reconciler.render.words import Names, policy_label, type_rank


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
    """The changes of one plan, each exactly once: sections with their titles, and the tree. `root` is `None` if nothing
    in the tree changes."""

    sections: tuple[tuple[str, tuple[Change, ...]], ...]
    root: Node | None


_BILLING = "Billing"
_TITLES = {
    "policy_type": "Policy types",
    "policy": "Policies",
    **{kind.resource.prefix: _BILLING for kind, _ in sections_of("billing")},
}
"""By the prefix of addresses."""
_OTHERS = "Organization"


@dataclass
class _NodeBuilder:
    changes: list[Change] = field(default_factory=list)
    on: list[Change] = field(default_factory=list)
    children: set[Address] = field(default_factory=set)


def outline(plan: Plan, desired: Inventory, names: Names) -> Outline:
    """The plan's changes, grouped."""
    groups: dict[str, list[Change]] = {title: [] for title in (*dict.fromkeys(_TITLES.values()), _OTHERS)}
    nodes: dict[Address, _NodeBuilder] = {}
    for change in plan.changes:
        kind = kind_of(change.address)
        holder = change.address if kind in ("root", "ou", "account") else _holder(change)
        if kind in _TITLES or holder is None:
            groups[_TITLES.get(kind, _OTHERS)].append(change)
            continue
        node = _node_at(holder, nodes, names)
        (node.changes if holder == change.address else node.on).append(change)
    sections = tuple((title, tuple(sorted(found, key=_by_type))) for title, found in groups.items() if found)
    return Outline(sections, _built(ROOT, nodes, _accounts_below(desired), names) if nodes else None)


def _holder(change: Change) -> Address | None:
    """The node to which a resource that is no node belongs."""
    if isinstance(change.resource, Attachment):
        return change.resource.target
    return next((each for each in change.resource.references() if kind_of(each) in ("root", "ou", "account")), None)


def _node_at(address: Address, nodes: dict[Address, _NodeBuilder], names: Names) -> _NodeBuilder:
    """The node at an address, with its ancestors."""
    if address not in nodes:
        nodes[address] = _NodeBuilder()
        if address != ROOT:
            _node_at(_parent(address, names), nodes, names).children.add(address)
    return nodes[address]


def _parent(address: Address, names: Names) -> Address:
    resource = names.resources.get(address)
    if isinstance(resource, Account | OrganizationalUnit):
        return resource.parent
    above = split_path(local(address))[:-1] if kind_of(address) == "ou" else []
    return ou("/".join(above)) if above else ROOT


def _built(address: Address, nodes: dict[Address, _NodeBuilder], below: dict[Address, int], names: Names) -> Node:
    node = nodes[address]
    children = sorted(node.children, key=lambda each: (kind_of(each) != "account", local(each).casefold(), each))

    def by_action_and_type(change: Change) -> tuple[int, int, Address]:
        return (rank(change.action), type_rank(names.display(change.address).kind), change.address)

    return Node(
        address,
        tuple(sorted(node.changes, key=lambda each: rank(each.action))),
        tuple(sorted(node.on, key=by_action_and_type)),
        tuple(_built(child, nodes, below, names) for child in children),
        below.get(address, 0),
    )


def _by_type(change: Change) -> tuple[int, Address, int]:
    """Policies by the type's place in the table, everything else by address."""
    type = change.resource.type if isinstance(change.resource, Policy) else ""
    return (type_rank(policy_label(type)), change.address, rank(change.action))


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
