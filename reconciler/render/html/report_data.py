"""What the script of a report knows of an organization, as one JSON value: its tree, its policies and their statements.

Keys are short and what is empty is left out, so that the page of 10,000 accounts stays small; `organization.js` says
what each key means. Every string is escaped by `render.safe`; none is markup.
"""

from __future__ import annotations

import functools
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from markupsafe import Markup

from reconciler.model.action_index import ActionRules, IndexedOrganization, IndexedStatement
from reconciler.model.address import ROOT, Address, kind_of, local
from reconciler.model.base import Json
from reconciler.model.printable import json_text
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, Resource, Root, tags_of
from reconciler.render.details import known_after_apply
from reconciler.render.document_difference import difference, shown_value
from reconciler.render.safe import safe as _safe
from reconciler.render.words import policies_label, policy_label, type_rank

safe = functools.lru_cache(maxsize=65_536)(_safe)

_Object = dict[str, Json]
_KINDS = ("root", "ou", "account")
_NOT_MARKUP = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def embedded(value: Json) -> Markup:
    """The value as the content of a `<script type="application/json">`: nothing in it ends the element or is markup."""
    text = json_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return Markup(text.translate(_NOT_MARKUP))  # noqa: S704  # no character of it is markup


def report_data(
    sides: Sequence[tuple[str, IndexedOrganization]], marks: Mapping[Address, Sequence[str]] | None = None
) -> Json:
    """The data of one organization, or of two sides of one, each with its label: the first is shown first. `marks` has
    the symbols of the changes of each node."""
    views = [_Side(each) for _, each in sides]
    policies: dict[Address, Policy] = {}
    nodes: dict[Address, Resource] = {}
    for view in views:
        policies = view.policies | policies
        nodes = view.nodes | nodes
    order = sorted(policies, key=lambda each: _policy_order(policies[each]))
    places = {address: index for index, address in enumerate(order)}
    tree = sorted(nodes, key=lambda each: (_KINDS.index(kind_of(each)), each.casefold(), each))
    parents = {address: index for index, address in enumerate(tree)}
    return {
        "sides": [_side(label, view.of) for (label, _), view in zip(sides, views, strict=True)],
        "rules": _rules(views[0].of.actions.rules),
        "policies": [_on_sides([view.policy(each) for view in views]) for each in order],
        "nodes": [
            _on_sides([view.node(each, parents, places) for view in views])
            | _full({"c": "".join((marks or {}).get(each, ()))})
            for each in tree
        ],
    }


class _Side:
    """One side, by address."""

    def __init__(self, of: IndexedOrganization) -> None:
        self.of = of
        self.policies = {each.address: each for each in of.inventory.of(Policy)}
        self.nodes: dict[Address, Resource] = {
            each.address: each
            for each in of.inventory.resources
            if isinstance(each, Root | OrganizationalUnit | Account)
        }
        self._attached: dict[Address, list[Address]] = defaultdict(list)
        for each in of.inventory.of(Attachment):
            self._attached[each.target].append(each.policy)

    def policy(self, address: Address) -> _Object | None:
        """A policy of this side: SCPs and RCPs with their statements, all others with their settings."""
        policy = self.policies.get(address)
        if policy is None:
            return None
        indexed = self.of.actions.statements.get(address)
        return _full(
            {
                "k": safe(local(address)),
                "n": safe(policy.name) if policy.name != local(address) else None,
                "t": policy.type if indexed is not None else None,
                "y": policy_label(policy.type),
                "i": policy.id,
                "d": safe(policy.description or ""),
                "aws": int(policy.aws_managed),
                "at": safe(str(policy.source)) if policy.source else None,
                "g": _tags(policy),
                "s": [_statement(each) for each in indexed] if indexed is not None else None,
                "v": list(_settings(policy)) if indexed is None else None,
            }
        )

    def node(self, address: Address, parents: Mapping[Address, int], places: Mapping[Address, int]) -> _Object | None:
        """A node of this side, with the places of its parent and of its policies."""
        node = self.nodes.get(address)
        if node is None:
            return None
        attached: list[Json] = [*sorted(places[each] for each in self._attached.get(address, ()) if each in places)]
        name = getattr(node, "name", None) or getattr(node, "create_name", None)
        state = getattr(node, "state", "active")
        return _full(
            {
                "k": _KINDS.index(kind_of(address)),
                "a": safe(local(address)),
                "n": safe(name) if name and name != local(address) else None,
                "i": node.id,
                "e": safe(getattr(node, "email", None) or getattr(node, "create_email", None) or ""),
                "s": state if state != "active" else None,
                "p": None if address == ROOT else parents.get(getattr(node, "parent", ROOT), 0),
                "g": _tags(node),
                "P": attached,
            }
        )


def _on_sides(found: Sequence[_Object | None]) -> _Object:
    """What both sides have in common at the top, and under `o` the other side where it differs: 0 where there is none.
    `x` says that only the other side has it."""
    first, *others = found
    if not others:
        return first or {}
    (other,) = others
    if first is None:
        return {**(other or {}), "x": 1}
    if other == first:
        return first
    return {**first, "o": 0 if other is None else other}


def _policy_order(policy: Policy) -> tuple[int, bool, str, Address]:
    return (type_rank(policy_label(policy.type)), not policy.aws_managed, policy.name.casefold(), policy.address)


def _side(label: str, side: IndexedOrganization) -> Json:
    actions = side.actions
    management = side.inventory.management_account()
    return _full(
        {
            "l": label,
            "force": list(actions.force),
            "unread": [[each.kind, f"{policies_label(each.kind)}: {safe(each.reason)}"] for each in actions.unread],
            "unmanaged": [policies_label(each) for each in actions.not_managed],
            "m": safe(local(management)) if management else None,
        }
    )


def _rules(rules: ActionRules) -> Json:
    return {
        "rcp": list(rules.rcp_services),
        "neverByRcp": list(rules.never_by_rcp),
        "neverDenied": list(rules.never_denied),
        "unsigned": list(rules.without_principal),
    }


def _statement(statement: IndexedStatement) -> Json:
    return _full(
        {
            "n": safe(str(statement.name)),
            "f": int(statement.effect == "Deny"),
            "a": [safe(each) for each in statement.actions],
            "not": int(statement.all_but),
            "c": [safe(known_after_apply(each)) for each in statement.conditions],
            "r": None if statement.for_roles is None else int(statement.for_roles),
            "at": safe(str(statement.source)) if statement.source else None,
        },
        keep=("a", "r"),
    )


def _settings(policy: Policy) -> Iterator[Json]:
    """Every value of a declarative policy with the path to it."""
    for leaf in difference(None, policy.content, "declarative").leaves:
        path = ".".join(each for each in leaf.path if each != "@@assign")
        yield [safe(known_after_apply(path)), [safe(known_after_apply(shown_value(each))) for each in leaf.added]]


def _tags(resource: Resource) -> Json:
    return {safe(key): safe(value) for key, value in sorted((tags_of(resource) or {}).items())}


def _full(values: _Object, keep: Iterable[str] = ()) -> _Object:
    """Without what is empty. A zero is left out too, unless its key is to be kept; `None` always is."""
    return {
        key: value
        for key, value in values.items()
        if value is not None and (key in keep or key in ("k", "p") or value not in ("", 0, [], {}))
    }
