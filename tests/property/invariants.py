"""What must be true of an organization after every single write, read from the mock itself and computed here anew: none
of this uses the engine's own idea of a Deny, a quota or a tree."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable, Mapping

from reconciler.mock.backend import Backend
from tests.property.drafts import ACTIONS

MOST = {"SERVICE_CONTROL_POLICY": 10, "RESOURCE_CONTROL_POLICY": 5}
DEEPEST = 5

Atom = tuple[str, ...]
Denies = dict[str, frozenset[Atom]]


def broken(backend: Backend, most: Mapping[str, int] = MOST) -> list[str]:
    """What is wrong with the tree or with the number of attachments, of which there may be `most` on a node."""
    found = []
    for id, node in backend.nodes.items():
        if id == backend.root.id:
            continue
        if backend.container(str(node.parent_id)) is None:
            found.append(f"{id} is in {node.parent_id}, which is no OU")
            return found
        if backend.account(id) is None and len(backend.chain(id)) - 1 > DEEPEST:
            found.append(f"{id} is deeper than {DEEPEST}")
    names = [(each.parent_id, each.name) for each in backend.units()]
    found += [f"two OUs of the name {name[1]}" for name in set(names) if names.count(name) > 1]
    for id, node in backend.nodes.items():
        for type in backend.enabled_types & most.keys():
            count = len(backend.attached(node, type))
            if not 1 <= count <= most[type]:
                found.append(f"{id} has {count} policies of type {type}")
    emails = [each.email.lower() for each in backend.members()]
    found += [f"two accounts with {email}" for email in set(emails) if emails.count(email) > 1]
    return found


def denies(backend: Backend) -> Denies:
    """What each account is denied: every action of every Deny statement of every policy on it and above it."""
    return {
        each.id: frozenset(
            atom
            for node in backend.chain(each.id)
            for policy in backend.nodes[node].attached_policies
            for atom in atoms(policy.type, str(policy.content))
        )
        for each in backend.members()
        if each.id != backend.account_id
    }


def atoms(type: str, content: str) -> Iterable[Atom]:
    """Each action that a Deny of the document reaches; the drafts know only a few."""
    for statement in json.loads(content)["Statement"]:
        if statement["Effect"] == "Deny":
            actions = statement["Action"]
            for pattern in [actions] if isinstance(actions, str) else actions:
                for action in {pattern, *fnmatch.filter(ACTIONS, pattern)}:
                    yield type, action, json.dumps(statement["Resource"])


class Observer:
    """Watches every write: what was broken, and what each account was denied after it."""

    def __init__(self, backend: Backend, most: Mapping[str, int] = MOST) -> None:
        self.most = most
        self.broken: list[str] = []
        self.history: list[tuple[str, Denies]] = [("the beginning", denies(backend))]

    def __call__(self, operation: str, backend: Backend) -> None:
        self.broken += [f"after {operation}: {each}" for each in broken(backend, self.most)]
        self.history.append((operation, denies(backend)))

    def lost(self, exempt: Iterable[str], last: Denies | None = None) -> list[str]:
        """Where an account was without a Deny that it has at the beginning and at the end; `last` is another end."""
        first, last = self.history[0][1], last or self.history[-1][1]
        kept = {id: first[id] & last[id] for id in first.keys() & last.keys() - set(exempt)}
        return [
            f"after {operation}, write {place}, {id} is without {sorted(gone)}"
            for place, (operation, now) in enumerate(self.history)
            for id, both in kept.items()
            if (gone := both - now.get(id, both))
        ]
