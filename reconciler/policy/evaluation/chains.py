"""The SCPs and RCPs that apply to an account: its chain of levels from the root down to itself."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.model.address import ROOT, Address, local
from reconciler.model.base import Json
from reconciler.model.inventory import Inventory
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType
from reconciler.model.scope import Unread
from reconciler.policy.language.context import OrganizationContext
from reconciler.policy.language.statements import LANGUAGE_VERSION, PolicyDocument, parse

FULL_ACCESS: dict[str, Json] = {
    "scp": {"Version": LANGUAGE_VERSION, "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
    "rcp": {
        "Version": LANGUAGE_VERSION,
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
    },
}
"""The documents of FullAWSAccess and RCPFullAWSAccess, which the service attaches everywhere."""


@dataclass(frozen=True, slots=True)
class AttachedPolicy:
    """A policy at one level: `key` is its name in the spec, `type` is `scp` or `rcp`."""

    key: str
    type: str
    document: PolicyDocument


@dataclass(frozen=True, slots=True)
class Level:
    """A node and what is attached to it directly."""

    name: Address
    scps: tuple[AttachedPolicy, ...]
    rcps: tuple[AttachedPolicy, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """The levels above an account, the root first, the account itself last. Where SCPs are not enabled in the
    organization, every action passes them. The levels have nothing of the policy types in `unread`: what these deny is
    not known. `unread` is empty for the management account, to which neither SCPs nor RCPs apply."""

    account: Address
    account_id: str | None
    levels: tuple[Level, ...]
    management: bool = False
    scps_enabled: bool = True
    unread: tuple[Unread, ...] = ()

    def path(self) -> tuple[Address, ...]:
        """The names of the levels."""
        return tuple(level.name for level in self.levels)


@dataclass(frozen=True)
class OrganizationChains:
    """The chains of all accounts at one time, by address, and the organization as context keys depend on it."""

    chains: Mapping[Address, Chain]
    place: OrganizationContext

    @functools.cached_property
    def by_id(self) -> Mapping[str, Chain]:
        """The chains of the accounts that have an id, by it."""
        return {chain.account_id: chain for chain in self.chains.values() if chain.account_id}


def attached(key: str, type_short: str, document: Json) -> AttachedPolicy:
    """A policy as it is attached, parsed."""
    return AttachedPolicy(key, type_short, parse(type_short, document))


def chains(inventory: Inventory) -> dict[Address, Chain]:
    """The chain of every account of an organization. Accounts of the same OU share their levels (the same objects)."""
    unread = tuple(each for each in inventory.unread() if each.kind in FULL_ACCESS)
    types = {each.type for each in inventory.of(PolicyType)} - {each.kind for each in unread}
    policies = _policies(inventory)
    at: dict[Address, list[AttachedPolicy]] = defaultdict(list)
    for attachment in inventory.of(Attachment):
        policy = policies.get(attachment.policy)
        if policy is not None and policy.type in types:
            at[attachment.target].append(policy)
    parents = {each.address: each.parent for each in inventory.of(OrganizationalUnit)}

    @functools.cache
    def above(node: Address) -> tuple[Level, ...]:
        parent = None if node == ROOT else parents.get(node, ROOT)
        return (*(above(parent) if parent else ()), _level(node, at.get(node, ())))

    management = inventory.organization.management_account_id
    return {
        account.address: Chain(
            account=account.address,
            account_id=account.id,
            levels=(*above(account.parent), _level(account.address, at.get(account.address, ()))),
            management=account.id is not None and account.id == management,
            scps_enabled="scp" in types,
            unread=() if account.id is not None and account.id == management else unread,
        )
        for account in inventory.of(Account)
        if account.state not in ("closed", "removed")
    }


def organization_context(inventory: Inventory) -> OrganizationContext:
    """What the context of a request takes from the organization: its id and its accounts."""
    ids = frozenset(each.id for each in inventory.of(Account) if each.id)
    paths = _paths(inventory)
    return OrganizationContext(inventory.organization.id, ids, paths, partition=inventory.organization.partition)


def _level(node: Address, policies: Iterable[AttachedPolicy]) -> Level:
    scps = tuple(each for each in policies if each.type == "scp")
    return Level(node, scps, tuple(each for each in policies if each.type == "rcp"))


def _policies(inventory: Inventory) -> dict[Address, AttachedPolicy]:
    found = {}
    for policy in inventory.of(Policy):
        if policy.type not in FULL_ACCESS:
            continue
        is_default = policy.name == BY_SHORT[policy.type].default
        document = FULL_ACCESS[policy.type] if policy.content is None and is_default else policy.content
        found[policy.address] = attached(local(policy.address), policy.type, document)
    return found


def _paths(inventory: Inventory) -> Mapping[str, str]:
    """The path of ids of every account whose parents all have ids: `o-…/r-…/ou-…/`."""
    organization = inventory.organization.id
    by_address = inventory.by_address()

    @functools.cache
    def path(node: Address) -> str | None:
        resource = by_address.get(node)
        if resource is None or resource.id is None or organization is None:
            return None
        above = path(resource.parent) if isinstance(resource, OrganizationalUnit) else f"{organization}/"
        return f"{above}{resource.id}/" if above else None

    return {account.id: found for account in inventory.of(Account) if account.id and (found := path(account.parent))}
