"""Many additions in short: what is created, attached and enabled, by kind; one line for the SCPs that go to the same
nodes, for the RCPs, and for the policies of all other types."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.text import Text

from reconciler.model.address import ROOT, Address, kind_of, local
from reconciler.model.plan import Change
from reconciler.model.resources import Attachment, Policy
from reconciler.render.actions import rank
from reconciler.render.text.layout import BLANK, BOLD, DIM, GOOD, HEAD, STEP, Row, sentence, words
from reconciler.render.text.page import Page
from reconciler.render.words import DisplayName, count, kind_label, language, place, some, type_rank

_MOST_NAMES = 40
_MOST_NODES = 12
_FIRST = ("policy_type", "ou", "account")
_LAST = ("policy", "attachment")
"""Prefixes of addresses: the kinds that are listed before and after all others."""


class _Group(NamedTuple):
    """What is done to all of them, the prefix of their addresses, and the note that they share."""

    action: str
    prefix: str
    note: str


class _Placing(NamedTuple):
    """Policies, created or only attached, that go to the same nodes: of one type, or, with `type` `""`, of several
    that are not written in the language of IAM policies."""

    action: str
    type: str
    nodes: tuple[Address, ...]


def addition_rows(page: Page) -> Iterator[Row]:
    """The additions of the page, each of them once."""
    if not page.additions:
        return
    yield _heading(page)
    groups: dict[_Group, list[Change]] = defaultdict(list)
    for each in page.additions:
        if kind_of(each.address) not in _LAST:
            groups[_Group(each.action, kind_of(each.address), each.note or "")].append(each)
    for group in sorted(groups, key=lambda each: (_order(each.prefix), rank(each.action), each)):
        yield _group(group, groups[group], page)
    yield from _policies(page)
    yield BLANK


def _heading(page: Page) -> Row:
    """How many of each kind. An attachment of a policy that is created as well is not counted."""
    created = {each.address for each in page.additions}
    counted = [
        each for each in page.additions if not (isinstance(each.after, Attachment) and each.after.policy in created)
    ]
    kinds = Counter(kind_of(each.address) for each in counted)
    counts = ", ".join(count(kinds[each], kind_label(each)) for each in sorted(kinds, key=_order))
    return Row((Text("To add:", HEAD), *words(counts, BOLD), *words("(--verbose: details)", DIM)), "", STEP)


def _order(prefix: str) -> tuple[int, str]:
    """The place of a kind in the list."""
    if prefix in _FIRST:
        return _FIRST.index(prefix), ""
    return len(_FIRST) + (_LAST.index(prefix) + 1 if prefix in _LAST else 0), kind_label(prefix)


def _group(group: _Group, found: Sequence[Change], page: Page) -> Row:
    names = sorted((_name(each, page) for each in found), key=lambda each: (each.casefold(), each))
    counted = words(count(len(found), kind_label(group.prefix)))
    note = words(f"({page.look.safe(group.note)})", DIM) if group.note else []
    (note or counted)[-1].append(":")
    return Row((*_mark(group.action), *counted, *note, *_names(names, page)), "", STEP)


def _mark(action: str) -> list[Text]:
    """`+`, with the verb where it is another one than to create."""
    return [Text("+", GOOD), *([Text(action, GOOD)] if action != "create" else [])]


def _name(change: Change, page: Page) -> str:
    """The name in a list of its kind."""
    named = page.names.display(change.address)
    if kind_of(change.address) == "ou":
        return local(change.address)
    return named.name.removesuffix(" policy") if kind_of(change.address) == "policy_type" else named.name


def _names(names: Sequence[str], page: Page) -> Iterator[Text]:
    """The names with commas between them."""
    shown = some([page.look.safe(each) for each in names], _MOST_NAMES)
    for index, name in enumerate(shown):
        pieces = words(name, BOLD if index < _MOST_NAMES else "")
        if index < len(shown) - 1:
            pieces[-1] = Text.assemble(pieces[-1], ",")
        yield from pieces


def _policies(page: Page) -> Iterator[Row]:
    """The policies that are created, with the nodes that they are attached to, then those that exist already."""
    created = {each.address for each in page.additions if kind_of(each.address) == "policy"}
    nodes: dict[Address, list[Address]] = {address: [] for address in sorted(created)}
    notes: dict[Address, list[str]] = defaultdict(list)
    for each in page.additions:
        if isinstance(each.after, Attachment):
            nodes.setdefault(each.after.policy, []).append(each.after.target)
        if each.note and kind_of(each.address) in _LAST:
            notes[each.after.policy if isinstance(each.after, Attachment) else each.address].append(each.note)
    placings: dict[_Placing, list[Address]] = defaultdict(list)
    for policy, targets in nodes.items():
        action = "create" if policy in created else "attach"
        ordered = sorted(targets, key=_order_of_node)
        placings[_Placing(action, _own_type(policy, page), tuple(ordered))].append(policy)
    for placing in sorted(placings, key=_order_of_placing):
        yield _placing(placing, placings[placing], page)
        yield from _notes((note for each in placings[placing] for note in notes[each]), page)


def _order_of_placing(each: _Placing) -> tuple[object, ...]:
    return (
        rank(each.action),
        not each.type,
        type_rank(each.type),
        not each.nodes,
        [_order_of_node(node) for node in each.nodes],
    )


def _order_of_node(node: Address) -> tuple[bool, bool, Address]:
    """The root, then OUs, then accounts."""
    return kind_of(node) == "account", node != ROOT, node


def _own_type(policy: Address, page: Page) -> str:
    resource = page.names.resources.get(policy)
    declarative = isinstance(resource, Policy) and language(resource) == "declarative"
    return "" if declarative else page.names.display(policy).kind


def _placing(placing: _Placing, policies: Sequence[Address], page: Page) -> Row:
    named = sorted(map(page.names.display, policies), key=lambda each: (type_rank(each.kind), each.name))
    if placing.type:
        label = count(len(named), placing.type).partition(" ")[2]
        pieces = [*words(label), *_names([each.name for each in named], page)]
    else:
        pieces = [piece for each in named for piece in _labelled(each, page, last=each is named[-1])]
    nodes = words(f"on {_where(placing.nodes, page)}") if placing.nodes else words("(attached to nothing)", DIM)
    return Row((*_mark(placing.action), *pieces, *nodes), "", STEP)


def _labelled(policy: DisplayName, page: Page, *, last: bool) -> list[Text]:
    pieces = [*words(policy.kind), *words(page.look.safe(policy.name), BOLD)]
    if not last:
        pieces[-1] = Text.assemble(pieces[-1], ",")
    return pieces


def _where(nodes: Sequence[Address], page: Page) -> str:
    """The root and the OUs, then the accounts."""
    shown = nodes[:_MOST_NODES]
    named = [page.look.safe(place(each)) for each in shown if kind_of(each) != "account"]
    accounts = [page.look.safe(local(each)) for each in shown if kind_of(each) == "account"]
    if accounts:
        accounts[0] = f"{'account' if len(accounts) == 1 else 'accounts'} {accounts[0]}"
    more = [f"and {len(nodes) - len(shown):,} more"] if len(nodes) > len(shown) else []
    return ", ".join([*named, *accounts, *more])


def _notes(found: Iterable[str], page: Page) -> Iterator[Row]:
    for note in dict.fromkeys(found):
        yield sentence(page.look.safe(note), DIM, indent=STEP * 2, hang=STEP * 3)
