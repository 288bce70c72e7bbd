"""The changes of a plan as a tree: each change under its node, with its reason, its reach and its place in the spec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.text import Text

from reconciler.model.address import Address, kind_of, local, split_path, unescape
from reconciler.model.plan import Change
from reconciler.model.resources import Account, OrganizationalUnit
from reconciler.render.actions import symbol
from reconciler.render.details import Detail, details
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
from reconciler.render.text.page import Page
from reconciler.render.words import count, listing, reason, takes_away

_STYLES = {"~": CHANGE, "±": CHANGE, "→": MOVE, "-": BAD}


def change_rows(outlined: Outline, page: Page) -> list[Row]:
    """All sections of the tree, laid out in columns where the width allows it."""
    entries: list[Entry] = []
    for title, changes in outlined.sections:
        entries += [Entry(Row((Text(title, HEAD),))), *_branches(changes, (), "", page), Entry(BLANK)]
    if outlined.root:
        root = outlined.root
        entries += [Entry(Row((*_root_title(page), *_below(root, page))))]
        entries += [*_branches((*root.changes, *root.on), root.children, "", page), Entry(BLANK)]
    return in_columns(entries, page.look)


def _root_title(page: Page) -> list[Text]:
    root_id = page.names.id_of("root:/")
    return [Text("Root", HEAD), *([Text(page.look.safe(root_id), DIM)] if root_id else [])]


def _branches(changes: Sequence[Change], nodes: Sequence[Node], prefix: str, page: Page) -> Iterator[Entry]:
    tee, elbow, bar, gap = page.look.guides
    number = len(changes) + len(nodes)
    prefixes = [*[(prefix + tee, prefix + bar)] * (number - 1), (prefix + elbow, prefix + gap)][:number]
    for change, (first, rest) in zip(changes, prefixes, strict=False):
        yield from _change(change, first, rest, page)
    for node, (first, rest) in zip(nodes, prefixes[len(changes) :], strict=True):
        yield from _node(node, first, rest, page)


def _node(node: Node, first: str, rest: str, page: Page) -> Iterator[Entry]:
    """A node, with its changes and its children below it."""
    below: tuple[Change, ...] = (*node.changes[1:], *node.on)
    if node.changes:
        yield from _change(node.changes[0], first, rest, page, has_children=bool(below or node.children))
    else:
        yield Entry(Row((*_name(node.address, page), *_below(node, page)), first, rest))
    yield from _branches(below, node.children, rest, page)


def _below(node: Node, page: Page) -> list[Text]:
    if kind_of(node.address) == "account" or not node.accounts_below:
        return []
    return words(f"({count(node.accounts_below, 'account')})", DIM)


def _change(change: Change, first: str, rest: str, page: Page, *, has_children: bool = False) -> Iterator[Entry]:
    """The line of a change, and its details."""
    continued = rest + (page.look.guides[2] if has_children else page.look.guides[3])[:2]
    inside = [*_inside(change, continued, page)]
    yield Entry(
        Row(tuple(_heading(change, page)), first, continued + "  "),
        page.look.own(reason(change)),
        page.reach(change),
        page.source(change),
        continued,
        evident=change.reason == "declared",
        detailed=change.reason == "differs" and change.action == "update" and bool(inside),
    )
    yield from map(Entry, inside)


def _heading(change: Change, page: Page) -> list[Text]:
    verb = change.action.upper() if takes_away(change) else change.action
    style = CHANGE if change.temporary else _STYLES.get(symbol(change.action), GOOD)
    mark = symbol(change.action, unicode=page.look.unicode)
    temporary = [Text("(temporary)", CHANGE)] if change.temporary else []
    return [Text(f"{mark} {verb:<{page.verb_width}} ", style), *_title(change, page), *temporary]


def _title(change: Change, page: Page) -> list[Text]:
    kind = kind_of(change.address)
    if kind in ("ou", "account", "root"):
        return _name(change.address, page, kind=True)
    if kind == "attachment":
        attached = page.names.display(getattr(change.resource, "policy", change.address))
        return _labelled(attached.kind, attached.name, page)
    named = page.names.display(change.address)
    return _labelled(named.kind if kind != "policy_type" else "", named.name, page)


def _name(address: Address, page: Page, *, kind: bool = False) -> list[Text]:
    """A node by its own name: the tree shows its place."""
    named, resource = page.names.display(address), page.names.resources.get(address)
    name = "" if named.kind == "root" else named.name
    if kind_of(address) == "ou":
        own = split_path(local(address))[-1:]
        name = resource.name if isinstance(resource, OrganizationalUnit) else unescape("".join(own))
    pieces = _labelled(named.kind if kind else "", name, page)
    if named.id and named.kind == "account":
        pieces.append(Text(f"({page.look.safe(named.id)})", DIM))
    elif isinstance(resource, Account) and resource.email:
        pieces.append(Text(f"<{page.look.safe(resource.email)}>", DIM))
    return pieces


def _labelled(kind: str, name: str, page: Page) -> list[Text]:
    return [*(words(kind) if kind else []), *(words(page.look.safe(name), BOLD) if name else [])]


def _inside(change: Change, indent: str, page: Page) -> Iterator[Row]:
    for detail in details(change, verbose=page.verbose):
        yield detail_row(detail, indent, page.look)
    gained, lost = page.inheritance.moved(change) if change.action == "move" else ([], [])
    for verb, style, policies in (("gains", GOOD, gained), ("loses", BAD, lost)):
        if policies:
            named = [page.look.safe(f"{each.kind} {each.name}") for each in map(page.names.display, policies)]
            yield Row((Text(verb, style), *words(listing(named))), indent, f"{indent}  ")
    if change.note and change.note not in page.repeated_notes:
        yield sentence(page.look.safe(change.note), DIM, indent=indent, hang=f"{indent}  ")
    if page.verbose and change.depends_on:
        named = [page.look.safe(each) for each in change.depends_on]
        yield sentence(f"after {', '.join(named)}", DIM, indent=indent, hang=f"{indent}  ")


def detail_row(detail: Detail, indent: str, look: TextStyle, between: tuple[str, str] = ("", "→")) -> Row:
    """One detail as a row; `between` are the words before the removed and the added value."""
    first = indent + "  " * detail.depth
    label = words(look.safe(detail.label) if not detail.quiet else look.own(detail.label), DIM if detail.quiet else "")
    gone, come = [look.safe(each) for each in detail.removed], [look.safe(each) for each in detail.added]
    if detail.replaces:
        old, new = gone or ["(none)"], come or ["(none)"]
        was = words(f"{between[0]} {old[0]}," if between[0] else old[0], BAD)
        pieces = [*label, *_gapped(was), Text(look.own(between[1])), *words(new[0], GOOD)]
    elif detail.sentence:
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
