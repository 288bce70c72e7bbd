"""The changes of a plan as a tree: only what changes, under the node that it is about, with why, how far and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.text import Text

from reconciler.model.address import Address, kind_of, local, split_path, unescape
from reconciler.model.plan import DESTRUCTIVE, Change
from reconciler.model.resources import Account, OrganizationalUnit
from reconciler.render.details import Detail, details
from reconciler.render.inheritance import Inheritance
from reconciler.render.outline import Node, Outline
from reconciler.render.text.columns import Entry, in_columns
from reconciler.render.text.layout import (
    BAD,
    BLANK,
    BOLD,
    CHANGE,
    DIM,
    GOOD,
    HEAD,
    MOVE,
    Row,
    TextStyle,
    sentence,
    words,
)  # fmt: skip
from reconciler.render.words import Names, count, listing, reason, symbol, takes_away

_STYLES = {"update": CHANGE, "rename": CHANGE, "replace": CHANGE, "move": MOVE} | dict.fromkeys(DESTRUCTIVE, BAD)


@dataclass(frozen=True)
class View:
    """What every part of the tree is drawn with."""

    look: TextStyle
    names: Names
    inheritance: Inheritance
    verb_width: int
    verbose: bool
    repeated: frozenset[str] = frozenset()
    """Notes that many changes have, and which are told once below the tree."""


def change_rows(outlined: Outline, view: View) -> list[Row]:
    """All sections of the tree, laid out in columns where the width allows it."""
    entries: list[Entry] = []
    for title, changes in (
        ("Policy types", outlined.policy_types),
        ("Policies", outlined.policies),
        ("Organization", outlined.others),
    ):
        if changes:
            entries += [Entry(Row((Text(title, HEAD),))), *_branches(changes, (), "", view), Entry(BLANK)]
    if outlined.root:
        root = outlined.root
        entries += [Entry(Row((*_root_title(view), *_below(root, view))))]
        entries += [*_branches((*root.changes, *root.on), root.children, "", view), Entry(BLANK)]
    return in_columns(entries, view.look)


def _root_title(view: View) -> list[Text]:
    root_id = view.names.id_of("root:/")
    return [Text("Root", HEAD), *([Text(view.look.safe(root_id), DIM)] if root_id else [])]


def _branches(changes: Sequence[Change], nodes: Sequence[Node], prefix: str, view: View) -> Iterator[Entry]:
    tee, elbow, bar, gap = view.look.guides
    number = len(changes) + len(nodes)
    prefixes = [*[(prefix + tee, prefix + bar)] * (number - 1), (prefix + elbow, prefix + gap)][:number]
    for change, (first, rest) in zip(changes, prefixes, strict=False):
        yield from _change(change, first, rest, view)
    for node, (first, rest) in zip(nodes, prefixes[len(changes) :], strict=True):
        yield from _node(node, first, rest, view)


def _node(node: Node, first: str, rest: str, view: View) -> Iterator[Entry]:
    """A node; what changes on it and below it hangs from it."""
    below: tuple[Change, ...] = (*node.changes[1:], *node.on)
    if node.changes:
        yield from _change(node.changes[0], first, rest, view, has_children=bool(below or node.children))
    else:
        yield Entry(Row((*_name(node.address, view), *_below(node, view)), first, rest))
    yield from _branches(below, node.children, rest, view)


def _below(node: Node, view: View) -> list[Text]:
    if kind_of(node.address) == "account" or not node.accounts_below:
        return []
    return words(f"({count(node.accounts_below, 'account')})", DIM)


def _change(change: Change, first: str, rest: str, view: View, *, has_children: bool = False) -> Iterator[Entry]:
    """The line of a change, and everything inside it."""
    continued = rest + (view.look.guides[2] if has_children else view.look.guides[3])[:2]
    reaches = bool(change.accounts) and kind_of(change.address) != "account"
    yield Entry(
        Row(tuple(_heading(change, view)), first, continued + "  "),
        view.look.own(reason(change)),
        f"reaches {count(change.accounts, 'account')}" if reaches else "",
        view.look.safe(str(change.source)) if change.source else "",
        continued,
        change.reason == "declared",
    )
    for row in _inside(change, continued, view):
        yield Entry(row)


def _heading(change: Change, view: View) -> list[Text]:
    verb = change.action.upper() if takes_away(change) else change.action
    style = CHANGE if change.temporary else _STYLES.get(change.action, GOOD)
    mark = symbol(change.action, unicode=view.look.unicode)
    temporary = [Text("(temporary)", CHANGE)] if change.temporary else []
    return [Text(f"{mark} {verb:<{view.verb_width}} ", style), *_title(change, view), *temporary]


def _title(change: Change, view: View) -> list[Text]:
    kind = kind_of(change.address)
    if kind in ("ou", "account", "root"):
        return _name(change.address, view, kind=True)
    if kind == "attachment":
        attached = view.names.thing(getattr(change.resource, "policy", change.address))
        return _labelled(attached.kind, attached.name, view)
    thing = view.names.thing(change.address)
    return _labelled(thing.kind if kind != "policy_type" else "", thing.name, view)


def _name(address: Address, view: View, *, kind: bool = False) -> list[Text]:
    """A node by its own name: its place is told by the tree."""
    thing, resource = view.names.thing(address), view.names.resources.get(address)
    name = "" if thing.kind == "root" else thing.name
    if kind_of(address) == "ou":
        own = split_path(local(address))[-1:]
        name = resource.name if isinstance(resource, OrganizationalUnit) else unescape("".join(own))
    pieces = _labelled(thing.kind if kind else "", name, view)
    if thing.id and thing.kind == "account":
        pieces.append(Text(f"({view.look.safe(thing.id)})", DIM))
    elif isinstance(resource, Account) and resource.email:
        pieces.append(Text(f"<{view.look.safe(resource.email)}>", DIM))
    return pieces


def _labelled(kind: str, name: str, view: View) -> list[Text]:
    return [*(words(kind) if kind else []), *(words(view.look.safe(name), BOLD) if name else [])]


def _inside(change: Change, indent: str, view: View) -> Iterator[Row]:
    for detail in details(change, verbose=view.verbose):
        yield detail_row(detail, indent, view.look)
    gained, lost = view.inheritance.moved(change) if change.action == "move" else ([], [])
    for verb, style, policies in (("gains", GOOD, gained), ("loses", BAD, lost)):
        if policies:
            named = [f"{thing.kind} {thing.name}" for thing in map(view.names.thing, policies)]
            text = f"{verb} {listing(map(view.look.safe, named))}"
            yield Row((Text(verb, style), *words(text.partition(" ")[2])), indent, f"{indent}  ")
    if change.note and change.note not in view.repeated:
        yield sentence(view.look.safe(change.note), DIM, indent=indent, hang=f"{indent}  ")
    if view.verbose and change.depends_on:
        named = [view.look.safe(each) for each in change.depends_on]
        yield sentence(f"after {', '.join(named)}", DIM, indent=indent, hang=f"{indent}  ")


def detail_row(detail: Detail, indent: str, look: TextStyle, between: tuple[str, str] = ("", "→")) -> Row:
    """One detail on a row of its own; `between` are the words before the value that goes and the one that comes."""
    first = indent + "  " * detail.depth
    label = words(look.safe(detail.label) if not detail.quiet else look.own(detail.label), DIM if detail.quiet else "")
    gone, come = [look.safe(each) for each in detail.removed], [look.safe(each) for each in detail.added]
    if detail.replaces:
        old, new = gone or ["(none)"], come or ["(none)"]
        was = words(f"{between[0]} {old[0]}," if between[0] else old[0], BAD)
        pieces = [*label, *_gapped(was), Text(look.own(between[1])), *words(new[0], GOOD)]
    elif detail.whole:
        mark, style = ("+", GOOD) if come else ("-", BAD) if gone else ("~", CHANGE)
        pieces = [Text(mark, style), *label, *(_gapped(words((come or gone)[0], style)) if come or gone else [])]
    else:
        pieces = [*label, *_marked("+", come, GOOD), *_marked("-", gone, BAD)]
        pieces += [Text(f" ({detail.kept:,} unchanged)", DIM)] if detail.kept else []
    return Row(tuple(pieces), first, f"{first}    ")


def _gapped(pieces: Sequence[Text]) -> list[Text]:
    """The pieces with one more blank before them."""
    return [Text(" ").append_text(pieces[0]), *pieces[1:]]


def _marked(mark: str, values: Iterable[str], style: str) -> Iterator[Text]:
    for value in values:
        head, *rest = value.split(" ")
        yield Text(f" {mark} {head}", style)
        yield from (Text(word, style) for word in rest)
