"""What a plan relies on, and whether it still holds.

A plan relies on the live values of what it changes and names; that what it creates is not there yet; on what lies in
an OU, and on the targets of a policy, that it deletes; and, where it changes protection, on everything that protects
the same nodes. Anything else may change without making the plan stale.

Every value comes from the live organization, never from a change: `before` and `after` of a change may be states in
the middle of the plan.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.document import minified_sorted
from reconciler.model.globs import matches
from reconciler.model.plan import Change, Precondition
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType, Resource, Root
from reconciler.planning.simulation import Simulation

_LONG = 200
"""Longer values are recorded by their hash."""

_ATTACHED, _CHILDREN, _TARGETS, _NAMESAKES, _TAGS = "attached", "children", "targets", "namesakes", "tags"
_LISTS = (_ATTACHED, _CHILDREN, _TARGETS, _NAMESAKES)


def preconditions(
    changes: Sequence[Change], before: Simulation, after: Simulation, ignored_tags: Sequence[str] = ()
) -> tuple[Precondition, ...]:
    """The live values that the changes rely on, sorted by address. `before` is the live organization, `after` the one
    that the plan leads to; tags whose keys match `ignored_tags` do not count."""
    reliance = _Reliance(before, after)
    for change in changes:
        reliance.add(change)
    found = (
        _precondition(address, aspects, before, ignored_tags) for address, aspects in sorted(reliance.aspects.items())
    )
    return tuple(_with_namesakes(each, reliance.takes_name.get(each.address), before) for each in found)


class _Reliance:
    """Which addresses the changes rely on, and on what of each beyond its own fields."""

    def __init__(self, before: Simulation, after: Simulation) -> None:
        self._before = before
        self._after = after
        self._seen_below: set[Address] = set()
        self.aspects: defaultdict[Address, set[str]] = defaultdict(set)
        self.takes_name: dict[Address, Resource] = {}
        """What gets another name, as it will be: nothing else may have that name."""

    def add(self, change: Change) -> None:
        self._need(change.address)
        if "tags" in change.fields:
            self._need(change.address, _TAGS)
        if "name" in change.fields and change.after is not None:
            self.takes_name[change.address] = change.after
        if change.after is None and change.before is not None:
            self._removal(change.before)
        for side in (change.before, change.after):
            if side is not None:
                self._neighbourhood(side)
        if isinstance(change.after, Policy) and "content" in change.fields:
            self._policy_in_force(change.address)
        if isinstance(change.before, Attachment) and change.after is None:
            self._protection_below(change.before.target)
        if isinstance(change.after, Attachment) and change.temporary:
            self._siblings(change.after.target)

    def _need(self, address: Address, aspect: str | None = None) -> None:
        found = self.aspects[address]
        if aspect is not None:
            found.add(aspect)

    def _removal(self, resource: Resource) -> None:
        if isinstance(resource, OrganizationalUnit):
            self._need(resource.address, _CHILDREN)
            if resource.replaced_by is not None:
                self._need(resource.address, _TAGS)
        elif isinstance(resource, Policy):
            self._need(resource.address, _TARGETS)
        elif isinstance(resource, PolicyType):
            for each in self._before.state.values():
                if isinstance(each, Policy) and each.type == resource.type:
                    self._need(each.address, _TARGETS)

    def _neighbourhood(self, resource: Resource) -> None:
        for each in (*resource.references(), *resource.follows(), *resource.releases()):
            if each in self._before.state:
                self._need(each)
        if isinstance(resource, Attachment):
            self._protection_above(resource.target)
        elif isinstance(resource, Account | OrganizationalUnit):
            self._protection_above(resource.parent)

    def _policy_in_force(self, policy: Address) -> None:
        """The nodes that a changed document reaches, and what else protects them."""
        self._need(policy, _TARGETS)
        for target in self._before.targets(policy):
            self._protection_above(target)
            self._protection_below(target)

    def _protection_above(self, node: Address) -> None:
        """The node and all above it, where it is and where the plan puts it: a new OU is below live ones, too."""
        for side in (self._before, self._after):
            for each in side.chain(node) if node in side.state else ():
                self._protection_at(each)

    def _protection_at(self, node: Address) -> None:
        if node in self._before.state:
            self._need(node)
        for policy, _ in self._before.attached_policies(node):
            self._need(policy)

    def _protection_below(self, node: Address) -> None:
        """The nodes below that have policies of their own: they keep a Deny in force which is loosened above."""
        if node in self._seen_below:
            return
        self._seen_below.add(node)
        for child in self._before.children(node):
            if any(not _aws_managed(self._before.state[policy]) for policy, _ in self._before.attached_policies(child)):
                self._protection_at(child)
            self._protection_below(child)

    def _siblings(self, node: Address) -> None:
        """Something attached for a while to every child of a node has to reach all of them."""
        found = self._before.state.get(node)
        if isinstance(found, Account | OrganizationalUnit):
            self._need(found.parent, _CHILDREN)


def _precondition(address: Address, aspects: set[str], live: Simulation, ignored_tags: Sequence[str]) -> Precondition:
    """Other things are named by id: one that the plan does not change has another address without the spec."""
    resource = live.state.get(address)
    if resource is None:
        return Precondition(address=address)
    fields = {name: _short(value) for name, value in sorted(resource.fields().items()) if name != _TAGS}
    if isinstance(resource, Account):  # from one open, or one closed, state to the next it goes by itself
        fields["state"] = "active" if resource.state in ("active", "pending_activation") else "closed"
    if _TAGS in aspects:
        fields[_TAGS] = _short(seen_tags(resource, ignored_tags))
    if isinstance(resource, Root | OrganizationalUnit | Account):
        fields[_ATTACHED] = _named((policy for policy, _ in live.attached_policies(address)), live.state)
    if _CHILDREN in aspects:
        fields[_CHILDREN] = _named(live.children(address), live.state)
    if _TARGETS in aspects:
        fields[_TARGETS] = _named(live.targets(address), live.state)
    return Precondition(address=address, id=resource.id, fields=fields)


def _with_namesakes(found: Precondition, taking: Resource | None, live: Simulation) -> Precondition:
    """The precondition with the ids of what has the name that the resource takes; usually there is none."""
    if taking is None or found.fields is None:
        return found
    others = _named(live.namesakes(taking), live.state)
    return found.model_copy(update={"fields": {**found.fields, _NAMESAKES: others}}) if others else found


def seen_tags(resource: Resource, ignored: Sequence[str]) -> dict[str, Json]:
    """The tags without those that are out of sight."""
    tags = getattr(resource, _TAGS, None) or {}
    return {key: tags[key] for key in tags if not any(matches(each, key, paths=False) for each in ignored)}


def _aws_managed(resource: Resource) -> bool:
    return isinstance(resource, Policy) and resource.aws_managed


def _named(found: Iterable[Address], state: Mapping[Address, Resource]) -> list[Json]:
    return [*sorted(state[each].id or each for each in found)]


def _short(value: Json) -> Json:
    text = minified_sorted(value)
    return value if len(text) <= _LONG else "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def violated(planned: Sequence[Precondition], now: Sequence[Precondition]) -> list[str]:
    """What no longer is as the plan relies on it, a line each; empty where the plan still holds."""
    current = {each.address: each for each in now}
    expected = {each.address: each for each in planned}
    lines, others = [], []
    for address in sorted(current.keys() | expected.keys()):
        was, found = expected.get(address), current.get(address)
        if was == found:
            continue
        if was is None or found is None:  # what is relied on follows from the rest
            others.append(f"{address} {'is among' if was is None else 'is no longer among'} what the plan relies on")
        elif was.fields is None:
            lines.append(f"{address} exists now")
        elif found.fields is None:
            lines.append(f"{address} is gone")
        elif found.id != was.id:
            lines.append(f"{address} is another one now ({found.id} instead of {was.id})")
        else:
            lines.append(f"{address}: {_differences(was.fields, found.fields)}")
    return lines or others


def _differences(was: Mapping[str, Json], now: Mapping[str, Json]) -> str:
    """The names of the fields that differ, and what came to lists or went from them."""
    names, details = [], []
    for name in sorted(was.keys() | now.keys()):
        old, new = was.get(name), now.get(name)
        if old == new:
            continue
        names.append(name)
        if name in _LISTS:
            before, after = (each if isinstance(each, list) else [] for each in (old, new))
            details += [f"+{each}" for each in after if each not in before]
            details += [f"-{each}" for each in before if each not in after]
    return f"{', '.join(names)} changed" + (f" ({', '.join(details)})" if details else "")
