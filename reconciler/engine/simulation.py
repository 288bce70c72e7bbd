"""A plan carried out on paper: the state after each step, and what is wrong with it.

The planner uses it to find an order in which every quota holds at every step and in which no account loses a Deny that
it has both before and after the plan; its verdict is part of the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from reconciler.engine.denies import Denials
from reconciler.kinds.base import Kind
from reconciler.kinds.policy_types import BY_SHORT
from reconciler.model.address import Address, attachment
from reconciler.model.base import Json
from reconciler.model.plan import Change
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, Resource


class Problem(NamedTuple):
    """Why a step cannot be taken now. A `gap` opens a Deny on `accounts`; the others are refused by the service."""

    kind: Literal["quota", "minimum", "name", "gap"]
    text: str
    accounts: tuple[Address, ...] = ()


class Simulation:
    """The organization while a plan runs. `step` makes a change, `problems` says what one would do wrong."""

    def __init__(
        self,
        resources: Iterable[Resource],
        kinds: Mapping[str, Kind],
        quotas: Mapping[str, int | None],
        management: Address | None = None,
        denials: Denials | None = None,
    ) -> None:
        """`denials` knows every document that a step may bring; without it only those that are there."""
        resources = list(resources)
        self._kinds = kinds
        self._quotas = quotas
        self._management = management
        self._denials = denials or Denials(documents(resources))
        self.state: dict[Address, Resource] = {}
        self._attached: dict[Address, set[Address]] = {}
        self._targets: dict[Address, set[Address]] = {}
        self._children: dict[Address, set[Address]] = {}
        self._masks: dict[Address, int] = {}
        self.protected: dict[Address, int] = {}
        for each in resources:
            self._put(each)

    def copy(self) -> Simulation:
        return Simulation(self.state.values(), self._kinds, self._quotas, self._management, self._denials)

    def _put(self, resource: Resource) -> None:
        self._drop(resource.address)
        self.state[resource.address] = resource
        if isinstance(resource, Attachment):
            self._attached.setdefault(resource.target, set()).add(resource.policy)
            self._targets.setdefault(resource.policy, set()).add(resource.target)
        elif isinstance(resource, OrganizationalUnit | Account):
            self._children.setdefault(resource.parent, set()).add(resource.address)
        elif isinstance(resource, Policy):
            self._masks[resource.address] = self._mask_of(resource)

    def _drop(self, address: Address) -> None:
        resource = self.state.pop(address, None)
        if isinstance(resource, Attachment):
            self._attached[resource.target].discard(resource.policy)
            self._targets[resource.policy].discard(resource.target)
        elif isinstance(resource, OrganizationalUnit | Account):
            self._children[resource.parent].discard(address)
        elif isinstance(resource, Policy):
            self._masks.pop(address)

    def _mask_of(self, policy: Policy) -> int:
        if BY_SHORT[policy.type].language == "declarative":
            return 0
        return self._denials.mask(policy.type, policy.content)

    def step(self, change: Change) -> None:
        """Makes the change and everything that the service does along with it."""
        consequences = list(self._kinds[change.kind].consequences(change, self.state))
        if change.after is None:
            self._drop(change.address)
        else:
            self._put(change.onto(self.state.get(change.address)))
        for resource, appears in consequences:
            if appears and resource.address not in self.state:
                self._put(resource)
            elif not appears:
                self._drop(resource.address)

    def protect(self, after: Simulation) -> None:
        """Remembers, for each account, the Denies that it has now and in `after`: those must never be lost between."""
        for each in self.state.values():
            there = after.state.get(each.address)
            if isinstance(each, Account) and isinstance(there, Account) and each.address != self._management:
                both = self.denies(each.address) & after.denies(each.address)
                if both:
                    self.protected[each.address] = both

    def chain(self, address: Address) -> Iterator[Address]:
        """The node and everything above it, the root last."""
        while True:
            yield address
            resource = self.state.get(address)
            if not isinstance(resource, OrganizationalUnit | Account):
                return
            address = resource.parent

    def below(self, address: Address) -> Iterator[Address]:
        """The accounts at or below a node, in order."""
        if isinstance(self.state.get(address), Account):
            yield address
        for child in sorted(self._children.get(address, ())):
            yield from self.below(child)

    def children(self, node: Address) -> list[Address]:
        """The OUs and accounts right below a node, in order."""
        return sorted(self._children.get(node, ()))

    def targets(self, policy: Address) -> tuple[Address, ...]:
        """The nodes that a policy is attached to directly, in order."""
        return tuple(sorted(self._targets.get(policy, ())))

    def held(self, node: Address) -> list[tuple[Address, Address]]:
        """The policies attached directly to a node with their attachments, in order."""
        return [(policy, attachment(policy, node)) for policy in sorted(self._attached.get(node, ()))]

    def denies_by(self, policy: Address) -> bool:
        """True for a policy of a type that can deny; one that the simulation no longer knows may have been one."""
        found = self.state.get(policy)
        return not isinstance(found, Policy) or BY_SHORT[found.type].language != "declarative"

    def attached(self, target: Address, type: str) -> list[Address]:
        """The policies of one type attached directly to a node, in order."""
        found = (self.state.get(each) for each in self._attached.get(target, ()))
        return sorted(each.address for each in found if isinstance(each, Policy) and each.type == type)

    def denies(self, account: Address) -> int:
        """The Denies in force for an account, as a mask of atoms."""
        mask = 0
        for node in self.chain(account):
            for policy in self._attached.get(node, ()):
                mask |= self._masks.get(policy, 0)
        return mask

    def denies_all_of(self, policy: Policy, node: Address) -> bool:
        """True where the policies in force for a node deny all that this one denies, and it denies something."""
        mask = self._mask_of(policy)
        return bool(mask) and not mask & ~self.denies(node)

    def problems(self, change: Change) -> list[Problem]:
        """What would be wrong right after the change, while the rest of the plan is not done."""
        return [*self._refusals(change), *self._gaps(change)]

    def refused(self, change: Change) -> bool:
        """True where the service would refuse the change now."""
        return any(True for _ in self._refusals(change))

    def _refusals(self, change: Change) -> Iterator[Problem]:
        resource = change.resource
        if isinstance(resource, Attachment):
            yield from self._attachment_refusals(resource, attach=change.after is not None)
        elif change.after is not None and (change.before is None or "name" in change.fields):
            for other in self.namesakes(resource):
                yield Problem("name", f"{other} still has the name that {change.address} takes")

    def _attachment_refusals(self, resource: Attachment, *, attach: bool) -> Iterator[Problem]:
        policy = self.state.get(resource.policy)
        if not isinstance(policy, Policy):
            return
        row = BY_SHORT[policy.type]
        count = len(self.attached(resource.target, policy.type))
        most = self._quotas.get(policy.type, row.max_attached)
        if attach and most is not None and count >= most:
            yield Problem(
                "quota", f"{resource.target} would have {count + 1} {row.label}s attached, the quota is {most}"
            )
        if not attach and count <= row.min_attached:
            yield Problem("minimum", f"{resource.target} would be left with no {row.label}")

    def namesakes(self, resource: Resource) -> Iterator[Address]:
        """Other things that have the name of the resource, where only one may have it."""
        if isinstance(resource, OrganizationalUnit):
            for address in self._children.get(resource.parent, ()):
                other = self.state[address]
                same = isinstance(other, OrganizationalUnit) and other.name == resource.name
                if same and address != resource.address:
                    yield address
        elif isinstance(resource, Policy):
            for address in self._masks:
                other = self.state[address]
                same = isinstance(other, Policy) and (other.type, other.name) == (resource.type, resource.name)
                if same and address != resource.address:
                    yield address

    def _gaps(self, change: Change) -> Iterator[Problem]:
        exposed = {account: self.denies(account) for account in self._weakened(change) if account in self.protected}
        if not exposed:
            return
        previous = self.state.get(change.address)
        if change.after is None:
            self._drop(change.address)
        else:
            self._put(change.onto(previous))
        lost = tuple(
            account for account, now in exposed.items() if self.protected[account] & now & ~self.denies(account)
        )
        if previous is not None:
            self._put(previous)
        if lost:
            yield Problem("gap", f"{len(lost)} account{'s' * (len(lost) != 1)} would lose a Deny for a moment", lost)

    def whole(self, account: Address) -> bool:
        """True where the account has every Deny that it has before and after the plan."""
        return not self.protected.get(account, 0) & ~self.denies(account)

    def held_by_all(self, policy: Policy, targets: Iterable[Address]) -> bool:
        """True where every account below the targets has the policy's Denies before and after the plan anyway."""
        mask = self._masks[policy.address]
        return all(not mask & ~self.protected.get(account, 0) for target in targets for account in self.below(target))

    def _weakened(self, change: Change) -> Iterable[Address]:
        """The accounts for which the change can take a Deny away."""
        if isinstance(change.before, Attachment) and change.after is None:
            return self.below(change.before.target)
        if isinstance(change.before, Policy) and "content" in change.fields:
            return sorted({account for node in self._targets.get(change.address, ()) for account in self.below(node)})
        return (change.address,) if change.action == "move" else ()


def documents(resources: Iterable[Resource]) -> Iterator[tuple[str, Json]]:
    """The documents that can deny: (policy type, content)."""
    for each in resources:
        if isinstance(each, Policy) and BY_SHORT[each.type].language != "declarative":
            yield each.type, each.content
