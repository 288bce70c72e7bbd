"""The changes of a plan or a drift as the page of a report shows them. The template escapes them, nothing here does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from reconciler.model.address import Address, kind_of, local, split_path, unescape
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, Plan
from reconciler.model.resources import Account, Attachment, OrganizationalUnit
from reconciler.render.actions import DriftState, symbol
from reconciler.render.details import Detail, details
from reconciler.render.inheritance import Inheritance
from reconciler.render.live_side import MARKS, by_severity, drift_changes, drift_state, subject, who_line
from reconciler.render.outline import Node, outline, walk
from reconciler.render.words import DisplayName, Names, count, kind_label, listing, place, reason, takes_away

_FEW_NOTES = 3
_TONES = {"+": "added", "-": "removed", "→": "moved"}
_TITLES: dict[DriftState, str] = {
    "changed": "Changed",
    "missing": "Missing: declared, but not live",
    "extra": "Extra: live, but not declared",
}


class ShownChange(NamedTuple):
    """One change: its `mark` with the `verb` that says the same, `tone` for its colour, what it is about, why, how many
    accounts it reaches, where the spec asks for it, and its details. It belongs to the node with the address `node`."""

    mark: str
    verb: str
    tone: str
    kind: str
    name: str
    id: str
    why: str
    reach: str
    source: str
    note: str
    lines: tuple[Detail, ...]
    gains: tuple[str, ...] = ()
    loses: tuple[str, ...] = ()
    node: Address = ""
    temporary: bool = False
    takes_away: bool = False


class ShownNode(NamedTuple):
    """A node with what changes of it and on it, and the nodes below that have changes. It is `plain` where its changes
    name it already: an account, of which nothing but itself changes."""

    kind: str
    name: str
    below: str
    changes: tuple[ShownChange, ...]
    children: tuple[ShownNode, ...]
    plain: bool = False


class Section(NamedTuple):
    """Changes under a title; those in the tree hang below `root`."""

    title: str
    changes: tuple[ShownChange, ...] = ()
    root: ShownNode | None = None


def shared_notes(plan: Plan) -> dict[str, str]:
    """Notes of so many changes that they are shown once: each with how many changes of which actions have it."""
    counts = Counter(each.note for each in plan.changes if each.note)
    actions = {
        note: listing(dict.fromkeys(each.action for each in plan.changes if each.note == note))
        for note, number in counts.items()
        if number > _FEW_NOTES
    }
    return {note: f"{counts[note]:,} to {found}: {note}" for note, found in actions.items()}


def sections_of_plan(plan: Plan, desired_tree: Inventory) -> tuple[Section, ...]:
    """The changes of a plan: those of the organization by kind, then the tree."""
    shared = shared_notes(plan)
    names, inheritance = Names.of(plan, desired_tree), Inheritance.of(plan, desired_tree)
    outlined = outline(plan, desired_tree, names)

    def shown(change: Change, node: Address = "") -> ShownChange:
        return _change(change, node, names, inheritance, shared)

    def node(each: Node) -> ShownNode:
        changes = tuple(shown(change, each.address) for change in (*each.changes, *each.on))
        below = count(each.accounts_below, "account") if each.accounts_below else ""
        kind, name = _own_name(each.address, names)
        plain = kind == "account" and not each.on
        return ShownNode(kind, name, below, changes, tuple(map(node, each.children)), plain)

    sections = [Section(title, tuple(map(shown, changes))) for title, changes in outlined.sections]
    return (*sections, *([Section("Organization tree", root=node(outlined.root))] if outlined.root else []))


def sections_of_drift(plan: Plan, desired_tree: Inventory) -> tuple[Section, ...]:
    """The changes of a plan from the live side, the most severe first; by state where they are all alike."""
    names, found = Names.of(plan, desired_tree), drift_changes(plan)
    severe = [(title, changes) for title, changes in by_severity(plan) if title]
    if severe:
        return tuple(Section(title, tuple(_drift(each, names) for each in changes)) for title, changes in severe)
    return tuple(
        Section(_TITLES[state], tuple(_drift(each, names) for each in found if drift_state(each) == state))
        for state in MARKS
        if any(drift_state(each) == state for each in found)
    )


def marks_of(plan: Plan, desired_tree: Inventory) -> dict[Address, tuple[str, ...]]:
    """The symbols of the changes of each node, without temporary ones."""
    root = outline(plan, desired_tree, Names.of(plan, desired_tree)).root
    drift = plan.command == "drift"

    def marks(node: Node) -> Iterator[str]:
        for each in (*node.changes, *node.on):
            if not each.temporary:
                yield MARKS[drift_state(each)] if drift else symbol(each.action)

    return {node.address: tuple(dict.fromkeys(marks(node))) for node in (walk(root) if root else ())}


def _change(
    change: Change, node: Address, names: Names, inheritance: Inheritance, shared: Container[str]
) -> ShownChange:
    about = _about(change, names)
    gained, lost = inheritance.moved(change) if change.action == "move" else ([], [])
    mark = symbol(change.action)
    return ShownChange(
        mark=mark,
        verb=change.action,
        tone=_TONES.get(mark, "changed"),
        kind=about.kind,
        name=about.name,
        id=about.id or "",
        why=reason(change),
        reach=_reach(change),
        source=str(change.source or ""),
        note=change.note if change.note and change.note not in shared else "",
        lines=tuple(details(change, verbose=True)),
        gains=tuple(str(names.display(each)) for each in gained),
        loses=tuple(str(names.display(each)) for each in lost),
        node=node,
        temporary=change.temporary,
        takes_away=takes_away(change),
    )


def _drift(change: Change, names: Names) -> ShownChange:
    state, about = drift_state(change), subject(change, names)
    lines = () if state == "missing" else details(change, verbose=True, live_side=True)
    return ShownChange(
        mark=MARKS[state],
        verb=state,
        tone={"missing": "removed", "extra": "added"}.get(state, "changed"),
        kind=about.kind,
        name=about.name + about.colon,
        id="",
        why=about.problem,
        reach=count(change.accounts, "account") if change.accounts else "",
        source=str(change.source or ""),
        note=who_line(change.changed_by) if change.changed_by else "",
        lines=tuple(each for each in lines if not each.quiet),
        node=_node_of(change),
    )


def _node_of(change: Change) -> Address:
    if isinstance(change.resource, Attachment):
        return change.resource.target
    return next((each for each in (change.address, *change.resource.references()) if _is_node(each)), "")


def _is_node(address: Address) -> bool:
    return kind_of(address) in ("root", "ou", "account")


def _about(change: Change, names: Names) -> DisplayName:
    """What a change is about, below the node it belongs to: an attachment is its policy."""
    if isinstance(change.resource, Attachment):
        return names.display(change.resource.policy)
    named = names.display(change.address)
    if _is_node(change.address):
        kind, name = _own_name(change.address, names)
        return DisplayName(kind, name, named.id if kind == "account" else None)
    return named


def _own_name(address: Address, names: Names) -> tuple[str, str]:
    """The kind of a node, and its own name: the tree shows its place."""
    resource = names.resources.get(address)
    if kind_of(address) == "root":
        return "", "Root"
    if isinstance(resource, OrganizationalUnit):
        return "OU", resource.name
    if isinstance(resource, Account) or kind_of(address) == "account":
        return "account", names.display(address).name
    return kind_label(kind_of(address)), unescape("".join(split_path(local(address))[-1:]))


def _reach(change: Change) -> str:
    reaches_more = change.accounts and kind_of(change.address) != "account"
    return f"reaches {count(change.accounts, 'account')}" if reaches_more else ""


def left_alone(plan: Plan, names: Names) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is live and not declared, by kind: a count, and the names."""
    kinds: dict[str, list[str]] = {}
    for each in plan.unmanaged:
        kinds.setdefault(kind_of(each.address), []).append(_unmanaged(each.address, each.id, names))
    for kind, found in kinds.items():
        yield count(len(found), kind_label(kind)), tuple(found)


def _unmanaged(address: Address, id: str | None, names: Names) -> str:
    named = names.display(address)
    if kind_of(address) == "ou":
        return place(address)
    if kind_of(address) == "account" and id and named.name != id:
        return f"{named.name} ({id})"
    return f"{named.name} on {named.on}" if named.on else named.name


def shown(addresses: Iterable[Address], names: Names) -> tuple[str, ...]:
    """The names of resources for a list."""
    return tuple(str(names.display(each)) for each in addresses)
