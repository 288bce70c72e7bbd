"""A plan carried out in memory: the state after each step, and what is wrong with it.

The planner uses it to find an order in which the service refuses nothing, every quota holds at every step, and no
account loses a Deny that it has both before and after the plan; its verdict is part of the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from reconciler.kinds import BY_KIND
from reconciler.model.address import Address, attachment
from reconciler.model.base import Json
from reconciler.model.plan import Change, ChangeKey
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.resources import (
    MAX_OU_DEPTH,
    Account,
    Attachment,
    OrganizationalUnit,
    Policy,
    Resource,
)
from reconciler.model.scope import Scope
from reconciler.planning.denies import DenyIndex


class Problem(NamedTuple):
    """Why a step cannot be taken now. A `gap` opens a Deny on `accounts`; all others are refusals of the service.
    `blockers` are the resources which are in the way, where it matters which ones."""

    kind: Literal["quota", "minimum", "name", "depth", "number", "in_use", "rule", "gap"]
    text: str
    accounts: tuple[Address, ...] = ()
    blockers: tuple[Address, ...] = ()


class Simulation:
    """The organization while a plan runs. `step` makes a change, `problems` is what would be wrong with one."""

    def __init__(
        self,
        resources: Iterable[Resource],
        quotas: Mapping[str, int | None],
        management: Address | None = None,
        deny_index: DenyIndex | None = None,
        most: Mapping[str, int | None] | None = None,
        scope: Scope | None = None,
    ) -> None:
        """`quotas` has the attachments per node by policy type, `most` how many of a kind there may be. `deny_index`
        knows every document that a step may bring; without it only those that are there. `scope` says what is known."""
        resources = list(resources)
        self._quotas = quotas
        self._most = most or {}
        self._scope = scope or Scope()
        self._management = management
        self._deny_index = deny_index or DenyIndex(documents(resources))
        self.state: dict[Address, Resource] = {}
        self._attached: dict[Address, set[Address]] = {}
        self._targets: dict[Address, set[Address]] = {}
        self._children: dict[Address, set[Address]] = {}
        self._masks: dict[Address, int] = {}
        self._node_masks: dict[Address, int] = {}
        """The Denies of all policies on a node, while nothing changed them."""
        self._known_masks: dict[int, tuple[Policy, int]] = {}
        """By the identity of the policy object, which is kept here so that no other one gets it."""
        self._named: dict[tuple[str, str, str], set[Address]] = {}
        self._count: dict[str, int] = {}
        self._exposed: dict[ChangeKey, Address] = {}
        """An account that last lost a Deny by the change: it is looked at first, for it is likely to lose it still."""
        self.looks = 0
        """How many times it was asked what an account is denied."""
        self.protected: dict[Address, int] = {}
        for each in resources:
            self._put(each)

    def copy(self) -> Simulation:
        return Simulation(
            self.state.values(),
            self._quotas,
            self._management,
            self._deny_index,
            self._most,
            self._scope,
        )

    def _put(self, resource: Resource) -> None:
        self._drop(resource.address)
        self.state[resource.address] = resource
        self._count[resource.kind] = self._count.get(resource.kind, 0) + 1
        if isinstance(resource, Attachment):
            self._attached.setdefault(resource.target, set()).add(resource.policy)
            self._targets.setdefault(resource.policy, set()).add(resource.target)
            self._node_masks.pop(resource.target, None)
        elif isinstance(resource, OrganizationalUnit | Account):
            self._children.setdefault(resource.parent, set()).add(resource.address)
        elif isinstance(resource, Policy):
            self._masks[resource.address] = self._mask_of(resource)
            self._forget_masks(resource.address)
        if (key := _name_of(resource)) is not None:
            self._named.setdefault(key, set()).add(resource.address)

    def _drop(self, address: Address) -> None:
        resource = self.state.pop(address, None)
        if resource is None:
            return
        self._count[resource.kind] -= 1
        if isinstance(resource, Attachment):
            self._attached[resource.target].discard(resource.policy)
            self._targets[resource.policy].discard(resource.target)
            self._node_masks.pop(resource.target, None)
        elif isinstance(resource, OrganizationalUnit | Account):
            self._children[resource.parent].discard(address)
        elif isinstance(resource, Policy):
            self._masks.pop(address)
            self._forget_masks(address)
        if (key := _name_of(resource)) is not None:
            self._named[key].discard(address)

    def _forget_masks(self, policy: Address) -> None:
        for node in self._targets.get(policy, ()):
            self._node_masks.pop(node, None)

    def _mask_of(self, policy: Policy) -> int:
        if BY_SHORT[policy.type].language == "declarative":
            return 0
        known = self._known_masks.get(id(policy))
        if known is None:
            known = self._known_masks[id(policy)] = (policy, self._deny_index.mask(policy.type, policy.content))
        return known[1]

    def step(self, change: Change) -> None:
        """Makes the change and everything that the service does along with it."""
        consequences = list(BY_KIND[change.kind].consequences(change, self.state))
        if change.after is None:
            self._drop(change.address)
        else:
            self._put(change.onto(self.state.get(change.address)))
        for resource, appears in consequences:
            if appears and resource.address not in self.state:
                self._put(resource)
            elif not appears:
                self._drop(resource.address)

    def restore(self, address: Address, resource: Resource | None) -> None:
        """Puts a policy or an attachment back to what it was, `None` for what was not there."""
        if resource is None:
            self._drop(address)
        else:
            self._put(resource)

    def protect(self, after: Simulation) -> None:
        """Records for each account the Denies that it has now and in `after`: none of them may be lost in between."""
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

    def attached_policies(self, node: Address) -> list[tuple[Address, Address]]:
        """The policies attached directly to a node with their attachments, in order."""
        return [(policy, attachment(policy, node)) for policy in sorted(self._attached.get(node, ()))]

    def denies_by(self, policy: Address) -> bool:
        """True for a policy of a type that can deny; one that the simulation no longer knows may have been one."""
        found = self.state.get(policy)
        return not isinstance(found, Policy) or BY_SHORT[found.type].language != "declarative"

    def only_adds(self, policy: Policy) -> bool:
        """True where the policy, as it is given, denies all that it denies now."""
        return not self._masks.get(policy.address, 0) & ~self._mask_of(policy)

    def attached(self, target: Address, type: str) -> list[Address]:
        """The policies of one type attached directly to a node, in order."""
        found = (self.state.get(each) for each in self._attached.get(target, ()))
        return sorted(each.address for each in found if isinstance(each, Policy) and each.type == type)

    def denies(self, account: Address) -> int:
        """The Denies in force for an account, as a mask of atoms."""
        return self._denies_on(self.chain(account))

    def _denies_on(self, nodes: Iterable[Address]) -> int:
        mask = 0
        for node in nodes:
            found = self._node_masks.get(node)
            if found is None:
                found = 0
                for policy in self._attached.get(node, ()):
                    found |= self._masks.get(policy, 0)
                self._node_masks[node] = found
            mask |= found
        return mask

    def denies_all_of(self, policy: Policy, node: Address) -> bool:
        """True where the policies in force for a node deny all that this one denies, and it denies something."""
        mask = self._mask_of(policy)
        return bool(mask) and not mask & ~self.denies(node)

    def problems(self, change: Change) -> list[Problem]:
        """What would be wrong right after the change, while the rest of the plan is not done."""
        return [*self.refusals(change), *self._gaps(change)]

    def exposes(self, change: Change) -> bool:
        """True where an account would lose a Deny; quicker than to list all of them."""
        last = self._exposed.get(change.key)
        if last is not None and last in self.state and self._weakens(change, last) and self._loses(change, last):
            return True
        for account in self._weakened(change):
            if self._loses(change, account):
                self._exposed[change.key] = account
                return True
        return False

    def refusals(self, change: Change) -> Iterator[Problem]:
        """Why the service would refuse the change now."""
        resource = change.resource
        for text in BY_KIND[change.kind].refusals(change, self.state, self._scope, self._management):
            yield Problem("rule", text)
        if isinstance(resource, Attachment):
            yield from self._attachment_refusals(resource, attach=change.after is not None)
        elif change.after is None:
            yield from self._deletion_refusals(change)
        elif change.before is None or "name" in change.fields:
            for other in self.namesakes(resource):
                yield Problem("name", f"{other} still has the name that {change.address} takes", blockers=(other,))
            if change.before is None:
                yield from self._creation_refusals(resource)

    def _attachment_refusals(self, resource: Attachment, *, attach: bool) -> Iterator[Problem]:
        policy = self.state.get(resource.policy)
        if not isinstance(policy, Policy) or attach == (resource.address in self.state):
            return
        row = BY_SHORT[policy.type]
        there = self.attached(resource.target, policy.type)
        most = self._quotas.get(policy.type, row.max_attached)
        if attach and most is not None and len(there) >= most:
            text = f"{resource.target} would have {len(there) + 1} {row.label}s attached, the quota is {most}"
            yield Problem("quota", text)
        if not attach and len(there) <= row.min_attached:
            yield Problem("minimum", f"{resource.target} would be left with no {row.label}")

    def has_room(self, resource: Attachment, count: int) -> bool:
        """True where `count` more policies of the type can be attached to the node."""
        policy = self.state.get(resource.policy)
        if not isinstance(policy, Policy):
            return False
        most = self._quotas.get(policy.type, BY_SHORT[policy.type].max_attached)
        return most is None or len(self.attached(resource.target, policy.type)) + count <= most

    def can_spare(self, resource: Attachment, count: int) -> bool:
        """True where `count` policies of the type can be detached from the node."""
        policy = self.state.get(resource.policy)
        if not isinstance(policy, Policy):
            return True
        return len(self.attached(resource.target, policy.type)) - count >= BY_SHORT[policy.type].min_attached

    def _deletion_refusals(self, change: Change) -> Iterator[Problem]:
        if isinstance(change.before, Policy) and (targets := self.targets(change.address)):
            blockers = tuple(attachment(change.address, each) for each in targets)
            yield Problem("in_use", f"{change.address} is still attached to {', '.join(targets)}", blockers=blockers)
        if isinstance(change.before, OrganizationalUnit) and (children := self.children(change.address)):
            yield Problem("in_use", f"{change.address} still contains {', '.join(children)}", blockers=tuple(children))

    def _creation_refusals(self, resource: Resource) -> Iterator[Problem]:
        if isinstance(resource, OrganizationalUnit):
            level = sum(1 for _ in self.chain(resource.parent))
            if level > MAX_OU_DEPTH:
                text = f"{resource.address} would be on level {level} below the root, {MAX_OU_DEPTH} are possible"
                yield Problem("depth", text)
        most, count = self._most.get(resource.kind), self._count.get(resource.kind, 0)
        if most is not None and count >= most:
            what = "OUs" if isinstance(resource, OrganizationalUnit) else f"{resource.kind}s"
            text = f"the organization would have {count + 1} {what}, the quota is {most}"
            yield Problem("number", f"{text} (`organization.quotas.{resource.plural}` is another one)")

    def namesakes(self, resource: Resource) -> Iterator[Address]:
        """Other things that have the name of the resource, where only one may have it."""
        if (key := _name_of(resource)) is not None:
            yield from sorted(self._named.get(key, set()) - {resource.address})

    def _gaps(self, change: Change) -> Iterator[Problem]:
        lost = tuple(sorted(account for account in self._weakened(change) if self._loses(change, account)))
        if lost:
            yield Problem("gap", f"{len(lost)} account{'s' * (len(lost) != 1)} would lose a Deny for a moment", lost)

    def _loses(self, change: Change, account: Address) -> bool:
        """True where the change takes a Deny away that the account has before and after the plan."""
        self.looks += 1
        protected = self.protected.get(account, 0)
        return bool(protected and protected & self.denies(account) & ~self._denies_after(change, account))

    def _denies_after(self, change: Change, account: Address) -> int:
        after = change.after
        if isinstance(after, Account):
            return self._denies_on((account, *self.chain(after.parent)))
        gone = change.before if isinstance(change.before, Attachment) else None
        own = self._mask_of(after) if isinstance(after, Policy) else 0
        mask = 0
        for node in self.chain(account):
            attached = self._attached.get(node, ())
            if gone is not None and node == gone.target:
                for policy in attached:
                    mask |= 0 if policy == gone.policy else self._masks.get(policy, 0)
            elif gone is None and change.address in attached:
                for policy in attached:
                    mask |= own if policy == change.address else self._masks.get(policy, 0)
            else:
                mask |= self._denies_on((node,))
        return mask

    def keeps_all_denies(self, account: Address) -> bool:
        """True where the account has every Deny that it has before and after the plan."""
        return not self.protected.get(account, 0) & ~self.denies(account)

    def held_by_all(self, policy: Policy, targets: Iterable[Address]) -> bool:
        """True where every account below the targets has the policy's Denies before and after the plan anyway."""
        mask = self._masks[policy.address]
        return all(not mask & ~self.protected.get(account, 0) for target in targets for account in self.below(target))

    def matters_to(self, policy: Address, node: Address) -> bool:
        """True where an account below the node is to keep a Deny that the policy has."""
        mask = self._masks.get(policy, 0)
        return any(mask & self.protected.get(account, 0) for account in self.below(node))

    def _weakened(self, change: Change) -> Iterable[Address]:
        """The accounts for which the change can take a Deny away."""
        if isinstance(change.before, Attachment) and change.after is None:
            return self.below(change.before.target) if self._masks.get(change.before.policy) else ()
        if isinstance(change.before, Policy) and isinstance(change.after, Policy) and "content" in change.fields:
            if not self._masks.get(change.address, 0) & ~self._mask_of(change.after):
                return ()
            nodes = self._targets.get(change.address, ())
            return dict.fromkeys(account for node in sorted(nodes) for account in self.below(node))
        return (change.address,) if change.action == "move" else ()

    def _weakens(self, change: Change, account: Address) -> bool:
        """True where the account is still among those that the change can weaken."""
        if change.action == "move":
            return change.address == account
        chain = set(self.chain(account))
        if isinstance(change.before, Attachment):
            return change.before.target in chain
        return not chain.isdisjoint(self._targets.get(change.address, ()))


def _name_of(resource: Resource) -> tuple[str, str, str] | None:
    """What is unique among OUs of a parent and policies of a type."""
    if isinstance(resource, OrganizationalUnit):
        return (resource.kind, resource.parent, resource.name)
    if isinstance(resource, Policy):
        return (resource.kind, resource.type, resource.name)
    return None


def documents(resources: Iterable[Resource]) -> Iterator[tuple[str, Json]]:
    """The documents that can deny: (policy type, content)."""
    for each in resources:
        if isinstance(each, Policy) and BY_SHORT[each.type].language != "declarative":
            yield each.type, each.content
