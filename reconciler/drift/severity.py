"""The severity of each difference between what is declared and what is live.

What accounts may do is compared as a whole, by `policy.impact`, from the declared side to the live one; each of its
lines is then traced to the differences that can be why: those of policies that it names, at or above the accounts that
it is about. Where it names none of them, every difference of policies that reaches the accounts is taken to be, so a
line always has a difference with its severity. Everything else follows from the kind of what differs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.kinds import BY_KIND
from reconciler.kinds.identity_center.resources import PermissionSet
from reconciler.model.address import ROOT, Address
from reconciler.model.address import policy as address
from reconciler.model.drift import SEVERITIES, Exposure, Severity
from reconciler.model.impact import AccessEntry, Impact, ImpactLine
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Change, ChangeKey
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType

_OF_LINES: Mapping[str, Severity] = {
    "gained": "exposure",
    "relaxed": "exposure",
    "lost": "outage",
    "restricted": "outage",
    "unknown": "unknown",
}
"""By the change from what is declared to what is live."""
_SIDES = {"principals": "scp", "resources": "rcp"}


def exposure_of(impact: Sequence[Impact]) -> Exposure:
    """The accounts that are less and more restricted than declared. `impact` leads from the declared side to the live
    one."""
    found: dict[Severity, set[Address]] = defaultdict(set)
    for group in impact:
        for line in group.lines:
            if line.setting is None:
                found[_OF_LINES[line.change]].update(group.accounts)
    return Exposure(
        less_restricted=tuple(sorted(found["exposure"])),
        more_restricted=tuple(sorted(found["outage"])),
        not_known=tuple(sorted(found["unknown"] - found["exposure"])),
        impact=tuple(impact),
    )


def severities(
    changes: Iterable[Change],
    impact: Sequence[Impact],
    access: Sequence[AccessEntry],
    sides: tuple[Inventory, Inventory],
) -> dict[ChangeKey, Severity]:
    """The severity of each change that leads from the live side to the declared one; `sides` are both. The temporary
    ones are no differences, and have none."""
    found = [each for each in changes if not each.temporary]
    rated: dict[ChangeKey, list[Severity]] = {each.key: [_by_kind(each, access)] for each in found}
    tracer = _Tracer.of(found, sides)
    for group in impact:
        for line in group.lines:
            if line.setting is None:
                for change in tracer.reasons(group, line):
                    rated[change.key].append(_OF_LINES[line.change])
    return {key: min(several, key=SEVERITIES.index) for key, several in rated.items()}


def _by_kind(change: Change, access: Sequence[AccessEntry]) -> Severity:
    severity = BY_KIND[change.kind].severity
    if change.before is None:
        return severity.missing
    if change.after is None:
        return severity.extra
    if change.kind == PermissionSet.kind and not any(_is_of_set(change, each) for each in access):
        return "other"
    return severity.changed


def _is_of_set(change: Change, entry: AccessEntry) -> bool:
    return entry.effect == "changes" and entry.permission_set == change.address


@dataclass(frozen=True)
class _Tracer:
    """Finds the differences that are behind a line of the impact. `nodes` has what each change of policies is about:
    the nodes at which it has an effect; `above` the nodes above each account on either side, itself included; `left`
    the nodes that are above what moves on one side only; `targets` where each policy is attached on either side."""

    changes: tuple[Change, ...]
    nodes: Mapping[ChangeKey, frozenset[Address]]
    types: Mapping[Address, str]
    above: Mapping[Address, frozenset[Address]]
    left: Mapping[ChangeKey, frozenset[Address]]
    targets: Mapping[Address, set[Address]]

    @classmethod
    def of(cls, changes: Iterable[Change], sides: tuple[Inventory, Inventory]) -> _Tracer:
        targets: dict[Address, set[Address]] = defaultdict(set)
        types: dict[Address, str] = {}
        for side in sides:
            types |= {each.address: each.type for each in side.of(Policy)}
            for each in side.of(Attachment):
                targets[each.policy].add(each.target)
        one, other = (_paths(side) for side in sides)
        none = frozenset[Address]()
        nodes = {each.key: _nodes(each, targets) for each in changes}
        return cls(
            changes=tuple(each for each in changes if nodes[each.key]),
            nodes=nodes,
            types=types,
            above={account: one.get(account, none) | other.get(account, none) for account in one.keys() | other.keys()},
            left={
                each.key: none.union(
                    *(one[at] ^ other[at] for at in one.keys() & other.keys() if each.address in one[at] | other[at])
                )
                for each in changes
                if isinstance(each.resource, Account | OrganizationalUnit) and nodes[each.key]
            },
            targets=targets,
        )

    def reasons(self, group: Impact, line: ImpactLine) -> list[Change]:
        """The changes that can be why, those that the line names where there are any."""
        reached = frozenset[Address]().union(*(self.above.get(each, frozenset()) for each in group.accounts))
        side = _SIDES.get(group.about)
        able = [each for each in self.changes if self.nodes[each.key] & reached and self._type(each) in (side, None)]
        return [each for each in able if self._is_named(each, line)] or able

    def _is_named(self, change: Change, line: ImpactLine) -> bool:
        """Whether the line names what the change is about: its policy, one that is left behind or met by a move, or a
        level."""
        policies, levels = {address(each.policy) for each in line.because}, {*line.missing_allow_at}
        match change.resource:
            case Attachment(policy=policy, target=target):
                return policy in policies or target in levels
            case Policy():
                return change.address in policies or bool(self.nodes[change.key] & levels)
            case PolicyType():
                return True
            case _:
                left = self.left.get(change.key, frozenset())
                return bool(left & levels) or any(left & self.targets.get(each, set()) for each in policies)

    def _type(self, change: Change) -> str | None:
        """The policy type that a change is about, `None` where it may be any."""
        match change.resource:
            case Attachment(policy=policy):
                return self.types.get(policy)
            case Policy(type=type) | PolicyType(type=type):
                return type
            case _:
                return None


def _paths(side: Inventory) -> dict[Address, frozenset[Address]]:
    """The nodes above each account, itself included."""
    parents = {each.address: each.parent for each in side.of(OrganizationalUnit)}

    def path(node: Address) -> Iterator[Address]:
        while node != ROOT and node in parents:
            yield node
            node = parents[node]
        yield ROOT

    return {each.address: frozenset({each.address, *path(each.parent)}) for each in side.of(Account)}


def _nodes(change: Change, targets: Mapping[Address, Iterable[Address]]) -> frozenset[Address]:
    """Where a change has an effect on what policies decide; empty where it has none."""
    match change.resource:
        case Attachment(target=target):
            return frozenset({target})
        case Policy():
            return frozenset(targets.get(change.address, ()))
        case PolicyType():
            return frozenset({ROOT})
        case Account() | OrganizationalUnit() if "parent" in change.fields or change.action == "replace":
            return frozenset({change.address})
        case _:
            return frozenset()
