"""Policy types: enabled in the root before they are used. Disabling one detaches all its policies from everything,
and re-enabling it does not bring them back, so a type is disabled only where the spec says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from reconciler.kinds.base import Call, Comparison, Ids, Kind, State, UnmanagedRules
from reconciler.kinds.comparing import pairs
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.inventory import Inventory
from reconciler.model.operation import Answer, Operation
from reconciler.model.plan import Change, change_of
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType, Resource, Root


class PolicyTypeKind(Kind):
    resource = PolicyType
    needs_all_features = True
    operations = (
        Operation("EnablePolicyType", 1, 1, Answer("Root", dict), writes=True),
        Operation("DisablePolicyType", 1, 1, Answer("Root", dict), writes=True),
    )
    max_deletes = (0, "Policy types that get disabled.")
    reasons = MappingProxyType({"declared": "declared, not enabled yet"})

    def recorded_values(self, resource: Resource, ids: Mapping[Address, str]) -> tuple[str, ...] | None:
        assert isinstance(resource, PolicyType)
        return (BY_SHORT[resource.type].api,)

    def compare(self, desired: Inventory, live: Inventory, policies: UnmanagedRules) -> Comparison:
        found = Comparison()
        for wanted, existing in pairs(PolicyType, desired, live):
            if wanted and not existing:
                found.changes.append(change_of("enable", "declared", after=wanted))
            elif existing and not wanted and existing.type in policies.disabled_policy_types:
                found.changes.append(
                    change_of(
                        "disable",
                        "disabled",
                        before=existing,
                        source=policies.disabled_policy_types[existing.type],
                        note="detaches every policy of this type from everything; enabling it again does not undo that",
                    )
                )
        return found

    def consequences(self, change: Change, state: State) -> Iterable[tuple[Resource, bool]]:
        row = BY_SHORT[addresses.local(change.address)]
        if change.action == "disable":
            for each in state.values():
                policy = state.get(each.policy) if isinstance(each, Attachment) else None
                if isinstance(policy, Policy) and policy.type == row.short:
                    yield each, False
        elif row.default:
            yield default_policy(row.short), True
            for each in state.values():
                if isinstance(each, Root | OrganizationalUnit | Account):
                    yield default_attachment(row.short, each.address), True

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        params = {"RootId": ids[addresses.ROOT], "PolicyType": BY_SHORT[addresses.local(change.address)].api}
        if change.action == "enable":
            yield Call("EnablePolicyType", params, already=frozenset({"PolicyTypeAlreadyEnabledException"}))
        else:
            yield Call("DisablePolicyType", params, already=frozenset({"PolicyTypeNotEnabledException"}))


def default_policy(short: str) -> Policy:
    """The managed policy that the service attaches to everything while the type is enabled."""
    name = BY_SHORT[short].default
    assert name is not None
    return Policy(address=addresses.policy(name), id=f"p-{name}", type=short, name=name, aws_managed=True)


def default_attachment(short: str, target: addresses.Address) -> Attachment:
    policy = default_policy(short)
    return Attachment(address=addresses.attachment(policy.address, target), policy=policy.address, target=target)


def node_consequences(change: Change, state: State) -> Iterator[tuple[Resource, bool]]:
    """What the service attaches to a new node, and what goes with one that goes."""
    if change.before is None:
        for short, row in BY_SHORT.items():
            enabled = addresses.policy_type(short) in state
            if enabled and row.default and addresses.policy(row.default) in state:
                yield default_attachment(short, change.address), True
    elif change.after is None:
        # Addresses first: this is most of the time of a plan that deletes 1,000 OUs.
        suffix = addresses.attachment("", change.address).removeprefix("attachment:")
        for each in [resource for address, resource in state.items() if address.endswith(suffix)]:
            if isinstance(each, Attachment) and each.target == change.address:
                yield each, False
